"""Intervals in queries: which one an event lies in, and how results name them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tools.local.dates import Interval, Window
from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node

_STARTS: Mapping[Interval, str] = {
    "second": "toStartOfSecond",
    "minute": "toStartOfMinute",
    "hour": "toStartOfHour",
    "day": "toDate",
    "week": "toStartOfWeek",
    "month": "toStartOfMonth",
    "quarter": "toStartOfQuarter",
    "year": "toStartOfYear",
}
_CLOCK: tuple[Interval, ...] = ("second", "minute", "hour")


def bucket(interval: Interval, at: Node) -> Node:
    """The interval of an instant: a date where it is days long or more, for ClickHouse's sake."""
    return nodes.call(_STARTS[interval], at)


def moment(interval: Interval, at: datetime) -> Node:
    """The start of an interval as a value of `bucket`."""
    if interval in _CLOCK:
        utc = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return nodes.call("toDateTime", nodes.constant(utc), nodes.constant("UTC"))
    return nodes.call("toDate", nodes.constant(at.strftime("%Y-%m-%d")))


def step(interval: Interval, count: int = 1) -> Node:
    """So many intervals, to add to a value of `bucket`."""
    return nodes.call(f"toInterval{interval.capitalize()}", nodes.constant(count))


def key(interval: Interval, tick: Node) -> Node:
    """A value of `bucket` as results have it, quick to read and to find."""
    return nodes.call("toUnixTimestamp", tick) if interval in _CLOCK else tick


def key_of(interval: Interval, at: datetime) -> int | str:
    """What `key` gives for the start of an interval."""
    return int(at.timestamp()) if interval in _CLOCK else f"{at:%Y-%m-%d}"


def filled(points: Mapping[Any, Any], starts: Sequence[datetime], interval: Interval) -> list[Any]:
    """The value of every interval; nought where there is none."""
    return [points.get(key_of(interval, at)) or 0 for at in starts]


def days(starts: Sequence[datetime], interval: Interval) -> list[str]:
    """The intervals as PostHog's `days`."""
    form = "%Y-%m-%d %H:%M:%S" if interval in _CLOCK else "%Y-%m-%d"
    return [at.strftime(form) for at in starts]


def labels(span: Window) -> list[str]:
    """The intervals of a window as PostHog's `labels`; weeks as far as they count."""
    return [_label(span, at) for at in span.buckets()]


def _label(span: Window, at: datetime) -> str:
    if span.interval == "week":
        first = max(at.date(), span.start.date())
        last = max(first, min(at.date() + timedelta(days=6), span.end.date()))
        return _week(first, last)
    if span.interval == "month":
        return f"{at:%b %Y}"
    return f"{at.day}{at:-%b %H:%M}" if span.interval in _CLOCK else _day(at.date())


def _week(first: date, last: date) -> str:
    if first == last:
        return _day(first)
    if first.year != last.year:
        return f"{_day(first)} – {_day(last)}"
    if first.month != last.month:
        return f"{first.day}{first:-%b} – {last.day}{last:-%b}"
    return f"{first.day}–{last.day}{last: %b}"


def _day(at: date) -> str:
    return f"{at.day}{at:-%b-%Y}"


def iso(at: datetime) -> str:
    """An instant as PostHog's JSON has it."""
    return at.isoformat().replace("+00:00", "Z")


def resolved(span: Window) -> dict[str, str]:
    """The `resolved_date_range` of an answer."""
    return {"date_from": iso(span.start), "date_to": iso(span.end)}
