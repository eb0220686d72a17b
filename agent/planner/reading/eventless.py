"""What is counted where no event is named."""

import re
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.words import name_words
from agent.planner.plan import Property, Reply, Series, Unsure
from agent.planner.reading import events, numbers
from agent.planner.reading.properties import choose, common, own
from agent.planner.reading.said import Said

NOTHING = Reply("declined", "I can't tell what to measure in this project.")


def without_event(
    said: Said,
    head: Chunk | None,
    people: Chunk | None,
    sessions: Chunk | None,
    anything: Chunk | None,
) -> Series:
    """What is counted where no event is named: whatever else is, or what the rest implies."""
    group = said.first("group")
    if head is sessions and sessions:
        said.take(sessions)
        return Series(math="sessions")
    if people:
        said.take(people, anything, *said.all("active"))
        return of_people(said, people)
    if anything:
        rank = said.first("rank")
        said.take(None if rank and anything.start == rank.end else anything)
        return Series()
    if group is not None and head is group:
        said.take(group, *said.all("active"))
        return Series((), "groups", group=group.value[0].name)
    return _implied(said)


def _implied(said: Said) -> Series:
    """What is counted where nothing countable is named."""
    if one := _failed(said) or numbers.only_holder(said):
        return one
    if _only_people(said):
        said.take(*said.all("active"))
        return Series((), "unique")
    if said.first("rank") and (said.first("property") or _tells_pages(said)):
        return _ranked_by(said)
    if said.has("part") or (said.has("unit") and said.has("rank")):
        said.assumptions.append("any event counts")
        return Series()
    if _splits_anything(said):
        said.assumptions.append("counted in people with any event")
        return Series((), "unique")
    raise Unsure(NOTHING)


STATUS = re.compile(r"[45]\d\d")
"""The codes by which requests fail."""


def _tells_pages(said: Said) -> bool:
    """“Top blog posts”: pages that are told by a part of their path."""
    found = [v for where in said.all("where") for v in where.value.found]
    return any(v.property.name == "$pathname" for v in found)


def _failed(said: Said) -> Series | None:
    """“How many 404s”: what a status code of failure is of, where one event is an error."""
    found = [v for w in said.all("where") for v in w.value.found if STATUS.fullmatch(v.value)]
    told = {v.property.name for v in found}
    names = {name for name in told if {"status", "code"} & set(name_words(name))}
    holders = [
        name for name in events.of_concept(said, "error") if names & set(own(said.world, (name,)))
    ]
    if not names or len(holders) != 1:
        return None
    said.assumptions.append(f"counted are {holders[0]} events")
    return Series((holders[0],))


def _splits_anything(said: Said) -> bool:
    """Whether a split is by something that every event has."""
    split = said.first("split")
    if split is None or split.value[0].kind != "property":
        return False
    return choose(split.value[0].value, common(said.world), said.world) is not None


def _only_people(said: Said) -> bool:
    """“How many studio owners …”: people who are named by a value of theirs."""
    found = [w.value.found for w in said.all("where")]
    persons = found and all(any(v.property.holder == "person" for v in f) for f in found)
    return bool(persons) and (said.has("count") or said.has("active"))


def of_people(said: Said, people: Chunk) -> Series:
    """People without an event: those who did what their noun tells, or anything."""
    doing = lexicon().doing.get(people.value.noun)
    ideas = {None: (), "buy": ("buy", "pay"), "pay": ("pay", "buy")}.get(doing, (doing,))
    found = events.of_concept(said, *ideas) if ideas else []
    if people.value.new:
        names = events.of_concept(said, "sign_up") if not found else []
        if found:
            words = said.text([people])
            said.assumptions.append(f"new {words} are those with their first {found[0]}")
            return Series((found[0],), "first_time")
        return Series(tuple(names[:1]), "total") if names else Series((), "first_time")
    if not found:
        if one := numbers.only_holder(said):
            said.assumptions.append(f"counted are people with {one.events[0]} events")
            return replace(one, math="unique")
        said.assumptions.append("active means any event")
        return Series((), "unique")
    said.assumptions.append(f"{said.text([people])} are people with {found[0]} events")
    return Series((found[0],), "unique")


def _ranked_by(said: Said) -> Series:
    """“Most popular pages”: what pages, browsers and countries are ranked by."""
    chunk = said.first("property")
    every = (common(said.world), said.world.held["event"])
    found = (choose(chunk.value, held, said.world) for held in every) if chunk else iter(())
    prop = next((one for one in found if one), None)
    if prop and prop.holder == "session":
        said.assumptions.append("counted in sessions")
        return Series(math="sessions")
    if prop and prop.holder == "event" and not _labels(prop):
        raise Unsure(Reply("asked", f"The most or the top of what? Each {prop.name} is one."))
    views = events.of_concept(said, "page_view")
    bought = events.of_concept(said, "buy", "book", "pay") if prop and _labels(prop) else []
    suited = [
        name for name in (*views, *bought) if prop is None or prop.name in own(said.world, (name,))
    ]
    said.assumptions.append(f"ranked by {suited[0] if suited else 'any'} events")
    return Series(tuple(suited[:1]))


def _labels(prop: Property) -> bool:
    """Whether a property is what people call a thing by, rather than its code."""
    return prop.holder == "event" and not prop.name.lower().endswith("id")
