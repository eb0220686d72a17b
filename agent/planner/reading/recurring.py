"""Questions about monthly recurring revenue."""

from dataclasses import replace
from datetime import timedelta

from agent.planner.english import periods
from agent.planner.english.words import name_words
from agent.planner.plan import (
    Property,
    Recurring,
    Reply,
    Series,
    Trends,
    Unfit,
    Unsure,
)
from agent.planner.reading import events
from agent.planner.reading.properties import own
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope


def recurring(said: Said) -> Recurring | Trends:
    """Read a question as one about monthly recurring revenue."""
    if moved := _moved(said):
        return moved
    cue = said.first("mrr")
    if cue is None:
        raise Unfit
    said.take(cue)
    around = scope(said, own(said.world, events.of_concept(said, "subscribe")[:1]))
    whole, _ = periods.bounded(around.span, said.world.clock)
    long = whole.start and whole.end and whole.end - whole.start > timedelta(days=45)
    unit = around.interval or ("month" if long and not around.breakdowns else None)
    return Recurring(replace(around, interval=unit, assumptions=tuple(said.assumptions)))


def _moved(said: Said) -> Trends | None:
    """Expansion MRR, MRR lost to cancellations: what one kind of event added or took."""
    cue = said.pop("mrr_move")
    named = said.first("event")
    if cue is None:
        return None
    word = cue.value
    found = events.of_idea(said, word)
    if named is not None:
        one = events.series(said, named.value, lambda event: bool(_monthly(said, event)))
        found = list(one.events)
        said.take(named)
    found = [event for event in found if _monthly(said, event)]
    said.take(*said.all("mrr", "people"))
    if len(found) != 1:
        raise Unsure(Reply("asked", "Which event tells of that change in recurring revenue?"))
    one = Series((found[0],), "sum", _monthly(said, found[0]))
    around = scope(said, own(said.world, one.events))
    said.assumptions.append(f"taken from {one.property.name if one.property else ''} of {found[0]}")
    return Trends(replace(around, assumptions=tuple(said.assumptions)), (one,))


def _monthly(said: Said, event: str) -> Property | None:
    """The property of an event that is an amount of recurring revenue."""
    found = [
        prop
        for name, prop in own(said.world, (event,)).items()
        if prop.numeric and {"mrr", "arr"} & set(name_words(name))
    ]
    return found[0] if len(found) == 1 else None
