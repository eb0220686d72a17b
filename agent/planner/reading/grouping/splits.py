"""What results are split by, counted per, and ordered by."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from agent.planner.english.chunks import Chunk, joined, only
from agent.planner.reading.groups import Dimension, Rank


def each_span(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Each of the last 14 days: a period, and its unit as the interval."""
    each, span = chunks[0], chunks[-1]
    if span.value.unit is None:
        return None
    return [replace(each, kind="every", value=span.value.unit), span]


COUNTED: dict[str, Literal["people", "sessions", "cohort"]] = {
    "people": "people",
    "sessions": "sessions",
    "cohort": "cohort",
}
"""What things are counted per, or split by, without a property."""


def _dimension(chunk: Chunk) -> Dimension | None:
    if chunk.kind == "property":
        if chunk.value[0].name == "$session_id":
            return Dimension("sessions")
        return Dimension("property", chunk.value)
    if chunk.kind == "group":
        return Dimension("group", chunk.value)
    if chunk.kind in ("part", "unit"):
        return Dimension("part" if chunk.kind == "part" else "unit", chunk.value)
    if chunk.kind == "weekday":
        return Dimension("part", "weekday")
    if chunk.kind == "anything":
        return Dimension("event")
    return Dimension(COUNTED[chunk.kind]) if chunk.kind in COUNTED else None


def split(chunks: Sequence[Chunk]) -> Sequence[Chunk] | Chunk | None:
    """By country and plan; each week and city: splits, and intervals among them."""
    days = any(chunk.is_("part", "weekday", "") or chunk.kind == "weekday" for chunk in chunks)
    chunks = [replace(c, kind="part") if days and c.is_("unit", "hour") else c for c in chunks]
    found = [one for chunk in chunks if (one := _dimension(chunk))]
    units = [one for one in found if one.kind == "unit"]
    rest = tuple(one for one in found if one.kind != "unit")
    made = [joined(chunks, "split", rest)] if rest else []
    if units:
        every = joined(chunks, "every", units[0].value)
        made = [replace(every, weight=0.0), *made] if rest else [every]
    return made or None


def of_event(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """By cancellation reason: a property, and the event that has it."""
    made = split([chunks[0], chunks[2]])
    found = [made] if isinstance(made, Chunk) else list(made or ())
    return [chunks[1], *found] if chunks[1].kind == "event" else found


def after_colon(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Support tickets: topic and priority."""
    made = split(chunks[1:])
    if made is None:
        return None
    return [chunks[0], *([made] if isinstance(made, Chunk) else made)]


def told(chunks: Sequence[Chunk]) -> Chunk | None:
    """By medium (utm_medium): which property is meant, in brackets."""
    named = chunks[2].value[0].name
    (one,) = chunks[0].value if len(chunks[0].value) == 1 else (None,)
    if one is None or isinstance(one.value, str) or named not in {x.name for x in one.value}:
        return None
    return joined(chunks, "split", (Dimension("property", chunks[2].value),))


def or_not(chunks: Sequence[Chunk]) -> Chunk | None:
    """Contactless vs not, guests vs non guests: a flag, both ways."""
    if len({chunk.value[0].name for chunk in only(chunks, "property")}) > 1:
        return None
    return joined(chunks, "split", (Dimension("property", chunks[0].value),))


def taken_together(chunks: Sequence[Chunk]) -> Chunk:
    """All wikis together: no split, though its property is named."""
    return joined(chunks, "rounding_off", None)


def split_or_not(chunks: Sequence[Chunk]) -> Chunk:
    """By wiki and bot or not: a split by a flag is one both ways."""
    return replace(chunks[0], end=chunks[-1].end)


def one_by_one(chunks: Sequence[Chunk]) -> Sequence[Chunk] | Chunk | None:
    """Region by region, day by day: a split by what is said twice."""
    first, by, last = chunks
    if first.value != last.value:
        return None
    return split([replace(by, start=first.start), last])


def narrowed(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """By US state: a split, and a condition said within it."""
    where = only(chunks, "where")[0]
    made = split([chunk for chunk in chunks if chunk is not where])
    if made is None:
        return None
    return [where, *([made] if isinstance(made, Chunk) else made)]


def per(chunks: Sequence[Chunk]) -> Sequence[Chunk] | Chunk | None:
    """Per user and per session are ratios; per country is a split, per week an interval."""
    dimension = _dimension(chunks[-1])
    if chunks[-1].kind == "paying" or (chunks[-1].kind == "event" and chunks[-1].value.doers):
        return joined(chunks, "each_of", "people")
    if dimension is None:
        return None
    if dimension.kind in ("people", "sessions") and len(only(chunks, "per", "each")) == 1:
        return joined(chunks, "each_of", dimension.kind)
    return split(chunks)


def per_person(chunks: Sequence[Chunk]) -> Chunk | None:
    """Per booking member, per active user: a ratio by those who did it, or did anything."""
    who = chunks[1]
    if who.kind == "active":
        return joined(chunks, "each_of", "active") if who.value == "fn" else None
    return joined(chunks, "each_of", who.value)


def listed_splits(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Weekday by hour: the second of two splits, an hour being one of the day."""
    unit = chunks[-1].is_("unit", "hour")
    last = replace(chunks[-1], kind="part") if unit else chunks[-1]
    made = split([chunks[0], last])
    return [made] if isinstance(made, Chunk) else list(made or chunks)


def with_more(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """The ten studios with more bookings: those with the most of them."""
    number, noun, link, word = chunks
    if number.value.money or number.value.percent:
        return None
    rank = Rank(descending=word.value != "less", limit=int(number.value.value))
    return [replace(number, kind="rank", value=rank), noun, link]


def limited(chunks: Sequence[Chunk]) -> Chunk:
    """… and keep it to 15: how many rows of the order."""
    return joined(chunks, "limit", int(chunks[-1].value.value))


def rank(chunks: Sequence[Chunk]) -> Chunk | None:
    """Top 5, the 5 most popular, the second highest."""
    (order,) = only(chunks, "order")
    if order.value not in ("most", "least", "longest", "shortest", "fastest"):
        return None
    descending = order.value in ("most", "longest", "fastest")
    number = only(chunks, "number")
    place = only(chunks, "ordinal")
    limit = int(number[0].value.value) if number else None
    if limit is not None and (limit < 1 or number[0].value.percent or number[0].value.code):
        return None
    return joined(chunks, "rank", Rank(descending, limit, place[0].value if place else None))
