"""Behaviours beside an outcome: rates, their difference and how sure it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from agent.planner.why.chance import difference

FALSE = 0.05
"""How likely any interval of all that are told misses what it is about, at most."""

LEAST = 20
"""People on either side of a behaviour for it to be told."""


@dataclass(frozen=True)
class Tally:
    """People, and those of whom the outcome came true."""

    people: float = 0.0
    hits: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.people + other.people, self.hits + other.hits)

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(max(0.0, self.people - other.people), max(0.0, self.hits - other.hits))

    @property
    def rate(self) -> float:
        """The share of whom it came true."""
        return self.hits / self.people if self.people else 0.0


@dataclass(frozen=True)
class Group:
    """People who did something so often, or had a value, of one level of activity."""

    name: str
    value: str
    times: int
    """The least number of times, 0 for a property."""

    level: int
    tally: Tally


Levels = Mapping[int, Tally]


@dataclass(frozen=True)
class Driver:
    """A behaviour, or a value of a property, beside an outcome."""

    name: str
    value: str
    times: int
    did: Tally
    others: Tally
    low: float
    high: float
    """The interval of the difference, over all that were looked at."""

    alike: float
    alike_error: float
    """The difference among people as active, and its standard error."""

    sure: bool = False
    """Whether it holds among people as active."""

    levels: Levels | None = None

    @property
    def gap(self) -> float:
        """The difference of the two rates."""
        return self.did.rate - self.others.rate

    @property
    def people(self) -> float:
        """All who were looked at."""
        return self.did.people + self.others.people

    @property
    def bound(self) -> float:
        """The end of the interval that is nearer to nothing, 0 if it holds that."""
        return max(self.low, -self.high, 0.0)

    @staticmethod
    def of_all(groups: Iterable[Group]) -> "Driver":
        """Everyone, by level of activity."""
        levels = _by_level(groups)
        whole = sum(levels.values(), Tally())
        return Driver("", "", 0, whole, Tally(), 0, 0, 0, 0, levels=levels)


def ranked(groups: Sequence[Group], everyone: Driver, *, absent: bool) -> list[Driver]:
    """Every behaviour at the number of times that tells the most, the clearest first."""
    all_levels = everyone.levels or {}
    by: dict[tuple[str, str], list[Group]] = {}
    for one in groups:
        by.setdefault((one.name, "" if one.times else one.value), []).append(one)
    options = {key: list(_options(some)) for key, some in by.items()}
    tests = sum(len(found) for found in options.values())
    z = NormalDist().inv_cdf(1 - FALSE / 2 / max(1, tests))
    found = []
    for (name, _), some in options.items():
        made = [_driver(name, value, n, levels, all_levels, z, absent) for value, n, levels in some]
        kept = [one for one in made if min(one.did.people, one.others.people) >= LEAST]
        if kept:
            found.append(max(kept, key=lambda one: (one.bound, one.did.people)))
    return sorted(found, key=lambda one: (not one.sure, -one.bound, -abs(one.gap), one.name))


def _options(groups: Sequence[Group]) -> Iterable[tuple[str, int, dict[int, Tally]]]:
    """At least so many times, for each number; or just having the value."""
    counts = sorted({one.times for one in groups})
    for least in counts:
        some = [one for one in groups if one.times >= least]
        yield some[0].value if not least else "", least, _by_level(some)


def _driver(
    name: str, value: str, times: int, did: Levels, everyone: Levels, z: float, absent: bool
) -> Driver:
    turned = {level: _turned(tally, absent) for level, tally in did.items()}
    whole = {level: _turned(tally, absent) for level, tally in everyone.items()}
    mine = sum(turned.values(), Tally())
    others = sum(whole.values(), Tally()) - mine
    low, high = difference(mine.hits, mine.people, others.hits, others.people, z)
    alike, error = _alike(turned, whole)
    sure = abs(alike) > z * error and error > 0 and max(low, -high) > 0 and alike * (low + high) > 0
    return Driver(name, value, times, mine, others, low, high, alike, error, sure)


def _alike(did: Levels, everyone: Levels) -> tuple[float, float]:
    """The difference among people of the same level of activity, after Mantel and Haenszel."""
    top = weight = spread = 0.0
    for level, tally in everyone.items():
        mine = did.get(level, Tally())
        others = tally - mine
        if not mine.people or not others.people:
            continue
        share = mine.people * others.people / tally.people
        top += share * (mine.rate - others.rate)
        weight += share
        spread += share**2 * (
            mine.rate * (1 - mine.rate) / mine.people
            + others.rate * (1 - others.rate) / others.people
        )
    return (top / weight, sqrt(spread) / weight) if weight else (0.0, 0.0)


def _turned(tally: Tally, absent: bool) -> Tally:
    """The outcome as it is asked for: that it came true, or that it did not."""
    return Tally(tally.people, tally.people - tally.hits) if absent else tally


def _by_level(groups: Iterable[Group]) -> dict[int, Tally]:
    found: dict[int, Tally] = {}
    for one in groups:
        found[one.level] = found.get(one.level, Tally()) + one.tally
    return found
