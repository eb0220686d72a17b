"""Questions about paths, sessions, recurring revenue, and people who did or did not do things."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from agent.planner.english import periods
from agent.planner.english.chunks import Chunk
from agent.planner.english.names import Link
from agent.planner.english.windows import everything
from agent.planner.english.words import name_words
from agent.planner.plan import (
    Breakdown,
    Filter,
    Math,
    Metric,
    Paths,
    Property,
    Recurring,
    Reply,
    Segment,
    Series,
    Sessions,
    Trends,
    Unfit,
    Unsure,
)
from agent.planner.reading import events
from agent.planner.reading.conditions import flags
from agent.planner.reading.groups import Event
from agent.planner.reading.properties import common, filters, own
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope
from agent.planner.reading.trends import trends

METRICS: dict[str, tuple[Metric, ...]] = {
    "bounce": ("bounce",), "duration": ("duration",), "pages": ("pages",), "entry": ("entry",),
    "exit": ("exit",), "entry_exit": ("entry", "exit"),
}  # fmt: skip
TRAFFIC = frozenset({"traffic", "visits", "visit"})


def paths(said: Said) -> Paths:
    """Read a question as one about what people do before or after something."""
    cue = said.first("paths")
    after = said.first("after", "then")
    if cue is None and not (after and _asks_what(said)):
        raise Unfit
    if cue and cue.value == "doing" and not (after or said.first("from", "to", "between", "op")):
        raise Unfit
    chunks = _points(said)
    if not chunks:
        raise Unsure(Reply("asked", "Paths from where? Name an event or a page."))
    made = [events.series(said, chunk.value) for chunk in chunks]
    said.take(*chunks)
    made = [_conditioned(said, one, n == 0) for n, one in enumerate(made)]
    if len(made) == 1:
        made = [events.with_filters(made[0], flags(said, own(said.world, made[0].events)))]
    start, end = _ends(said, chunks, made)
    said.take(
        *said.all(
            "paths",
            "after",
            "then",
            "people",
            "rank",
            "order",
            "active",
            "strict",
            "agg",
            "funnel",
            "anything",
        )
    )
    said.take(*(c for c in said.all("op") if c.value == "between"))
    around = scope(said, own(said.world, ()), splits=False)
    return Paths(replace(around, assumptions=tuple(said.assumptions)), start, end)


def _points(said: Said) -> list[Chunk]:
    """The ends of the paths: not the pages and screens in general that they lead over."""
    chunks = sorted((*said.all("event"), *_paths_said(said)), key=lambda chunk: chunk.start)
    said.take(*_paths_said(said))
    bare = [
        c
        for c in chunks
        if not c.value.conditions and c.value.links[0].name in ("$screen", "$pageview")
    ]
    if len(chunks) > 1 and len(bare) == 1 and not said.has("to"):
        said.take(*bare)
        return [c for c in chunks if c not in bare]
    return chunks


def _paths_said(said: Said) -> list[Chunk]:
    """Paths of pages that are said by themselves, as views of them."""
    return [
        replace(w, kind="event", value=Event((Link("$pageview", 1.0),), (w.value,)))
        for w in said.groups
        if w.kind == "where" and w.value.path and not w.value.links
    ]


def _conditioned(said: Said, one: Series, first: bool) -> Series:
    """A point of a path with the conditions that only its event can have."""
    if not first:
        return one
    mine = own(said.world, one.events)
    found = one.filters
    for where in said.all("where"):
        try:
            more = filters(where.value, mine, said.world)
        except Unsure:
            continue
        if all(f.property.holder == "event" and not f.property.name.startswith("$") for f in more):
            found = (*found, *more)
            said.take(where)
    return replace(one, filters=found)


def _asks_what(said: Said) -> bool:
    return said.tokens[0].word in ("what", "where", "which")


def _ends(
    said: Said, chunks: Sequence[Chunk], made: Sequence[Series]
) -> tuple[Series | None, Series | None]:
    if len(made) > 1:
        return made[0], made[-1]
    words = {said.tokens[i].word for i in range(max(0, chunks[0].start - 4), chunks[0].start)}
    before = said.before(chunks[0])
    ends = bool(
        {"up", "before", "to", "towards", "into", "lead", "leading", "leads"} & words
    ) or bool(before and before.kind == "to")
    return (None, made[0]) if ends else (made[0], None)


def sessions(said: Said) -> Sessions:
    """Read a question as one about sessions."""
    cues = said.all("session")
    metrics: tuple[Metric, ...] = tuple(m for cue in cues for m in METRICS[cue.value])
    counted = said.first("sessions") or _traffic(said)
    others = [one for one in said.all("event") if one is not counted]
    if not metrics and (counted is None or others):
        raise Unfit
    said.take(*cues, *said.all("sessions", "people"), counted)
    math, share = _math(said)
    said.take(*said.all("count", "each_of", "agg", "distinct"))
    without = (*_without_pages(said, metrics), *(_of_pages(said) if metrics else ()))
    paged = [metric for metric in metrics if metric in ("entry", "exit")]
    around = scope(said, common(said.world))
    around = replace(
        around,
        filters=(*(_entered(f) for f in around.filters), *without),
        breakdowns=tuple(_entered_by(b, metrics) for b in around.breakdowns),
        assumptions=tuple(said.assumptions),
        ranked=around.ranked or bool(paged),
    )
    return Sessions(around, metrics or ("count",), math, share)


def _of_pages(said: Said) -> tuple[Filter, ...]:
    """The bounce rate of the home page: sessions that begin there."""
    found = []
    for chunk in said.all("event"):
        if len(chunk.value.conditions) == 1 and chunk.value.conditions[0].path:
            told = filters(chunk.value.conditions[0], common(said.world), said.world)
            found += [_entered(one) for one in told]
            said.take(chunk)
    return tuple(found)


def _without_pages(said: Said, metrics: Sequence[Metric]) -> tuple[Filter, ...]:
    """Top exit pages without the home page."""
    found = []
    for no in said.all("not"):
        after = said.after(no)
        if after is None or after.kind != "event" or not after.value.conditions:
            continue
        (told,) = filters(after.value.conditions[0], common(said.world), said.world)
        side = "$exit_pathname" if "exit" in metrics else "$entry_pathname"
        said.take(no, after)
        found.append(replace(told, property=Property(side, "session"), operator="!="))
    return tuple(found)


def _traffic(said: Said) -> Chunk | None:
    """Traffic by channel counts sessions."""
    for chunk in said.all("event"):
        words = {said.tokens[i].word for i in range(chunk.start, chunk.end)}
        if words <= TRAFFIC:
            return chunk
    return None


def _math(said: Said) -> tuple[Math, float]:
    agg = said.first("agg")
    if agg is None:
        return "avg", 0.5
    if agg.value.startswith("p") and agg.value[1:].isdigit():
        return "percentile", int(agg.value[1:]) / 100
    return agg.value, 0.5


def _entered_by(one: Breakdown, metrics: Sequence[Metric]) -> Breakdown:
    """Pages whose bounce rate is asked for are those that sessions begin with."""
    paged = one.property is not None and one.property.name in ("$pathname", "$current_url")
    return Breakdown(Property("$entry_pathname", "session")) if paged and metrics else one


def _entered(one: Filter) -> Filter:
    """A page in a question about sessions is the page they begin with."""
    if one.property.name in ("$pathname", "$current_url"):
        return replace(one, property=Property("$entry_pathname", "session"))
    return one


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


def segment(said: Said) -> Segment:
    """Read a question as one about people who did some things and not others."""
    people = said.first("people")
    listed = said.first("people_list")
    chunks = said.all("event")
    rank = said.first("rank")
    best = rank is not None and people is not None and people.start == rank.end
    if best or (listed and rank):
        return _best_people(said)
    if not (people or listed) or not chunks:
        raise Unfit
    never = [c for c in chunks if _is_denied(said, c)]
    did = [c for c in chunks if c not in never]
    if not never and not listed and not any(c.value.times for c in did):
        raise Unfit
    share = said.first("share")
    made = [events.series(said, c.value) for c in did]
    missing = [events.series(said, c.value) for c in never]
    said.take(
        *chunks,
        *said.all(
            "people", "people_list", "share", "not", "never", "didnt", "count", "or", "distinct"
        ),
    )
    around = scope(said, own(said.world, made[0].events if made else ()))
    if not made and around.span.default:
        around = replace(around, span=replace(everything(), default=True))
    return Segment(
        replace(around, assumptions=tuple(said.assumptions)),
        tuple(made),
        tuple(missing),
        listed=listed is not None,
        share=share is not None,
    )


def _best_people(said: Said) -> Segment:
    """Top 5 members by revenue; the users with the most bookings."""
    rank = said.pop("rank")
    assert rank is not None
    measured = trends(said)
    said.take(*said.all("people_list", "people"))
    one = measured.series[0]
    if len(measured.series) != 1 or measured.formula or measured.scope.breakdowns or not one.events:
        raise Unsure(Reply("declined", "I can rank people by one figure of one event."))
    counted = replace(one, math="total" if one.math == "unique" else one.math)
    plain = Series(one.events, filters=one.filters)
    around = replace(
        measured.scope, ranked=True, limit=rank.value.limit, ascending=not rank.value.descending
    )
    return Segment(around, (plain,), listed=True, order=counted)


def _is_denied(said: Said, chunk: Chunk) -> bool:
    before = said.before(chunk)
    while before and before.kind in ("who", "people", "all", "to"):
        before = said.before(before)
    return bool(before and before.kind in ("not", "never", "didnt"))


def is_event_split(one: Breakdown) -> bool:
    """Whether results are split by the event itself."""
    return one.property is None and one.part is None
