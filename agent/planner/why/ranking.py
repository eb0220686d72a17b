"""Which part of the events explains a change: one value of a property, several, or two together.

A part S is a good explanation when the change is inside it and the rest is as before. With G² as
the evidence that a count changed, the gain of "only S changed" over "all changed alike" is
contrast(S) - 2·G²(rest), where contrast(S) = G²(S) + G²(rest) - G²(all). The part with the largest
gain is named, if its contrast is more than looking at so many values gives by chance. This joins
Adtributor's explanatory power and surprise, and the ripple effect of HotSpot and Squeeze (what lies
in a part changes with the part, all else stays), in one likelihood.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from agent.planner.why.chance import deviance, freedom, roughness
from agent.planner.why.dimensions import PERSON, Cell, Dimension

SURE = 4.0
"""Contrast beyond what the number of values gives by chance."""

LEAST = 0.2
"""The share of the change that a part worth naming has."""

PRIOR = 3.0
"""How many degrees of freedom the roughness of the whole counts for beside a part's own."""

RECENT = 0.4
"""How much of a part's change must be new since the last period."""

NEW = 0.1
"""A value with less than this share of its later figure was not there before."""

MOST = 0.6
"""The share of the change that a part has for the rest to be as before."""

ALIKE = 0.05
UNIQUE = 0.5
"""Values per event from which a property tells single events, not kinds of them."""

SEVERAL = 4
"""Values of one property that may explain a change together."""

WIDEST = 0.7
"""The share of all events that several values together have at most."""


@dataclass(frozen=True)
class Whole:
    """A figure in the period and before, and how rough it is."""

    now: float
    before: float
    times: float
    """How many times as long the periods before are."""

    rough: float = 1.0
    unit: float = 1.0

    @property
    def usual(self) -> float:
        """The figure of an average period before."""
        return self.before / self.times

    @property
    def change(self) -> float:
        """By how much the period differs from that."""
        return self.now - self.usual

    def evidence(self, now: float, before: float) -> float:
        """Evidence that a part of the figure changed."""
        rough = self.rough * self.unit
        return deviance(max(0.0, now), max(0.0, before), self.times) / rough


@dataclass(frozen=True)
class Part:
    """Some of the events: those with these values of a property, within a wider part or not."""

    dimension: Dimension
    values: tuple[str | None, ...]
    now: float
    slices: tuple[float, ...]
    """In each slice of the periods before, the nearest first."""

    contrast: float
    gain: float
    inside: "Part | None" = None
    first: str = ""
    alike: tuple[str, ...] = ()
    """Other names of the same events."""

    @property
    def before(self) -> float:
        """Over all periods before."""
        return sum(self.slices)

    @property
    def conditions(self) -> tuple[str, ...]:
        """That an event belongs to it."""
        own = [self.dimension.condition(value) for value in self.values]
        mine = own[0] if len(own) == 1 else f"({' OR '.join(own)})"
        return (*(self.inside.conditions if self.inside else ()), mine)

    @property
    def words(self) -> str:
        """As people say it: "method google", "$os iOS and $app_version 7.4.0"."""
        said = [self.dimension.words(value) for value in self.values]
        listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"
        mine = f"{self.dimension.name} {listed}"
        return f"{self.inside.words} and {mine}" if self.inside else mine

    @property
    def steps(self) -> int:
        """How many values it takes to name it."""
        return len(self.values) + (self.inside.steps if self.inside else 0)

    def score(self, cost: float) -> float:
        """The gain without what every value beyond the first must bring."""
        return self.gain - cost * (self.steps - 1)

    def share(self, whole: Whole) -> float:
        """Its share in the change."""
        return (self.now - self.before / whole.times) / whole.change if whole.change else 0.0


def parts(cells: Iterable[Cell], whole: Whole, inside: Part | None = None) -> list[Part]:
    """Every value that changed in the direction of the whole, the best explanation first."""
    found: list[Part] = []
    joined: list[Part | None] = []
    cells = list(cells)
    cost = price(cells, whole)
    for dimension, some in _by(cell for cell in cells if _tells(cell, whole)):
        moved = [
            c for c in some if _moved(c, whole) > 0 and _moved(c, whole) > _swapped(some, whole)
        ]
        singles = [(_part(dimension, [cell], whole, inside), cell) for cell in moved]
        recent = [(part, cell) for part, cell in singles if _recent(part, whole)]
        found += [part for part, _ in recent]
        joined.append(_joined(recent, whole, inside, cost))
    ranked = sorted([*found, *filter(None, joined)], key=lambda p: (-p.score(cost), p.words))
    return _named_once(ranked, whole)


def telling(found: Sequence[Part], cells: Sequence[Cell], whole: Whole) -> Part | None:
    """The best part, if what sets it apart is no chance and it holds enough of the change."""
    cost = price(cells, whole)
    sure = [p for p in found if p.contrast > cost and p.share(whole) >= LEAST]
    return max(sure, key=lambda part: part.score(cost), default=None)


def price(cells: Sequence[Cell], whole: Whole) -> float:
    """The contrast that chance gives, by how many values are large enough to be worth naming."""
    least = LEAST * abs(whole.change)
    looked = sum(max(c.now, c.before / whole.times) >= least for c in cells)
    return SURE + 2 * log(max(2, looked))


def finer(part: Part, cells: Sequence[Cell], whole: Whole) -> Part:
    """The part narrowed by a second property, where that explains the change still better."""
    other = [cell for cell in cells if cell.dimension != part.dimension]
    inner = parts(other, whole, part)
    best = telling([p for p in inner if p.now != part.now or p.before != part.before], other, whole)
    return best if best and best.score(price(other, whole)) > part.gain else part


def alone(part: Part, whole: Whole) -> bool:
    """Whether the rest is as it was before."""
    rest = whole.evidence(whole.now - part.now, whole.before - part.before)
    return part.share(whole) >= MOST and rest < max(2 * SURE, part.contrast / 2)


def _part(dimension: Dimension, cells: Sequence[Cell], whole: Whole, inside: Part | None) -> Part:
    now = sum(cell.now for cell in cells)
    slices = tuple(map(sum, zip(*(cell.slices for cell in cells), strict=True)))
    before = sum(slices)
    rough = _roughness(slices, whole)
    rest = whole.evidence(whole.now - now, whole.before - before)
    contrast = whole.evidence(now, before) + rest - whole.evidence(whole.now, whole.before)
    contrast *= whole.rough / rough
    return Part(
        dimension,
        tuple(cell.value for cell in cells),
        now,
        slices,
        contrast,
        contrast - 2 * rest,
        inside,
        min(cell.first for cell in cells),
    )


def _roughness(slices: Sequence[float], whole: Whole) -> float:
    """How rough a part is by its own course, leaning on the whole's."""
    own = freedom(len(slices)) if len(slices) > 1 else 0.0
    return (PRIOR * whole.rough + own * roughness(slices, whole.unit)) / (PRIOR + own)


def _recent(part: Part, whole: Whole) -> bool:
    """Whether the part changed from the last period on, not before: versions come and go."""
    usual = part.before / whole.times
    last = part.slices[0] * len(part.slices) / whole.times
    return (part.now - last) / (part.now - usual) >= RECENT


def _moved(cell: Cell, whole: Whole) -> float:
    """By how much a value changed in the direction of the whole."""
    change = cell.now - cell.before / whole.times
    return change if whole.change > 0 else -change


def _swapped(cells: Sequence[Cell], whole: Whole) -> float:
    """What a value must have moved by, twice what came or went in its place.

    One version follows another: what the old one lost, a new one of the same property has.
    """
    usual = [(cell.now, cell.before / whole.times) for cell in cells]
    came = sum(now - was for now, was in usual if was < NEW * now)
    went = sum(was - now for now, was in usual if now < NEW * was)
    return 2 * (went if whole.change > 0 else came)


def _joined(
    singles: Sequence[tuple[Part, Cell]], whole: Whole, inside: Part | None, cost: float
) -> Part | None:
    """Several values of one property, as long as each makes a better explanation."""
    taken: list[Cell] = []
    best: Part | None = None
    if singles and singles[0][0].dimension.name == PERSON:
        return None
    for part, cell in sorted(singles, key=lambda pair: -pair[0].gain)[:SEVERAL]:
        wider = _part(part.dimension, [*taken, cell], whole, inside)
        if best is None or wider.score(cost) > best.score(cost):
            taken, best = [*taken, cell], wider
    few = best and max(best.now, best.before / whole.times) < WIDEST * max(whole.now, whole.usual)
    return best if len(taken) > 1 and few else None


def _tells(cell: Cell, whole: Whole) -> bool:
    """Whether a property tells kinds of events; a single value that stands out always may."""
    events = (whole.now + whole.before) / whole.unit
    common = cell.different <= max(50.0, UNIQUE * events)
    return cell.different > 1 and (common or cell.now / whole.unit > 0.1 * abs(whole.change))


def _by(cells: Iterable[Cell]) -> list[tuple[Dimension, list[Cell]]]:
    found: dict[Dimension, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.dimension, []).append(cell)
    return list(found.items())


def _named_once(ranked: Sequence[Part], whole: Whole) -> list[Part]:
    """The parts, those that hold the same events under the name of the first of them."""
    kept: list[Part] = []
    for part in ranked:
        same = next((i for i, one in enumerate(kept) if _same(one, part, whole)), None)
        if same is None:
            kept.append(part)
        elif part.dimension != kept[same].dimension:
            kept[same] = _also(kept[same], part)
    return kept


def _also(part: Part, other: Part) -> Part:
    first, second = (part, other) if _plainer(part) <= _plainer(other) else (other, part)
    names = tuple(dict.fromkeys((*part.alike, *other.alike, second.words)))
    return Part(
        first.dimension, first.values, first.now, first.slices, first.contrast, first.gain,
        first.inside, first.first, names,
    )  # fmt: skip


def _plainer(part: Part) -> tuple[bool, bool, bool, bool, int]:
    """The event's own properties first, then those set by themselves, of people, and derived."""
    one, blank = part.dimension, None in part.values
    return blank, not one.raw, one.holder != "event", one.name.startswith("$"), len(part.values)


def _same(one: Part, other: Part, whole: Whole) -> bool:
    size = max(one.now, one.before / whole.times)
    near = abs(one.now - other.now) + abs(one.before - other.before) / whole.times
    return (near <= ALIKE * size and one.values == other.values) or near <= 1e-9
