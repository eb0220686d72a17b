"""The conditions that hold for all of a question."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import Link, read_name
from agent.planner.plan import Filter, Property, Reply, Scope
from agent.planner.reading.filters import filters
from agent.planner.reading.groups import Condition
from agent.planner.reading.properties import Properties, money
from agent.planner.reading.properties import rank as rank_properties
from agent.planner.reading.said import Said

FLAG, ROUTE = 0.4, 0.85
"""How much of a flag's name must be said."""


def conditions(said: Said, properties: Properties) -> tuple[Filter, ...]:
    """The conditions that belong to no event in particular."""
    found: list[Filter] = []
    if said.anything:
        properties = {**said.world.held["event"], **properties}
    wheres = said.all("where")
    for where in wheres:
        others = [w.value for w in wheres if w is not where]
        one = _as_the_others(where.value, others)
        found += filters(one, properties, said.world, said.events)
        said.take(where)
        if where.value.contrast:
            said.contrasted = True
            said.take(*said.all("vs", "compare"))
    if len(merged(found)) < len(found) and said.first("vs", "compare"):
        said.contrasted = True
        said.take(*said.all("vs", "compare", "than"))
    return merged((*found, *flags(said, properties), *_bare_amounts(said, properties)))


def _as_the_others(one: Condition, others: Sequence[Condition]) -> Condition:
    """“Google signups … email signups”: values of one property, where that is one reading."""
    shared = {v.property for other in others for v in other.found}
    mine = tuple(v for v in one.found if v.property in shared)
    return replace(one, found=mine) if mine else one


def _bare_amounts(said: Said, properties: Properties) -> list[Filter]:
    """Orders over 200: an amount of nothing in particular is one of the event's money."""
    found = []
    for chunk in said.all("amount"):
        before, prop = said.before(chunk), money(properties)
        amount = chunk.value
        if prop is None or before is None or before.kind != "event" or amount.seconds:
            continue
        said.take(chunk)
        said.assumptions.append(f"the amount is {prop.name}")
        pairs = zip((">=", "<="), amount.numbers, strict=False)
        if len(amount.numbers) == 2:
            found += [Filter(prop, ">=" if op == ">=" else "<=", (n,)) for op, n in pairs]
        else:
            found.append(Filter(prop, amount.operator, amount.numbers))
    return found


def flags(said: Said, properties: Properties) -> list[Filter]:
    """Flags said by name: accepted plans, first bookings, not internal."""
    found = []
    for chunk in said.all("property"):
        prop = flag_named(chunk.value, properties, said)
        if prop is None:
            continue
        no = said.before(chunk)
        denied = no is not None and no.kind == "not"
        said.take(chunk, no if denied else None)
        found.append(Filter(prop, "=", (not denied,)))
    for chunk in said.all("opposite"):
        prop = flag_named(chunk.value, properties, said)
        if prop:
            said.take(chunk)
            found.append(Filter(prop, "=", (False,)))
    return found


def flag_named(links: Sequence[Link], properties: Properties, said: Said) -> Property | None:
    """The flag that words name best."""
    found = rank_properties(links, properties, said.world)
    return next((p for score, p in found if p.kind == "Boolean" and score >= _least(p)), None)


def _least(flag: Property) -> float:
    """How much of a flag's name must be said: its preposition too, as in “from an invite”."""
    return ROUTE if flag.name.partition("_")[0] in ("from", "via", "through", "by") else FLAG


def merged(found: Sequence[Filter]) -> tuple[Filter, ...]:
    """Conditions once each; values of one property that are both wanted are any of them."""
    made: list[Filter] = []
    for one in found:
        same = next((m for m in made if _alike(m, one)), None)
        if same is None:
            made.append(one)
            continue
        values = tuple(dict.fromkeys((*same.values, *one.values)))
        made[made.index(same)] = replace(same, values=values)
    return tuple(made)


def _alike(first: Filter, second: Filter) -> bool:
    same = (first.property, first.operator) == (second.property, second.operator)
    return same and first.operator in ("=", "!=")


def nothing_of(name: str) -> Reply:
    """The refusal of something that the project does not know."""
    return Reply("asked", f"What should results be split by? There is no “{name}” here.")


def without_guests(said: Said, around: Scope, properties: Properties) -> Scope:
    """Customers and members are known people: guests are left out, where the project marks them."""
    known = _guests(said, properties)
    if known is None or known.property in {f.property for f in around.filters}:
        return around
    said.assumptions.append(f"only where {known.property.name} is false")
    return replace(around, filters=(*around.filters, known))


def _guests(said: Said, properties: Properties) -> Filter | None:
    """The condition that leaves out guests."""
    words = lexicon()
    people = [g.value.noun for g in said.groups if g.kind == "people"]
    each = [t.stem for t in said.tokens if t.stem in words.known]
    if not any(noun in words.known for noun in (*people, *each)):
        return None
    if {t.stem for t in said.tokens} & words.anonymous:
        return None
    for name, prop in properties.items():
        parts = {part for unit in read_name(name).units for part in unit.parts}
        if prop.kind == "Boolean" and parts & words.anonymous:
            return Filter(prop, "=", (False,))
    return None
