"""What the rows of a plan say: a headline, the table behind it, and remarks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.answer import AnswerTable
from agent.planner import quotients, sentences
from agent.planner.plan import Plan
from agent.planner.sentences import amount
from agent.planner.windows import Clock, Span, shift, starts
from tools.query import QueryTable

Row = tuple[Any, ...]
SHOWN = 25
COUNTS = frozenset({"total", "unique", "first_time", "sessions", "distinct", "sum", "per_person"})
ADDITIVE = frozenset({"total", "sum", "first_time"})
"""Calculations whose values over parts add up to the value over the whole."""


@dataclass(frozen=True)
class Finding:
    """A headline, the table behind it, and remarks."""

    headline: str
    table: AnswerTable
    notes: tuple[str, ...] = ()


def find(plan: Plan, result: QueryTable, span: Span, clock: Clock) -> Finding:
    """The finding of one query by the shape of its plan."""
    if plan.share or plan.ratio:
        return _ratio(plan, result, span, clock)
    if plan.interval and plan.breakdowns:
        return _split_series(plan, result, span, clock)
    if plan.interval:
        return _series(plan, result, span, clock)
    return _groups(plan, result, span) if plan.breakdowns else _single(plan, result, span)


def _single(plan: Plan, result: QueryTable, span: Span) -> Finding:
    """One figure, or several side by side."""
    what, when = sentences.reading(plan), sentences.period(span)
    row = result.rows[0] if result.rows else (None,) * len(plan.measures)
    table = _table(_value_columns(plan), [row])
    if len(plan.measures) > 1:
        pairs = zip(row, plan.measures, strict=True)
        figures = [f"{amount(value)} {sentences.measured(measure)}" for value, measure in pairs]
        return Finding(f"{', '.join(figures)}{_where(plan)}, {when}.", table)
    if row[0] is None:
        return Finding(f"No value for the {what}, {when}: no event there carries it.", table)
    if plan.measures[0].math in COUNTS - {"sum"}:
        return Finding(f"{amount(row[0])} {what}, {when}.", table)
    return Finding(f"The {what} was {amount(row[0])}, {when}.", table)


def _ratio(plan: Plan, result: QueryTable, span: Span, clock: Clock) -> Finding:
    """A share or ratio: over all, and by interval or value where that was asked for."""
    notes: tuple[str, ...] = ()
    rows, keys = list(result.rows), list(map(sentences.split, plan.breakdowns))
    if plan.interval:
        filled = _filled(plan, result, span, clock)
        rows = [(sentences.bucket(at, plan.interval), *values) for at, *values in filled]
        keys, notes = [plan.interval], _partial(plan, span, clock)
    made = quotients.table(plan, keys, rows, result.whole)
    additive = plan.measures[0].math in ADDITIVE or not keys
    total = quotients.overall(plan, rows, _where(plan)) if additive else _what(plan)
    most = quotients.extreme(plan, made) if keys else ""
    return Finding(f"{total}, {sentences.period(span)}{most}.", made, notes)


def _series(plan: Plan, result: QueryTable, span: Span, clock: Clock) -> Finding:
    """A development over time, gaps filled with zero where zero is what they mean."""
    assert plan.interval is not None
    rows = _filled(plan, result, span, clock)
    if plan.gaps:
        return _empty(plan, rows, span, clock)
    rows = _running(rows) if plan.cumulative else rows
    shown = [(sentences.bucket(at, plan.interval), *values) for at, *values in rows]
    table = _table((plan.interval, *_value_columns(plan)), shown, result.whole)
    notes = _partial(plan, span, clock)
    known = [row for row in rows if row[1] is not None]
    if not known:
        return Finding(f"No {sentences.reading(plan)}, {sentences.period(span)}.", table, notes)
    return Finding(_series_headline(plan, known, span), table, notes)


def _series_headline(plan: Plan, rows: Sequence[Row], span: Span) -> str:
    assert plan.interval is not None
    what, when = _what(plan), sentences.period(span)
    if plan.cumulative:
        return f"{amount(rows[-1][1])} {what} in all at the end, {when}."
    if len(plan.measures) > 1:
        totals = [
            amount(sum(row[n] or 0 for row in rows)) for n in range(1, len(plan.measures) + 1)
        ]
        additive = all(measure.math in ADDITIVE for measure in plan.measures)
        sums = f": {' and '.join(totals)} in all" if additive else ""
        return f"{_capital(what)} per {plan.interval}{sums}, {when}."
    best = (min if plan.ascending else max)(rows, key=lambda row: row[1])
    when_best, most = sentences.bucket(best[0], plan.interval), amount(best[1])
    placed = sentences.within(when_best, plan.interval)
    if plan.peak:
        order = "fewest" if plan.ascending else "most"
        return f"{when_best} was the {plan.interval} with the {order} {what}: {most}, {when}."
    order = "least" if plan.ascending else "most"
    if plan.measures[0].math in ADDITIVE:
        total = amount(sum(row[1] or 0 for row in rows))
        one = f"the {order}: {most} {placed}"
        return f"{total} {what}, {when}; {one}."
    return f"{_capital(what)} per {plan.interval}, {when}: the {order} was {most} {placed}."


def _split_series(plan: Plan, result: QueryTable, span: Span, clock: Clock) -> Finding:
    """A development over time for each value of a breakdown, the largest value first."""
    assert plan.interval is not None
    totals: dict[Row, float] = {}
    for row in result.rows:
        totals[row[1:-1]] = totals.get(row[1:-1], 0) + (row[-1] or 0)
    rows = _grid(plan, result, span, clock, sorted(totals, key=lambda key: -totals[key]))
    columns = (plan.interval, *map(sentences.split, plan.breakdowns), *_value_columns(plan))
    table = _table(columns, rows, result.whole)
    what, when = f"{_what(plan)} by {_splits(plan)}, per {plan.interval}", sentences.period(span)
    what = f"running total of {what}" if plan.cumulative else what
    if not rows:
        return Finding(f"No {what}, {when}.", table)
    notes = _partial(plan, span, clock)
    if not result.whole or plan.measures[0].math not in ADDITIVE:
        return Finding(f"{_capital(what)}, {when}.", table, notes)
    best = max(totals, key=lambda key: totals[key])
    most = f"{', '.join(map(_name, best))} has the most: {amount(totals[best])}"
    return Finding(f"{_capital(what)}, {when}; {most}.", table, notes)


def _grid(
    plan: Plan, result: QueryTable, span: Span, clock: Clock, keys: Sequence[Row]
) -> list[Row]:
    """A row for each interval and value; missing ones are zero where zero is what they mean."""
    assert plan.interval is not None
    found = {(_local(row[0]), row[1:-1]): row[-1] for row in result.rows}
    known = plan.measures[0].math in COUNTS and result.whole
    rows: list[Row] = []
    running = dict.fromkeys(keys, 0.0)
    for at in starts(span, plan.interval, clock):
        for key in keys:
            value = found.get((at, key), 0 if known else None)
            running[key] += value or 0
            if value is not None:
                shown = _whole_number(running[key]) if plan.cumulative else value
                rows.append((sentences.bucket(at, plan.interval), *key, shown))
    return rows


def _groups(plan: Plan, result: QueryTable, span: Span) -> Finding:
    """Values of a breakdown by size."""
    one, when = plan.breakdowns[0], sentences.period(span)
    rows = [_weekday(plan, row) for row in result.rows]
    named = [row for row in rows if row[0] not in (None, "")] if plan.limit else rows
    limit = plan.limit or (len(rows) if one.part else SHOWN)
    columns = (*map(sentences.split, plan.breakdowns), *(("name",) if one.label_property else ()))
    kept = AnswerTable(
        (*columns, *_value_columns(plan)),
        tuple(named[:limit]),
        result.whole and len(named) <= limit,
        len(named) if result.whole else None,
    )
    if not named:
        return Finding(f"No {sentences.reading(plan)}, {when}.", kept)
    known = [row for row in named if row[0] not in (None, "")] or named
    best = (min if plan.ascending else max)(known, key=lambda row: row[-1] or 0)
    order = "lowest" if plan.ascending else "highest"
    total = ""
    if plan.measures[0].math in ADDITIVE and result.whole and len(plan.measures) == 1:
        total = f" of {amount(sum(row[-1] or 0 for row in rows))}"
    headline = (
        f"{_group_name(plan, best)} has the {order} number of {_what(plan)}"
        if plan.measures[0].math in COUNTS - {"sum"}
        else f"{_group_name(plan, best)} has the {order} {_what(plan)}"
    )
    notes = ("Rows without a value are left out.",) if len(named) < len(rows) else ()
    return Finding(
        f"{headline}: {amount(best[-1])}{total}, by {_splits(plan)}, {when}.", kept, notes
    )


def _empty(plan: Plan, rows: Sequence[Row], span: Span, clock: Clock) -> Finding:
    """The whole intervals in which nothing happened."""
    unit = plan.interval
    assert unit is not None
    assert span.start is not None
    assert span.end is not None
    inside = [row for row in rows if row[0] >= span.start and shift(row[0], unit, 1) <= span.end]
    none = [(sentences.bucket(row[0], unit), 0) for row in inside if not row[1]]
    table = _table((unit, *_value_columns(plan)), none)
    what, when = _what(plan), sentences.period(span)
    if not none:
        return Finding(f"No: every whole {unit} had {what}, {when}.", table)
    named = ", ".join(str(row[0]) for row in none[:5])
    more = f" and {len(none) - 5} more" if len(none) > 5 else ""
    start = "beginning " if unit == "week" else ""
    plural = "s" if len(none) > 1 else ""
    return Finding(
        f"Yes: {len(none)} whole {unit}{plural} without {what} ({start}{named}{more}), {when}.",
        table,
    )


def _filled(plan: Plan, result: QueryTable, span: Span, clock: Clock) -> list[Row]:
    assert plan.interval is not None
    found = {_local(row[0]): tuple(row[1:]) for row in result.rows}
    zero = 0 if plan.measures[0].math in COUNTS else None
    blank = (zero,) * len(plan.measures)
    return [(at, *found.get(at, blank)) for at in starts(span, plan.interval, clock)]


def _running(rows: Sequence[Row]) -> list[Row]:
    totals, found = [0.0] * (len(rows[0]) - 1 if rows else 0), []
    for at, *values in rows:
        totals = [total + (value or 0) for total, value in zip(totals, values, strict=True)]
        found.append((at, *map(_whole_number, totals)))
    return found


def _whole_number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _partial(plan: Plan, span: Span, clock: Clock) -> tuple[str, ...]:
    """A remark when the period begins or ends inside an interval."""
    assert plan.interval is not None
    assert span.start is not None
    assert span.end is not None
    all_of_them = starts(span, plan.interval, clock)
    cut = [at for at in all_of_them[:1] if at < span.start]
    cut += [at for at in all_of_them[-1:] if shift(at, plan.interval, 1) > span.end]
    names = list(dict.fromkeys(sentences.bucket(at, plan.interval) for at in cut))
    if not names:
        return ()
    verb = "is" if len(names) == 1 else "are"
    return (f"{' and '.join(names)} {verb} only partly inside the period.",)


def _table(columns: Sequence[str], rows: Sequence[Row], whole: bool = True) -> AnswerTable:
    kept = tuple(tuple(row) for row in rows)
    return AnswerTable(tuple(columns), kept, whole, len(kept) if whole else None)


def _value_columns(plan: Plan) -> tuple[str, ...]:
    names = [sentences.measured(measure) for measure in plan.measures]
    return tuple(
        names if len(set(names)) == len(names) else [f"{n} {i}" for i, n in enumerate(names, 1)]
    )


def _what(plan: Plan) -> str:
    return " and ".join(sentences.measured(measure) for measure in plan.measures) + _where(plan)


def _where(plan: Plan) -> str:
    conditions = sentences.filtered(plan.filters)
    return f" where {conditions}" if conditions else ""


def _splits(plan: Plan) -> str:
    return " and ".join(map(sentences.split, plan.breakdowns))


def _weekday(plan: Plan, row: Row) -> Row:
    """Weekdays by name; other values as they are."""
    if plan.breakdowns[0].part != "weekday":
        return row
    return (sentences.WEEKDAYS[int(row[0]) - 1], *row[1:])


def _group_name(plan: Plan, row: Row) -> str:
    count = len(plan.breakdowns) + bool(plan.breakdowns[0].label_property)
    name = ", ".join(_name(cell) for cell in row[:count])
    return f"{name}:00" if plan.breakdowns[0].part == "hour" else name


def _name(cell: Any) -> str:
    return "(none)" if cell in (None, "") else str(cell)


def _capital(text: str) -> str:
    """The text as the start of a sentence; names of events keep their case."""
    return text[0].upper() + text[1:] if "_" not in text.split()[0] and text[0].isalpha() else text


def _local(value: Any) -> datetime:
    return datetime.fromisoformat(str(value)).replace(tzinfo=None)
