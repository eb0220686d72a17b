"""Dates as PostHog's API writes them: relative to the project's clock, or absolute.

`-7d` is seven days ago, `-1mStart` and `mStart` the start of a month, `dEnd` the end of today; a
text without a zone is in the project's zone. After posthog/utils.py (relative_date_parse) and
posthog/hogql_queries/utils/query_date_range.py.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args

Interval = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
INTERVALS: tuple[str, ...] = get_args(Interval)
_RELATIVE = re.compile(r"(-)?(\d{1,5})?([a-zA-Z])(Start|End)?")
_UNITS: dict[str, Interval] = {
    "s": "second",
    "M": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "m": "month",
    "q": "quarter",
    "y": "year",
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_LENGTHS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
}
DEFAULT_DAYS = 7
MAX_BUCKETS = 100_000
YEARS = range(1900, 2300)
"""The years whose instants ClickHouse can hold."""

_TOO_MANY = "The dates span over 100,000 intervals of one {}: choose a longer interval."


class DateError(ValueError):
    """A text that is no date."""


@dataclass(frozen=True)
class Window:
    """From the first instant to the last, both included; aware, in the project's zone."""

    start: datetime
    end: datetime
    interval: Interval
    week_start: int
    exact: bool = False
    """Whether an insight over intervals begins at the start itself, in the middle of its first."""

    @property
    def since(self) -> datetime:
        """Where an insight over intervals begins: with its first interval, unless it is exact.

        In weeks it begins with the first day that was asked for, so that the sum is that of days.
        """
        unit: Interval = "day" if self.interval == "week" else self.interval
        return self.start if self.exact else floor(self.start, unit, self.week_start)

    @property
    def in_seconds(self) -> "Window":
        """Both ends in whole seconds, as PostHog writes them into most of its queries."""
        start, end = (at.replace(microsecond=0) for at in (self.since, self.end))
        return replace(self, start=start, end=end, exact=True)

    def buckets(self) -> list[datetime]:
        """The start of every interval that the window touches."""
        # Two windows at the same instants are equal to Python, wherever they are.
        place = f"{self.start.tzinfo} {self.start.fold} {self.end.fold}"
        return list(_buckets(self, place))


@lru_cache(maxsize=64)
def _buckets(span: Window, place: str) -> tuple[datetime, ...]:
    found: list[datetime] = []
    # In UTC: Python compares two times of one zone by their wall clocks.
    at, end = floor(span.start, span.interval, span.week_start), span.end.astimezone(UTC)
    while at.astimezone(UTC) <= end:
        if len(found) == MAX_BUCKETS:
            raise DateError(_TOO_MANY.format(span.interval))
        found.append(at)
        at = later(at, span.interval)
    return tuple(found)


def window(
    date_from: str | None,
    date_to: str | None,
    *,
    now: datetime,
    interval: Interval,
    week_start: int,
    earliest: Callable[[], datetime],
    exact: bool = False,
) -> Window:
    """The window of a date range.

    `earliest` is asked only for `all`; `exact` keeps the time of day of both ends.
    """
    end, relative = (parse_date(date_to, now), is_relative(date_to)) if date_to else (now, True)
    if not exact and interval not in _LENGTHS:
        end = last(end, "day", week_start)
    elif not exact and relative:
        end = last(end, "hour" if interval == "hour" else "minute", week_start)
    if date_from == "all":
        start = min(earliest(), end)
    elif date_from:
        start = parse_date(date_from, now, truncate=not exact and interval != "minute")
    else:
        start = _shifted(floor(now, "day", week_start), DEFAULT_DAYS)
    if start > end:
        raise DateError(f"The dates end on {end:%Y-%m-%d} before they begin on {start:%Y-%m-%d}.")
    in_hours = interval == "day" and _counts_hours(date_from)
    return Window(start, end, interval, week_start, exact=exact or in_hours)


def _counts_hours(text: str | None) -> bool:
    found = _RELATIVE.fullmatch(text or "")
    return found is not None and found[3] == "h"


def is_relative(text: str) -> bool:
    """Whether a date counts from the clock."""
    return _RELATIVE.fullmatch(text) is not None


def parse_date(text: str, now: datetime, *, truncate: bool = False) -> datetime:
    """The instant a text means; `truncate` cuts a relative one to its day, or its hour."""
    found = _RELATIVE.fullmatch(text)
    if not found:
        return _absolute(text, now)
    unit = _UNITS.get(found[3])
    if unit is None:
        raise _no_date(text)
    try:
        at = _held(text, earlier(now, unit, int(found[2] or 0)))
    except (ValueError, OverflowError):
        raise _no_date(text) from None
    if found[4] == "Start":
        return floor(at, unit, 1)
    if found[4] == "End":
        return last(at, unit, 1)
    if truncate:
        return floor(at, "hour" if unit == "hour" else unit if unit in _LENGTHS else "day", 1)
    return at


def _absolute(text: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _no_date(text) from None
    held = _held(text, at)
    return held.replace(tzinfo=now.tzinfo) if at.tzinfo is None else held.astimezone(now.tzinfo)


def _held(text: str, at: datetime) -> datetime:
    if at.year not in YEARS:
        raise DateError(f"{text!r} is out of reach: dates are from 1900 to 2299.")
    return at


def _no_date(text: str) -> DateError:
    return DateError(f"{text!r} is no date: write -7d, mStart or 2026-01-31.")


def floor(at: datetime, interval: Interval, week_start: int) -> datetime:
    """The start of the interval an instant lies in; `week_start` is 0 for Sunday, 1 for Monday."""
    if interval in _LENGTHS:
        names = ("hour", "minute", "second")
        zeros = {name: 0 for name in names[names.index(interval) + 1 :]}
        return at.replace(microsecond=0, **zeros)  # type: ignore[arg-type]
    day = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if interval == "week":
        return _shifted(day, (day.isoweekday() - week_start) % 7)
    if interval in _MONTHS:
        step = _MONTHS[interval]
        return day.replace(month=(day.month - 1) // step * step + 1, day=1)
    return day


def last(at: datetime, interval: Interval, week_start: int) -> datetime:
    """The last microsecond of the interval an instant lies in."""
    following = later(floor(at, interval, week_start), interval)
    return (following.astimezone(UTC) - timedelta(microseconds=1)).astimezone(at.tzinfo)


def later(at: datetime, interval: Interval, count: int = 1) -> datetime:
    """An instant some intervals later: calendar days and months, exact hours."""
    if interval in _LENGTHS:
        moved = at.astimezone(UTC) + _LENGTHS[interval] * count
        return moved.astimezone(at.tzinfo)
    if interval in _MONTHS:
        return _months(at, _MONTHS[interval] * count)
    return _shifted(at, -count * (7 if interval == "week" else 1))


def earlier(at: datetime, interval: Interval, count: int = 1) -> datetime:
    """An instant some intervals earlier."""
    return later(at, interval, -count)


def _shifted(at: datetime, days: int) -> datetime:
    """The same wall clock some days before."""
    return at - timedelta(days=days)


def _months(at: datetime, count: int) -> datetime:
    month = at.year * 12 + at.month - 1 + count
    year, month = month // 12, month % 12 + 1
    days = (datetime(year + month // 12, month % 12 + 1, 1) - datetime(year, month, 1)).days
    return at.replace(year=year, month=month, day=min(at.day, days))
