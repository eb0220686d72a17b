"""Why a rate changed: other people came, or the same people did otherwise.

For any property, the change of a rate is exactly what came of the shares of its values (mix) plus
what came of the rates within them, each weighed by the mean of both periods (Kitagawa). A mix
explains a change when it makes up most of it, is no chance, and the rates within don't move along.
Otherwise the value is sought whose own rate changed while that of all others stayed, by the same
gain in likelihood as for counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt

from agent.planner.why.chance import deviance
from agent.planner.why.dimensions import Dimension
from agent.planner.why.rate import REST, Counts, RateCell, summed

SURE = 4.0
LEAST, MOST = 0.2, 0.6
"""The share of a change that a value worth naming has, and that a mix has to explain it."""

FEW = 20.0
"""Who must have entered for a rate to be told."""

UNIQUE = 0.3
NEW, WORTH = 0.1, 0.05
"""A value with less than this of its figure was not there before; it matters from this share."""


@dataclass(frozen=True)
class Mix:
    """The change of a rate by one property: what came of shares, what of rates within."""

    dimension: Dimension
    mix: float
    within: float
    z: float
    """How far the mix is from what chance gives."""

    cells: tuple[RateCell, ...]
    effects: tuple[tuple[float, float], ...]
    """For each cell its part of the mix, and of the change within."""


@dataclass(frozen=True)
class RatePart:
    """A value whose own rate changed."""

    cell: RateCell
    """With the counts before of what it took the place of, where it is new."""

    share: float
    contrast: float
    gain: float
    instead: tuple[str, ...] = ()
    """The values that it took the place of."""


def rate(counts: Counts) -> float:
    """The share of those who entered that got to the last step."""
    return counts[-1] / counts[0] if counts[0] else 0.0


def mixes(cells: Iterable[RateCell], whole: RateCell) -> list[Mix]:
    """The change by each property, the one whose mix is least like chance first."""
    by: dict[Dimension, list[RateCell]] = {}
    for cell in cells:
        by.setdefault(cell.dimension, []).append(cell)
    entered = whole.now[0] + whole.before[0]
    usable = [some for some in by.values() if some[0].different <= max(50, UNIQUE * entered)]
    found = [_mix(some, whole) for some in usable if len(some) > 1]
    return sorted(found, key=lambda one: (-abs(one.z), one.dimension.name))


def explaining(found: Sequence[Mix], whole: RateCell) -> list[Mix]:
    """The properties whose mix explains the change, the surest first."""
    change = rate(whole.now) - rate(whole.before)
    least = sqrt(SURE + 2 * log(max(2, len(found))))
    way = 1 if change > 0 else -1
    return [
        one
        for one in found
        if way * one.z > least
        and one.mix / change >= MOST
        and one.within / change <= 1 - MOST
        and not any(_instead(cell, one.cells, whole) for cell in one.cells)
    ]


def shifted(found: Sequence[Mix], whole: RateCell, preferred: Iterable[str]) -> Mix | None:
    """The property whose mix explains the change, if one does: one that was asked about first."""
    if rate(whole.now) == rate(whole.before):
        return None
    sure, asked = explaining(found, whole), set(preferred)
    named = [one for one in sure if one.dimension.name in asked]
    return next(iter([*named, *sure]), None)


def largest(one: Mix, change: float) -> RateCell:
    """The value whose share did the most to the rate."""
    way = 1 if change > 0 else -1
    pairs = list(zip(one.cells, one.effects, strict=True))
    named = [pair for pair in pairs if pair[0].value != REST] or pairs
    return max(named, key=lambda pair: way * pair[1][0])[0]


def within_alike(one: Mix) -> tuple[int, int, int]:
    """Of the values with enough who entered: how many rose, how many fell, how many there are."""
    enough = [c for c in one.cells if min(c.now[0], c.before[0]) >= FEW and c.value != REST]
    rose = sum(rate(cell.now) > rate(cell.before) for cell in enough)
    fell = sum(rate(cell.now) < rate(cell.before) for cell in enough)
    return rose, fell, len(enough)


def rate_parts(found: Sequence[Mix], whole: RateCell) -> list[RatePart]:
    """The values whose own rate changed with the whole, the best explanation first."""
    change = rate(whole.now) - rate(whole.before)
    parts = [
        part
        for one in found
        for cell in one.cells
        if cell.value != REST
        and cell.now[0]
        and (part := _part(cell, _instead(cell, one.cells, whole), whole, change))
    ]
    return sorted(
        (part for part in parts if part.share > 0),
        key=lambda part: (-part.gain, part.cell.dimension.name, str(part.cell.value)),
    )


def telling(parts: Sequence[RatePart]) -> RatePart | None:
    """The best value, if what sets it apart is no chance and it holds enough of the change."""
    chance = SURE + 2 * log(max(2, len(parts)))
    sure = [one for one in parts if one.contrast > chance and one.share >= LEAST]
    return max(sure, key=lambda one: one.gain, default=None)


def _mix(cells: Sequence[RateCell], whole: RateCell) -> Mix:
    n, m = max(whole.now[0], 1.0), max(whole.before[0], 1.0)
    middle = (rate(whole.now) + rate(whole.before)) / 2
    effects, spread = [], 0.0
    for cell in cells:
        before = cell.before
        own = rate(cell.now) if cell.now[0] else rate(before)
        old = rate(before) if before[0] else own
        share, was = cell.now[0] / n, before[0] / m
        effects.append(
            ((share - was) * ((own + old) / 2 - middle), (share + was) / 2 * (own - old))
        )
        spread += (share + was) / 2 * ((own + old) / 2 - middle) ** 2
    mix, inside = (sum(one) for one in zip(*effects, strict=True))
    error = sqrt(spread * (1 / n + 1 / m))
    return Mix(
        cells[0].dimension, mix, inside, mix / error if error else 0.0, tuple(cells), tuple(effects)
    )


def _part(
    cell: RateCell, instead: Sequence[RateCell], whole: RateCell, change: float
) -> RatePart | None:
    if instead:
        slices = zip(*(one.slices for one in instead), strict=True)
        cell = replace(cell, slices=tuple(summed(some) for some in slices))
    if not cell.before[0]:
        return None
    own = rate(cell.now) - rate(cell.before)
    share = cell.now[0] * own / whole.now[0] / change if change and whole.now[0] else 0.0
    rest_now, rest_before = _less(whole.now, cell.now), _less(whole.before, cell.before)
    rest = _evidence(rest_now, rest_before)
    contrast = _evidence(cell.now, cell.before) + rest - _evidence(whole.now, whole.before)
    names = tuple(one.dimension.words(one.value) for one in instead)
    return RatePart(cell, share, contrast, contrast - 2 * rest, names)


def _instead(cell: RateCell, others: Sequence[RateCell], whole: RateCell) -> list[RateCell]:
    """The values that a new one took the place of: those that lost about what it has."""
    times = len(whole.slices)
    if cell.value == REST or cell.before[0] / times >= NEW * cell.now[0]:
        return []
    if cell.now[0] < WORTH * whole.now[0]:
        return []
    lost = [(one.before[0] / times - one.now[0], one) for one in others if one.value != REST]
    went = [(less, one) for less, one in lost if less > NEW * one.before[0] / times]
    return [one for _, one in went] if sum(less for less, _ in went) >= cell.now[0] / 2 else []


def _evidence(now: Counts, before: Counts) -> float:
    """Evidence that a rate changed, twice the gain in log likelihood."""
    if not now[0] or not before[0]:
        return 0.0
    times = before[0] / now[0]
    hits = deviance(now[-1], before[-1], times)
    return hits + deviance(max(0.0, now[0] - now[-1]), max(0.0, before[0] - before[-1]), times)


def _less(whole: Counts, part: Counts) -> Counts:
    return tuple(max(0.0, a - b) for a, b in zip(whole, part, strict=True))
