"""A plan and the rows that came back, as an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.answer import AnswerTable, Draft, Window
from agent.planner import sentences
from agent.planner.hogql import value_names
from agent.planner.plan import Plan
from agent.planner.sentences import amount
from agent.planner.spans import bounded
from agent.planner.windows import Span, starts
from agent.planner.world import World
from tools.query import QueryTable

Row = tuple[Any, ...]
SHOWN = 25
COUNTS = frozenset({"total", "unique", "first_time", "sessions", "distinct", "sum"})


@dataclass(frozen=True)
class Finding:
    """What the rows say: a headline, the table behind it, and remarks."""

    headline: str
    table: AnswerTable
    notes: tuple[str, ...] = ()


def answer(plan: Plan, results: Sequence[QueryTable], world: World) -> Draft:
    """The answer to a plan whose queries have run."""
    span, has_data = bounded(plan.span, world.clock)
    window = _window(span, world)
    assumptions = _assumptions(plan, span)
    if not has_data:
        return _no_data(plan, span, window, assumptions, world)
    finding = _find(plan, results[0], span, world)
    text = " ".join(finding.notes)
    return Draft(
        "answered", finding.headline, text, (finding.table,), window, assumptions, plan=plan
    )


def _find(plan: Plan, result: QueryTable, span: Span, world: World) -> Finding:
    if plan.interval and not plan.breakdowns:
        return _series(plan, result, span, world)
    if plan.interval:
        return _split_series(plan, result, span)
    if plan.breakdowns:
        return _groups(plan, result, span)
    return _single(plan, result, span)


def _single(plan: Plan, result: QueryTable, span: Span) -> Finding:
    """One figure, or two and what they make together."""
    what, when = sentences.reading(plan), sentences.period(span)
    row = result.rows[0] if result.rows else (None,) * len(plan.measures)
    if plan.share or plan.ratio:
        return _ratio(plan, row, when)
    value = row[-1]
    table = AnswerTable(("value",), ((value,),), whole=True, total_rows=1)
    if value is None:
        return Finding(f"No value for {what} in {when}: no event there carries it.", table)
    if plan.measures[0].math in COUNTS - {"sum"}:
        return Finding(f"{amount(value)} {what}, {when}.", table)
    return Finding(f"The {what} was {amount(value)}, {when}.", table)


def _ratio(plan: Plan, row: Row, when: str) -> Finding:
    part, base = row[-2], row[-1]
    names = [sentences.measured(measure) for measure in plan.measures]
    conditions = sentences.filtered(plan.measures[0].filters)
    names[0] += f" where {conditions}" if conditions else ""
    if not base:
        table = AnswerTable(("part", "whole"), ((part, base),), whole=True, total_rows=1)
        return Finding(f"There were no {names[1]} in {when}, so there is no ratio.", table)
    if plan.share:
        share = round(100 * part / base, 2)
        table = AnswerTable(("part", "whole", "percent"), ((part, base, share),), True, 1)
        return Finding(
            f"{share:g} %: {amount(part)} {names[0]} of {amount(base)} {names[1]}, {when}.", table
        )
    quotient = round(part / base, 4)
    table = AnswerTable(("part", "whole", "ratio"), ((part, base, quotient),), True, 1)
    return Finding(
        f"{amount(quotient)}: {amount(part)} {names[0]} to {amount(base)} {names[1]}, {when}.",
        table,
    )


def _series(plan: Plan, result: QueryTable, span: Span, world: World) -> Finding:
    """A development over time, gaps filled with zero where zero is what they mean."""
    assert plan.interval is not None
    rows = _filled(plan, result, span, world)
    if plan.gaps:
        return _empty(plan, rows, span)
    if plan.cumulative:
        rows = _running(rows)
    shown = tuple((sentences.bucket(at, plan.interval), *values) for at, *values in rows)
    table = AnswerTable((plan.interval, *value_names(plan)), shown, result.whole, len(shown))
    what, when = sentences.reading(plan), sentences.period(span)
    notes = _partial(plan, span, world)
    known = [row for row in rows if row[1] is not None]
    if not known:
        return Finding(f"No {what} in {when}.", table)
    if plan.cumulative:
        return Finding(f"{amount(known[-1][1])} {what} in all by the end of {when}.", table, notes)
    best = (min if plan.ascending else max)(known, key=lambda row: row[1])
    named = f"{sentences.bucket(best[0], plan.interval)} with {amount(best[1])}"
    if plan.peak:
        return Finding(f"The {plan.interval} with the {'fewest' if plan.ascending else 'most'} "
                       f"{sentences.measured(plan.measures[0])} was {named}, {when}.", table, notes)  # fmt: skip
    total = ""
    if plan.measures[0].math in ("total", "sum", "first_time") and len(plan.measures) == 1:
        total = f"{amount(_total(rows))} in all; "
    word = "lowest" if plan.ascending else "highest"
    return Finding(
        f"{what.capitalize() if what[0].islower() and not total else what}, {when}: {total}{word} in {named}.",
        table,
        notes,
    )


def _split_series(plan: Plan, result: QueryTable, span: Span) -> Finding:
    """A development over time for each value of a breakdown."""
    assert plan.interval is not None
    rows = tuple(
        (
            sentences.bucket(
                datetime.fromisoformat(str(row[0])).replace(tzinfo=None), plan.interval
            ),
            *row[1:],
        )
        for row in result.rows
    )
    columns = (plan.interval, *map(sentences.split, plan.breakdowns), *value_names(plan))
    totals: dict[str, float] = {}
    for row in rows:
        totals[str(row[1])] = totals.get(str(row[1]), 0) + (row[-1] or 0)
    table = AnswerTable(columns, rows, result.whole, len(rows) if result.whole else None)
    what, when = sentences.reading(plan), sentences.period(span)
    if not rows:
        return Finding(f"No {what} in {when}.", table)
    if not result.whole:
        return Finding(f"{what}, {when}: more rows than are shown.", table)
    best = max(totals, key=lambda key: totals[key])
    lead = (
        f" Most: {best} with {amount(totals[best])}."
        if plan.measures[0].math in ("total", "sum")
        else ""
    )
    return Finding(f"{what}, {when}.{lead}", table)


def _groups(plan: Plan, result: QueryTable, span: Span) -> Finding:
    """Values of a breakdown by size."""
    what, when = sentences.reading(plan), sentences.period(span)
    rows = tuple(_labelled(plan, row) for row in result.rows)
    labels = ("name",) if plan.breakdowns[0].label_property else ()
    columns = (*map(sentences.split, plan.breakdowns), *labels, *value_names(plan))
    limit = plan.limit or (SHOWN if not plan.breakdowns[0].part else len(rows))
    named = [row for row in rows if row[0] not in (None, "")] if plan.limit else list(rows)
    table = AnswerTable(columns, tuple(named[:limit]), result.whole and len(named) <= limit,
                        len(named) if result.whole else None)  # fmt: skip
    if not named:
        return Finding(f"No {what} in {when}.", table)
    best = (min if plan.ascending else max)(named, key=lambda row: row[-1] or 0)
    notes = []
    if plan.measures[0].math in ("total", "sum") and result.whole and len(plan.measures) == 1:
        notes.append(f"{amount(sum(row[-1] or 0 for row in rows))} in all {len(rows)} groups.")
    if plan.limit and len(named) < len(rows):
        notes.append("Rows without a value are left out.")
    lead = f"{_group_name(plan, best)} with {amount(best[-1])}"
    order = "lowest" if plan.ascending else "highest"
    return Finding(f"{what}, {when}: {order} is {lead}.", table, tuple(notes))


def _labelled(plan: Plan, row: Row) -> Row:
    """Weekdays by name; other values as they are."""
    if plan.breakdowns[0].part == "weekday":
        return (sentences.WEEKDAYS[int(row[0]) - 1], *row[1:])
    return row


def _group_name(plan: Plan, row: Row) -> str:
    count = len(plan.breakdowns) + bool(plan.breakdowns[0].label_property)
    name = ", ".join("(none)" if cell is None else str(cell) for cell in row[:count])
    return f"{name}:00" if plan.breakdowns[0].part == "hour" else name


def _filled(plan: Plan, result: QueryTable, span: Span, world: World) -> list[Row]:
    assert plan.interval is not None
    found = {_local(row[0]): tuple(row[1:]) for row in result.rows}
    zero = 0 if plan.measures[0].math in COUNTS else None
    blank = (zero,) * len(plan.measures)
    return [(at, *found.get(at, blank)) for at in starts(span, plan.interval, world.clock)]


def _empty(plan: Plan, rows: Sequence[Row], span: Span) -> Finding:
    """The whole intervals in which nothing happened."""
    assert plan.interval is not None
    assert span.start is not None
    assert span.end is not None
    inside = [row for row in rows[:-1] if row[0] >= span.start]
    none = tuple((sentences.bucket(row[0], plan.interval), 0) for row in inside if not row[1])
    table = AnswerTable((plan.interval, *value_names(plan)), none, True, len(none))
    what, when = sentences.measured(plan.measures[0]), sentences.period(span)
    if not none:
        return Finding(f"No: every whole {plan.interval} had {what}, {when}.", table)
    named = ", ".join(str(row[0]) for row in none[:5])
    more = f" and {len(none) - 5} more" if len(none) > 5 else ""
    start = " beginning" if plan.interval == "week" else ""
    return Finding(f"Yes: {len(none)} whole {plan.interval}{'s' * (len(none) > 1)} without {what}"
                   f" ({plan.interval}{start} {named}{more}), {when}.", table)  # fmt: skip


def _running(rows: Sequence[Row]) -> list[Row]:
    total, found = 0.0, []
    for at, value, *_ in rows:
        total += value or 0
        found.append((at, int(total) if float(total).is_integer() else total))
    return found


def _total(rows: Sequence[Row]) -> float:
    return sum(row[1] or 0 for row in rows)


def _partial(plan: Plan, span: Span, world: World) -> tuple[str, ...]:
    """A word about a first or last interval that the period covers only in part."""
    assert plan.interval is not None
    assert span.end is not None
    buckets = starts(span, plan.interval, world.clock)
    after = starts(
        Span(span.end, span.end.max.replace(year=span.end.year + 2), ""), plan.interval, world.clock
    )
    if buckets and after and after[0] == buckets[-1] and after[0] != span.end:
        return (
            f"The last {plan.interval} ({sentences.bucket(buckets[-1], plan.interval)}) is not over or not whole.",
        )
    return ()


def _local(value: Any) -> datetime:
    return datetime.fromisoformat(str(value)).replace(tzinfo=None)


def _window(span: Span, world: World) -> Window:
    assert span.start is not None
    assert span.end is not None
    start, end = (at.replace(tzinfo=world.zone).isoformat() for at in (span.start, span.end))
    return Window(start, end, world.facts.timezone)


def _assumptions(plan: Plan, span: Span) -> tuple[str, ...]:
    asked = (
        (f"no period was named, so {span.label} ({sentences.dates(span)})",) if span.default else ()
    )
    return (*asked, *plan.assumptions)


def _no_data(
    plan: Plan, span: Span, window: Window, assumptions: tuple[str, ...], world: World
) -> Draft:
    """A period outside the data is not a zero."""
    first, last = world.clock.first, world.clock.last
    covered = f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first and last else "nothing"
    return Draft(
        "declined",
        f"There is no data for {sentences.period(span)}: this project's events run {covered}.",
        "Name a period inside it, or count from another day with --as-of.",
        window=window,
        assumptions=assumptions,
        plan=plan,
    )
