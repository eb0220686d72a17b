"""The period that another one is compared with.

After posthog/hogql_queries/utils/query_previous_period_date_range.py and its neighbours.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tools.local.dates import Interval, Window, earlier, is_relative, parse_date
from tools.local.queries.model import CompareFilter, DateRange

_TO_DATE: Mapping[str | None, tuple[Interval, int]] = {
    "wStart": ("week", 1),
    "mStart": ("month", 1),
    "qStart": ("month", 3),
    "yStart": ("year", 1),
}
_DAYS = re.compile(r"-?(\d+)d(Start|End)?")
_MICROSECOND = timedelta(microseconds=1)


def compares(found: CompareFilter | None) -> bool:
    """Whether a query asks for a comparison."""
    return found is not None and bool(found.compare)


def previous(span: Window, dates: DateRange | None, to: str | None) -> Window:
    """The period before a window, or the one that begins some time (`to`) before it."""
    dates = dates or DateRange()
    if to:
        start = parse_date(to, span.start)
        return replace(span, start=start, end=start + (span.end - span.start))
    if not dates.date_to and dates.date_from in _TO_DATE:
        unit, count = _TO_DATE[dates.date_from]
        return replace(span, start=earlier(span.start, unit, count), end=span.start - _MICROSECOND)
    if dates.date_from == "all":
        end = span.start - _MICROSECOND
        return replace(span, start=end - (span.end - span.start), end=end)
    return _aligned(span, dates)


def _aligned(span: Window, dates: DateRange) -> Window:
    """As long a period before, that begins and ends at the same time of day."""
    length = span.end - span.start
    start = span.start - length
    if span.interval in ("second", "minute"):
        return replace(span, start=start, end=span.start)
    start = _at_time_of(start, span.start)
    if span.interval == "hour":
        end = (start + length).replace(
            minute=span.end.minute, second=span.end.second, microsecond=span.end.microsecond
        )
        return replace(span, start=start, end=end)
    if span.interval == "day" and _whole_weeks(dates):
        # -7d is eight days with the one that has begun; the week before is still the week before.
        start += timedelta(days=1)
    return replace(span, start=start, end=_at_time_of(start + length, span.end))


def _whole_weeks(dates: DateRange) -> bool:
    if dates.date_to and is_relative(dates.date_to):
        return False
    found = _DAYS.fullmatch(dates.date_from or "-7d")
    return found is not None and int(found[1]) > 0 and int(found[1]) % 7 == 0


def _at_time_of(at: datetime, other: datetime) -> datetime:
    return datetime.combine(at, other.timetz())
