"""Which event a question means: the best of the candidates that has what is asked of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.matching import Names
from agent.planner.english.names import Link, Name, read_name
from agent.planner.plan import Filter, Reply, Series, Unsure
from agent.planner.reading.filters import filters
from agent.planner.reading.groups import Event
from agent.planner.reading.properties import Properties, own
from agent.planner.reading.said import Said
from agent.planner.world import World

MARGIN = 0.15
"""How much surer the best name must be than the next for it to be taken without asking."""

GUESSED = 0.6
"""How near another name may come for a guess by another word to be asked about."""

INDIRECT = 0.45
"""How much of a name another word for it must cover."""

LIKELY = 0.35
SURE = 0.4
QUIET = timedelta(days=60)
"""How long an event must not have been seen to be thought of as no longer tracked."""

Fits = Callable[[str], bool]


def anything(event: str) -> bool:
    """Any event will do."""
    return True


def series(said: Said, event: Event, fits: Fits = anything) -> Series:
    """An event as it was said, settled on one of the project's, with its own conditions."""
    names = (settle(said, event, fits), *(settle(said, other, fits) for other in event.other))
    properties = own(said.world, names)
    found: list[Filter] = []
    for condition in (*event.conditions, *(c for o in event.other for c in o.conditions)):
        found += filters(condition, properties, said.world)
    found += _flagged(said, event, names[0], properties)
    return Series(
        events=tuple(dict.fromkeys(names)),
        filters=tuple(found),
        times=event.times,
        first=event.first,
    )


def _flagged(said: Said, event: Event, name: str, properties: Properties) -> list[Filter]:
    """Opened a push notification: a word of the event that is a flag of it, no part of its name."""
    chunk = next((g for g in said.all_groups if g.value is event), None)
    if chunk is None or chunk.end - chunk.start < 2:
        return []
    own_words = {part for unit in read_name(name).units for part in unit.parts}
    stems = {said.tokens[i].stem for i in range(chunk.start, chunk.end)} - own_words
    flags = {p.name.lower(): p for p in properties.values() if p.kind == "Boolean"}
    return [Filter(flags[one], "=", (True,)) for one in sorted(stems & set(flags))]


def settle(said: Said, event: Event, fits: Fits = anything) -> str:
    """The event that is meant; asks when two are equally near."""
    links = _likely(said, event, fits)
    if not links:
        raise Unsure(unsure_of(said, event, event.links))
    best = links[0]
    if best.score >= 2:
        return best.name
    if later := _renamed(said, best.name):
        return later
    if viewed := _of_pages(said, links):
        return viewed
    rivals = [link for link in links if link.score >= _least(best, link)]
    chosen = _fitting(said, event, _of_one_thing(said, event, rivals), fits)
    if len(chosen) > 1 and not _same_thing(chosen):
        raise Unsure(unsure_of(said, event, chosen))
    return chosen[0].name


def _of_pages(said: Said, links: Sequence[Link]) -> str:
    """“Top pages by views”: views of pages, rather than of the things that a project shows."""
    about = [g.value[0].name for g in said.all_groups if g.kind == "property"]
    views = {link.name for link in links} & {"$pageview"}
    return "$pageview" if views and "$pathname" in about and not said.has("where") else ""


def _renamed(said: Said, name: str) -> str:
    """What an event is called now that ended before the period, under the name it had before."""
    last, edge = said.world.last_seen.get(name), _edge(said)
    if last is None or last >= edge:
        return ""
    found = [event for event, names in said.world.former.items() if name in names]
    return found[0] if len(found) == 1 else ""


def _likely(said: Said, event: Event, fits: Fits) -> list[Link]:
    """The events that may be meant, best first."""
    links = [link for link in alive(event.links, said) if link.score >= SURE]
    if not links:
        told = {g.value.links[0].name for g in said.all_groups if _is_another(g, event)}
        links = [link for link in alive(event.links, said) if link.name in told]
    if not links:
        links = [x for x in alive(event.links, said) if fits is not anything and fits(x.name)]
        links = links if len({link.name for link in links}) == 1 else []
    if links and not links[0].direct and links[0].score < INDIRECT:
        links = []
    return links or _only_one(said, event)


def _fitting(said: Said, event: Event, rivals: Sequence[Link], fits: Fits) -> Sequence[Link]:
    """Those of the rivals that fit the rest of the question, or else the best link that does."""
    fitting = [link for link in rivals if fits(link.name)] if fits is not anything else rivals
    if not fitting:
        fitting = [link for link in alive(event.links, said) if fits(link.name)][:1]
    return fitting or rivals


def _only_one(said: Said, event: Event) -> list[Link]:
    """The one event that has a word, or of which alone a word for it is another one."""
    links = alive(event.links, said)
    found = [link for link in links if link.direct] or [x for x in links if x.score >= LIKELY]
    if len({link.name for link in found}) != 1:
        return []
    chunk = next((g for g in said.all_groups if g.value is event), None)
    if chunk:
        said.assumptions.append(f"“{said.text([chunk])}” is read as {found[0].name}")
    return found[:1]


def _is_another(group: Chunk, event: Event) -> bool:
    return group.kind == "event" and group.value is not event and bool(group.value.links)


def _least(best: Link, other: Link) -> float:
    """How well a rival must be named: one that other words only suggest, as well as the best."""
    if best.direct:
        margin = MARGIN if _plain(other.name) or not _plain(best.name) else MARGIN / 2
        return best.score - margin if other.direct else best.score
    return best.score * GUESSED


def _plain(event: str) -> bool:
    """Whether an event is named for the thing itself, not for a stage or a bad end of it."""
    words = lexicon().stages | lexicon().marked
    return not any(part in words for unit in read_name(event).units for part in unit.parts)


def _of_one_thing(said: Said, event: Event, rivals: Sequence[Link]) -> list[Link]:
    """Quoted vs approved: the rival that is of the same thing as the question's other events."""
    others = [
        g.value.links[0].name
        for g in said.all_groups
        if g.kind == "event" and g.value is not event and g.value.links
    ]
    kin = [link for link in rivals if any(akin(link.name, other) for other in others)]
    return kin if len(rivals) > 1 and kin else list(rivals)


def alive(links: Sequence[Link], said: Said) -> list[Link]:
    """Without the events that ended before the period, unless only they are named."""
    edge = _edge(said)

    def ended(link: Link) -> bool:
        last = said.world.last_seen.get(link.name)
        return bool(last and last < edge and link.score < 2)

    return [link for link in links if not ended(link)] or list(links)


def _edge(said: Said) -> datetime:
    """From when on an event must have been seen to be one of the period."""
    starts = [g.value.start for g in said.groups if g.kind == "span" and g.value.start]
    return min(starts, default=said.world.clock.latest - QUIET)


def living(said: Said, names: Sequence[str]) -> list[str]:
    """Those of these events that are still tracked."""
    return [link.name for link in alive([Link(name, 1.0) for name in names], said)] if names else []


def akin(first: str, second: str) -> bool:
    """Whether two events are named for the same thing: import_failed and import_started."""
    return bool(_nouns(first) & _nouns(second))


def _nouns(event: str) -> set[str]:
    words = lexicon()
    little = words.neutral | words.marked | words.outcome
    parts = {part for unit in read_name(event).units for part in unit.parts}
    return {part for part in parts if part not in little} or parts


def unsure_of(said: Said, event: Event, links: Sequence[Link]) -> Reply:
    """Ask which of several events is meant."""
    names = tuple(dict.fromkeys(link.name for link in links))[:4]
    chunk = next((g for g in said.groups if g.value is event), None)
    text = f" by “{said.text([chunk])}”" if chunk else ""
    rephrased = tuple(said.replaced(chunk, name) for name in names) if chunk else ()
    listed = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
    return Reply("asked", f"Which event do you mean{text}: {listed}?", "", names, rephrased)


def of_idea(said: Said, idea: str) -> list[str]:
    """The events of a concept, whether it is a good end or a bad one."""
    names = [n.name for n in said.world.events.names if n.has(idea) and n.factor == 1.0]
    return living(said, names)


def of_concept(said: Said, *concepts: str) -> list[str]:
    """The events of a concept, plainest name first, without those that end badly."""
    return [link.name for link in alive(_of_concept(said.world.events, concepts), said)]


@lru_cache(maxsize=256)
def _of_concept(events: Names, concepts: tuple[str, ...]) -> tuple[Link, ...]:
    wanted = set(concepts)
    found: list[Link] = []
    own_events = not wanted & {"page_view", "error"}
    for name in events.names:
        if own_events and name.name.startswith("$"):
            continue
        score = max((name.has(concept) for concept in concepts), default=0.0)
        rest = [unit for unit in name.units if not unit.concepts & wanted]
        bad = any(part in lexicon().marked for unit in rest for part in unit.parts)
        if score >= SURE and not bad and name.factor == 1.0:
            found.append(Link(name.name, score))
    return tuple(sorted(found, key=lambda link: (-link.score, link.name)))


def named(world: World, event: str) -> Name | None:
    """An event's name taken apart."""
    return next((name for name in world.events.names if name.name == event), None)


def with_filters(one: Series, more: Sequence[Filter]) -> Series:
    """A series with more conditions."""
    return replace(one, filters=tuple(dict.fromkeys((*one.filters, *more))))


def _same_thing(links: Sequence[Link]) -> bool:
    """Whether the rivals are all the same event, or the first is plainly the main one."""
    return len({link.name for link in links}) == 1
