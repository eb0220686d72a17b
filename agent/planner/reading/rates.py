"""Rates and shares: one figure as a part of another."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agent.planner.english.chunks import Chunk
from agent.planner.english.names import read_name
from agent.planner.plan import Filter, Reply, Series, Unsure
from agent.planner.reading import events, fitting, numbers
from agent.planner.reading.conditions import conditions, flags, merged
from agent.planner.reading.counts import how_together
from agent.planner.reading.filters import filters
from agent.planner.reading.groups import Event
from agent.planner.reading.measured import Measure
from agent.planner.reading.properties import own
from agent.planner.reading.said import Said

BEGUN = ("begin", "apply", "send", "invite", "view", "create", "open")
"""Ideas of what a thing is before it ends, well or badly."""

ENDED = ("finish", "pay", "buy", "book", "subscribe")
UNDONE = ("cancel", "refund", "return", "remove", "delete", "uninstall")
"""Ideas of what can only happen to what was done before."""


def rate(said: Said) -> Measure | None:
    """“Cancellation rate”: an event as a share of what it can happen to."""
    cue = said.first("rate")
    before = said.before(cue) if cue else None
    if cue and before and _is_title(said, cue):
        said.take(cue, before, said.after(cue))
        return None
    if cue is None or before is None or before.end != cue.start or said.first("each_of"):
        return None
    if before.kind == "property" and before.value[0].name.startswith("$"):
        return None
    if before.kind in ("property", "opposite", "where"):
        return _of_what_is(said, cue, before)
    if before.kind != "event":
        return None
    one = events.series(said, before.value, fitting.fits(said))
    base = _base(said, one.events[0])
    said.take(cue, before)
    said.assumptions.append(f"the rate is {one.events[0]} as a share of {' and '.join(base)}")
    return Measure((one, replace(one, events=base, filters=())), "share")


def _is_title(said: Said, cue: Chunk) -> bool:
    """“Error rate: errors per view”, “return rate = …”: a name for what is told after it."""
    after = said.after(cue)
    if after is None or not (after.kind == "colon" or after.is_("op", "=")):
        return False
    return len([c for c in said.all("event") if c.start >= after.end]) > 1


def _tried(said: Said, event: str) -> tuple[str, ...]:
    """A failure and the success it stands beside: all that was tried."""
    kin = [
        n.name
        for n in said.world.events.names
        if n.name != event and n.factor == 1.0 and events.akin(n.name, event)
    ]
    good = [name for name in events.living(said, kin) if read_name(name).has("finish") >= 0.2]
    return (event, good[0]) if len(good) == 1 else ()


def _of_what_is(said: Said, cue: Chunk, part: Chunk) -> Measure | None:
    """“AI plan accept rate”: the share of an event that a flag or a value marks."""
    named = said.first("event")
    if named is not None:
        whole = events.series(said, named.value, fitting.fits(said))
    elif (only := numbers.only_holder(said)) is not None:
        whole = only
    else:
        return None
    properties = own(said.world, whole.events)
    found = (
        filters(part.value, properties, said.world)
        if part.kind == "where"
        else flags(said, properties)
    )
    if not found:
        if part.kind == "property" and not said.first("ratio", "vs", "agg"):
            words = said.text([part, cue])
            raise Unsure(Reply("asked", f"{words}: which event as a share of which?"))
        return None
    said.take(cue, part, named)
    return Measure((replace(whole, filters=(*whole.filters, *found)), whole), "share")


def _base(said: Said, event: str) -> tuple[str, ...]:
    """What an event is a share of: what was done before it was undone, or what began."""
    name = read_name(event)
    undone = any(name.has(idea) for idea in UNDONE)
    if name.has("fail") and (both := _tried(said, event)):
        return both
    kin = [
        n
        for n in said.world.events.names
        if n.name != event and n.factor == 1.0 and events.akin(n.name, event)
    ]
    for idea in ENDED if undone else BEGUN:
        found = [n.name for n in kin if n.has(idea) and not any(n.has(bad) for bad in UNDONE)]
        alive = events.living(said, found)
        if len(alive) == 1:
            return (alive[0],)
    failed = [n.name for n in kin if n.has("fail")]
    if not undone and len(failed) == 1 and name.has("finish"):
        return (event, failed[0])
    if undone:
        for idea in ENDED[1:]:
            if found := events.of_concept(said, idea):
                return (found[0],)
    raise Unsure(Reply("asked", f"{event} as a share of what? Name what it is divided by."))


# --- shares ---------------------------------------------------------------------------------------


def share(said: Said) -> Measure:
    """Which part of the people or events."""
    cues = said.all("share", "most_of")
    cue = next((c for c in cues if c.value in ("divide", "as")), cues[0])
    said.take(cue)
    people = said.first("people")
    named = said.all("event")
    if (sessions := said.first("sessions")) and len(named) == 1 and sessions.start < named[0].start:
        said.take(sessions, named[0])
        one = replace(events.series(said, named[0].value), math="sessions", times=None)
        return Measure((one, Series(math="sessions")), "share")
    if cue.value in ("divide", "as"):
        return _divided(said, cue)
    if (number := numbers.number(said)) and number.start >= cue.end:
        return _conditioned(said, cue, numbers.calculated(said, number, "sum"))
    if (every := said.first("anything")) and not people:
        return _of_everything(said, cue, every)
    if people and (not named or people.start < named[0].start):
        return _of_people(said, cue, people)
    return _of_events(said, cue)


def _of_everything(said: Said, cue: Chunk, every: Chunk) -> Measure:
    """Which part of all events is one of them, or meets a condition."""
    named = said.all("event")
    said.take(every, *named)
    if len(named) > 1:
        raise Unsure(what_share())
    if named:
        return Measure((events.series(said, named[0].value), Series()), "share")
    return _conditioned(said, cue, Series())


def _divided(said: Said, cue: Chunk) -> Measure:
    """A divided by B; A as a percentage of B."""
    before = [c for c in said.all("event", "people") if c.end <= cue.start]
    after = [c for c in said.all("event", "people") if c.start >= cue.end]
    said.take(*said.all("share"))
    if not before or not after:
        raise Unsure(what_share())
    if cue.value == "divide":
        told = {c.value.links[0].name for c in (before[-1], after[0]) if c.kind == "event"}
        again = [c for c in before[:-1] if c.kind == "event" and c.value.links[0].name in told]
        said.take(*again)
        before = [c for c in before if c not in again][-2:]
    if cue.value == "as" and len(before) > 1 and not listed(said, before):
        raise Unsure(what_share())
    whole = _side(said, after)
    sides = [[one] for one in before] if cue.value == "as" else [before]
    parts = [_side(said, one) for one in sides]
    said.take(*said.all("rate", "and"))
    if cue.value == "as" and all(one == whole for one in parts):
        parts = [_narrowed(said, cue, one) for one in parts]
    return Measure((*parts, whole), "share")


def listed(said: Said, chunks: Sequence[Chunk]) -> bool:
    """Whether things stand side by side: starts and ends as a share of …."""
    return all(
        {"and", "comma", "or", "slash"} & {one.kind for one in said.between(first, last)}
        for first, last in pairwise(chunks)
    )


def _narrowed(said: Said, cue: Chunk, one: Series) -> Series:
    """“Minor edits as a share of all edits”: what stands before the cue holds for the part."""
    before = said.part([g for g in said.groups if g.end <= cue.start])
    found = conditions(before, own(said.world, one.events))
    if not found:
        raise Unsure(what_share())
    return events.with_filters(one, found)


def _side(said: Said, chunks: Sequence[Chunk]) -> Series:
    said.take(*chunks)
    named = next((c for c in chunks if c.kind == "event"), None)
    people = any(c.kind == "people" for c in chunks)
    one = events.series(said, named.value) if named else Series()
    if named and said.has("in_money"):
        return numbers.money_of(said, named)
    return replace(one, math="unique" if people else "total")


def _of_people(said: Said, cue: Chunk, people: Chunk) -> Measure:
    said.take(people)
    named = said.all("event")
    if len(named) > 1:
        raise Unsure(what_share())
    whole = Series((), "unique")
    if named:
        said.take(named[0])
        return Measure(
            (replace(events.series(said, named[0].value), math="unique"), whole), "share"
        )
    return _conditioned(said, cue, whole)


def _of_events(said: Said, cue: Chunk) -> Measure:
    """Share of orders that are cancelled; share of signups from invites."""
    chunks = said.all("event")
    named = [events.series(said, chunk.value, fitting.fits(said)) for chunk in chunks[:1]]
    named += [events.series(said, _of_kin(c.value, named[0])) for c in chunks[1:]]
    said.take(*chunks)
    if len(named) == 2 and named[1].events == named[0].events:
        if named[1].first:
            return _first_ones(said, named[0])
        del named[1]
    if len(named) == 2 and not events.akin(named[0].events[0], named[1].events[0]):
        raise Unsure(how_together(named[0].events[0], named[1].events[0]))
    if len(named) == 2:
        return Measure((named[1], named[0]), "share")
    if len(named) != 1:
        raise Unsure(what_share())
    if _befallen(said, chunks[0], named[0]):
        base = _base(said, named[0].events[0])
        return Measure((named[0], replace(named[0], events=base, filters=())), "share")
    return _conditioned(said, cue, named[0])


def _befallen(said: Said, chunk: Chunk, one: Series) -> bool:
    """“Percentage of orders cancelled”: what became of a part of them, without a condition."""
    done = said.tokens[chunk.end - 1].word.endswith("ed") and not said.first("where")
    name = read_name(one.events[0])
    return done and any(name.has(idea) for idea in (*UNDONE, "fail"))


def _first_ones(said: Said, whole: Series) -> Measure:
    """Which bookings are first bookings: those that a flag of theirs marks."""
    properties = own(said.world, whole.events)
    flag = next((p for n, p in properties.items() if p.kind == "Boolean" and "first" in n), None)
    if flag is None:
        raise Unsure(what_share())
    part = replace(whole, filters=(*whole.filters, Filter(flag, "=", (True,))))
    return Measure((part, whole), "share")


def _of_kin(event: Event, whole: Series) -> Event:
    """An event that is said by its end alone is one of the same thing."""
    kin = tuple(link for link in event.links if events.akin(link.name, whole.events[0]))
    return replace(event, links=kin) if kin else event


def _conditioned(said: Said, cue: Chunk, whole: Series) -> Measure:
    """The share that conditions leave; those said before the cue hold for both sides."""
    properties = own(said.world, whole.events)
    wheres = [c for c in said.all("where") if c.start >= cue.end]
    found = merged([f for c in wheres for f in filters(c.value, properties, said.world)])
    found = found or tuple(flags(said, properties))
    compared = any(c.value.contrast for c in wheres) or said.has("vs") or said.has("breakdown")
    if not found or (compared and len(found) == 1 and len(found[0].values) > 1):
        plain = said.first("split") and not said.first("decline", "increase", "ending", "opposite")
        if (not found and plain) or (found and said.has("vs")):
            return Measure((whole,))
        raise Unsure(what_share())
    said.take(*wheres)
    return Measure((replace(whole, filters=(*whole.filters, *found)), whole), "share")


def what_share() -> Reply:
    """Ask what is a share of what."""
    return Reply("asked", "The share of what in what? Name both, as in “share of A that are B”.")
