"""Numbers that events carry: which one is meant, and of which event."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import Link, read_name
from agent.planner.plan import Math, Property, Reply, Series, Unsure
from agent.planner.reading import adding, events, fitting, whose
from agent.planner.reading.properties import choose, money, own, rank
from agent.planner.reading.said import Said

FULLY = 0.9
"""How surely a person's number must be named to be calculated with over events."""

MOST = 60
"""How many events are looked through for the one that has a property."""


SPENT_ON = frozenset({"ad", "ads", "marketing", "media", "social", "search", "campaign", "cpc"})


def _refuse_spend(said: Said, chunk: Chunk) -> None:
    """Ad spend is what the company paid, which is no money of its customers."""
    before = said.tokens[chunk.start - 1].word if chunk.start else ""
    if said.tokens[chunk.start].word in ("spend", "spending") and before in SPENT_ON:
        raise Unsure(Reply("declined", "What is spent on advertising is not in this project."))


def number(said: Said) -> Chunk | None:
    """A property that holds a number, said as the thing that is added up."""
    for chunk in said.all("property", "revenue"):
        if chunk.kind == "revenue":
            _refuse_spend(said, chunk)
            return chunk
        if adding.is_split(said, chunk):
            continue
        ranked = rank(chunk.value, said.world.held["event"], said.world)
        if any(prop.numeric and _summable(said, chunk, score, prop) for score, prop in ranked[:2]):
            return chunk
    return None


def owned(said: Said) -> Chunk | None:
    """How long onboarding takes: the number of an event that is a duration."""
    lasting = said.first("lasting")
    if lasting is None:
        return None
    links = [
        Link(name.name, FULLY)
        for name in said.world.properties.names
        if any("duration" in unit.concepts for unit in name.units)
    ]
    said.take(lasting)
    return Chunk(lasting.start, lasting.end, "property", tuple(links)) if links else None


LEAST = 0.55
"""How surely a number of an event must be named to be added up."""


def _summable(said: Said, chunk: Chunk, score: float, prop: Property) -> bool:
    """Whether a number is one of events, or of people and named in full."""
    if prop.holder == "event":
        return score >= LEAST or adding.is_money(said, chunk)
    return prop.holder not in ("session",) and score >= FULLY


def calculated(said: Said, chunk: Chunk, math: Math, share: float = 0.5) -> Series:
    """A calculation over a number, of the event that is named or of the one that has it."""
    said.take(chunk, *said.all("people"), *whose.said_again(said, chunk))
    named = said.first("event")
    before = said.before(named) if named else None
    said.take(before if before and before.kind == "per" and math != "sum" else None)
    if named:
        one = _event_with(said, named, chunk)
        again = named.value.links[0].name
        said.take(*(c for c in said.all("event") if c.value.links[0].name == again), named)
    elif owed := _owed(said, chunk):
        return replace(money_of_event(said, owed), math=math, percentile=share)
    elif person := _of_person(said, chunk):
        return Series((), math, person, percentile=share)
    else:
        one = whose.of_pages(said) or _holder(said, chunk)
    properties = own(said.world, one.events)
    prop = choose(_summed(chunk, math), properties, said.world, numeric=True)
    if prop is None or (prop.holder != "event" and adding.is_money(said, chunk)):
        prop = money(properties) if adding.is_money(said, chunk) else prop
    if prop and prop.holder == "session" and not said.has("sessions"):
        prop = None
    if prop:
        said.take(*(c for c in said.all("property") if c.value[0].name == prop.name))
    if prop is None:
        told = f"“{said.text([chunk])}” is no number of {' or '.join(one.events) or 'any event'}."
        raise Unsure(Reply("declined", told))
    return replace(one, math=math, property=prop, percentile=share)


def _summed(chunk: Chunk, math: Math) -> Sequence[Link]:
    """The numbers that words may mean: no price of one piece where they are added up."""
    links = chunk.value or ()
    kept = [one for one in links if math != "sum" or not adding.is_of_one(one.name)]
    if links and not kept:
        told = f"{links[0].name} is the price of one, which adds up to nothing: "
        raise Unsure(Reply("declined", f"{told}ask for its average, or for the revenue."))
    return kept


def _owed(said: Said, chunk: Chunk) -> str | None:
    """Refunds in dollars: the event of the money, rather than a number of another one."""
    stems = {t.stem for t in said.tokens[chunk.start : chunk.end] if OWED.search(t.word)}
    found = [
        name.name
        for name in said.world.events.names
        if any({*unit.parts} & stems for unit in name.units)
    ]
    alive = [name for name in events.living(said, found) if money(own(said.world, (name,)))]
    return alive[0] if len(alive) == 1 and adding.is_money(said, chunk) else None


def money_of_event(said: Said, name: str) -> Series:
    """The money of an event that is known by name."""
    said.assumptions.append(f"the money is that of {name}")
    return Series((name,), "sum", money(own(said.world, (name,))))


def _of_person(said: Said, chunk: Chunk) -> Property | None:
    """Lifetime value: a number that is known of people, and named in full."""
    found = [
        prop
        for link in chunk.value or ()
        if link.direct
        and link.score >= LEAST
        and not said.all("event")
        and (prop := said.world.held["person"].get(link.name))
        and prop.numeric
    ]
    return found[0] if len(found) == 1 and chunk.end - chunk.start > 1 else None


def money_of(said: Said, named: Chunk) -> Series:
    """Refunds in dollars: the money of an event, where it was not named."""
    one = events.series(said, named.value)
    prop = money(own(said.world, one.events))
    if prop is None:
        raise Unsure(Reply("declined", f"{one.events[0]} has no amount of money here."))
    said.take(named)
    said.assumptions.append(f"the money is {prop.name} of {one.events[0]}")
    return replace(one, math="sum", property=prop)


OWED = re.compile(r"refund|payout|return|discount|chargeback|expense|fee|donation|tip")
"""Events whose total is an amount of money rather than a count."""


def is_paid(said: Said, named: Chunk) -> bool:
    """Whether an event is money that changes hands, so that its total is a sum."""
    name = named.value.links[0].name if named.value.links else ""
    return bool(OWED.search(name.lower())) and money(own(said.world, (name,))) is not None


def first_flag(said: Said, one: Series) -> Property | None:
    """The flag by which an event tells that it was somebody's first."""
    properties = own(said.world, one.events)
    return next((p for n, p in properties.items() if p.kind == "Boolean" and "first" in n), None)


def named_money(said: Said, value: Chunk) -> Series | None:
    """The money of an event that is a part of the words: the booking value."""
    stems = {said.tokens[i].stem for i in range(value.start, value.end - 1)}
    ideas = {idea for stem in stems for idea in lexicon().concepts.get(stem, ())}
    for idea in sorted(ideas & {"order", "buy", "book", "pay"}):
        for name in events.of_concept(said, idea):
            parts = {part for unit in read_name(name).units for part in unit.parts}
            prop = money(own(said.world, (name,)))
            if prop and stems & parts:
                said.assumptions.append(f"the money is {prop.name} of {name}")
                return Series((name,), "sum", prop)
    return None


def bought(said: Said) -> Series | None:
    """The money of what is bought: of orders and bookings before payments for them."""
    ideas = ("order", "buy", "book", "pay")
    found = [n for idea in ideas for n in events.of_concept(said, idea)]
    paid = [n for n in dict.fromkeys(found) if money(own(said.world, (n,)))]
    name = next((n for n in paid if _is_general(n, ideas)), next(iter(paid), None))
    if name is None:
        return None
    prop = money(own(said.world, (name,)))
    said.assumptions.append(f"the money is {prop.name if prop else ''} of {name}")
    return Series((name,), "sum", prop)


def _is_general(event: str, ideas: Sequence[str]) -> bool:
    """Whether an event is a purchase of anything, and not of one thing: a gift card."""
    words = lexicon()
    plain = words.neutral | words.outcome | words.stages
    return all(
        unit.concepts & {*ideas} or set(unit.parts) <= plain or unit.concepts & {"finish"}
        for unit in read_name(event).units
    )


def _event_with(said: Said, named: Chunk, chunk: Chunk) -> Series:
    def has_it(event: str) -> bool:
        properties = own(said.world, (event,))
        found = choose(chunk.value or (), properties, said.world, numeric=True)
        mine = found is not None and found.holder == "event"
        return mine or (adding.is_money(said, chunk) and money(properties) is not None)

    return events.series(said, named.value, has_it)


def _holder(said: Said, chunk: Chunk) -> Series:
    """The event whose number it is: payments, or else purchases, for money."""
    best = chunk.value[0] if chunk.value else None
    if best and best.direct and best.score >= FULLY:
        named = holding(said, [best.name])
        if len(named) == 1:
            return Series((named[0],))
    if adding.is_money(said, chunk) and (paid := _paid(said)):
        return Series((paid,))
    names = [link.name for link in chunk.value or ()]
    holders = holding(said, names[:1])
    if len(holders) == 1:
        return Series((holders[0],))
    if not holders or not names:
        return Series()
    if one := whose.of_doers(said, names[0]) or whose.of_all(said, names[0]):
        return one
    told = f"{names[0]} is a property of {', '.join(holders[:6])}. Of which event?"
    plain = said.question.rstrip("?.! ")
    which = tuple(f"{plain} of `{holder}`" for holder in holders[:6])
    raise Unsure(Reply("asked", told, choices=tuple(holders[:6]), rephrased=which))


def _paid(said: Said) -> str | None:
    """The event that carries money: the one named beside, or a payment, or else a purchase."""
    suits = fitting.fits(said)
    if said.beside and money(own(said.world, (said.beside,))) and suits(said.beside):
        return said.beside
    for concept in ("pay", "buy", "book"):
        for name in events.of_concept(said, concept):
            if money(own(said.world, (name,))) and suits(name):
                said.assumptions.append(f"revenue is taken from {name}")
                return name
    return None


def holding(said: Said, names: Sequence[str]) -> list[str]:
    """The project's own events that have all of these properties."""
    tracked = list(dict.fromkeys(name.name for name in said.world.events.names))
    if not names:
        return []
    said.world.of_all(tracked[:MOST])
    return [
        event
        for event in tracked[:MOST]
        if all(name in own(said.world, (event,)) for name in names)
    ]


def only_holder(said: Said, *more: Chunk) -> Series | None:
    """The one event that has what is asked of it, where no event was named."""
    names = [link.name for c in more for link in c.value[:1]]
    names += [
        one.value[0].name
        for chunk in said.all("split")
        for one in chunk.value
        if one.kind == "property"
    ]
    wheres = said.all("where")
    names += [w.value.links[0].name for w in wheres if w.value.links]
    owners = [{v.property for v in w.value.found} for w in wheres]
    names += [next(iter(some)).name for some in owners if len(some) == 1]
    names += [c.value[0].name for c in said.all("property")]
    shared = said.world.common()
    held = {n for holder, some in said.world.held.items() if holder != "event" for n in some}
    rare = [name for name in dict.fromkeys(names) if name not in shared and name not in held]
    holders = holding(said, rare)
    if not rare or len(holders) != 1:
        return None
    said.assumptions.append(f"{rare[0]} is a property of {holders[0]} only")
    return Series((holders[0],))


def identifies(name: str, thing: str) -> bool:
    """Whether a property is the code of a thing: class_id of a class."""
    stems = {part for unit in read_name(name).units for part in unit.parts}
    return thing in stems and bool(stems & lexicon().identity)
