"""What the other events did while one changed: gaps, new names, failures, the whole product."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from agent.planner.english.lexicon import lexicon
from agent.planner.english.words import name_words, stem, word_set
from agent.planner.why.chance import freedom, probability, roughness
from agent.planner.why.comparable import Compared
from agent.planner.why.measure import both
from agent.planner.why.slots import AT, Slots
from agent.planner.world import World

Seen = Mapping[str, tuple[datetime | None, datetime | None]]

ENOUGH = 20.0
"""Events before, on average, from which an event tells something by itself."""

GAP = 0.05
"""An event with less than this share of what is usual is as good as gone."""

NORMAL = 0.6
"""How many of the other events must be as usual for one to be lost by itself."""

SEVERAL, MOST, FAINT = 4, 0.7, 0.05
"""Other events, and how many of them must move alike by how much, for the whole product to move."""

UNUSUAL = 0.01
CAUTIOUS = 2.0
PRIOR = 6.0
"""How many degrees of freedom the roughness of all events together counts for."""

CLOSE = timedelta(days=2)
"""Between the last event of an old name and the first of a new one, at most."""

FAILING = frozenset(
    map(
        stem,
        word_set(
            "fail failed failure error reject rejected decline declined exception crash crashed "
            "denied timeout expired abandoned blocked refused invalid unable"
        ),
    )
)


@dataclass(frozen=True)
class Other:
    """One event in the period and in each of those before."""

    name: str
    values: tuple[float, ...]
    """In the period, then in each one before."""

    first: datetime | None
    last: datetime | None
    times: float
    rough: float
    chance: float

    @property
    def now(self) -> float:
        """How often in the period."""
        return self.values[0]

    @property
    def usual(self) -> float:
        """How often in an average period before."""
        return sum(self.values[1:]) / self.times if self.times else 0.0

    @property
    def ratio(self) -> float:
        """The period over the usual."""
        return self.now / self.usual if self.usual else 0.0

    @property
    def unusual(self) -> bool:
        """Whether it is off by more than it varies."""
        return self.chance < UNUSUAL


def query(compared: Compared, shared: Sequence[str], world: World) -> str:
    """How often each event happened in each period, where some conditions hold for all events."""
    slots = Slots((compared.span, *compared.near), world.zone)
    return by_event(slots, shared)


def by_event(slots: Slots, shared: Sequence[str] = ()) -> str:
    """How often each event happened in each period."""
    columns = [f"countIf({slots.inside(one)}) AS v{i}" for i, one in enumerate(slots.spans)]
    rows = f"SELECT event, {AT}\nFROM events\nWHERE {both([*slots.envelope, *shared])}"
    inner = f"SELECT event, {', '.join(slots.columns)}\nFROM ({rows})"
    return (
        f"SELECT event, {', '.join(columns)}\nFROM ({inner})\n"
        "GROUP BY event ORDER BY count() DESC, event"
    )


SEEN = "SELECT event, min(timestamp), max(timestamp) FROM events GROUP BY event"
"""When each event was first and last seen."""


def others(rows: Iterable[Sequence[Any]], seen: Seen, compared: Compared) -> list[Other]:
    """The rows of the query; how rough each event is leans on how rough they all are."""
    counts = [(str(name), tuple(float(cell or 0) for cell in cells)) for name, *cells in rows]
    rough = [roughness(values[1:]) for _, values in counts if sum(values[1:]) >= ENOUGH]
    usual = median(rough) if rough else CAUTIOUS
    return [_other(name, values, seen, compared, usual) for name, values in counts]


def known(name: str, found: Sequence[Other], seen: Seen) -> Other:
    """One event among the others, also when it did not happen at all."""
    first, last = seen.get(name, (None, None))
    blank = Other(name, (0.0,), first, last, 0.0, 1.0, 1.0)
    return next((one for one in found if one.name == name), blank)


def telling(found: Sequence[Other], without: Sequence[str]) -> list[Other]:
    """The other events that happen often enough to say something."""
    return [one for one in found if one.name not in without and one.usual >= ENOUGH]


def normal(found: Sequence[Other]) -> list[Other]:
    """Those that are as usual, or nearly."""
    return [one for one in found if not one.unusual or 0.75 <= one.ratio <= 4 / 3]


def lost_alone(now: float, usual: float, found: Sequence[Other]) -> bool:
    """Whether something is gone while most other events went on as usual."""
    gone = usual >= 5 and now <= GAP * usual
    return gone and len(found) >= 2 and len(normal(found)) >= NORMAL * len(found)


def everywhere(ratio: float, found: Sequence[Other]) -> bool:
    """Whether most other events moved as much in the same direction."""
    if len(found) < SEVERAL or abs(ratio - 1) < FAINT:
        return False
    alike = [one for one in found if _like(one.ratio, ratio)]
    middle = median(one.ratio for one in found)
    return len(alike) >= MOST * len(found) and _like(middle, ratio)


def successor(name: str, last: datetime, seen: Seen) -> str | None:
    """The event that began when this one ended for good, if one did."""
    begun = {
        other: first
        for other, (first, _) in seen.items()
        if first and other != name and abs(first - last) <= CLOSE
    }
    return _likest(name, begun)


def predecessor(name: str, first: datetime, seen: Seen) -> str | None:
    """The event that ended for good when this one began, if one did."""
    ended = {
        other: last
        for other, (_, last) in seen.items()
        if last and other != name and abs(last - first) <= CLOSE
    }
    return _likest(name, ended)


def failures(names: Iterable[str], asked: Sequence[str]) -> list[str]:
    """Events that tell of failing at what is asked about, or of failing at anything."""
    about = {word for name in asked for word in nouns(name)}
    failing = [name for name in names if name not in asked and words(name) & FAILING]
    near = [name for name in failing if nouns(name) & about]
    return [*sorted(near), *sorted(name for name in failing if not nouns(name))]


def about_the_same(name: str, asked: Sequence[str]) -> bool:
    """Whether two events are named for the same thing."""
    return bool(nouns(name) & {word for one in asked for word in nouns(one)})


def _other(
    name: str, values: tuple[float, ...], seen: Seen, compared: Compared, usual: float
) -> Other:
    before, (first, last) = values[1:], seen.get(name, (None, None))
    own = freedom(len(before))
    rough = (PRIOR * usual + own * roughness(before)) / (PRIOR + own)
    times = compared.times
    chance = probability(values[0], sum(before), times, rough=rough, degrees=PRIOR + own)
    return Other(name, values, first, last, times, rough, chance)


def _like(ratio: float, other: float) -> bool:
    """Whether two changes are of one direction and about one size."""
    return (ratio - 1) * (other - 1) > 0 and 0.5 <= abs(ratio - 1) / abs(other - 1) <= 2


def _likest(name: str, found: dict[str, datetime]) -> str | None:
    """The one with the most words in common; a single one needs none."""
    ranked = sorted(found, key=lambda one: (-len(nouns(one) & nouns(name)), one))
    if len(ranked) > 1 and not nouns(ranked[0]) & nouns(name):
        return None
    return ranked[0] if ranked else None


def words(name: str) -> set[str]:
    """The stems of a name."""
    return {stem(word) for word in name_words(name)}


def nouns(name: str) -> set[str]:
    """The words that say what a name is about."""
    known = lexicon()
    small = known.neutral | known.marked | known.stages | known.outcome | FAILING
    return {word for word in words(name) if word not in small}
