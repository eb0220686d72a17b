"""A funnel over time: of those who entered in each interval, how many per cent came through."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from tools.local.hogql import nodes
from tools.local.queries import intervals
from tools.local.queries.funnels.breakdown import LIMIT, Split, cohort_name
from tools.local.queries.funnels.entrances import entrances
from tools.local.queries.funnels.plan import Plan
from tools.local.queries.reader import Reader

Rows = list[Sequence[Any]]
"""Rows of value, interval, entered and converted."""

_ROWS = """SELECT {value} AS value, {key} AS tick, count(), countIf(converted) FROM {entrances}
    GROUP BY value, tick"""


def trend(plan: Plan, reader: Reader) -> list[dict[str, Any]]:
    """The share of conversions by interval; of every value where the funnel is split."""
    split = plan.split
    tree = nodes.query(
        _ROWS,
        value=nodes.field("value") if split else nodes.constant(0),
        key=intervals.key(plan.span.interval, nodes.field("tick")),
        entrances=entrances(plan, reader),
    )
    rows = reader.rows(tree)
    if split is None:
        return [_line(plan, rows)]
    named = [(_shown(split, found[0][0], reader), found) for found in _largest(plan, rows)]
    named.sort(key=lambda one: one[0])
    return [{**_line(plan, found), "breakdown_value": value} for value, found in named]


def _largest(plan: Plan, rows: Iterable[Sequence[Any]]) -> list[Rows]:
    """The rows of each value, of the values that most entered under."""
    apart: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        apart[tuple(row[0]) if isinstance(row[0], list) else row[0]].append(row)
    ranked = sorted(apart.items(), reverse=True, key=lambda one: (_entered(one[1]), one[0]))
    wanted = plan.query.breakdownFilter
    limit = (wanted and wanted.breakdown_limit) or LIMIT
    return [found for _, found in ranked[:limit]]


def _entered(rows: Rows) -> int:
    total: int = sum(row[2] for row in rows)
    return total


def _shown(split: Split, value: Any, reader: Reader) -> Any:
    return cohort_name(value, reader) if split.cohorts else split.shown(value)


def _line(plan: Plan, rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    interval, starts = plan.span.interval, plan.span.buckets()
    shares = {tick: _share(entered, converted) for _, tick, entered, converted in rows}
    return {
        "count": len(starts),
        "data": intervals.filled(shares, starts, interval),
        "days": intervals.days(starts, interval),
        "labels": intervals.labels(plan.span),
    }


def _share(entered: int, converted: int) -> float:
    """Per cent with two decimals, halves to even as ClickHouse rounds."""
    return round(converted / entered * 100 * 100) / 100
