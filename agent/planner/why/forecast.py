"""What a figure was to be expected at, from its own past and robustly, and how unlikely it is.

On the root scale a straight line is laid through the comparable periods before (Theil and Sen), but
only where they have a clear trend; else their median is expected. What they vary by around it is
the noise, capped for single odd periods and leaning on what all figures of the project vary by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import mean, median

from agent.planner.why.chance import CAP, MAD, root, tail, unlike

PRIOR = 6.0
"""How many degrees of freedom the noise of all figures counts for beside a figure's own."""

TREND = 5
"""Periods from which a trend can be told."""

CLEAR = 2.5
"""How many times its own error a trend must be."""

MEDIAN = 1.57
"""The variance of a median over that of a mean."""

CAUTIOUS = 2.0


@dataclass(frozen=True)
class Outlook:
    """What is expected of a figure, and how well that is known."""

    expected: float
    noise: float
    """The variance around it on the root scale, where chance alone gives 1."""

    degrees: float
    factor: float
    """The variance of a new value, in units of the noise."""

    @property
    def known(self) -> bool:
        """Whether there are enough periods before."""
        return self.degrees > 0


def outlook(past: Sequence[float]) -> Outlook:
    """The outlook from the values before, the nearest first."""
    roots, count = [root(value) for value in past], len(past)
    if count < 2:
        return Outlook(past[0] if past else 0.0, CAUTIOUS, 0.0, 2.0)
    slope, flat = _slope(roots), _residuals(roots, 0.0)
    ages = [float(age) for age in range(1, count + 1)]
    square = sum((age - mean(ages)) ** 2 for age in ages)
    bent = _residuals(roots, slope)
    noise = _variance(bent, count - 2)
    if count >= TREND and abs(slope) > CLEAR * sqrt(noise / square):
        level = median(r - slope * age for r, age in zip(roots, ages, strict=True))
        factor = 1 + MEDIAN * (1 / count + mean(ages) ** 2 / square)
        return Outlook(_count(level), noise, count - 2.0, factor)
    return Outlook(
        _count(median(roots)), _variance(flat, count - 1), count - 1.0, 1 + MEDIAN / count
    )


def usual_noise(outlooks: Sequence[Outlook]) -> float:
    """What figures of the project vary by around what is expected."""
    known = [one.noise for one in outlooks if one.known]
    return max(1.0, median(known)) if known else CAUTIOUS


def unlikely(now: float, one: Outlook, usual: float, share: float = 1.0) -> float:
    """How likely a value as far off is, if nothing changed.

    `share` is the length of the periods before over that of the one in question.
    """
    noise = max(1.0, (PRIOR * usual + one.degrees * one.noise) / (PRIOR + one.degrees))
    gap = root(now * share) - root(one.expected)
    by_past = tail(gap / sqrt(noise * (one.factor - 1 + share)), PRIOR + one.degrees)
    periods = (one.degrees + 1) / share
    return max(by_past, unlike(now, one.expected * (one.degrees + 1), periods))


def _slope(roots: Sequence[float]) -> float:
    steps = [(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(roots), 2)]
    return median(steps)


def _residuals(roots: Sequence[float], slope: float) -> list[float]:
    bare = [value - slope * age for age, value in enumerate(roots, 1)]
    return [value - median(bare) for value in bare]


def _variance(residuals: Sequence[float], degrees: int) -> float:
    usual = MAD * median(map(abs, residuals))
    capped = [min(abs(one), CAP * usual) if usual else abs(one) for one in residuals]
    return sum(one * one for one in capped) / max(1, degrees)


def _count(level: float) -> float:
    return max(0.0, (level / 2) ** 2 - 0.375)
