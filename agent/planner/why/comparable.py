"""Which earlier periods a period is fairly compared with.

Whole weeks back, so that the weekdays and the hours are the same: for up to a week the same days of
the 4 weeks before, for longer periods fewer and longer steps. A period that was itself unusual is
left out, and so is one in which the event was not tracked yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, sqrt
from statistics import median

from agent.planner.english.windows import Clock, Span
from agent.planner.why.chance import root, roughness

WEEK = timedelta(days=7)
PAST = 8
"""Weeks of the past that tell how much a figure usually varies."""

COUNTS = ((7, 4), (14, 3), (35, 2))
"""For periods of up to so many days, how many are compared with."""

ODD, MUCH = 4.0, 0.25


@dataclass(frozen=True)
class Compared:
    """A period, those that it is compared with, and the past that tells how much is usual."""

    span: Span
    near: tuple[Span, ...]
    """The nearest first."""

    past: tuple[Span, ...]
    """Periods of one length, the nearest first, for the usual variation."""

    given: bool = False
    """Whether the question named what to compare with."""

    left_out: tuple[Span, ...] = ()
    """Periods that were unusual themselves."""

    @property
    def times(self) -> float:
        """How many times as long the periods before are together."""
        return sum(map(seconds, self.near)) / seconds(self.span)

    @property
    def first(self) -> datetime:
        """Where the earliest of all periods begins."""
        return min(start(one) for one in (self.span, *self.near, *self.past))

    @property
    def words(self) -> str:
        """What is compared with."""
        label, count = self.near[0].label, len(self.near)
        if self.given:
            return f"{label} ({dates(self.near[0])})" if label else dates(self.near[0])
        if count == 1:
            return f"{dates(self.near[0])}, the same weekdays before"
        weeks = round((start(self.span) - start(self.near[-1])) / WEEK)
        days = "same days" if seconds(self.span) > 86_400 else "same weekday"
        over = f"the {weeks} weeks before" if weeks == count else f"{count} periods before"
        return f"the {days} in {over} ({dates(Span(start(self.near[-1]), end(self.near[0]), ''))})"


def comparable(span: Span, baseline: Span | None, clock: Clock) -> Compared:
    """A bounded period beside the one that was named, or beside fair ones."""
    length = end(span) - start(span)
    step = WEEK * max(1, ceil(length / WEEK))
    if baseline is not None:
        return Compared(span, (baseline,), _blocks(span, clock), given=True)
    count = next((n for days, n in COUNTS if length <= timedelta(days=days)), 1)
    near = [_moved(span, -step * i) for i in range(1, count + 1)]
    past = [_moved(span, -WEEK * i) for i in range(1, PAST + 1)]
    return Compared(
        span,
        tuple(_since(near, clock.first)),
        tuple(_since(past, clock.first)) if length <= WEEK else _blocks(span, clock),
    )


def tracked(compared: Compared, since: datetime | None) -> Compared:
    """Without the periods before something was tracked."""
    near, past = (tuple(_since(some, since)) for some in (compared.near, compared.past))
    return replace(compared, near=near, past=past)


def without_odd(compared: Compared, values: Sequence[float], unit: float) -> Compared:
    """Without the one period that is far from the others, given the value of each near one."""
    if compared.given or len(values) < 3:
        return compared
    rough = sqrt(roughness(values, unit))
    for i, value in enumerate(values):
        others = [other for j, other in enumerate(values) if j != i]
        usual = median(others)
        calm = sqrt(roughness(others, unit)) if len(others) > 2 else rough
        if abs(root(value, unit) - root(usual, unit)) > ODD * calm and (
            abs(value - usual) > MUCH * max(value, usual)
        ):
            kept = tuple(one for j, one in enumerate(compared.near) if j != i)
            return replace(compared, near=kept, left_out=(compared.near[i],))
    return compared


def start(span: Span) -> datetime:
    """Where a bounded period begins."""
    assert span.start is not None
    return span.start


def end(span: Span) -> datetime:
    """Where a bounded period ends."""
    assert span.end is not None
    return span.end


def seconds(span: Span) -> float:
    """The length of a bounded period."""
    return max(1.0, (end(span) - start(span)).total_seconds())


def dates(span: Span) -> str:
    """The days of a period, or its minutes where it doesn't end at midnight."""
    first, last = start(span), end(span)
    if any(at.time() != datetime.min.time() for at in (first, last)):
        return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}"
    last -= timedelta(days=1)
    return f"{first:%Y-%m-%d}" if last <= first else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _moved(span: Span, by: timedelta) -> Span:
    return Span(start(span) + by, end(span) + by, "")


def _blocks(span: Span, clock: Clock) -> tuple[Span, ...]:
    """The whole weeks before a period."""
    ends = [start(span) - WEEK * i for i in range(PAST)]
    return tuple(_since([Span(at - WEEK, at, "") for at in ends], clock.first))


def _since(spans: Iterable[Span], since: datetime | None) -> Iterable[Span]:
    """Those that begin when there was something to count; a day's grace for the first."""
    if since is None:
        return spans
    return [one for one in spans if start(one) >= since - timedelta(hours=12)]
