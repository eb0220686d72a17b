"""Which property a group means, now that the event is known."""

from collections.abc import Iterable, Mapping, Sequence

from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import Link, read_name
from agent.planner.plan import Breakdown, Property
from agent.planner.world import World

NEAR = 0.05
OWN, PERSON, GROUP = 0.1, -0.03, -0.06
SUMMED = 0.3
"""How much less likely a number of a person is added up over events."""

LEAST, SURE = 0.45, 0.9
Properties = Mapping[str, Property]


def own(world: World, events: Iterable[str]) -> Properties:
    """The event properties that results may use: those that all of the events have."""
    named = tuple(events)
    return world.shared(named) if named else world.common()


def common(world: World) -> Properties:
    """The event properties that are set by themselves, on whatever event."""
    return world.common()


def choose(
    links: Sequence[Link],
    properties: Properties,
    world: World,
    *,
    numeric: bool = False,
    least: float = LEAST,
) -> Property | None:
    """The property that words mean: the event's own before those of its person and group."""
    ranked = rank(links, properties, world, numeric=numeric)
    return ranked[0][1] if ranked and ranked[0][0] >= least else None


def rank(
    links: Sequence[Link], properties: Properties, world: World, *, numeric: bool = False
) -> list[tuple[float, Property]]:
    """The properties that words may mean, best first, with how surely."""
    found = [
        (link.score + _bonus(holder, numeric=numeric) - _oddness(link), prop)
        for link in links
        for holder, held in world.held.items()
        if link.holder in ("", holder)
        if (prop := _held(held, holder, link.name, properties)) and (prop.numeric or not numeric)
    ]
    return sorted(found, key=lambda pair: -pair[0])


def split_by(links: Sequence[Link], properties: Properties, world: World) -> Breakdown | None:
    """What results are split by, by the code of a thing whose label may vary."""
    prop = choose(links, properties, world)
    if prop is None:
        return None
    code = _identity(prop, properties)
    return Breakdown(code, label=prop) if code else Breakdown(prop)


def money(properties: Properties) -> Property | None:
    """The one property that holds an amount of money."""
    found = [
        prop
        for name, prop in properties.items()
        if prop.numeric and any("money" in unit.concepts for unit in read_name(name).units)
    ]
    found.sort(key=lambda prop: -read_name(prop.name).has("money"))
    return found[0] if found else None


def _held(held: Properties, holder: str, name: str, properties: Properties) -> Property | None:
    return properties.get(name) if holder == "event" else held.get(name)


def _bonus(holder: str, *, numeric: bool) -> float:
    """How likely the words mean something of the event, of its session, person or group."""
    if holder == "event":
        return OWN
    if holder == "session":
        return 0.0
    return (PERSON if holder == "person" else GROUP) - (SUMMED if numeric else 0.0)


def _oddness(link: Link) -> float:
    name = link.name
    odd = (
        0.45 * (name in ("$referrer", "$initial_referrer"))
        + 0.1 * name.endswith("_code")
        + 0.2 * ("raw" in name)
        + 0.4 * (name.startswith("$feature/") and link.score < SURE)
        + 0.05 * name.endswith("url")
    )
    early = 0.2 if "initial" in name and link.score < 0.95 else 0.0
    return odd + early + 0.3 * (name in ("$session_id", "$window_id", "$lib"))


def _identity(prop: Property, properties: Properties) -> Property | None:
    """The code that identifies a product whose name may vary, None for everything else."""
    chosen = read_name(prop.name)
    if not any("product" in unit.concepts for unit in chosen.units):
        return None
    for name, other in properties.items():
        units = read_name(name).units
        codes = [unit for unit in units if lexicon().identity & set(unit.parts)]
        rest = [unit for unit in units if not lexicon().identity & set(unit.parts)]
        alike = all(any(unit.concepts & own.concepts for own in chosen.units) for unit in rest)
        if name != prop.name and codes and alike:
            return other
    return None
