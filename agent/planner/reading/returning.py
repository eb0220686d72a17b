"""Questions about coming back: retention, lifecycle, stickiness."""

from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.phrases import UNIT_WORDS, number_of
from agent.planner.english.windows import Unit, shift
from agent.planner.plan import (
    Lifecycle,
    Math,
    Reply,
    Retention,
    Series,
    Stickiness,
    Trends,
    Unfit,
    Unsure,
)
from agent.planner.reading import events
from agent.planner.reading.coming_back import ANY, done, ends
from agent.planner.reading.conditions import without_guests
from agent.planner.reading.properties import own
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope

PERIODS: dict[str, Unit] = {"d": "day", "w": "week", "m": "month"}
ABOUT_RETURNING = (
    "retention", "people", "share", "agg", "trend", "count", "each_of", "cohort", "active",
    "then", "distinct", "after", "pattern", "each", "paying",
)  # fmt: skip
ABOUT_STICKINESS = (
    "stickiness", "people", "count", "distribution", "active", "amount", "order", "rank",
    "unit", "agg", "share", "trend", "length",
)  # fmt: skip


def retention(said: Said) -> Retention:
    """Read a question as one about who comes back."""
    cue = said.first("retention") or said.first("nth_period")
    if cue is None or any(one.value in ("divide", "as") for one in said.all("share")):
        raise Unfit
    bare = said.text([cue]).lower() in ("still", "again")
    if bare and (said.has("growth") or not said.first("event") or not _later(said, cue)):
        raise Unfit
    if _names_event(said, cue) or _things_came(said, cue):
        raise Unfit
    period, intervals, report = _period(said)
    start, back = ends(said, cue)
    said.take(*said.all(*ABOUT_RETURNING))
    properties = own(said.world, start.events)
    around = without_guests(said, scope(said, properties, unit=period), properties)
    said.take(*said.all("first", "new", "other"))
    around = replace(around, interval=None, assumptions=tuple(dict.fromkeys(said.assumptions)))
    return Retention(around, start, back, period, intervals, report)


def _later(said: Said, cue: Chunk) -> bool:
    """“Still booking two weeks later”: done at some time after; “still unpaid” tells of now."""
    after = said.after(cue)
    timed = any(said.has(kind) for kind in LATER)
    return timed and after is not None and after.kind not in ("property", "opposite", "not")


LATER = ("after", "nth_period", "every", "length", "first", "each", "then", "cohort", "unit")
"""What tells when somebody is still there."""


def _things_came(said: Said, cue: Chunk) -> bool:
    """“Searches that came back with nothing”: it is said of what happened, not of people."""
    who = said.before(cue)
    what = said.before(who) if who and said.tokens[who.start].word in ("that", "which") else None
    return what is not None and what.kind == "event" and not what.value.doers


def _names_event(said: Said, cue: Chunk) -> bool:
    """“Daily returns”: goods that came back, in a project that has events of that name."""
    before = said.before(cue)
    counted = before is not None and before.kind == "count"
    others = said.first("people") or any(
        g.kind == "who" and said.tokens[g.start].word != "which" for g in said.groups
    )
    rate = said.tokens[cue.end - 1].word == "rate" and cue.end - cue.start == 2
    if (cue.end - cue.start > 1 and not rate) or (others and not counted):
        return False
    stem = said.tokens[cue.start].stem
    return any(stem in unit.parts for name in said.world.events.names for unit in name.units)


def _period(said: Said) -> tuple[Unit, int | None, tuple[int, ...]]:
    """Day 7, weekly, 30-day, after two weeks: the interval, how many, and which are asked for."""
    if later := _months_later(said):
        return later
    places = said.all("nth_period")
    said.take(*places)
    if len(places) == 2 and said.has("to") and places[0].value[0] == places[1].value[0]:
        unit = PERIODS[places[0].value[0]]
        first, last = places[0].value[1], places[1].value[1]
        said.take(*said.all("every"))
        return unit, last, tuple(range(first, last + 1))
    if places:
        unit = PERIODS[places[0].value[0]]
        numbers = tuple(one.value[1] for one in places)
        return unit, max(numbers) + 1, numbers
    if (lasting := _lasting(said)) is not None:
        return lasting
    length = said.first("length")
    every = said.first("every")
    if length and every and every.value == length.value[1]:
        said.take(length, every)
        return every.value, length.value[0], ()
    if length and length.value[1] in ("day", "week", "month"):
        said.take(length)
        count, unit = length.value
        if count > 1 or said.first("after"):
            return unit, count + (unit != "day") if count > 1 else None, (count,)
    every = said.first("every", "unit") or said.first("growth")
    said.take(*said.all("every", "growth"), every)
    return (every.value if every and every.value else "week"), None, ()


def _months_later(said: Said) -> tuple[Unit, int | None, tuple[int, ...]] | None:
    """“First order in January, again in February”: one month's newcomers, so many months later."""
    spans = said.all("span")
    if len(spans) != 2:
        return None
    first, last = (one.value for one in spans)
    whole = all(
        one.start and one.end and shift(one.start, "month", 1) == one.end for one in (first, last)
    )
    if not whole or first.start >= last.start:
        raise Unsure(Reply("declined", "I can follow the newcomers of one month into a later one."))
    said.take(spans[1])
    later = (last.start.year - first.start.year) * 12 + last.start.month - first.start.month
    return "month", later + 1, (later,)


def _lasting(said: Said) -> tuple[Unit, int | None, tuple[int, ...]] | None:
    """“For 14 days after they installed”: how long people are followed, rather than a period."""
    for chunk in said.all("span"):
        words = [said.tokens[i].word for i in range(chunk.start, chunk.end)]
        unit = UNIT_WORDS.get(words[-1])
        count = number_of(said.tokens[chunk.end - 2]) if len(words) > 1 else None
        if chunk.value.rolling and words[0] in ("for", "over") and count and len(words) == 3:
            said.take(chunk, *said.all("every"))
            assert unit is not None
            return unit, int(count), ()
    return None


def lifecycle(said: Said) -> Lifecycle:
    """Read a question as one about new, returning, resurrecting and dormant people."""
    cue = said.first("lifecycle")
    kinds = said.all("new", "returning", "active", "lifecycle", "dormant")
    if cue is None and len({one.kind for one in kinds} & {"new", "returning", "dormant"}) < 2:
        raise Unfit
    named = said.first("event")
    people = said.first("people")
    one = events.series(said, named.value) if named else _visitors(said, people)
    said.take(
        named,
        *said.all(
            "people",
            "lifecycle",
            "new",
            "returning",
            "active",
            "dormant",
            "vs",
            "compare",
            "retention",
            "or",
        ),
    )
    around = scope(said, own(said.world, one.events), splits=False)
    daily = next((c.value for c in said.groups if c.kind == "active" and c.value), None)
    unit = around.interval or daily or _suited(said, around.span)
    return Lifecycle(replace(around, interval=unit, assumptions=tuple(said.assumptions)), one)


def _suited(said: Said, span: object) -> Unit:
    from agent.planner.english import periods
    from agent.planner.english.windows import Span

    assert isinstance(span, Span)
    whole, _ = periods.bounded(span, said.world.clock)
    assert whole.start
    assert whole.end
    days = (whole.end - whole.start).days
    if "week" in span.label and days <= 7:
        return "week"
    return "day" if days <= 31 else "week" if days <= 200 else "month"


def _visitors(said: Said, people: Chunk | None) -> Series:
    """Visitors are those with page views, buyers those who buy; anybody else does anything."""
    if people and people.value.noun == "visitor":
        return Series(tuple(events.of_concept(said, "page_view")[:1]))
    return done(said, people)


def stickiness(said: Said) -> Stickiness | Trends:
    """Read a question as one about on how many days people are active."""
    cue = said.first("stickiness")
    amount = said.first("amount", "number", "times")
    days = said.first("unit", "span")
    counted = amount and days and said.first("people")
    if cue is None and not counted:
        raise Unfit
    named = said.all("event")
    one = events.series(said, named[0].value) if named else ANY
    said.take(*named, *said.all(*ABOUT_STICKINESS))
    around = scope(said, own(said.world, one.events), splits=False)
    least = int(amount.value.numbers[0]) if amount and amount.kind == "amount" else None
    unit = around.interval or "day"
    return Stickiness(
        replace(around, interval=unit, assumptions=tuple(said.assumptions)), one, least
    )


def dau_over(said: Said) -> Trends:
    """Read a question as one about daily active people as a share of weekly or monthly ones."""
    cue = said.pop("dau_over")
    if cue is None:
        raise Unfit
    said.take(
        *said.all(
            "active", "every", "people", "ratio", "share", "trend", "dau_over", "and", "stickiness"
        )
    )
    named = said.first("event")
    one = events.series(said, named.value) if named else ANY
    said.take(named)
    around = scope(said, own(said.world, one.events), unit="day")
    base: Math = "weekly_active" if cue.value == "week" else "monthly_active"
    series = (replace(one, math="unique"), replace(one, math=base))
    return Trends(replace(around, assumptions=tuple(said.assumptions)), series, "share")
