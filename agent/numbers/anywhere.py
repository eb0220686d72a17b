"""Whether a number is anywhere in the results: for words that code writes, which mix up no rows."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from math import fsum
from statistics import fmean
from typing import Any

from agent.numbers.mentions import SECONDS, Mention
from agent.numbers.results import Result

NEAR = 8
"""Numbers beside another one from which it may follow."""

LARGE = 2_000
"""Rows beyond which no groups are added up."""


def pool(results: Sequence[Result]) -> list[float]:
    """Every cell, total, mean, sum of a group and number of rows, in order."""
    return sorted({abs(value) for result in results for value in _values(result)})


def anywhere(mention: Mention, values: Sequence[float], stated: Sequence[Mention]) -> bool:
    """Whether a number is one of these values, or follows from the numbers stated beside it."""
    units = {1.0, SECONDS.get(mention.unit, 1.0), 0.01 if mention.kind == "part" else 1.0}
    units |= {100.0} if mention.kind in ("percent", "points") else set()
    if any(_held(mention, values, unit) for unit in units):
        return True
    near = [one.value for one in sorted(stated, key=lambda s: abs(s.start - mention.start))[:NEAR]]
    return any(mention.holds(value) for value in _following(near))


def _held(mention: Mention, values: Sequence[float], unit: float) -> bool:
    for low, high in mention.readings:
        place = bisect_left(values, low / unit)
        if place < len(values) and values[place] <= high / unit:
            return True
    return False


def _following(near: Sequence[float]) -> Iterator[float]:
    for a, b in permutations(near, 2):
        yield a - b
        if b:
            yield from (100 * a / b, 100 * (a - b) / b, a / b)
    yield from (a + b for a, b in combinations(near, 2))


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
            yield sum(result.at(r, d) or 0.0 for r in group)
