"""Questions about steps: conversion, drop-off, and how long it takes from one to the next."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agent.planner.english import periods
from agent.planner.english.chunks import Chunk
from agent.planner.english.names import Name, read_name
from agent.planner.english.words import word_set
from agent.planner.plan import (
    Filter,
    Funnel,
    Order,
    Reply,
    Report,
    Scope,
    Series,
    Unfit,
    Unsure,
    Window,
)
from agent.planner.reading import events, numbers
from agent.planner.reading.groups import Event
from agent.planner.reading.properties import Properties, filters, money, own
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope
from agent.planner.world import World

AUTOMATIC = "$"
CUES = ("funnel", "time_to", "then")


def funnel(said: Said) -> Funnel:
    """Read a question as a funnel."""
    cue = _cue(said)
    if cue is None or (said.first("session") and len(said.all("event")) < 2):
        raise Unfit
    if cue.kind == "then" and said.has("agg") and said.has("count"):
        raise Unfit
    window = _window(said)
    exclusions = _exclusions(said)
    chunks = _without_doers(said, said.all("event", "paying"))
    steps = _steps(said, chunks, cue)
    steps, found = _own_conditions(said, chunks, steps)
    properties = {n: p for one in steps for n, p in own(said.world, one.events).items()}
    around = _around(said, cue, steps, properties, found)
    trend = _trend(said, around)
    _take_cues(said)
    return Funnel(
        scope=replace(around, assumptions=tuple(dict.fromkeys(said.assumptions))),
        steps=steps,
        window=window or Window(14, "day"),
        order=_order(said),
        exclusions=tuple((one, 1, len(steps)) for one in exclusions),
        by_session=said.pop("same") is not None,
        report=_report(said, cue),
        trend=trend,
    )


def _without_doers(said: Said, chunks: Sequence[Chunk]) -> list[Chunk]:
    """The events that are steps: bookers of a booking funnel are none of their own."""
    named = {c.value.links[0].name for c in chunks if c.kind == "event" and not c.value.doers}
    again = [
        c
        for n, c in enumerate(chunks)
        if c.kind == "event"
        and (
            (c.value.doers and c.value.links[0].name in named)
            or (_of_whom(said, c) and _named_in(c, chunks[:n]))
            or (_only_those(said, c) and _named_in(c, chunks[:n]))
        )
    ]
    said.take(*again)
    return [c for c in chunks if c not in again]


def _only_those(said: Said, chunk: Chunk) -> bool:
    """“… but only for views that came from search”: an event said again, to narrow it."""
    before = said.before(chunk)
    while before and before.kind in ("where", "people", "first", "new"):
        before = said.before(before)
    links = ("then", "to", "and", "comma", "after", "dash", "slash", "plus", "op")
    return bool(before and before.kind not in links)


def _named_in(chunk: Chunk, others: Sequence[Chunk]) -> bool:
    name = chunk.value.links[0].name
    return any(c.kind == "event" and c.value.links[0].name == name for c in others)


def _of_whom(said: Said, chunk: Chunk) -> bool:
    """“… for people who joined in May”: the event is said once more, of the people."""
    who = said.before(chunk)
    people = said.before(who) if who and who.kind == "who" else None
    return bool(people and people.kind == "people")


def _cue(said: Said) -> Chunk | None:
    """What makes it a funnel: a word for conversion, or two things done one after the other."""
    cue = said.first("funnel", "time_to")
    several = len(said.all("event", "paying")) > 1
    if cue or not several:
        return cue
    if said.groups[0].kind == "of" and said.has("count"):
        return said.groups[0]
    linked = said.first("then") or _leading(said)
    if linked and said.has("paths"):
        return None
    if linked:
        return linked
    share = said.first("share", "most_of")
    people = said.first("people")
    doers = any(c.kind == "event" and c.value.doers for c in said.all("event"))
    asked = share and (doers or (people and people.start > share.start))
    return share if asked else None


def _leading(said: Said) -> Chunk | None:
    """“From sign-up to their first class”: from one event to another."""
    named = said.all("event", "paying")
    before = said.before(named[0])
    between = said.between(named[0], named[1])
    leads = before is not None and before.kind == "from"
    return next((one for one in between if one.kind == "to"), None) if leads else None


def _window(said: Said) -> Window | None:
    """Within 7 days: how long people have from the first step to the last."""
    for within in said.all("within", "in"):
        after = said.after(within)
        if after and after.kind == "length":
            said.take(within, after)
            return Window(*after.value)
    for chunk in said.all("span"):
        words = [said.tokens[i].word for i in range(chunk.start, chunk.end)]
        rolling = chunk.value.rolling and not {
            "last",
            "past",
            "previous",
            "over",
            "during",
            "for",
        } & set(words)
        if rolling and words[0] in ("within", "in", "under") and (length := _length(said, chunk)):
            said.take(chunk)
            return length
    length_said = said.first("length")
    if length_said and (said.has("funnel")):
        said.take(length_said)
        return Window(*length_said.value)
    return None


def _length(said: Said, chunk: Chunk) -> Window | None:
    from agent.planner.english.phrases import LENGTH_UNITS, number_of

    for i in range(chunk.start, chunk.end - 1):
        one = 1.0 if said.tokens[i].word in ("a", "an") else None
        count, unit = number_of(said.tokens[i]) or one, LENGTH_UNITS.get(said.tokens[i + 1].word)
        if count and unit:
            return Window(int(count), unit)
    return None


def _exclusions(said: Said) -> tuple[Series, ...]:
    """What must not happen in between."""
    found = []
    for no in said.all("not", "didnt", "never"):
        after = said.after(no)
        while after and after.kind in ("people", "who", "all", "any"):
            said.take(after)
            after = said.after(after)
        if after and after.kind == "event":
            found.append(events.series(said, after.value))
            said.take(no, after)
    said.take(*said.all("between"), *(c for c in said.all("op") if c.value == "between"))
    return tuple(found)


def _steps(said: Said, chunks: Sequence[Chunk], cue: Chunk) -> tuple[Series, ...]:
    """The steps in the order in which they are taken."""
    if cue.kind not in ("share", "most_of") and any(map(_touch, chunks, chunks[1:])):
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
    """The steps as they are taken: what others come after is the first."""
    ordered = list(chunks)
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


LINKS = word_set("then to and comma after dash slash plus paying share who count people")
"""What stands between two steps."""


def _refuse_unlinked(said: Said, chunks: Sequence[Chunk]) -> None:
    """“… differ between search, favourites and links”: events of a list that are no steps."""
    for first, last in pairwise(chunks):
        between = [g for g in said.groups if first.end <= g.start and g.end <= last.start]
        if any(g.is_("op", "between") for g in between):
            raise Unfit


def _touch(first: Chunk, second: Chunk) -> bool:
    """Whether two events stand together without a word in between, which makes them no steps."""
    return first.end == second.start and {first.kind, second.kind} == {"event"}


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


def _own_conditions(
    said: Said, chunks: Sequence[Chunk], steps: tuple[Series, ...]
) -> tuple[tuple[Series, ...], tuple[Filter, ...]]:
    """Conditions beside one step that only it can have; the others hold for every step."""
    made, shared = list(steps), []
    for where in said.all("where"):
        step = _beside(said, where, chunks, steps)
        found = _of_step(said, where, made[step].events) if step is not None else None
        if found is None:
            continue
        mine = [f for f in found if not _everywhere(f)]
        shared += [f for f in found if _everywhere(f)]
        assert step is not None
        made[step] = replace(made[step], filters=(*made[step].filters, *mine))
        said.take(where)
    return tuple(made), tuple(shared)


def _beside(
    said: Said, where: Chunk, chunks: Sequence[Chunk], steps: Sequence[Series]
) -> int | None:
    """The step whose event stands just before or after a condition."""
    if len(chunks) != len(steps):
        return len(steps) - 1 if chunks and where.start >= chunks[-1].end else None
    before = [n for n, chunk in enumerate(chunks) if chunk.end <= where.start]
    after = [n for n, chunk in enumerate(chunks) if chunk.start == where.end]
    return after[0] if after else before[-1] if before else None


def _of_step(said: Said, where: Chunk, named: Sequence[str]) -> tuple[Filter, ...] | None:
    try:
        return filters(where.value, own(said.world, named), said.world)
    except Unsure:
        return None


def _everywhere(one: Filter) -> bool:
    """Whether every event has the property: those of people, and those that are set by itself."""
    name, holder = one.property.name, one.property.holder
    paths = name in ("$pathname", "$current_url")
    return holder != "event" or (
        (name.startswith(AUTOMATIC) or name.startswith("utm_")) and not paths
    )


def _around(
    said: Said,
    cue: Chunk,
    steps: Sequence[Series],
    properties: Properties,
    more: tuple[Filter, ...],
) -> Scope:
    around = scope(said, properties, unit=None)
    return replace(around, filters=(*around.filters, *more))


def _trend(said: Said, around: Scope) -> bool:
    growth = said.pop("growth")
    changing = said.pop("trend") or growth
    return bool(around.interval or changing or said.pop("yes_no"))


def _order(said: Said) -> Order:
    if said.pop("any_order"):
        return "unordered"
    said.pop("order")
    return "strict" if said.pop("strict") else "ordered"


def _report(said: Said, cue: Chunk) -> Report:
    if cue.kind == "time_to":
        mean = said.pop("agg", "avg") or said.has("agg", "avg")
        said.take(*said.all("agg"))
        return "average_time" if mean else "median_time"
    return "drop" if cue.value == "drop" else "steps"


def _take_cues(said: Said) -> None:
    said.take(
        *said.all(
            "funnel", "time_to", "then", "after", "share", "most_of", "people", "ratio", "agg",
            "distinct", "strict", "each_of", "other", "compare", "first", "active",
        )
    )  # fmt: skip


def default_window() -> Window:
    """PostHog's own."""
    return Window(14, "day")


__all__ = ["CUES", "funnel", "periods"]
