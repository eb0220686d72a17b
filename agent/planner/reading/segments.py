"""Questions about people by what they did and did not."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.windows import Span, everything
from agent.planner.plan import (
    Reply,
    Segment,
    Series,
    Unfit,
    Unsure,
)
from agent.planner.reading import events
from agent.planner.reading.properties import own
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope
from agent.planner.reading.trends import trends


def segment(said: Said) -> Segment:
    """Read a question as one about people who did some things and not others."""
    people = said.first("people")
    listed = said.first("people_list")
    chunks = said.all("event")
    rank = said.first("rank")
    best = rank is not None and people is not None and _ranks(said, people, rank)
    if best or (listed and rank):
        return _best_people(said)
    if not (people or listed) or not chunks:
        raise Unfit
    never = [c for c in chunks if _is_denied(said, c)]
    did = [c for c in chunks if c not in never]
    periods = _own_periods(said) if len(did) == 1 and len(never) < 2 else ()
    if periods and not never:
        never = did
    if not never and not listed and not any(c.value.times for c in did):
        raise Unfit
    share = said.first("share")
    made = [events.series(said, c.value) for c in did]
    missing = [events.series(said, c.value) for c in never]
    if periods:
        made, missing = _within(made, periods[0]), _within(missing, periods[1])
    _refuse_impossible(made, missing)
    said.take(
        *chunks,
        *said.all(
            "people", "people_list", "share", "not", "never", "didnt", "count", "or", "distinct"
        ),
    )
    around = scope(said, own(said.world, made[0].events if made else ()))
    if periods:
        around = replace(around, span=_both(*periods))
    if not made and around.span.default:
        around = replace(around, span=replace(everything(), default=True))
    return Segment(
        replace(around, assumptions=tuple(said.assumptions)),
        tuple(made),
        tuple(missing),
        listed=listed is not None,
        share=share is not None,
    )


def _refuse_impossible(did: Sequence[Series], never: Sequence[Series]) -> None:
    """Nobody has done a thing and never done it."""
    if any(replace(one, times=None) == replace(no, times=None) for one in did for no in never):
        raise Unsure(Reply("declined", "Nobody can have done a thing and never have done it."))


def _own_periods(said: Said) -> tuple[Span, ...]:
    """“Booked in October but not in November”: when it was done, and when it was not."""
    spans = said.all("span")
    if len(spans) != 2:
        return ()
    between = {one.kind for one in said.between(*spans)}
    first, last = (one.value for one in spans)
    bounded = first.start and first.end and last.start and last.end
    if not between & {"not", "never", "didnt"} or not bounded:
        return ()
    said.take(*spans)
    return first, last


def _within(found: Sequence[Series], span: Span) -> list[Series]:
    return [replace(one, span=span) for one in found]


def _both(first: Span, last: Span) -> Span:
    """From the beginning of the earlier period to the end of the later one."""
    starts, ends = (first.start, last.start), (first.end, last.end)
    label = f"{first.label} and {last.label}"
    return Span(min(filter(None, starts)), max(filter(None, ends)), label)


def _ranks(said: Said, people: Chunk, rank: Chunk) -> bool:
    """Top 5 members; the customers with the highest spend."""
    if people.start == rank.end:
        return True
    if people.value.noun == "someone" and people.start == 0:
        return said.first("event") is not None
    after = people.end <= rank.start
    return after and {one.kind for one in said.between(people, rank)} in ({"with"}, {"who"}, {"by"})


def _best_people(said: Said) -> Segment:
    """Top 5 members by revenue; the users with the most bookings."""
    rank, *more = said.all("rank")
    said.take(rank, *(one for one in more if one.value.descending == rank.value.descending))
    limits = [one.value.limit for one in (rank, *more) if one.value.limit]
    limit = limits[0] if limits else _how_many(said)
    measured = trends(said)
    said.take(*said.all("people_list", "people"))
    one = measured.series[0]
    if len(measured.series) != 1 or measured.formula or measured.scope.breakdowns or not one.events:
        raise Unsure(Reply("declined", "I can rank people by one figure of one event."))
    counted = replace(one, math="total" if one.math == "unique" else one.math)
    plain = Series(one.events, filters=one.filters)
    around = replace(measured.scope, ranked=True, limit=limit, ascending=not rank.value.descending)
    return Segment(around, (plain,), listed=True, order=counted)


def _how_many(said: Said) -> int | None:
    """“25 customers with …”: the number before the people."""
    for number in said.all("number"):
        after = said.after(number)
        if after and after.kind == "people":
            said.take(number)
            return int(number.value.value)
    return None


def _is_denied(said: Said, chunk: Chunk) -> bool:
    before = said.before(chunk)
    while before and before.kind in ("who", "people", "all", "to"):
        before = said.before(before)
    return bool(before and before.kind in ("not", "never", "didnt"))
