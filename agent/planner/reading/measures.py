"""One measure of a question: what is counted, or calculated over which number of which event."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import Link
from agent.planner.plan import Breakdown, Filter, Formula, Math, Reply, Series, Unsure
from agent.planner.reading import events, numbers
from agent.planner.reading.properties import choose, common, own, split_by
from agent.planner.reading.said import Said

PER_PERSON = "per person means per person who did it"
MONEY_KINDS = ("property", "revenue", "order_value")


@dataclass(frozen=True)
class Measure:
    """What is shown of an item of a list of figures: one series, or two and what they make."""

    series: tuple[Series, ...]
    formula: Formula | None = None


def measure(said: Said) -> Measure:
    """The measure of a question, or of one item of a list."""
    named = said.all("event")
    each = said.pop("each_of")
    agg = said.pop("agg")
    distinct = said.pop("distinct")
    if calculated := _calculated(said, agg, each):
        return calculated
    if distinct and (one := _distinct(said, distinct)):
        return Measure((one,))
    if over := _over(said, named):
        return Measure(over, "ratio")
    if extreme := _extreme(said):
        return Measure((extreme,))
    if amount := _amount(said, named, agg, each):
        return amount
    if each:
        return _each(said, each)
    if said.has("much") and not said.has("in_money"):
        raise Unsure(Reply("asked", "How much of what? Name the amount that is added up."))
    return Measure(_counted(said, unique=distinct is not None))


def _calculated(said: Said, agg: Chunk | None, each: Chunk | None) -> Measure | None:
    """A distribution, the value of an order, or a statistic of a number."""
    if spread := said.pop("distribution"):
        return _spread(said, spread)
    if value := said.pop("order_value"):
        one = _order_value(said, value)
        math, share = statistic(agg) if agg else ("avg", 0.5)
        return Measure((replace(one, math=math, percentile=share),))
    if agg and (agg.value != "sum" or numbers.number(said)):
        return _statistic(said, agg, each)
    if said.has("lasting") and (lasting := numbers.owned(said)):
        said.assumptions.append("the average is shown")
        return Measure((numbers.calculated(said, lasting, "avg"),))
    return None


def _amount(
    said: Said, named: Sequence[Chunk], agg: Chunk | None, each: Chunk | None
) -> Measure | None:
    """A number of an event: added up, or its average where it is one of each."""
    number = numbers.number(said)
    if number is None:
        in_money = named and said.has("in_money")
        return Measure((numbers.money_of(said, named[0]),)) if in_money else None
    if not agg and not said.has("much") and _is_intensive(said, number):
        raise Unsure(Reply("asked", f"The average of “{said.text([number])}”, or its total?"))
    if named and _counts(said, named[0]):
        return None
    mean = _is_each_ones(said, number, named) or _per_event(said, number, named)
    one = numbers.calculated(said, number, "avg" if mean else "sum")
    if each is None:
        return Measure((one,))
    return Measure((one, _base(said, each.value, one)), "ratio")


# --- counts -------------------------------------------------------------------------------------


def _counted(said: Said, *, unique: bool) -> tuple[Series, ...]:
    """Events, people, sessions or groups, whichever is the head of the question."""
    people, named, sessions, groups, anything = (
        said.first(kind) for kind in ("people", "event", "sessions", "group", "anything")
    )
    to = said.before(groups) if groups else None
    if to is not None and to.kind == "to":
        said.take(groups)
        groups = None
    if groups and not said.has("count") and not said.has("distinct"):
        groups = None
    head = _head(said, [c for c in (people, named, sessions, groups, anything) if c])
    series = all_events(said)
    if not series:
        return (_without_event(said, head, people, sessions, anything),)
    said.take(people, anything)
    math: Math = "total"
    group = None
    if head is sessions and sessions:
        math = "sessions"
        said.take(sessions)
    elif head is groups and groups:
        math, group = "groups", groups.value[0].name
        said.take(groups)
    elif unique or (head is people and people and _are_counted(said, people)) or _doers(named):
        math = _people_math(said, people, series)
    return tuple(replace(one, math=math, group=group) for one in series)


def _doers(named: Chunk | None) -> bool:
    return bool(named and named.value.doers)


def _are_counted(said: Said, people: Chunk) -> bool:
    """Whether the people themselves are counted: not in “what do people search for most”."""
    if said.has("count") or said.has("distinct") or people.value.new:
        return True
    words = [said.tokens[i].word for i in range(max(0, people.start - 3), people.start)]
    return not ({"do", "does", "did", "are", "why", "when", "where"} & set(words) and _orders(said))


def _orders(said: Said) -> bool:
    """Whether an order or a part of the day is asked for, in which people only are the subject."""
    return said.has("rank") or said.has("part") or said.has("split")


def _people_math(said: Said, people: Chunk | None, named: Sequence[Series]) -> Math:
    """New people who sign up are sign-ups; other new people are those whose first time it is."""
    if people and people.value.new:
        first = events.named(said.world, named[0].events[0]) if named[0].events else None
        return "total" if first and first.has("sign_up") else "first_time"
    return "unique"


def all_events(said: Said) -> tuple[Series, ...]:
    """Every event that is named, in order."""
    chunks = said.all("event")
    fits = numbers.fits(said)
    made = []
    for n, chunk in enumerate(chunks):
        if n and _repeats(said, chunks[n - 1], chunk):
            said.take(chunk)
            continue
        if n and not _joined(said, chunks[n - 1], chunk):
            raise Unsure(how_together(said.text([chunks[n - 1]]), said.text([chunk])))
        made.append(_first_flagged(said, events.series(said, chunk.value, fits)))
        said.take(chunk)
    if len(chunks) > 1:
        said.take(*said.all("vs", "compare"))
    if len(set(made)) < len(made):
        raise Unsure(Reply("declined", f"“{said.text(chunks)}” name the same event twice."))
    return tuple(made)


def _first_flagged(said: Said, one: Series) -> Series:
    """First-time bookings: those that a flag of theirs marks, where there is one."""
    flag = numbers.first_flag(said, one) if one.first else None
    if flag is None:
        return one
    return replace(one, first=False, filters=(*one.filters, Filter(flag, "=", (True,))))


def _repeats(said: Said, first: Chunk, second: Chunk) -> bool:
    """Bookings per user that booked: the same event, said of the people once more."""
    same = first.value.links[0].name == second.value.links[0].name
    return same and any(one.kind == "who" for one in said.between(first, second))


def _joined(said: Said, first: Chunk, second: Chunk) -> bool:
    """Whether two events stand side by side in a list."""
    between = {one.kind for one in said.between(first, second)}
    return bool(between & {"and", "comma", "vs", "or", "slash", "plus", "compare"})


def _head(said: Said, found: Sequence[Chunk]) -> Chunk | None:
    """What is counted: the first noun after “how many”, or else the first of all."""
    for chunk in found:
        before = said.before(chunk)
        beside = before and before.kind == "event" and before.end == chunk.start
        if chunk.kind == "people" and beside:
            return chunk
    counts = [g for g in said.groups if g.kind in ("count", "distinct")]
    after = [c for c in found if counts and c.start >= counts[0].end]
    return min(after or found, key=lambda c: c.start, default=None)


def _counts(said: Said, event: Chunk) -> bool:
    """Whether “how many” stands before the event itself."""
    before = [g for g in said.groups if g.end <= event.start]
    return any(g.kind == "count" for g in before) and not any(g.kind == "property" for g in before)


# --- without an event ---------------------------------------------------------------------------


def _without_event(
    said: Said,
    head: Chunk | None,
    people: Chunk | None,
    sessions: Chunk | None,
    anything: Chunk | None,
) -> Series:
    """What is counted where no event is named: whatever else is, or what the rest implies."""
    group = said.first("group")
    if head is sessions and sessions:
        said.take(sessions)
        return Series(math="sessions")
    if people:
        said.take(people, anything, *said.all("active"))
        return of_people(said, people)
    if anything:
        rank = said.first("rank")
        said.take(None if rank and anything.start == rank.end else anything)
        return Series()
    if group is not None and head is group:
        said.take(group, *said.all("active"))
        return Series((), "groups", group=group.value[0].name)
    return _implied(said)


def _implied(said: Said) -> Series:
    """What is counted where nothing countable is named."""
    if one := numbers.only_holder(said):
        return one
    if _only_people(said):
        said.take(*said.all("active"))
        return Series((), "unique")
    if said.first("property") and said.first("rank"):
        return _ranked_by(said)
    if said.has("part") or (said.has("unit") and said.has("rank")):
        said.assumptions.append("any event counts")
        return Series()
    if _splits_anything(said):
        said.assumptions.append("counted in people with any event")
        return Series((), "unique")
    raise Unsure(Reply("declined", "I can't tell what to measure in this project."))


def _splits_anything(said: Said) -> bool:
    """Whether a split is by something that every event has."""
    split = said.first("split")
    if split is None or split.value[0].kind != "property":
        return False
    return choose(split.value[0].value, common(said.world), said.world) is not None


def _only_people(said: Said) -> bool:
    """“How many studio owners …”: people who are named by a value of theirs."""
    found = [w.value.found for w in said.all("where")]
    persons = found and all(any(v.property.holder == "person" for v in f) for f in found)
    return bool(persons) and (said.has("count") or said.has("active"))


def of_people(said: Said, people: Chunk) -> Series:
    """People without an event: those who did what their noun tells, or anything."""
    doing = lexicon().doing.get(people.value.noun)
    ideas = {None: (), "buy": ("buy", "pay"), "pay": ("pay", "buy")}.get(doing, (doing,))
    found = events.of_concept(said, *ideas) if ideas else []
    if people.value.new:
        names = events.of_concept(said, "sign_up") if not found else []
        if found:
            words = said.text([people])
            said.assumptions.append(f"new {words} are those with their first {found[0]}")
            return Series((found[0],), "first_time")
        return Series(tuple(names[:1]), "total") if names else Series((), "first_time")
    if not found:
        if one := numbers.only_holder(said):
            said.assumptions.append(f"counted are people with {one.events[0]} events")
            return replace(one, math="unique")
        said.assumptions.append("active means any event")
        return Series((), "unique")
    said.assumptions.append(f"{said.text([people])} are people with {found[0]} events")
    return Series((found[0],), "unique")


def _ranked_by(said: Said) -> Series:
    """“Most popular pages”: what pages, browsers and countries are ranked by."""
    chunk = said.first("property")
    prop = choose(chunk.value, common(said.world), said.world) if chunk else None
    if prop and prop.holder == "session":
        said.assumptions.append("counted in sessions")
        return Series(math="sessions")
    views = events.of_concept(said, "page_view")
    if views:
        said.assumptions.append(f"ranked by {views[0]} events")
    return Series(tuple(views[:1]))


# --- numbers ------------------------------------------------------------------------------------


def _extreme(said: Said) -> Series | None:
    """“Highest order value”: the ranked thing is itself a number, and nothing else is ranked."""
    rank = said.first("rank")
    if rank is None or rank.value.limit or rank.value.nth or said.first("split", "part", "people"):
        return None
    if any(token.word == "which" for token in said.tokens[: rank.start]):
        return None
    after = [c for c in said.all("property", "revenue", "event") if c.start >= rank.end][:2]
    found = next((c for c in after if c.kind != "event" and numbers.adds(said, c)), None)
    math: Math = "max" if rank.value.descending else "min"
    if (
        found is None
        and len(after) == 1
        and after[0].kind == "event"
        and _sized(said, rank, after[0])
    ):
        said.take(rank)
        return replace(numbers.money_of(said, after[0]), math=math)
    if found is None or (len(after) == 2 and found is not after[1]):
        return None
    if any(one is not found for one in said.all("property", "group")):
        return None
    said.take(rank)
    return numbers.calculated(said, found, math)


def _sized(said: Said, rank: Chunk, event: Chunk) -> bool:
    """“Biggest payout”: an order of size, of one thing."""
    size = {"biggest", "largest", "highest", "smallest", "lowest", "greatest"}
    words = {said.tokens[i].word for i in range(rank.start, rank.end)}
    single = not said.tokens[event.end - 1].word.endswith("s")
    return bool(size & words) and single and event.start <= rank.end + 1


INTENSIVE = frozenset({"price", "star", "score", "age", "level", "latency", "weight", "speed"})
"""Ideas of numbers that no one adds up."""


def _is_intensive(said: Said, number: Chunk) -> bool:
    ideas = {
        idea
        for i in range(number.start, number.end)
        for idea in lexicon().concepts.get(said.tokens[i].stem, ())
    }
    return bool(ideas & INTENSIVE) and not ideas & {"money", "revenue"} and not said.has("rank")


def _per_event(said: Said, number: Chunk, named: Sequence[Chunk]) -> bool:
    """“Spend per booking”: the average over the event that carries the number."""
    before = said.before(named[0]) if named else None
    if before is None or before.kind != "per" or named[0].start < number.end:
        return False
    said.take(before)
    return True


def _is_each_ones(said: Said, number: Chunk, named: Sequence[Chunk]) -> bool:
    """“Booking value”: one thing and its value, which is the average of them."""
    words = [said.tokens[i].word for i in range(number.start, number.end)]
    event = next((c for c in named if c.end == number.start), None)
    start = event.end - 1 if event else number.end - 2 if len(words) > 1 else -1
    if start < 0 or words[-1] not in ("value", "size") or said.tokens[start].word.endswith("s"):
        return False
    if {"total", "sum", "overall"} & {t.word for t in said.tokens}:
        return False
    said.assumptions.append(f"{said.text([number])} is averaged")
    return True


def _statistic(said: Said, agg: Chunk, each: Chunk | None) -> Measure:
    """The average order value, the median, the 90th percentile."""
    math, share = statistic(agg)
    number = numbers.number(said) or numbers.owned(said)
    if number is None:
        return _mean_count(said, agg, each, math)
    one = numbers.calculated(said, number, math, share)
    if each and each.value == "people" and math in ("avg", "sum"):
        return Measure((replace(one, math="sum"), _base(said, "people", one)), "ratio")
    if each and each.value == "sessions" and math in ("avg", "sum"):
        return Measure((replace(one, math="sum"), Series(math="sessions")), "ratio")
    return Measure((one,))


def statistic(agg: Chunk) -> tuple[Math, float]:
    """The calculation a word names, and the share of a percentile."""
    if agg.value.startswith("p") and agg.value[1:].isdigit():
        return "percentile", int(agg.value[1:]) / 100
    assert agg.value in get_args(Math)
    return agg.value, 0.5


FEW = ("rating", "score", "star", "nps", "level", "number", "count", "step", "rank")
"""Words in the names of numbers that take few values."""


def _spread(said: Said, cue: Chunk) -> Measure:
    """The distribution of a number: how many events have each value, or values in each bin."""
    number = numbers.number(said)
    if number is None:
        raise Unsure(Reply("declined", "The distribution of which number of an event?"))
    one = numbers.calculated(said, number, "sum")
    prop = one.property
    assert prop is not None
    few = any(word in prop.name.lower() for word in FEW)
    said.spread = Breakdown(prop, bins=None if few else 10)
    return Measure((replace(one, math="total", property=None),))


def _order_value(said: Said, value: Chunk) -> Series:
    """The average order value: the mean amount of money of the event that is named or bought by."""
    named = said.first("event")
    if named is None:
        one = numbers.bought(said)
        if one is None:
            raise Unsure(Reply("asked", f"“{said.text([value])}” of which event?"))
        return replace(one, math="avg")
    return replace(numbers.money_of(said, named), math="avg")


def _mean_count(said: Said, agg: Chunk, each: Chunk | None, math: Math) -> Measure:
    """Average bookings per user; total bookings."""
    if math == "sum":
        named = said.all("event")
        if len(named) == 1 and numbers.is_paid(said, named[0]):
            return Measure((numbers.money_of(said, named[0]),))
        return Measure(_counted(said, unique=False))
    people = said.first("people")
    if math == "avg" and (each or people):
        return _each(said, each or people)
    raise Unsure(Reply("asked", f"The {said.text([agg])} of which property?"))


def _each(said: Said, each: Chunk | None) -> Measure:
    """Bookings per user, errors per session."""
    assert each is not None
    sessions = each.kind == "sessions" or each.value == "sessions"
    if not sessions:
        said.take(*said.all("people"))
    counted = all_events(said)
    if not counted:
        raise Unsure(Reply("declined", "I can't tell what to measure in this project."))
    said.take(each, *said.all("rate"))
    one = counted[0]
    if len(counted) > 1:
        one = replace(one, events=tuple(e for c in counted for e in c.events))
    return Measure((one, _base(said, "sessions" if sessions else "people", one)), "ratio")


def _base(said: Said, each: str, one: Series) -> Series:
    """What a count or a sum is divided by."""
    if each == "sessions":
        return Series(math="sessions")
    said.assumptions.append(PER_PERSON)
    return replace(one, math="unique", property=None)


def _over(said: Said, named: Sequence[Chunk]) -> tuple[Series, ...]:
    """Cancellations per booking: one event over another."""
    for chunk in named[1:]:
        before = said.before(chunk)
        if before and before.kind == "number":
            said.take(before)
            before = said.before(before)
        if before and before.kind in ("per", "each"):
            said.take(before, chunk, named[0])
            return events.series(said, named[0].value), events.series(said, chunk.value)
    return ()


# --- different values ---------------------------------------------------------------------------


def _distinct(said: Said, distinct: Chunk) -> Series | None:
    """Different products, unique classes booked: the values of a property are counted."""
    after = next(
        (g for g in said.groups if g.start >= distinct.end and g.kind not in ("of", "amount_word")),
        None,
    )
    if after is None or after.kind not in ("property", "event"):
        return None
    if after.kind == "property":
        said.take(after)
        named = said.first("event")
        views = events.of_concept(said, "page_view")[:1]
        only = numbers.only_holder(said, after) if named is None else None
        one = events.series(said, named.value) if named else only or Series(tuple(views))
        said.take(named)
        prop = choose(after.value, own(said.world, one.events), said.world)
        return replace(one, math="distinct", property=prop) if prop else None
    one = events.series(said, after.value)
    properties = own(said.world, one.events)
    stem = said.tokens[after.start].stem
    for name, prop in properties.items():
        if numbers.identifies(name, stem):
            said.take(after)
            return replace(one, math="distinct", property=prop)
    ideas = lexicon().concepts.get(stem, frozenset())
    links = [
        Link(name.name, name.factor)
        for name in said.world.properties.names
        if name.name in properties
        and any(stem in u.parts or u.concepts & ideas for u in name.units)
    ]
    found = split_by(links, properties, said.world) if links else None
    if found is None or not found.label:
        return None
    said.take(after)
    return replace(one, math="distinct", property=found.property)


def how_together(first: str, second: str) -> Reply:
    """Ask what two events have to do with each other."""
    return Reply(
        "asked",
        f"What do you want to know of “{first}” and “{second}” together: a count of each, "
        "how many who did the first did the second, or the one divided by the other?",
    )
