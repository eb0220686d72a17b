"""What is calculated: amounts, averages, extremes, distributions, and so much per person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.plan import Breakdown, Math, Reply, Series, Unsure
from agent.planner.reading import adding, events, numbers
from agent.planner.reading.counts import all_events, counted
from agent.planner.reading.groups import Event
from agent.planner.reading.measured import Measure
from agent.planner.reading.properties import choose, money, own
from agent.planner.reading.said import LOOSE, Said

PER_PERSON = "per person means per person who did it"
ACTIVE = "active means any event"


def calculated(said: Said, agg: Chunk | None, each: Chunk | None) -> Measure | None:
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


def amount(
    said: Said, named: Sequence[Chunk], agg: Chunk | None, each: Chunk | None
) -> Measure | None:
    """A number of an event: added up, or its average where it is one of each."""
    number = numbers.number(said)
    if number is None:
        in_money = named and (said.has("in_money") or _whole_amount(said, named[0], agg))
        return Measure((numbers.money_of(said, named[0]),)) if in_money else None
    if not agg and not said.has("much") and not said.has("rank") and _is_intensive(said, number):
        raise Unsure(Reply("asked", f"The average of “{said.text([number])}”, or its total?"))
    if named and _counts(said, named[0]):
        return None
    mean = (
        (said.has("rank") and _is_intensive(said, number))
        or _is_each_ones(said, number, named)
        or _per_event(said, number, named)
    )
    one = numbers.calculated(said, number, "avg" if mean else "sum")
    if each is None:
        return _per_thing(said, one) or Measure((one,))
    return Measure((one, _base(said, each.value, one)), "ratio")


def _whole_amount(said: Said, named: Chunk, agg: Chunk | None) -> bool:
    """“Total amount of purchases”: what they came to, where purchases carry money."""
    if agg is None or agg.value != "sum" or "amount" not in said.text([agg]).lower().split():
        return False
    return money(own(said.world, (named.value.links[0].name,))) is not None


def _per_thing(said: Said, one: Series) -> Measure | None:
    """“Units per order”: an amount over how many different things there are."""
    for chunk in said.all("split"):
        links = chunk.value[0].value
        if said.tokens[chunk.start].word != "per" or said.has("rank") or isinstance(links, str):
            continue
        prop = choose(links, own(said.world, one.events), said.world) if links else None
        if prop is None or not prop.name.lower().endswith("id"):
            continue
        said.take(chunk)
        return Measure((one, replace(one, math="distinct", property=prop)), "ratio")
    return None


def _counts(said: Said, event: Chunk) -> bool:
    """Whether “how many” stands before the event itself."""
    before = [g for g in said.groups if g.end <= event.start]
    return any(g.kind == "count" for g in before) and not any(g.kind == "property" for g in before)


OFTEN = frozenset(
    {"best", "worst", "selling", "popular", "common", "used", "active", "frequent", "often"}
)
"""Words of an order by how often something is done, rather than by its size."""


def extreme(said: Said) -> Series | None:
    """“Highest order value”: the ranked thing is itself a number, and nothing else is ranked."""
    rank = said.first("rank")
    others = ("split", "part", "people", "unit")
    if rank and OFTEN & set(said.text([rank]).lower().split()):
        return None
    if rank is None or rank.value.limit or rank.value.nth or said.first(*others):
        return None
    if any(token.word == "which" for token in said.tokens[: rank.start]):
        return _largest(said, rank)
    after = [c for c in said.all("property", "revenue", "event") if c.start >= rank.end][:2]
    if after and after[0].kind == "event" and after[0].value.doers:
        return None
    found = next((c for c in after if c.kind != "event" and adding.adds(said, c)), None)
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


def _largest(said: Said, rank: Chunk) -> Series | None:
    """“Which studios had the largest payout”: ranked by one amount, and not by how many."""
    named = said.all("event")
    if len(named) != 1 or not _sized(said, rank, named[0]) or not numbers.is_paid(said, named[0]):
        return None
    return replace(numbers.money_of(said, named[0]), math="max" if rank.value.descending else "min")


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
    return bool(ideas & INTENSIVE) and not ideas & {"money", "revenue"}


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
    number = _lasting(said) or numbers.number(said) or numbers.owned(said)
    if number is None:
        return _mean_count(said, agg, each, math)
    one = numbers.calculated(said, number, math, share)
    if each and math in ("avg", "sum"):
        return Measure((replace(one, math="sum"), _base(said, each.value, one)), "ratio")
    return Measure((one,))


def _lasting(said: Said) -> Chunk | None:
    """How long people spend in class: a duration, and no money."""
    spent = next((c for c in said.all("revenue") if said.text([c]).lower().startswith("sp")), None)
    if not said.has("lasting") or (spent is None and numbers.number(said)):
        return None
    said.take(spent)
    return numbers.owned(said)


def statistics(said: Said) -> list[Chunk]:
    """The statistics asked for; “typical” asks for none beside one that is named."""
    aggs = said.all("agg")
    named = [c for c in aggs if said.tokens[c.start].word not in LOOSE]
    if named and len(named) < len(aggs):
        said.take(*(c for c in aggs if c not in named))
    return named or aggs


def statistic(agg: Chunk) -> tuple[Math, float]:
    """The calculation a word names, and the share of a percentile."""
    if agg.value.startswith("p") and agg.value[1:].isdigit():
        return ("median", 0.5) if agg.value == "p50" else ("percentile", int(agg.value[1:]) / 100)
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
        one = numbers.named_money(said, value) or numbers.bought(said)
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
        return Measure(counted(said, unique=False))
    people = said.first("people")
    if math == "avg" and (each or people):
        return each_ones(said, each or people)
    raise Unsure(Reply("asked", f"The {said.text([agg])} of which property?"))


def each_ones(said: Said, each: Chunk | None) -> Measure:
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
    by = each.value if each.kind == "each_of" else "sessions" if sessions else "people"
    return Measure((one, _base(said, by, one)), "ratio")


def _base(said: Said, each: str | Event, one: Series) -> Series:
    """What a count or a sum is divided by: sessions, those who did it, or those that are named."""
    if each == "sessions":
        return Series(math="sessions")
    if each == "active":
        said.assumptions.append(ACTIVE)
        return Series(math="unique")
    if isinstance(each, Event):
        return replace(events.series(said, each), math="unique", times=None)
    said.assumptions.append(PER_PERSON)
    return replace(one, math="unique", property=None)
