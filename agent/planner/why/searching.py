"""The search for the part of a figure that explains its change, with the queries it needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from agent.planner.english.windows import Span
from agent.planner.plan import Filter, Property
from agent.planner.why.comparable import Compared
from agent.planner.why.dimensions import PASSING, Cell, Dimension, cells, counted
from agent.planner.why.measure import Measure
from agent.planner.why.measured import hogql
from agent.planner.why.ranking import LEAST, NEW, Part, Whole, alone, finer, parts, price, telling
from agent.planner.world import Request, World

COMMON, RARE, PROFILE = 0.9, 0.6, 3
"""What nearly all events of a part have, few of all have, and how many such things are named."""

CLOSER = 2
"""Parts that are looked into for a second property."""


@dataclass(frozen=True)
class Search:
    """One figure, its periods and the properties to take it apart by."""

    measure: Measure
    compared: Compared
    whole: Whole
    world: World

    @property
    def request(self) -> Request:
        """The call that counts by all properties at once."""
        return hogql(counted(self.measure, *self._spans, self.world))

    @cached_property
    def cells(self) -> list[Cell]:
        """What that call gives."""
        return self._cells(self.request)

    @cached_property
    def parts(self) -> list[Part]:
        """The parts that changed with the whole, the best explanation first."""
        return parts(self.cells, self.whole)

    @property
    def closer(self) -> list[Request]:
        """The calls that look into the best parts."""
        return [self._inside(part) for part in self._candidates]

    def best(self) -> Part | None:
        """The part that explains the change best, narrowed where that is better still."""
        sure = self.plain()
        found = [finer(part, self.inside(part), self.whole) for part in self._candidates]
        narrowed = [part for part in found if part.inside]
        tried = [part for part in (sure, *narrowed) if part]
        cost = price(self.cells, self.whole)
        return max(tried, key=lambda part: part.score(cost), default=None)

    def plain(self) -> Part | None:
        """The value, or values of one property, that explain the change best."""
        return telling(self.parts, self.cells, self.whole)

    def inside(self, part: Part) -> list[Cell]:
        """What lies in one of the best parts, by all properties."""
        return self._cells(self._inside(part.inside or part))

    def profile(self, part: Part) -> list[str]:
        """What nearly all events of a part have in common, and few of the others."""
        alike = list(part.alike)
        if not self.looked_into(part) or part.inside:
            return _distinct(alike)[:PROFILE]
        usual = {(c.dimension, c.value): c.before / max(self.whole.before, 1) for c in self.cells}
        rising, found = self.whole.change > 0, []
        for cell in self.inside(part):
            mine = cell.now / max(part.now, 1) if rising else cell.before / max(part.before, 1)
            others = usual.get((cell.dimension, cell.value), 0.0)
            if mine >= COMMON and others <= RARE and cell.dimension != part.dimension:
                said = f"{cell.dimension.name} {cell.dimension.words(cell.value)}"
                found.append((cell.dimension.holder != "event", others, said))
        return _distinct([*alike, *(said for *_, said in sorted(found))])[:PROFILE]

    def looked_into(self, part: Part) -> bool:
        """Whether a part is one of those that the closer calls are about."""
        return (part.inside or part) in self._candidates

    @property
    def _spans(self) -> tuple[Span, tuple[Span, ...]]:
        return self.compared.span, self.compared.near

    @cached_property
    def _candidates(self) -> list[Part]:
        """The best parts with enough of the change, one for each property.

        A part that is gone while all else stayed has nothing in it to look for.
        """
        best = self.plain()
        if best and alone(best, self.whole):
            usual = best.before / self.whole.times
            return [] if best.now <= NEW * usual else [best]
        kept: dict[Dimension, Part] = {}
        for part in self.parts:
            if part.share(self.whole) >= LEAST:
                kept.setdefault(part.dimension, part)
        return list(kept.values())[:CLOSER]

    def _inside(self, part: Part) -> Request:
        return hogql(counted(self.measure, *self._spans, self.world, part.conditions))

    def _cells(self, request: Request) -> list[Cell]:
        """The cells of a call, without those of properties that the question sets itself."""
        (table,) = self.world.look(request)
        additive = self.measure.counted in ("events", "sum")
        fixed = _fixed(self.measure.filters)
        found = cells(table.rows, self.world, additive=additive)
        return [cell for cell in found if cell.dimension.key[1:] not in PASSING | fixed]


def for_others(filters: Iterable[Filter]) -> list[Filter]:
    """The filters that make sense for any event: on what is set by itself, and on people."""
    return [one for one in filters if everywhere(one.property)]


def everywhere(prop: Property) -> bool:
    """Whether events of any kind have a property."""
    return prop.holder != "event" or prop.name.startswith(("$", "utm_"))


def _distinct(said: Iterable[str]) -> list[str]:
    """Each thing once, though events and people may both have it."""
    found: dict[str, str] = {}
    for one in said:
        found.setdefault(one.removeprefix("the person's ").lstrip("$"), one)
    return list(found.values())


def _fixed(filters: Iterable[Filter]) -> set[str]:
    """The properties that the question itself sets to one value."""
    return {one.property.name for one in filters if one.operator == "=" and len(one.values) == 1}
