"""Events and people with what is said of them: how often, which time, or another event."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk, joined, only
from agent.planner.english.words import name_words
from agent.planner.plan import Times
from agent.planner.reading.groups import Event

PAGES = ("$pathname", "$current_url", "$screen_name", "pathname", "path", "page")


def object_times(chunks: Sequence[Chunk]) -> Chunk | None:
    """Booked more than 8 classes: so many times, of the thing that the event is about."""
    event, amount, named = chunks
    thing = named.value[0].name.lower()
    plain = not (amount.value.money or amount.value.seconds or len(amount.value.numbers) > 1)
    views = {word for one in event.value.links for word in name_words(one.name)}
    pages = thing in PAGES and bool(views & {"pageview", "view", "screen"})
    if not plain or not (
        pages or re.search(r"(?:_|\b)id$|[a-z]Id$", thing if "_" in thing else named.value[0].name)
    ):
        return None
    times = Times(amount.value.operator, int(amount.value.numbers[0]))
    return joined(chunks, "event", replace(event.value, times=times))


def ellipsis(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Bookings started, completed and cancelled: endings of what was named before."""
    first, ending = chunks[0].value, chunks[-1]
    noun = set(name_words(first.links[0].name))
    links = tuple(
        replace(link, score=max(link.score, 0.7))
        for link in ending.value
        if noun & set(name_words(link.name))
    )
    if not links:
        return None
    return [*chunks[:-1], replace(ending, kind="event", value=Event(links))]


def leading(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Created vs edited pages: an ending of what is named after it."""
    made = ellipsis([chunks[2], chunks[1], chunks[0]])
    return [made[-1], *chunks[1:]] if made else None


def around(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Which notification campaign is opened: an event whose words stand around a property."""
    made = ellipsis([chunks[0], chunks[-1]])
    return [chunks[1], made[-1]] if made else None


def of_kind(chunks: Sequence[Chunk]) -> Chunk | None:
    """Opened at least one notification: the ending before what it is of."""
    made = ellipsis([chunks[1], chunks[0]])
    if not made:
        return None
    links = made[-1].value.links
    return joined(chunks, "event", replace(chunks[1].value, links=links))


def listed(chunks: Sequence[Chunk]) -> Chunk | None:
    """Downloads: started, …: the noun before the colon is what all of them are of."""
    made = ellipsis(chunks)
    return made[-1] if made else None


def narrowed(chunks: Sequence[Chunk]) -> Chunk | None:
    """Cancellations (bookings): which of the events of that name, told in brackets."""
    event, told = chunks[0].value, chunks[2].value
    kind = set(name_words(told.links[0].name))
    links = tuple(link for link in event.links if kind & set(name_words(link.name)))
    return joined(chunks, "event", replace(event, links=links)) if links else None


def left_out(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    """Bots excluded: a flag that must not be set."""
    flag, out = chunks[0], chunks[-1]
    return [replace(out, kind="not"), replace(flag, start=out.start, end=out.end)]


def divided(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    """Returned lines over purchased lines: one divided by the other."""
    return [replace(chunks[1], kind="ratio", start=chunks[0].start), *chunks[::2]]


def becoming(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """… to subscriber; becoming a customer: people who are such by paying."""
    if chunks[1].value.noun not in ("subscrib", "custom", "buyer", "pay", "purchas"):
        return None
    return [chunks[0], replace(chunks[1], kind="paying", value=None)]


def which_people(chunks: Sequence[Chunk]) -> Chunk:
    """New users, active members."""
    told = {"new" if one.kind == "first" else one.kind: True for one in chunks[:-1]}
    return joined(chunks, "people", replace(chunks[-1].value, **told))


def first_event(chunks: Sequence[Chunk]) -> Chunk:
    """Their first booking."""
    return joined(chunks, "event", replace(chunks[-1].value, first=True))


def nth_event(chunks: Sequence[Chunk]) -> Chunk | None:
    """Their third AI plan."""
    place = {"second": 2, "third": 3}.get(chunks[0].kind) or chunks[0].value
    return joined(chunks, "event", replace(chunks[-1].value, nth=place))


def often(chunks: Sequence[Chunk]) -> Chunk | None:
    """Booked at least 3 times; 3 or more bookings."""
    (event,) = only(chunks, "event")
    times = next((c.value for c in only(chunks, "times")), None)
    amount = next((c.value for c in only(chunks, "amount")), None)
    if amount is not None:
        if (amount.operator, amount.numbers) in ((">=", (1,)), (">", (0,))):
            return joined(chunks, "event", event.value)
        if amount.money or amount.seconds or len(amount.numbers) > 1:
            return None
        times = Times(amount.operator, int(amount.numbers[0]))
    return joined(chunks, "event", replace(event.value, times=times))


def finishing(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Starting a booking to finishing it."""
    return ellipsis([chunk for chunk in chunks if chunk.kind != "it"])


def either(chunks: Sequence[Chunk]) -> Chunk | None:
    """Booked or attended a class."""
    first, second = chunks[0].value, chunks[-1].value
    if first.links[0].name == second.links[0].name:
        return joined(chunks, "event", first)
    return joined(chunks, "event", replace(first, other=(*first.other, second)))
