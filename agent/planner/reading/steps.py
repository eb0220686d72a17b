"""The steps of a funnel: those that were named, and the one before or after where one is."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agent.planner.english.chunks import Chunk
from agent.planner.english.names import Name, read_name
from agent.planner.plan import (
    Filter,
    Reply,
    Series,
    Unfit,
    Unsure,
)
from agent.planner.reading import events, numbers
from agent.planner.reading.groups import Event
from agent.planner.reading.properties import money, own
from agent.planner.reading.said import Said
from agent.planner.world import World

AUTOMATIC = "$"


def steps_of(said: Said, chunks: Sequence[Chunk], cue: Chunk) -> tuple[Series, ...]:
    """The steps in the order in which they are taken."""
    if cue.kind not in ("share", "most_of") and any(
        _touch(said, *pair) for pair in pairwise(chunks)
    ):
        raise Unfit
    _refuse_unlinked(said, chunks)
    made = _made(said, _in_order(said, chunks))
    if len(made) == 1 and (several := _valued(said, chunks[0])):
        return several
    if len(made) == 1:
        return _completed(said, made[0], cue)
    if len(made) < 2:
        raise Unsure(Reply("asked", "From which step to which? Name the events of the funnel."))
    return tuple(made)


def _in_order(said: Said, chunks: Sequence[Chunk]) -> list[Chunk]:
    """The steps as they are taken: what others come after, or a split is of, is the first."""
    splits = said.all("split")
    ordered = sorted(
        chunks, key=lambda c: not any(s.start <= c.start and c.end <= s.end for s in splits)
    )
    for after in said.all("after"):
        named = said.after(after)
        if named in ordered and ordered.index(named) > 0:
            ordered.remove(named)
            ordered.insert(0, named)
    return ordered


def _made(said: Said, chunks: Sequence[Chunk]) -> list[Series]:
    made: list[Series] = []
    for chunk in chunks:
        made += _repeated(said, chunk, made)
        if len(made) == 1 and chunk.kind == "event" and chunk.value.first:
            made = [_first_time(said, made[0])]
        said.take(chunk)
    return made


def _first_time(said: Said, one: Series) -> Series:
    """First-time bookers, as the first step: a flag of the event tells, where it has one."""
    flag = numbers.first_flag(said, one)
    return replace(one, filters=(*one.filters, Filter(flag, "=", (True,)))) if flag else one


def _refuse_unlinked(said: Said, chunks: Sequence[Chunk]) -> None:
    """“… differ between search, favourites and links”: events of a list that are no steps."""
    for first, last in pairwise(chunks):
        between = [g for g in said.groups if first.end <= g.start and g.end <= last.start]
        if any(g.is_("op", "between") for g in between):
            raise Unfit


def _touch(said: Said, first: Chunk, second: Chunk) -> bool:
    """Whether two events stand together, but for a condition, which makes them no steps."""
    near = {one.kind for one in said.between(first, second)} <= {"where"}
    return near and {first.kind, second.kind} == {"event"}


def _valued(said: Said, chunk: Chunk) -> tuple[Series, ...]:
    """Goals, then location, then notifications: one event whose property tells the steps."""
    wheres = [w for w in said.all("where") if w.value.found and w.start >= chunk.start]
    names = [
        {v.property.name for v in w.value.found if v.property.holder == "event"} for w in wheres
    ]
    shared = set.intersection(*names) if names else set()
    if len(wheres) < 2 or not shared or not said.has("then"):
        return ()
    (prop,) = sorted(shared)[:1]
    one = events.series(said, chunk.value, lambda event: prop in own(said.world, (event,)))
    said.take(*wheres)
    return tuple(
        replace(one, filters=(Filter(found.property, "=", (found.value,)),))
        for where in wheres
        for found in [v for v in where.value.found if v.property.name == prop][:1]
    )


def _repeated(said: Said, chunk: Chunk, before: Sequence[Series]) -> list[Series]:
    """One step, or several for “their third booking” and “3 or more bookings”."""
    if chunk.kind == "paying":
        return [Series((_paying(said),))]
    event: Event = chunk.value
    one = replace(events.series(said, event), first=False, times=None)
    count = event.nth or (
        event.times.count if event.times and event.times.operator in (">=", "=") else 1
    )
    done = sum(1 for step in before if step.events == one.events)
    return [one] * max(1, count - done if event.nth else count)


def _paying(said: Said) -> str:
    """The event by which somebody becomes a paying customer: one with money, if any has."""
    found = []
    for idea in ("subscribe", "pay", "buy"):
        names = events.of_concept(said, idea) or _started(said.world, idea)
        found += [n for n in names if not any(read_name(n).has(i) for i in ("newsletter", "email"))]
    paid = [name for name in found if money(own(said.world, (name,)))]
    if not found:
        raise Unsure(Reply("asked", "Which event makes somebody a paying customer?"))
    name = (paid or found)[0]
    said.assumptions.append(f"paying begins with {name}")
    return name


def _started(world: World, concept: str) -> list[str]:
    """Events of a concept that mark its beginning."""
    names = [n for n in world.events.names if n.has(concept) and n.factor == 1.0]
    return [n.name for n in names if n.has("begin") or n.has("create")]


def _completed(said: Said, last: Series, cue: Chunk) -> tuple[Series, ...]:
    """The steps before one that is named alone: its own beginning, or else a page view."""
    if cue.kind == "time_to" or not last.events:
        raise Unsure(Reply("asked", "From which step to which? Name both events."))
    if (onward := _onward(said, last)) is not None:
        return onward
    if name_of := _after_sign_up(said, last):
        return (Series((name_of,)), last)
    begins = [name for name in _beginnings(said.world, last.events[0]) if name != last.events[0]]
    name = events.named(said.world, last.events[0])
    joins = name is not None and name.has("sign_up") > 0
    first = begins[:1] or (events.of_concept(said, "page_view")[:1] if joins else [])
    if not first or first[0] == last.events[0]:
        raise Unsure(Reply("asked", f"From which step to {last.events[0]}? Name the first event."))
    whole = begins and any(said.tokens[i].stem == "funnel" for i in range(cue.start, cue.end))
    seen = _seen(said, last.events[0]) if whole else []
    steps = (*seen[:1], first[0], last.events[0])
    said.assumptions.append(f"the steps are {', '.join(steps[:-1])} and then {steps[-1]}")
    return (*(Series((name,)) for name in steps[:-1]), last)


def _after_sign_up(said: Said, last: Series) -> str:
    """Onboarding and tutorials begin with signing up, unless they have a beginning of their own."""
    name = events.named(said.world, last.events[0])
    joined = events.of_concept(said, "sign_up")
    first = name is not None and (name.has("onboarding") or name.has("tutorial"))
    if not first or not joined or _beginnings(said.world, last.events[0]):
        return ""
    said.assumptions.append(f"those who can are those with {joined[0]}")
    return joined[0]


def _onward(said: Said, first: Series) -> tuple[Series, ...] | None:
    """From an event that only begins something to what completes it: checkout to purchase."""
    name = events.named(said.world, first.events[0])
    if name is None or not any(name.has(idea) for idea in ("begin", "view", "cart")):
        return None
    ends = [
        n.name
        for n in said.world.events.names
        if n.name != name.name
        and events.akin(n.name, name.name)
        and n.has("finish")
        and n.factor == 1.0
    ] or _follows(said, name)
    if not ends:
        return None
    said.assumptions.append(f"the steps are {name.name} and then {ends[0]}")
    return (first, Series((ends[0],)))


def _follows(said: Said, name: Name) -> list[str]:
    """What comes of it elsewhere: a subscription of a trial, a purchase of anything else."""
    ideas = ("subscribe",) if name.has("trial") else ("buy", "pay")
    return events.of_concept(said, *ideas) or _started(said.world, ideas[0])


def _seen(said: Said, event: str) -> list[str]:
    """The view of the thing that an event is about: class_viewed of a booking with a class_id."""
    things = {
        part
        for name in own(said.world, (event,))
        if not name.startswith("$")
        for units in (read_name(name).units,)
        if any("id" in unit.parts for unit in units)
        for unit in units
        for part in unit.parts
    } - {"id"}
    names = [n for n in said.world.events.names if n.has("view") and n.factor == 1.0]
    return [n.name for n in names if things & {p for u in n.units for p in u.parts}]


def _beginnings(world: World, event: str) -> list[str]:
    """The events that begin what this one completes: booking_started of booking_completed."""
    own_words = {part for unit in read_name(event).units for part in unit.parts}
    found = []
    for name in world.events.names:
        parts = {part for unit in name.units for part in unit.parts}
        begins = name.has("begin") > 0
        if begins and name.factor == 1.0 and parts & own_words:
            found.append(name.name)
    return found
