"""What words mean in names, and how much of a name they cover."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.planner.english.names import Name

SAME, SYNONYM, OUTCOME = 1.0, 0.75, 0.9
HALF = 0.51
"""More than one of two words of an idea: what a synonym is worth at least."""


@dataclass(frozen=True)
class Meaning:
    """What a token means in each name: name → unit → likeness."""

    means: Mapping[int, Mapping[int, float]]
    size: int
    stem: str
    joins: bool = False
    light: bool = False
    loose: bool = False
    """Whether it may stand inside a name only if all of the name is said: paid with a card."""


@dataclass(frozen=True)
class Cover:
    """Which units of a name were said so far, and how well."""

    units: Mapping[int, float] = field(default_factory=dict)
    objects: tuple[str, ...] = ()

    def plus(self, met: Mapping[int, float]) -> "Cover":
        """With one more word; the parts of one idea add up."""
        grown = dict(self.units)
        for unit, likeness in met.items():
            whole = likeness >= HALF
            told = max(grown.get(unit, 0.0), likeness) if whole else grown.get(unit, 0.0) + likeness
            grown[unit] = min(1.0, told)
        return Cover(grown, self.objects)

    @property
    def direct(self) -> bool:
        """Whether a word of the name itself was said."""
        return any(
            (likeness > SYNONYM and likeness != OUTCOME) or likeness < HALF
            for likeness in self.units.values()
        )

    def about(self, thing: str) -> "Cover":
        """With one more word that only names a thing the event is about."""
        return Cover(self.units, (*self.objects, thing))

    def score(self, name: Name) -> float:
        """The weight of what was said of a name over the weight of all of it."""
        said = sum(name.units[u].weight * likeness for u, likeness in self.units.items())
        return said / name.weight
