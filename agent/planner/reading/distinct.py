"""How many different values there are, of what, and for whom."""

from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import Link, read_name
from agent.planner.plan import Breakdown, Series
from agent.planner.reading import events, numbers
from agent.planner.reading.conditions import flag_named
from agent.planner.reading.properties import choose, own, split_by
from agent.planner.reading.said import Said

SURELY = 0.8
"""How surely a property must be named for its values to be counted."""


def _is_named(found: Breakdown, stem: str, event: Chunk) -> bool:
    """“Different pages edited”: the noun of the event is a property's whole name."""
    if found.property and found.property.name == "$pathname" and event.end - event.start > 1:
        return stem == "page"
    name = read_name(found.property.name) if found.property else None
    parts = {part for unit in name.units for part in unit.parts} if name else set()
    return event.end - event.start > 1 and parts == {stem}


def distinct_of(said: Said, distinct: Chunk) -> Series | None:
    """Different products, unique classes booked: the values of a property are counted."""
    after = next(
        (g for g in said.groups if g.start >= distinct.end and g.kind not in ("of", "amount_word")),
        None,
    )
    if after is None or after.kind not in ("property", "event"):
        return None
    if after.kind == "property":
        if flag_named(after.value, said.world.held["event"], said):
            return None
        said.take(after)
        named = said.first("event")
        views = events.of_concept(said, "page_view")[:1]
        only = numbers.only_holder(said, after) if named is None else None
        one = events.series(said, named.value) if named else only or Series(tuple(views))
        said.take(named)
        prop = choose(after.value, own(said.world, one.events), said.world)
        return replace(one, math="distinct", property=prop) if prop else None
    one = events.series(said, after.value)
    properties = own(said.world, one.events)
    stem = said.tokens[after.start].stem
    for name, prop in properties.items():
        if numbers.identifies(name, stem):
            said.take(after)
            return replace(one, math="distinct", property=prop)
    ideas = lexicon().concepts.get(stem, frozenset())
    links = [
        Link(name.name, name.factor)
        for name in said.world.properties.names
        if name.name in properties
        and any(stem in u.parts or u.concepts & ideas for u in name.units)
    ]
    found = split_by(links, properties, said.world) if links else None
    if not said.tokens[after.start].word.endswith("s") and not (found and found.label):
        return None
    if found is None or not (found.label or _is_named(found, stem, after)):
        return None
    said.take(after)
    return replace(one, math="distinct", property=found.property)


def different(said: Said) -> Series | None:
    """“How many countries did we sell to”: the values of a property are counted.

    A code of what the event is about is each time another one: classes published are events.
    """
    count, named = said.first("count"), said.first("event")
    chunk = said.after(count) if count else None
    if chunk is None or chunk.kind != "property" or named is None or named.start < chunk.end:
        return None
    if not said.tokens[chunk.end - 1].word.endswith("s") or said.has("people"):
        return None
    one = events.series(said, named.value)
    prop = choose(chunk.value, own(said.world, one.events), said.world)
    if prop is None or prop.numeric or prop.kind != "String" or chunk.value[0].score < SURELY:
        return None
    code = prop.name.lower().endswith("id")
    thing = bool(_parts(prop.name) & _parts(one.events[0]))
    if code != thing:
        return None
    said.take(count, chunk, named)
    return one if thing else replace(one, math="distinct", property=prop)


def _parts(name: str) -> set[str]:
    """The stems of a name that tell it from others."""
    parts = {part for unit in read_name(name).units for part in unit.parts}
    return parts - lexicon().neutral - lexicon().identity
