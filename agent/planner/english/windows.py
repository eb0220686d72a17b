"""Periods of time in a project's own zone, week and clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tools import moments

Unit = Literal["hour", "day", "week", "month", "quarter", "year"]
UNITS: tuple[Unit, ...] = ("hour", "day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Clock:
    """What time it is for a project; all times are naive, in the project's zone."""

    now: datetime
    week_start: int = 1
    """0 Sunday, 1 Monday."""

    first: datetime | None = None
    """The first event, None when unknown."""

    last: datetime | None = None
    """The last event, None when unknown."""

    @property
    def latest(self) -> datetime:
        """The instant that bare month names and years look back from: now, or the last event."""
        return min(self.now, self.last) if self.last else self.now

    def year_of(self, month: int, day: int = 1) -> int:
        """The year in which this month last began, as seen from the latest event."""
        latest = self.latest
        return latest.year if (month, day) <= (latest.month, latest.day) else latest.year - 1


@dataclass(frozen=True)
class Span:
    """A half-open period `[start, end)`; None on a side means as far as the data goes."""

    start: datetime | None
    end: datetime | None
    label: str
    default: bool = False
    """Whether nobody asked for it."""

    rolling: bool = False
    """Whether it ends now and only its length was asked for."""

    unit: Unit | None = None
    """The unit its length was said in: weeks for the last 8 weeks."""


def floor(at: datetime, unit: Unit, week_start: int = 1) -> datetime:
    """The start of the unit that `at` lies in."""
    return moments.Unit(unit, week_start).floor(at)


def shift(at: datetime, unit: Unit, count: int) -> datetime:
    """`at` moved by whole units; a day that a month lacks becomes its last one."""
    if unit == "hour":
        return at + timedelta(hours=count)
    moved = moments.shift(at, unit, count)
    assert isinstance(moved, datetime)
    return moved


def whole(at: datetime, unit: Unit, clock: Clock, label: str) -> Span:
    """The whole unit that `at` lies in."""
    start = floor(at, unit, clock.week_start)
    return Span(start, shift(start, unit, 1), label, unit=unit)


def so_far(unit: Unit, clock: Clock, label: str) -> Span:
    """The running unit up to now."""
    return Span(floor(clock.now, unit, clock.week_start), clock.now, label, unit=unit)


def back(count: int, unit: Unit, clock: Clock, label: str) -> Span:
    """The last `count` units up to now, from the start of a day as PostHog counts them."""
    start = shift(clock.now, unit, -count)
    first = floor(start, "hour" if unit == "hour" else "day")
    return Span(first, clock.now, label, rolling=True, unit=unit)


def aligned(span: Span, unit: Unit, clock: Clock) -> Span:
    """A rolling period from the start of its first whole unit, as PostHog shows it."""
    if not span.rolling or span.start is None:
        return span
    return replace(span, start=floor(span.start, unit, clock.week_start))


def everything() -> Span:
    """All data there is."""
    return Span(None, None, "all time")


def starts(span: Span, unit: Unit, clock: Clock) -> list[datetime]:
    """The starts of the units that a bounded span touches."""
    assert span.start is not None
    assert span.end is not None
    found, at = [], floor(span.start, unit, clock.week_start)
    while at < span.end:
        found.append(at)
        at = shift(at, unit, 1)
    return found
