"""What code adds to a result: which value nothing has, and which interval is not whole."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from agent.desk.retention import is_retention, returned, until
from tools.base import Output
from tools.client import PostHog
from tools.errors import ToolError
from tools.fence import clean
from tools.insights import InsightTable
from tools.project import Project
from tools.property_names import Compared, compared_in
from tools.taxonomy import PropertyValues, property_values

VALUES = 500
"""Values of a property that are looked through at most."""

SECOND = timedelta(seconds=1)
"""What a period that ends at 23:59:59 lacks of its last day."""

ESTIMATED = re.compile(r"\b(?:median|quantiles?)(?:If)?\s*\(")
ESTIMATES = (
    "median and quantile estimate where there are many values; medianExact and quantileExact don't."
)

LENGTHS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 28}
"""Days that an interval has at least."""


def as_told(output: Output, posthog: PostHog) -> Output:
    """The result as a model is to read it: without what has not come yet or lies outside."""
    if isinstance(output, InsightTable) and is_retention(output):
        return _within(output, posthog.project)
    return output


def _within(table: InsightTable, project: Project) -> InsightTable:
    return until(table, _end(table.query, project) + SECOND)


def clock(project: Project) -> datetime:
    """The project's time, without its zone."""
    zone = ZoneInfo(project.timezone)
    return _naive(_moment(project.now) or datetime.now(zone), zone)


def remarks(output: Output, posthog: PostHog) -> Iterator[str]:
    """Sentences about a result, none where nothing is special."""
    query = getattr(output, "query", None)
    rows = getattr(output, "rows", ())
    if isinstance(output, InsightTable) and is_retention(output):
        yield from returned(_within(output, posthog.project))
    elif isinstance(query, Mapping):
        yield from _parts(query, rows, posthog.project)
    if isinstance(query, str) and ESTIMATED.search(query):
        yield ESTIMATES
    if isinstance(query, str | Mapping) and query and _is_nothing(rows):
        # A value may be rightly absent, so this is told and not refused.
        for one in dict.fromkeys(compared_in(query)):
            with suppress(ToolError):
                yield from _absent(one, posthog)


def _is_nothing(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether no number of a result is other than 0."""
    return not any(cell for row in rows for cell in row if isinstance(cell, int | float))


def _absent(one: Compared, posthog: PostHog) -> Iterator[str]:
    """That nothing has a value, with those that are like it."""
    kind = "person" if one.of == "person" else "event"
    asked = PropertyValues(property=one.name, kind=kind, limit=VALUES)
    table = property_values.function(posthog, asked)
    values = [str(row[0]) for row in getattr(table, "rows", ())]
    if one.value in values or not getattr(table, "whole", False):
        return
    written = {value.casefold(): value for value in values}
    alike = get_close_matches(one.value.casefold(), written, n=5, cutoff=0.5)
    near = [written[value] for value in alike] or values[:5]
    listed = ", ".join(f"'{clean(value)[:60]}'" for value in near).replace("<", "(")
    told = f"No {kind} has {one.name} = '{clean(one.value)[:60]}'".replace("<", "(")
    yield f"{told}; values in the data are {listed}." if near else f"{told}."


def _parts(
    query: Mapping[str, Any], rows: Sequence[Sequence[Any]], project: Project
) -> Iterator[str]:
    """Which of the intervals at both ends is only a part of one."""
    length = LENGTHS.get(str(query.get("interval")))
    dates = query.get("dateRange") or {}
    starts = [at for row in rows if (at := _moment(row[0]))]
    if length is None or len(starts) < 2:
        return
    zone = ZoneInfo(project.timezone)
    begun, end = _moment(dates.get("date_from")), _end(query, project)
    if begun and _naive(begun, zone) > _naive(starts[0], zone):
        yield f"The first {query['interval']} ({starts[0]:%Y-%m-%d}) is only a part of one."
    if end - _naive(starts[-1], zone) < timedelta(days=length) - timedelta(minutes=1):
        yield f"The last {query['interval']} ({starts[-1]:%Y-%m-%d}) is only a part of one."


def _end(query: Mapping[str, Any], project: Project) -> datetime:
    """The end of a query's period, which is now where that comes first."""
    now = clock(project)
    said = _moment((query.get("dateRange") or {}).get("date_to"))
    return min(_naive(said, ZoneInfo(project.timezone)), now) if said else now


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _naive(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at
