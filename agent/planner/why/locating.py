"""Where in a longer period a sudden change lies.

Each day is held against the same weekday of the weeks around it, so that neither the week nor a
trend is taken for a change. Of all runs of days the one with the most evidence against it is the
place, if that is more than the many runs looked at would give by chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import log
from statistics import median
from typing import Literal

from agent.planner.english.windows import Span
from agent.planner.why.chance import MAD, deviance, root
from agent.planner.why.comparable import end, start

Claimed = Literal["up", "down", "zero"]
Days = Mapping[date, float]
AROUND = 4
"""Weeks on each side that a day is held against."""

LONGEST = 60
"""Days that a run has at most."""

SURE = 6.0
"""Evidence that a run must have beyond what the number of runs gives by chance."""

CLEAR, MOST = 0.15, 0.6
CAP = 3.0
CALMEST, MANY = 0.25, 21
"""The least roughness that so many days can show."""

FEW = 5.0
"""Expected of a day, at least, for nothing on it to be remarkable."""


@dataclass(frozen=True)
class Run:
    """Days in a row that differ from those around them."""

    span: Span
    value: float
    expected: float
    evidence: float


@dataclass(frozen=True)
class Usual:
    """What each day of a period had, what was to be expected of it, and how rough that is."""

    days: tuple[date, ...]
    values: tuple[float, ...]
    expected: tuple[float, ...]
    rough: float
    unit: float

    @staticmethod
    def of(days: Days, span: Span, unit: float, *, first: date, last: date) -> "Usual":
        """The whole days of a period beside their neighbours between `first` and `last`."""
        whole = [day for day in days_of(span) if first <= day <= last]
        known = [(day, _expected(days, day, first, last)) for day in whole]
        kept = [(day, value) for day, value in known if value is not None]
        residuals: list[float] = [
            root(days.get(day, 0.0), unit) - root(value, unit)
            for day in _between(first, last)
            if (value := _expected(days, day, first, last)) is not None
        ]
        return Usual(
            tuple(day for day, _ in kept),
            tuple(days.get(day, 0.0) for day, _ in kept),
            tuple(value for _, value in kept),
            _rough(residuals),
            unit,
        )


def located(usual: Usual, claimed: Claimed | None, span: Span) -> Run | None:
    """The run of days that holds the change, None when it is not a part of the period."""
    runs = [run for run in _runs(usual, claimed) if _clear(run)]
    if not runs:
        return None
    best = max(runs, key=lambda run: (run.evidence, -len(days_of(run.span))))
    chance = SURE + 2 * log(3 * len(usual.days))
    if best.evidence < chance or len(days_of(best.span)) > len(days_of(span)) / 2:
        return None
    return best


def emptiest(usual: Usual) -> Run | None:
    """The whole days in a row without anything on which the most was to be expected."""
    runs: list[Run] = []
    for day, value, expected in zip(usual.days, usual.values, usual.expected, strict=True):
        if value or expected / usual.unit < FEW:
            continue
        last = runs[-1] if runs else None
        if last and end(last.span).date() == day:
            more = last.expected + expected
            runs[-1] = Run(_span(start(last.span).date(), day), 0.0, more, more)
        else:
            runs.append(Run(_span(day, day), 0.0, expected, expected))
    return max(runs, key=lambda run: run.expected, default=None)


def lowest(usual: Usual) -> tuple[date, float, float] | None:
    """The day with the least of what was to be expected of it, with both figures."""
    pairs = [
        (value / expected, day, value, expected)
        for day, value, expected in zip(usual.days, usual.values, usual.expected, strict=True)
        if expected
    ]
    return min(pairs)[1:] if pairs else None


def _runs(usual: Usual, claimed: Claimed | None) -> Iterator[Run]:
    for i in range(len(usual.days)):
        value = expected = 0.0
        for j in range(i, min(len(usual.days), i + LONGEST)):
            if usual.days[j] - usual.days[i] != timedelta(days=j - i):
                break
            value, expected = value + usual.values[j], expected + usual.expected[j]
            if claimed and (value > expected) != (claimed == "up"):
                continue
            evidence = _evidence(value / usual.unit, expected / usual.unit) / usual.rough
            yield Run(_span(usual.days[i], usual.days[j]), value, expected, evidence)


def _rough(residuals: Sequence[float]) -> float:
    """The variance of the residuals, far ones capped; days may vary less than by chance."""
    usual = MAD * median(map(abs, residuals)) if residuals else 0.0
    capped = [min(abs(one), CAP * usual) if usual else abs(one) for one in residuals]
    if len(capped) < MANY:
        return 1.0
    return max(CALMEST, sum(one * one for one in capped) / len(capped))


def _evidence(value: float, expected: float) -> float:
    """Evidence that a value is not what several weeks let expect."""
    return deviance(value, expected * AROUND, AROUND)


def _clear(run: Run) -> bool:
    return abs(run.value - run.expected) > CLEAR * max(run.value, run.expected)


def _expected(days: Days, day: date, first: date, last: date) -> float | None:
    """The median of the same weekday in the weeks around, None where there are too few."""
    weeks = [timedelta(weeks=n) for n in range(-AROUND, AROUND + 1) if n]
    others = [days.get(day + week, 0.0) for week in weeks if first <= day + week <= last]
    return median(others) if len(others) >= 3 else None


def days_of(span: Span) -> list[date]:
    """The whole days of a period."""
    begin, finish = start(span), end(span)
    first = begin.date() if begin.time() == time.min else begin.date() + timedelta(days=1)
    return _between(first, finish.date() - timedelta(days=1))


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _span(first: date, last: date) -> Span:
    at = datetime.combine(first, time.min)
    return Span(at, datetime.combine(last, time.min) + timedelta(days=1), "")
