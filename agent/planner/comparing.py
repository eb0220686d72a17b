"""Two periods side by side."""

from collections.abc import Sequence
from typing import Any

from agent.answer import AnswerTable
from agent.planner import sentences
from agent.planner.findings import SHOWN, Finding, find
from agent.planner.plan import Plan
from agent.planner.sentences import amount
from agent.planner.windows import Clock, Span
from tools.query import QueryTable

Row = tuple[Any, ...]


def compared(
    plan: Plan, results: Sequence[QueryTable], spans: Sequence[Span], clock: Clock
) -> Finding:
    """The finding of the first period beside the second, and the change between them."""
    now, before = (
        find(plan, result, span, clock) for result, span in zip(results, spans, strict=True)
    )
    labels = [span.label for span in spans]
    if plan.breakdowns and not plan.interval:
        return _groups(plan, now, before, labels, spans)
    if plan.interval:
        return _series(plan, now, before, labels, spans)
    value, other = now.table.rows[0][-1], before.table.rows[0][-1]
    rows = tuple(
        (s.label, sentences.dates(s), v) for s, v in zip(spans, (value, other), strict=True)
    )
    what = sentences.reading(plan)
    headline = (
        f"{amount(value)} {what}, {sentences.period(spans[0])}, against {amount(other)}, "
        f"{sentences.period(spans[1])}: {change(value, other)}."
    )
    return Finding(headline, AnswerTable(("period", "dates", what), rows, True, 2))


def change(value: float | None, other: float | None) -> str:
    """The change from `other` to `value` in percent."""
    if value is None or not other:
        return "no change to calculate"
    percent = 100 * (value - other) / abs(other)
    return "unchanged" if percent == 0 else f"{percent:+,.1f} %"


def _groups(
    plan: Plan, now: Finding, before: Finding, labels: Sequence[str], spans: Sequence[Span]
) -> Finding:
    width = len(now.table.columns) - 1
    old = {row[:width]: row[-1] for row in before.table.rows}
    rows = tuple((*row, old.get(row[:width], 0)) for row in now.table.rows[: plan.limit or SHOWN])
    table = AnswerTable(
        (*now.table.columns[:width], *labels), rows, now.table.whole and before.table.whole
    )
    when = " against ".join(sentences.period(span) for span in spans)
    return Finding(f"{sentences.reading(plan)}, {when}.", table, now.notes)


def _series(
    plan: Plan, now: Finding, before: Finding, labels: Sequence[str], spans: Sequence[Span]
) -> Finding:
    """Interval by interval, the first of one period beside the first of the other."""
    first, second = now.table.rows, before.table.rows
    size = max(len(first), len(second))
    rows = tuple((n + 1, _last(first, n), _last(second, n)) for n in range(size))
    totals = [sum(row[k] or 0 for row in rows) for k in (1, 2)]
    when = " against ".join(sentences.period(span) for span in spans)
    said = f": {amount(totals[0])} against {amount(totals[1])}, {change(*totals)}"
    table = AnswerTable((f"{plan.interval} of the period", *labels), rows, True, size)
    additive = plan.measures[0].math in ("total", "sum")
    return Finding(
        f"{sentences.reading(plan)}, {when}{said if additive else ''}.", table, now.notes
    )


def _last(rows: Sequence[Row], n: int) -> Any:
    return rows[n][-1] if n < len(rows) else None
