"""What changed across the product, in words and a table."""

from collections.abc import Sequence

from agent.answer import AnswerTable, Draft
from agent.planner.english.windows import Span
from agent.planner.why.changes import Change
from agent.planner.why.comparable import Compared, dates, seconds
from agent.planner.why.figures import (
    change,
    figure,
    listed,
    percent,
    plural,
    points,
    rounded,
    table,
    window,
)
from agent.planner.why.overlay import Overlay
from agent.planner.why.ranking import Part, Whole
from agent.planner.why.telling import UNKNOWN, noted
from agent.planner.world import World

LINES = 8
"""Changes that are told of in words."""

NAMED = 2
"""Changes that the headline names."""

ROWS = 20


def told(
    asked: Span,
    compared: Compared,
    changes: Sequence[Change],
    unusual: Sequence[tuple[Change, str]],
    overlay: Overlay,
    *,
    whole: bool,
    world: World,
) -> Draft:
    """The answer: what is unusual, or that nothing is."""
    new = [one for one in changes if one.new and one.now]
    head = _headline(asked, [one for one, _ in unusual], new)
    lines = [f"{i}. {_line(one)}{where}." for i, (one, where) in enumerate(unusual[:LINES], 1)]
    if len(unusual) > LINES:
        lines.append(f"{len(unusual) - LINES} more changed as clearly; the table has them.")
    if new:
        lines.append(f"New, never seen before: {listed([_counted(one) for one in new])}.")
    checked = _checked(compared, changes, whole)
    lines += [noted(overlay), checked, UNKNOWN]
    return Draft(
        "answered",
        head,
        "\n".join(lines),
        (_table(changes),),
        window(asked, world),
        stated=" ".join([checked, *(figure(one.usual) for one, _ in unusual)]),
    )


def place(part: Part, whole: Whole) -> str:
    """Where a change sits, after its own line."""
    usual = part.before / whole.times
    return (
        f"; {percent(part.share(whole))} of it sits in {part.words}"
        f" ({figure(part.now)} against {figure(usual)})"
    )


def _headline(asked: Span, unusual: Sequence[Change], new: Sequence[Change]) -> str:
    when = f"{asked.label} ({dates(asked)})" if asked.label else dates(asked)
    if not unusual:
        begun = f"; {plural(len(new), 'event is', 'events are')} new" if new else ""
        return (
            f"Nothing is unusual, {when}: no event, rate or number of people is off by more than "
            f"it varies{begun}."
        )
    named = listed([_short(one) for one in unusual[:NAMED]])
    more = f", and {plural(len(unusual) - NAMED, 'more change')}" if len(unusual) > NAMED else ""
    return f"{plural(len(unusual), 'change')} beyond the usual, {when}: {named}{more}."


def _short(one: Change) -> str:
    day = f" on {dates(one.span)}" if one.kind == "day" else ""
    if one.kind == "rate":
        return f"{one.name} {percent(one.now)} ({points(one.now - one.usual)})"
    return f"{one.name}{day} {change(one.now, one.usual)}"


def _line(one: Change) -> str:
    day = f" on {dates(one.span)}" if one.kind == "day" else ""
    if one.kind == "rate":
        return f"{one.name}: {percent(one.now)}, where {percent(one.usual)} is usual"
    gone = ": none at all" if not one.now else f": {figure(one.now)}"
    off = change(one.now, one.usual)
    return f"{one.name}{day}{gone}, where {figure(one.usual)} is to be expected ({off})"


def _counted(one: Change) -> str:
    return f"{one.name} ({figure(one.now)})"


def _checked(compared: Compared, changes: Sequence[Change], whole: bool) -> str:
    kinds = {kind: [c for c in changes if c.kind == kind] for kind in ("event", "rate", "day")}
    some = "" if whole else "the most frequent "
    days = f", {plural(len(kinds['day']), 'day')} of single events" if kinds["day"] else ""
    weeks = len(compared.past)
    length = "the same part of" if seconds(compared.span) <= 7 * 86_400 else "each of"
    return (
        f"Checked: {some}{plural(len(kinds['event']), 'event')}, "
        f"{plural(len(kinds['rate']), 'rate')}, the number of people{days}, each beside {length} "
        f"the {weeks} weeks before; so many figures that one in twenty such reports would name a "
        "change by chance."
    )


def _table(changes: Sequence[Change]) -> AnswerTable:
    shown = [c for c in changes if c.kind != "day" and (c.now or c.usual)]
    ranked = sorted(shown, key=lambda c: (c.chance, -abs(c.now - c.usual), c.name))
    with_named = any(c.named is not None for c in ranked)
    rows = []
    for one in ranked[:ROWS]:
        last = one.near[0] if one.near else None
        cells = [one.name, _cell(one, one.now), _cell(one, one.usual), last and _cell(one, last)]
        cells += [one.named] if with_named else []
        rows.append((*cells, change(one.now, one.usual)))
    columns = ["figure", "now", "expected", "the period before"]
    columns += ["compared with"] if with_named else []
    return table([*columns, "change"], rows, len(shown))


def _cell(one: Change, value: float) -> object:
    return percent(value) if one.kind == "rate" else rounded(round(value, 1))
