"""Periods and intervals in words, and which of them are not over."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.answer import Window
from agent.planner.english import periods
from agent.planner.english.windows import Clock, Span, Unit, shift, starts
from agent.planner.world import World

DATES = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}( to \d{1,2} [A-Z][a-z]+ \d{4})?")
"""Labels that say no more than the dates do."""

LEADS: dict[str, str] = {"hour": "at", "day": "on", "week": "in the week of"}


def period(span: Span, clock: Clock) -> str:
    """The label of a period with its dates."""
    shown = dates(span, clock)
    if shown and DATES.fullmatch(span.label):
        return shown
    return f"{span.label} ({shown})" if shown and shown not in span.label else span.label


def dates(span: Span, clock: Clock) -> str:
    """First and last moment of a period, the last one included."""
    whole, _ = periods.bounded(span, clock)
    if not whole.start or not whole.end or (span.start is None and clock.first is None):
        return ""
    start, end = whole.start, _shown_end(span, whole.end)
    clocked = any(at.time() != datetime.min.time() for at in (start, end))
    if clocked:
        return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
    last = end - datetime.resolution
    first = f"{start:%Y-%m-%d}"
    return first if start.date() == last.date() else f"{first} to {last:%Y-%m-%d}"


def window(span: Span, world: World) -> Window:
    """The period as the answer has it, with the project's zone."""
    whole, _ = periods.bounded(span, world.clock)
    known = span.start is not None or world.clock.first is not None
    start = whole.start if known else None
    return Window(_iso(start, world), _iso(whole.end, world), world.facts.timezone)


def bucket(at: datetime, unit: str) -> str:
    """The name of one interval."""
    if unit == "hour":
        return f"{at:%Y-%m-%d %H:%M}"
    if unit == "month":
        return f"{at:%Y-%m}"
    if unit == "quarter":
        return f"{at.year}-Q{(at.month + 2) // 3}"
    return f"{at.year}" if unit == "year" else f"{at:%Y-%m-%d}"


def within(at: datetime, unit: str) -> str:
    """An interval as the time something fell into: on 2026-11-02, in the week of 2026-11-02."""
    return f"{LEADS.get(unit, 'in')} {bucket(at, unit)}"


def buckets(span: Span, unit: Unit, clock: Clock) -> list[datetime]:
    """The starts of the intervals of a period."""
    return starts(periods.bounded(span, clock)[0], unit, clock)


def over(at: datetime, span: Span, unit: Unit, clock: Clock) -> bool:
    """Whether an interval lies in a period as a whole, and has ended."""
    whole, _ = periods.bounded(span, clock)
    assert whole.start is not None
    assert whole.end is not None
    reach = whole.end if span.end else clock.now
    start = whole.start if span.start else shift(at, unit, 0)
    return at >= start and shift(at, unit, 1) <= min(reach, clock.now)


def unfinished(span: Span, unit: Unit, clock: Clock) -> tuple[str, ...]:
    """A remark on the intervals that are only in part inside the period, or not over yet."""
    if span.start is None and clock.first is None:
        return ()
    every = buckets(span, unit, clock)
    ends = list(dict.fromkeys((*every[:1], *every[-1:])))
    cut = [at for at in ends if not over(at, span, unit, clock)]
    now = [at for at in cut if at <= clock.now < shift(at, unit, 1)]
    names = [bucket(at, unit) for at in cut if at not in now]
    found = [f"The {unit} {bucket(at, unit)} is not over yet." for at in now]
    if names:
        verb = "is" if len(names) == 1 else "are"
        found.append(f"{' and '.join(names)} {verb} only partly inside the period.")
    return tuple(found)


def local(text: object) -> datetime:
    """A moment as results have it, as naive time in the project's zone."""
    return datetime.fromisoformat(str(text)).replace(tzinfo=None)


def running(span: Span, clock: Clock) -> bool:
    """Whether a period reaches to now and may still grow."""
    return span.end is not None and span.end >= clock.now and span.start is not None


def names(starts: Sequence[datetime], unit: str) -> list[str]:
    """Several intervals by their names."""
    return [bucket(at, unit) for at in starts]


def _shown_end(span: Span, end: datetime) -> datetime:
    """An end that only the last event sets is shown to the minute."""
    if span.end is None and end.time() != datetime.min.time():
        return (end + timedelta(minutes=1)).replace(second=0, microsecond=0)
    return end


def _iso(at: datetime | None, world: World) -> str | None:
    return at.replace(tzinfo=world.zone).isoformat() if at else None
