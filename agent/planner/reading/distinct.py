"""How many different values there are, of what, and for whom."""

from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import Link, read_name
from agent.planner.plan import Breakdown, Series
from agent.planner.reading import events, numbers
from agent.planner.reading.properties import choose, own, split_by
from agent.planner.reading.said import Said


def _is_named(found: Breakdown, stem: str, event: Chunk) -> bool:
    """“Different pages edited”: the noun of the event is a property's whole name."""
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
    if found is None or not (found.label or _is_named(found, stem, after)):
        return None
    said.take(after)
    return replace(one, math="distinct", property=found.property)
