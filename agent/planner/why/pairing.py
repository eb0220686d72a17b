"""Which events belong together as a rate: what began and was done, what failed and went well."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.planner.english.lexicon import lexicon
from agent.planner.english.words import stem
from agent.planner.why.around import FAILING, nouns, words

BAD = FAILING | frozenset(map(stem, ("cancelled", "abandoned", "refunded", "returned")))


@dataclass(frozen=True)
class Pair:
    """A rate of two events that are named for one thing."""

    hit: str
    other: str
    adds: bool
    """Whether the rate is of both together, as with failed and succeeded."""

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.hit} of all ends" if self.adds else f"{self.hit} per {self.other}"


def pairs_of(names: Iterable[str]) -> list[Pair]:
    """All rates that names of events suggest, by name."""
    by: dict[frozenset[str], list[str]] = {}
    for name in sorted(names):
        if about := frozenset(nouns(name)):
            by.setdefault(about, []).append(name)
    found: list[Pair] = []
    for some in by.values():
        done = [name for name in some if words(name) & lexicon().outcome]
        begun = [name for name in some if words(name) & lexicon().stages]
        bad = [name for name in some if words(name) & BAD]
        found += [Pair(end, start, adds=False) for end in done for start in begun if end != start]
        found += [Pair(one, end, adds=True) for one in bad for end in done if one != end]
    return found
