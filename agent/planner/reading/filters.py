"""Conditions with their properties settled, now that the event is known."""

from collections.abc import Sequence

from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import read_name
from agent.planner.english.words import name_words
from agent.planner.plan import Filter, Property, Reply, Unsure, Value
from agent.planner.reading.groups import Condition
from agent.planner.reading.properties import Properties, choose, money
from agent.planner.world import Value as Found
from agent.planner.world import World

STAFF = ("internal", "employee", "staff", "team_member", "test_account", "is_test")
PATHS = ("$pathname", "pathname", "path", "$current_url", "url", "page", "page_path")
RARE = 20
"""How many times rarer a value may be under one property than under another."""


def filters(
    condition: Condition, properties: Properties, world: World, events: Sequence[str] = ()
) -> tuple[Filter, ...]:
    """A condition with its property settled; two for a range."""
    if held := _held_by(condition, properties, world):
        return (held,)
    if condition.amount:
        return _compared(condition, properties, world)
    if condition.found:
        return (_valued(condition, properties, world),)
    if condition.path and not condition.links:
        return (_on_path(condition, properties),)
    prop = choose(condition.links, properties, world)
    if prop is None and condition.values:
        prop = _any_text(condition, properties, events)
    if prop is None:
        raise Unsure(_no_property(condition))
    return (_of_property(prop, condition),)


def _of_property(prop: Property, condition: Condition) -> Filter:
    """A condition on a property that is known: that it is there, is nothing, or has a value."""
    if condition.holder == "none":
        return Filter(prop, "=", (0,)) if prop.numeric else Filter(prop, "not set")
    if condition.operator in ("set", "not set"):
        return _present(prop, condition)
    return Filter(prop, condition.operator, condition.values)


def _held_by(condition: Condition, properties: Properties, world: World) -> Filter | None:
    """A condition whose words tell whose property it is."""
    match condition.holder:
        case "weekday" | "hour":
            prop = Property(condition.holder, "time", "Numeric")
        case "email":
            prop = world.held["person"].get("email") or Property("distinct_id", "event")
        case "empty":
            return Filter(_results(properties), "=", (0,))
        case "internal":
            return _internal(condition, world)
        case "cohort":
            prop = Property("cohort", "cohort")
        case _:
            return None
    return Filter(prop, condition.operator, condition.values)


def _present(prop: Property, condition: Condition) -> Filter:
    """Set or not: a flag is true, a count is above 0."""
    present = condition.operator == "set"
    if prop.kind == "Boolean":
        return Filter(prop, "=", (present,))
    if prop.numeric and _counts(prop):
        return Filter(prop, ">" if present else "=", (0,))
    return Filter(prop, condition.operator, condition.values)


def _results(properties: Properties) -> Property:
    """The number of things that a search found."""
    found = [
        prop
        for name, prop in properties.items()
        if prop.numeric and any("result" in unit.concepts for unit in read_name(name).units)
    ]
    if len(found) != 1:
        raise Unsure(Reply("asked", "Which property tells how much was found?"))
    return found[0]


def _counts(prop: Property) -> bool:
    """Whether a number counts things, so that having none of them is 0."""
    return bool({"count", "number", "num", "total"} & set(name_words(prop.name)))


def _internal(condition: Condition, world: World) -> Filter:
    """The people who make the product: a flag of persons, or else the project's own filter."""
    flags = {n: p for n, p in world.held["person"].items() if p.kind == "Boolean"}
    flag = next((p for n, p in flags.items() for word in STAFF if word in n), None)
    if flag:
        return Filter(flag, "=", (condition.operator == "=",))
    return Filter(Property("internal", "cohort"), condition.operator)


def _compared(condition: Condition, properties: Properties, world: World) -> tuple[Filter, ...]:
    amount = condition.amount
    assert amount is not None
    prop = choose(condition.links, properties, world, numeric=True)
    if prop is None and not condition.links and amount.money:
        prop = money(properties)
    if prop is None:
        prop = choose(condition.links, properties, world)
    if prop is None or (not prop.numeric and _identifies(prop)):
        raise Unsure(_no_property(condition))
    if not prop.numeric and (amount.operator, amount.numbers) in ((">=", (1,)), (">", (0,))):
        return (Filter(prop, "set"),)
    if prop.kind == "String" and not _may_hold_numbers(prop):
        told = f"{prop.name} is a text: nothing of it is over or under a number."
        raise Unsure(Reply("declined", told))
    if len(amount.numbers) == 2:
        low, high = amount.numbers
        return (Filter(prop, ">=", (low,)), Filter(prop, "<=", (high,)))
    return (Filter(prop, amount.operator, amount.numbers),)


def _valued(condition: Condition, properties: Properties, world: World) -> Filter:
    """The property that the values belong to; asks when they belong to several."""
    usable = [v for v in condition.found if _usable(v, properties)]
    if not usable:
        raise Unsure(_not_here(condition))
    most = max(v.count for v in usable)
    strong = [v for v in usable if v.count * RARE > most or v.property.holder == "session"]
    owners = list(dict.fromkeys(v.property for v in strong))
    named = [p for link in condition.links for p in owners if p.name == link.name]
    best = _preferred(named or owners, properties)
    if len(best) > 1:
        raise Unsure(_which(condition, best))
    mine = [v for v in usable if v.property == best[0]]
    if not named and (flags := _flags_named(mine, properties)):
        raise Unsure(_which(condition, (best[0], *flags)))
    values = tuple(dict.fromkeys(map(_typed, mine)))
    if any(v.part for v in mine) and condition.operator in ("=", "!="):
        return Filter(best[0], "contains" if condition.operator == "=" else "not contains", values)
    return Filter(best[0], condition.operator, values)


def _flags_named(found: Sequence[Found], properties: Properties) -> list[Property]:
    """The event's own flags that go by the name of a value which is not the event's own."""
    named = [properties.get(one.value.lower()) for one in found if one.property.holder != "event"]
    return [flag for flag in named if flag is not None and flag.kind == "Boolean"]


def _may_hold_numbers(prop: Property) -> bool:
    """Whether a text may be a number that came as one: versions and sizes, not pages."""
    return not prop.name.startswith("$") and prop.name not in PATHS


def _identifies(prop: Property) -> bool:
    return any(lexicon().identity & set(unit.parts) for unit in read_name(prop.name).units)


def _typed(found: Found) -> Value:
    return found.value.lower() == "true" if found.property.kind == "Boolean" else found.value


def _usable(value: Found, properties: Properties) -> bool:
    return value.property.holder != "event" or value.property.name in properties


def _preferred(owners: Sequence[Property], properties: Properties) -> list[Property]:
    """The event's own property before those PostHog adds, then the person's and the group's."""

    def order(prop: Property) -> tuple[int, int]:
        holder = {"event": 0, "session": 1, "person": 1}.get(prop.holder, 2)
        odd = prop.name.endswith("_code") or "initial" in prop.name or prop.name == "$referrer"
        return holder, int(odd)

    least = min(map(order, owners))
    return [one for one in owners if order(one) == least]


def _on_path(condition: Condition, properties: Properties) -> Filter:
    prop = next((properties[name] for name in PATHS if name in properties), None)
    if prop is None:
        raise Unsure(_no_property(condition))
    (said,) = condition.values
    text = str(said)
    operator = condition.operator
    if prop.name.endswith("url") and operator in ("=", "!="):
        operator = "contains" if operator == "=" else "not contains"
    if text.endswith("*"):
        return Filter(prop, "starts", (text.rstrip("*"),))
    shown = text.rstrip("/") or "/" if operator in ("=", "!=") else text
    return Filter(prop, operator, (shown,))


def _any_text(
    condition: Condition, properties: Properties, events: Sequence[str]
) -> Property | None:
    """The text property to look in: the only one, or what the event is named for."""
    texts = [prop for prop in properties.values() if prop.kind == "String"]
    nouns = {part for event in events for unit in read_name(event).units for part in unit.parts}
    named = [p for p in texts if {q for u in read_name(p.name).units for q in u.parts} <= nouns]
    found = named or texts
    return found[0] if len(found) == 1 else None


def _no_property(condition: Condition) -> Reply:
    names = [link.name for link in condition.links[:3]]
    said = condition.amount.numbers if condition.amount else condition.values
    what = " or ".join(names) or " and ".join(map(str, said))
    return Reply(
        "asked", f"Which property do you mean by “{what}”? This event has none of that name."
    )


def _not_here(condition: Condition) -> Reply:
    value = condition.found[0]
    return Reply(
        "declined",
        f"“{value.value}” is a value of {value.property.name}, which this event does not have.",
    )


def _which(condition: Condition, owners: Sequence[Property]) -> Reply:
    shown = tuple(dict.fromkeys(prop.name for prop in owners))[:4]
    return Reply(
        "asked",
        f"“{condition.found[0].value}” is a value of {' and of '.join(shown)}. Which do you mean?",
        choices=shown,
    )
