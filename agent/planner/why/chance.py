"""How surprising a count is beside those of comparable periods.

Counts are compared on the root scale, where chance alone gives every count a variance of 1.
What a series varies by beyond that is measured on its own past (`roughness`), and a count must be
unusual by that measure and by the exact test of two counts, which guards small ones.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import erfc, exp, inf, lgamma, log, log1p, sqrt
from statistics import median

MAD = 1.4826
"""The median distance of normal values times this is their standard deviation."""

CAP = 3.0
"""Steps of more standard deviations than this count as this many, so that one event in the past
does not hide the next."""

EXACT = 20_000
"""Counts up to which the exact test is worked out; beyond, chance alone is no doubt."""


def root(count: float, unit: float = 1.0) -> float:
    """A count on the scale where chance has a variance of 1; `unit` is what one event adds."""
    return 2 * sqrt(max(0.0, count) / unit + 0.375)


def roughness(values: Sequence[float], unit: float = 1.0) -> float:
    """By how much neighbouring values vary more than by chance, at least 1; a trend is no noise."""
    roots = [root(value, unit) for value in values]
    steps = [abs(b - a) for a, b in pairwise(roots)]
    if not steps:
        return 1.0
    usual = MAD * median(steps)
    capped = [min(step, CAP * usual) if usual else step for step in steps]
    return max(1.0, sum(step * step for step in capped) / (2 * len(steps)))


def freedom(count: int) -> float:
    """The degrees of freedom of the roughness of so many values."""
    return max(1.0, 2 * (count - 1) / 3)


def tail(t: float, degrees: float) -> float:
    """The two-sided probability of Student's t, by Wallace's approximation."""
    z = (8 * degrees + 1) / (8 * degrees + 3) * sqrt(degrees * log1p(t * t / degrees))
    return erfc(z / sqrt(2))


def unlike(now: float, before: float, times: float) -> float:
    """The exact two-sided probability of a count beside one from `times` as long a period."""
    x, n = round(now), round(now) + round(before)
    if n == 0:
        return 1.0
    if n > EXACT:
        return 0.0
    share = 1 / (1 + times)
    below = _sum(range(0, x + 1), n, share)
    above = _sum(range(x, n + 1), n, share)
    return min(1.0, 2 * min(below, above))


def probability(
    now: float, before: float, times: float, *, rough: float, degrees: float, unit: float = 1.0
) -> float:
    """How likely a value as far off is, if nothing changed."""
    gap = root(now, unit) - root(before / times, unit)
    by_past = tail(gap / sqrt(rough * (1 + 1 / times)), degrees)
    return max(by_past, unlike(now / unit, before / unit, times))


def deviance(now: float, before: float, times: float) -> float:
    """How much evidence there is that a count changed, twice the gain in log likelihood."""
    total = now + before
    if total <= 0:
        return 0.0
    expected = total / (1 + times)
    return 2 * (_xlog(now, expected) + _xlog(before, total - expected))


def wilson(hits: float, of: float, z: float = 1.96) -> tuple[float, float]:
    """The confidence interval of a share."""
    if of <= 0:
        return 0.0, 1.0
    p, zz = hits / of, z * z
    middle, half = p + zz / (2 * of), z * sqrt(p * (1 - p) / of + zz / (4 * of * of))
    return max(0.0, (middle - half) / (1 + zz / of)), min(1.0, (middle + half) / (1 + zz / of))


def difference(
    hits: float, of: float, others: float, of_others: float, z: float = 1.96
) -> tuple[float, float]:
    """The confidence interval of the difference of two shares, by Newcombe's method."""
    p, q = hits / max(of, 1), others / max(of_others, 1)
    (low, high), (low_q, high_q) = wilson(hits, of, z), wilson(others, of_others, z)
    down = sqrt((p - low) ** 2 + (high_q - q) ** 2)
    up = sqrt((high - p) ** 2 + (q - low_q) ** 2)
    return p - q - down, p - q + up


def two_shares(hits: float, of: float, others: float, of_others: float) -> float:
    """The z of the difference of two shares."""
    n, m = max(of, 1.0), max(of_others, 1.0)
    pooled = (hits + others) / (n + m)
    spread = sqrt(max(pooled * (1 - pooled), 0.0) * (1 / n + 1 / m))
    gap = hits / n - others / m
    return gap / spread if spread else (0.0 if not gap else inf if gap > 0 else -inf)


def normal(z: float) -> float:
    """The two-sided probability of a normal z."""
    return erfc(abs(z) / sqrt(2))


def _sum(counts: range, of: int, share: float) -> float:
    """The binomial probability of a range of counts."""
    whole = lgamma(of + 1) + of * log(1 - share)
    odds = log(share / (1 - share))
    return sum(exp(whole - lgamma(x + 1) - lgamma(of - x + 1) + x * odds) for x in counts)


def _xlog(value: float, expected: float) -> float:
    return value * log(value / expected) if value > 0 else 0.0
