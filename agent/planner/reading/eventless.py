"""What is counted where no event is named."""

from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.plan import Reply, Series, Unsure
from agent.planner.reading import events, numbers
from agent.planner.reading.properties import choose, common
from agent.planner.reading.said import Said


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
    if one := numbers.only_holder(said):
        return one
    if _only_people(said):
        said.take(*said.all("active"))
        return Series((), "unique")
    if said.first("property") and said.first("rank"):
        return _ranked_by(said)
    if said.has("part") or (said.has("unit") and said.has("rank")):
        said.assumptions.append("any event counts")
        return Series()
    if _splits_anything(said):
        said.assumptions.append("counted in people with any event")
        return Series((), "unique")
    raise Unsure(Reply("declined", "I can't tell what to measure in this project."))


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
    prop = choose(chunk.value, common(said.world), said.world) if chunk else None
    if prop and prop.holder == "session":
        said.assumptions.append("counted in sessions")
        return Series(math="sessions")
    views = events.of_concept(said, "page_view")
    if views:
        said.assumptions.append(f"ranked by {views[0]} events")
    return Series(tuple(views[:1]))
