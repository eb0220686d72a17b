"""Questions about numbers: how many, how much, over time, by what, compared with what."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english import periods
from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import read_name
from agent.planner.english.windows import Span, Unit, back, shift
from agent.planner.plan import (
    Reply,
    Scope,
    Series,
    Trends,
    Unfit,
    Unsure,
)
from agent.planner.reading import events, numbers, recast
from agent.planner.reading.conditions import conditions, without_guests
from agent.planner.reading.figures import divided, figures
from agent.planner.reading.measured import Measure
from agent.planner.reading.properties import Properties, own
from agent.planner.reading.rates import share
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope


def trends(said: Said) -> Trends:
    """Read a question as counts or calculations."""
    if _are_one_group(said):
        raise Unfit
    if any(c.value in ("day", "week", "month") for c in said.all("active")):
        return _active(said)
    recast.unsplit(said)
    recast.hours(said)
    yes_no = bool(said.first("most_of"))
    each = _each(said)
    found = divided(said) or (share(said) if said.first("share", "most_of") else figures(said))
    _refuse_times(found)
    named = tuple(e for one in found.series for e in one.events)
    properties = own(said.world, named[:1] if len(found.series) == 1 else named)
    said.events, said.anything = named, not named
    if said.first("other") and len(found.series) == 1:
        found = _against_the_rest(said, found, properties)
    around = _scope(said, properties, found)
    if said.spread:
        around = replace(around, breakdowns=(said.spread, *around.breakdowns))
    _take_objects(said, named)
    made = _finished(said, found, around, yes_no=yes_no)
    return replace(made, each=each, scope=replace(made.scope, interval=None)) if each else made


def _take_objects(said: Said, named: Sequence[str]) -> None:
    """“How many classes does a member attend”: the thing that an event is about."""
    properties = own(said.world, named)
    for chunk in said.all("property"):
        before = said.before(chunk)
        kinds = {"rank", "order", "amount"} | ({"count"} if said.has("people") else set())
        counted = before is not None and (before.kind in kinds or _is_beside(before, chunk))
        stem = said.tokens[chunk.end - 1].stem
        told = any(stem in unit.parts for event in named for unit in read_name(event).units)
        thing = told or any(numbers.identifies(n, stem) for n in properties)
        if counted and named and thing and chunk.end - chunk.start == 1:
            said.take(chunk)
    for chunk in said.all("group"):
        before = said.before(chunk)
        told = any(numbers.identifies(n, chunk.value[0].name) for n in properties)
        if before and before.kind in ("to", "of", "from", "for") and told:
            said.take(chunk)


def _is_beside(where: Chunk, thing: Chunk) -> bool:
    """“Running classes”: the thing that a value tells more of."""
    if where.kind != "where" or where.end != thing.start:
        return False
    return any(v.property.holder == "event" for v in where.value.found)


def _refuse_times(found: Measure) -> None:
    """“Products bought more than 100 times”: so often is said of people, not of events."""
    if any(one.times and one.math == "total" for one in found.series):
        told = "How often can be asked of people: “how many people did it more than twice”."
        raise Unsure(Reply("declined", told))


def _are_one_group(said: Said) -> bool:
    """People who did A and B: one group of people, rather than two counts."""
    who, named = said.first("who"), said.all("event")
    if who is None or len(named) < 2:
        return False
    before = said.before(who)
    between = [g.kind for g in said.between(named[0], named[-1])]
    return bool(
        before
        and before.kind == "people"
        and who.end <= named[0].start
        and set(between) <= {"and", "who", "event", "comma"}
    )


def _each(said: Said) -> Unit | None:
    """“Bookings per day on average”: the unit that counts are averaged over."""
    mean = next((c for c in said.all("agg") if c.value == "avg"), None)
    every = said.all("every")
    if mean is None or len(every) != 1 or not said.first("event") or said.first("each_of"):
        return None
    if said.first("people", "sessions", "order_value") or numbers.number(said):
        return None
    said.take(mean, *every)
    unit: Unit = every[0].value
    return unit


def _against_the_rest(said: Said, found: Measure, properties: Properties) -> Measure:
    """“From invites versus other signups”: those with a condition beside those without."""
    (one,) = found.series
    told = conditions(said, properties)
    if len(told) != 1 or not (said.has("vs") or said.has("compare")):
        raise Unsure(Reply("declined", "I can compare one condition with the rest."))
    said.take(*said.all("other", "vs", "compare", "event", "people"))
    opposite = {"=": "!=", "!=": "=", "set": "not set", "contains": "not contains"}
    first = told[0]
    if first.operator not in opposite:
        raise Unsure(Reply("declined", "I can compare one condition with the rest."))
    if isinstance(next(iter(first.values), None), bool):
        rest = replace(first, values=(not first.values[0],))
    else:
        rest = replace(first, operator=opposite[first.operator])  # type: ignore[arg-type]
    return Measure(tuple(replace(one, filters=(*one.filters, f)) for f in (first, rest)))


def _active(said: Said) -> Trends:
    """Daily, weekly and monthly active people."""
    cue = next(c for c in said.all("active") if c.value in ("day", "week", "month"))
    said.take(cue, *said.all("people"))
    named = said.first("event")
    doing = lexicon().doing.get(said.tokens[cue.end - 1].stem, "buy")
    seen = events.of_concept(said, doing)[:1] if doing and doing != "buy" else []
    one = (
        replace(events.series(said, named.value), math="unique")
        if named
        else Series(tuple(seen), "unique")
    )
    said.take(named)
    around = _scope(said, own(said.world, one.events), Measure((one,)))
    unit: Unit = cue.value
    plain = around.interval is None and not said.has("trend")
    if unit == "month" and plain and around.span.default:
        around = replace(around, span=back(30, "day", said.world.clock, "the last 30 days"))
    else:
        around = replace(around, interval=around.interval or unit)
    return _finished(said, Measure((one,)), around)


# --- around it ------------------------------------------------------------------------------------


def _scope(said: Said, properties: Properties, found: Measure) -> Scope:
    """Everything around the measure."""
    around = scope(said, properties)
    people = any(one.math in ("unique", "first_time") for one in found.series)
    return without_guests(said, around, properties) if people else around


def _with_former(said: Said, one: Series, around: Scope) -> Series:
    """An event that was renamed within the period, with the name it had before."""
    whole, _ = periods.bounded(around.span, said.world.clock)
    old = [
        name
        for event in one.events
        for name in said.world.former.get(event, ())
        if name not in one.events
        and whole.start
        and (last := said.world.last_seen.get(name))
        and last >= whole.start
    ]
    if not old:
        return one
    said.assumptions.append(f"{' and '.join(old)} is counted too, the name it had before")
    return replace(one, events=(*one.events, *old))


def _finished(said: Said, found: Measure, around: Scope, *, yes_no: bool = False) -> Trends:
    found = replace(found, series=tuple(_with_former(said, one, around) for one in found.series))
    several = said.all("growth")
    growth = next((g for g in several if g.value), next(iter(several), None))
    said.take(*several, *(said.all("time_to") if growth else ()))
    if growth and growth.value == "year" and around.interval not in (None, "year"):
        before = periods.previous(around.span, "year", 1, said.world.clock)
        around = replace(around, compare=around.compare or before)
    elif growth and not around.interval and (halves := _halves(around.span)):
        around = replace(around, span=halves[1], compare=around.compare or halves[0])
    elif growth and growth.value:
        around = replace(around, interval=around.interval or growth.value)
    around = _changing(said, around, growth)
    if growth and not around.interval and not around.compare:
        before = periods.previous(around.span, None, 1, said.world.clock)
        around = replace(around, compare=before)
    natural = _natural(said, found, around)
    around = replace(around, interval=around.interval or natural)
    said.take(*(c for c in said.all("unit") if c.value == around.interval))
    gaps, peak = _gaps(said), _peak(said)
    unit = gaps or peak
    _refuse_unranked(around, unit)
    return Trends(
        replace(
            around,
            interval=unit or around.interval,
            assumptions=tuple(dict.fromkeys(said.assumptions)),
        ),
        found.series,
        found.formula,
        cumulative=said.pop("cumulative") is not None,
        growth=growth is not None,
        gaps=gaps is not None,
        peak=peak is not None,
        yes_no=yes_no,
    )


def _halves(span: Span) -> tuple[Span, Span] | None:
    """“From Q2 to Q3”: two whole units, of which the later is set against the earlier."""
    if span.start is None or span.end is None or " to " not in span.label:
        return None
    first, last = span.label.split(" to ", 1)
    for unit in ("day", "week", "month", "quarter", "year"):
        middle = shift(span.start, unit, 1)
        if shift(middle, unit, 1) == span.end:
            return Span(span.start, middle, first), Span(middle, span.end, last)
    return None


def _changing(said: Said, around: Scope, growth: Chunk | None) -> Scope:
    """The worst decline, the biggest increase: ranked by the change between two periods."""
    moved = said.first("decline", "increase")
    if moved is None and growth and around.ranked and around.breakdowns and not around.interval:
        moved = growth
    if moved is None:
        return around
    said.take(moved, *said.all("rank", "order"))
    compare = around.compare or periods.previous(around.span, None, 1, said.world.clock)
    return replace(around, compare=compare, ranked=True, ascending=moved.kind == "decline")


def _natural(said: Said, found: Measure, around: Scope) -> Unit | None:
    """The interval of a figure that is asked for bare: “signups last 7 days”."""
    span = around.span
    asks = ("count", "much", "share", "ratio", "agg", "rank", "part", "order_value", "rate")
    if (
        found.formula
        or any(said.has(kind) for kind in asks)
        or around.breakdowns
        or around.compare
        or len(found.series) > 1
        or span.default
    ):
        return None
    first = said.groups[0] if said.groups else None
    bare = first and first.kind in ("event", "property", "where") and first.start == 0
    bare = bare and not around.filters
    whole, _ = periods.bounded(span, said.world.clock)
    assert whole.start
    assert whole.end
    days = (whole.end - whole.start).days
    money = found.series[0].math == "sum" and days > 100
    if money or (bare and span.rolling and days >= 2):
        return periods.default_interval(span, said.world.clock)
    return None


def _gaps(said: Said) -> Unit | None:
    """“Any week with no orders”."""
    unit, no = said.first("unit"), said.first("not", "never")
    if unit and no and said.groups.index(no) - said.groups.index(unit) in (1, 2):
        said.take(unit, no)
        found: Unit = unit.value
        return found
    return None


def _peak(said: Said) -> Unit | None:
    """“Which month had the most”."""
    unit = said.first("unit")
    if unit and said.has("rank") and unit.value != "hour":
        said.take(unit)
        found: Unit = unit.value
        return found
    return None


def _refuse_unranked(around: Scope, unit: Unit | None) -> None:
    """An order of nothing, and one inside another, are not read."""
    if around.ranked and not around.breakdowns and unit is None:
        raise Unsure(Reply("asked", "The most or the top of what? Name the property to rank by."))
    if around.limit is not None and len(around.breakdowns) > 1:
        raise Unsure(Reply("declined", "I can rank by one property at a time, not within another."))
