"""Retention as a model reads it: what has not come yet is empty, what came is added up by code."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tools.insights import InsightTable

LENGTHS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
FIRST = ("cohort", "size")


def until(table: InsightTable, end: datetime) -> InsightTable:
    """The table without the intervals that are not over at the end of what was looked at."""
    period = str(_filter(table.query).get("period", "")).lower()
    start = table.columns.index("cohort")
    rows = tuple(
        tuple(
            None
            if place > start + 1 and _end(row[start], period, place - start - 1) > end
            else cell
            for place, cell in enumerate(row)
        )
        for row in table.rows
    )
    return replace(table, rows=rows)


def returned(table: InsightTable) -> Iterator[str]:
    """How many of all that could have come back did, interval by interval."""
    if table.columns[:2] != FIRST:
        return
    for place, name in enumerate(table.columns[2:], 2):
        there = [(row[1], row[place]) for row in table.rows if row[place] is not None]
        size, back = sum(one for one, _ in there), sum(one for _, one in there)
        if size:
            cohorts = f"{len(there)} cohort{'s' * (len(there) > 1)}"
            yield f"{name}: {back} of {size} ({back / size:.1%}), over {cohorts}"


def is_retention(output: object) -> bool:
    """Whether a result is one of run_retention."""
    return (
        isinstance(output, InsightTable)
        and "cohort" in output.columns
        and bool(_filter(output.query))
    )


def _filter(query: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = query.get("retentionFilter") or {}
    return found


def _end(cohort: str, period: str, number: int) -> datetime:
    """When an interval of a cohort ends."""
    start = datetime.fromisoformat(cohort).replace(tzinfo=None)
    if period != "month":
        return start + LENGTHS[period] * (number + 1)
    months = start.month + number
    return start.replace(year=start.year + months // 12, month=months % 12 + 1, day=1)
