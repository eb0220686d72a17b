"""The findings as an answer: whether it is so, what goes with it, what was checked and is open."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.answer import AnswerTable, Draft
from agent.planner.why.around import Other
from agent.planner.why.case import Case
from agent.planner.why.comparable import dates
from agent.planner.why.figures import (
    change,
    listed,
    percent,
    plural,
    rounded,
    table,
    window,
)
from agent.planner.why.findings import Finding
from agent.planner.why.measured import Measured
from agent.planner.why.overlay import Overlay
from agent.planner.why.premise import Verdict
from agent.planner.why.ranking import Part, Whole

SHOWN = 10
OTHERS = 12
CALM = 0.2
"""An event that is off by less than this and by no more than chance is about as usual."""

UNKNOWN = (
    "Not known: what changed outside of the events, such as deploys, prices, campaigns and news. "
    "What goes with a change need not be its cause."
)


@dataclass(frozen=True)
class Told:
    """All that an investigation found."""

    found: Measured
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    parts: tuple[Part, ...] = ()
    others: tuple[Other, ...] = ()
    over: tuple[str, ...] = ()
    overlay: Overlay | None = None
    people: AnswerTable | None = None


def told(case: Case, result: Told) -> Draft:
    """The answer."""
    first = f"; {result.findings[0].short}" if result.findings else ""
    none = result.overlay is not None and not result.findings
    nothing = "; no part of the events stands out in it" if none else ""
    return Draft(
        "answered",
        f"{result.verdict.said}{first or nothing}.",
        "\n".join(_text(case, result)),
        tuple(_tables(case, result)),
        window(result.found.compared.span, case.world),
        case.assumptions,
        plan=case.plan,
    )


def _text(case: Case, result: Told) -> list[str]:
    lines = [*([result.verdict.usual] if result.verdict.usual else []), *case.notes]
    lines += [f"{i}. {one.said}." for i, one in enumerate(result.findings, 1)]
    if result.overlay is not None:
        lines += [*_unchanged(result), noted(result.overlay), _checked(result)]
    if result.found.short:
        lines.append("There are too few weeks before to tell how much it usually varies.")
    return [*lines, UNKNOWN] if result.overlay is not None else lines


def _unchanged(result: Told) -> list[str]:
    """Which other events moved with it, and which did not."""
    off = sorted((one for one in result.others if one.unusual), key=lambda one: one.chance)
    moved = [f"{one.name} {change(one.now, one.usual)}" for one in off]
    calm = [one.name for one in result.others if not one.unusual and abs(one.ratio - 1) < CALM]
    said = [f"Other events that moved: {listed(moved, 4)}."] if moved else []
    return [*said, *([f"About as usual: {listed(calm)}."] if calm else [])]


def noted(overlay: Overlay) -> str:
    """What people did around the period."""
    noted = (
        f"In it or in the 7 days before: {'; '.join(overlay.notes)}."
        if overlay.notes
        else ("No flag, experiment or note dates from it or the 7 days before.")
    )
    unread = f" Could not be read: {listed(overlay.unread)}." if overlay.unread else ""
    return f"{noted}{unread}" if len(overlay.unread) < 3 else unread.strip()


def _checked(result: Told) -> str:
    names = result.over
    return (
        f"Checked: {plural(len(names), 'property', 'properties')} ({listed(names, 12)}), "
        f"{plural(len(result.others), 'other event')}, flags, experiments and notes."
    )


def _tables(case: Case, result: Told) -> list[AnswerTable]:
    found = [_periods(case, result.found)]
    if result.others:
        found.append(_events(result.others))
    if result.people:
        found.append(result.people)
    if result.parts:
        found.append(_parts(result.parts, result.found.whole))
    return found


def _periods(case: Case, found: Measured) -> AnswerTable:
    spans = (found.compared.span, *found.compared.near)
    values = (found.whole.now, *found.values)
    rows = [(dates(s), rounded(v)) for s, v in zip(spans, values, strict=True)]
    return table(("period", case.measure.what), rows)


def _parts(parts: Sequence[Part], whole: Whole) -> AnswerTable:
    rows = [
        (
            part.words,
            rounded(part.now),
            rounded(part.before / whole.times),
            change(part.now, part.before / whole.times),
            percent(part.share(whole)),
        )
        for part in parts[:SHOWN]
    ]
    columns = ("part", "now", "usual", "change", "share of the change")
    return table(columns, rows, len(parts))


def _events(others: Sequence[Other]) -> AnswerTable:
    ranked = sorted(others, key=lambda one: one.chance)
    rows = [
        (one.name, rounded(one.now), rounded(one.usual), change(one.now, one.usual))
        for one in ranked[:OTHERS]
    ]
    return table(("other event", "now", "usual", "change"), rows, len(others))
