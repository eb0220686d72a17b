"""Whether a number is anywhere in the results: for words that code writes, which mix up no rows."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, permutations
from math import fsum
from statistics import fmean
from typing import Any

from agent.numbers.mentions import SECONDS, Interval, Mention
from agent.numbers.results import Result

NEAR = 8
"""Numbers beside another one from which it may follow."""

LARGE = 2_000
"""Rows beyond which no groups are added up."""


SHARES = ("percent", "points", "times", "part")
"""Kinds of numbers that are worked out of two others."""

LENGTHS = (SECONDS["d"], SECONDS["w"])


@dataclass(frozen=True)
class Pool:
    """The values that results hold, in order."""

    values: Sequence[float]
    """Every cell, total, mean, sum of a group and number of rows."""

    lengths: Sequence[float]
    """Numbers of rows, labels, and cells of columns of times: what may be so many days."""


def pool(results: Sequence[Result]) -> Pool:
    """All that results hold."""
    values = {abs(value) for result in results for value in _values(result)}
    lengths = {abs(value) for result in results for value in _lengths(result)}
    return Pool(sorted(values), sorted(lengths))


def anywhere(mention: Mention, held: Pool, stated: Sequence[Mention]) -> bool:
    """Whether a number is one of these values, or follows from the numbers stated beside it."""
    if mention.kind == "duration" and SECONDS[mention.unit] in LENGTHS:
        return _held(mention, held.lengths, SECONDS[mention.unit])
    values = held.values
    units = {1.0, SECONDS.get(mention.unit, 1.0), 0.01 if mention.kind == "part" else 1.0}
    units |= {100.0} if mention.kind in ("percent", "points") else set()
    if any(_held(mention, values, unit) for unit in units):
        return True
    near = sorted(stated, key=lambda s: abs(s.start - mention.start))[:NEAR]
    share = mention.kind in SHARES
    following = _shares if share else _counts
    bounds = [_bounds(one) for one in near if share or one.kind not in SHARES]
    return any(
        low <= most and least <= high
        for least, most in following(bounds)
        for low, high in mention.readings
    )


def _bounds(one: Mention) -> Interval:
    """What a stated number may be exactly: only a percentage, or one with decimals, is rounded."""
    rounded = one.kind in ("percent", "points") or (one.kind == "plain" and one.value % 1)
    return one.tight if rounded else (one.value, one.value)


def _held(mention: Mention, values: Sequence[float], unit: float) -> bool:
    for low, high in mention.readings:
        place = bisect_left(values, low / unit)
        if place < len(values) and values[place] <= high / unit:
            return True
    return False


def _counts(near: Sequence[Interval]) -> Iterator[Interval]:
    """Differences, sums and quotients of two of these numbers, the signs aside."""
    for a, b in permutations(near, 2):
        yield _size(a[0] - b[1], a[1] - b[0])
        if b[0] > 0 and a[0] >= 0:
            yield a[0] / b[1], a[1] / b[0]
    yield from ((a[0] + b[0], a[1] + b[1]) for a, b in combinations(near, 2))


def _shares(near: Sequence[Interval]) -> Iterator[Interval]:
    """Differences, shares and relative changes of two of these numbers, the signs aside."""
    for a, b in permutations(near, 2):
        yield _size(a[0] - b[1], a[1] - b[0])
        if b[0] > 0 and a[0] >= 0:
            low, high = a[0] / b[1], a[1] / b[0]
            yield from ((low, high), (100 * low, 100 * high))
            yield _size(100 * low - 100, 100 * high - 100)


def _size(low: float, high: float) -> Interval:
    """The bounds of what lies between two bounds, its sign aside."""
    least = 0.0 if low < 0 < high else min(abs(low), abs(high))
    return least, max(abs(low), abs(high))


def _lengths(result: Result) -> Iterator[float]:
    yield float(len(result.rows))
    for c in result.numeric:
        values = result.column(c)
        yield from (*values, fmean(values)) if result.clock(c) else ()
    for c in result.labels:
        yield from (float(row[c]) for row in result.rows if isinstance(row[c], int | float))


def _values(result: Result) -> Iterator[float]:
    yield float(len(result.rows))
    for c in result.numeric:
        values = result.column(c)
        yield from values
        yield from (sum(values), fmean(values), float(len([v for v in values if v > 0])))
        yield from (fmean(part) for part in (values[1:], values[:-1]) if part)
        yield from _weighted(result, c)
    for c in result.labels:
        yield float(len({row[c] for row in result.rows}))
        yield from (float(row[c]) for row in result.rows if isinstance(row[c], int | float))
        yield from _groups(result, c) if len(result.rows) <= LARGE else ()


def _weighted(result: Result, c: int) -> Iterator[float]:
    """The mean of a number that labels the rows, as of days, by a figure of theirs."""
    labels: list[Any] = [row[0] for row in result.rows]
    weights: list[float] = [result.at(r, c) or 0.0 for r in range(len(labels))]
    if 0 in result.labels and all(isinstance(one, int) for one in labels) and fsum(weights):
        whole = fsum(a * b for a, b in zip(labels, weights, strict=True))
        yield whole / fsum(weights)


def _groups(result: Result, c: int) -> Iterator[float]:
    """How many rows each label has, and what their figures add up to."""
    rows: dict[str, list[int]] = {}
    for r, row in enumerate(result.rows):
        rows.setdefault(str(row[c]), []).append(r)
    for group in rows.values():
        yield float(len(group))
        for d in result.numeric:
            yield from accumulate(result.at(r, d) or 0.0 for r in group)
