"""The parts of a plan as the arguments of tools, and as HogQL."""

from collections.abc import Sequence
from typing import Any

from agent.planner.english import periods
from agent.planner.english.windows import Clock, Span
from agent.planner.plan import Breakdown, Filter, Property, Series, Value
from agent.planner.world import World
from tools import conditions
from tools.conditions import By, Owners, Where
from tools.literals import moment

Arguments = dict[str, Any]


def where(one: Filter) -> Arguments:
    """A condition as a tool takes it, its values in the type of the property."""
    found = _about(one.property) | {"operator": one.operator}
    if one.operator in ("set", "not set"):
        return found
    return found | {"values": [typed(one.property, value) for value in one.values]}


def some(one: Series) -> Arguments:
    """Events with their conditions."""
    found: Arguments = {"events": list(one.events)} if one.events else {}
    return found | ({"where": [where(f) for f in one.filters]} if one.filters else {})


def by(one: Breakdown) -> Arguments:
    """What results are split by, as a tool takes it."""
    if one.part:
        return {"property": one.part, "of": "time"}
    return _about(one.property) if one.property else {"property": "event", "of": "column"}


def around(filters: Sequence[Filter], span: Span, clock: Clock) -> Arguments:
    """The period and the conditions of a whole plan."""
    found = period(span, clock)
    return found | ({"where": [where(one) for one in filters]} if filters else {})


def period(span: Span, clock: Clock) -> Arguments:
    """Both bounds as moments in the project's zone; none where the data's are not known."""
    whole, _ = periods.bounded(span, clock)
    found = {}
    if whole.start and (span.start or clock.first):
        found["date_from"] = whole.start.isoformat()
    if whole.end and (span.end or clock.last):
        found["date_to"] = whole.end.isoformat(timespec="auto")
    return found


def typed(one: Property, value: Value) -> Value:
    """A value in the type that PostHog gives the property."""
    if one.holder == "time":
        return int(float(value))
    if one.kind == "Boolean" and isinstance(value, str):
        return value.lower() == "true"
    if one.numeric and isinstance(value, str):
        return _number(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if one.kind == "String" and isinstance(value, bool):
        return str(value).lower()
    return value


class Terms:
    """The parts of a plan as HogQL over events, for one project."""

    def __init__(self, world: World) -> None:
        self._owners = Owners(groups=world.facts.groups)

    def condition(self, one: Filter) -> str:
        """A condition; a text compared as equal with a number is that number's text."""
        return conditions.hogql(Where.model_validate(where(one)), self._owners)

    def column(self, one: Breakdown) -> str:
        """What results are split by."""
        return conditions.column(By.model_validate(by(one)), self._owners)

    def property(self, one: Property) -> str:
        """The value of a property."""
        return self.column(Breakdown(one))

    def number(self, one: Property) -> str:
        """The value of a property as a number."""
        return f"toFloat({self.property(one)})"

    def group(self, name: str) -> str:
        """The group of an event, nothing where it has none."""
        return self.column(Breakdown(Property("key", name)))

    def events(self, one: Series) -> list[str]:
        """Which events a series counts: their names and conditions."""
        names = Where(property="event", of="column", values=one.events) if one.events else None
        found = [conditions.hogql(names, self._owners)] if names else []
        return found + [self.condition(f) for f in one.filters]

    def during(self, span: Span, at: str = "timestamp") -> list[str]:
        """The bounds of a period; an open side has none."""
        found = [f"{at} >= {moment(span.start)}"] if span.start else []
        return found + ([f"{at} < {moment(span.end)}"] if span.end else [])


def _about(one: Property) -> Arguments:
    """A property with its holder; some columns of events go by the name of a property."""
    if one.holder == "event" and one.name in ("distinct_id", "person_id"):
        return {"property": one.name, "of": "column"}
    return {"property": one.name} if one.holder == "event" else {
        "property": one.name, "of": one.holder
    }  # fmt: skip


def _number(text: str) -> float | str:
    try:
        amount = float(text)
    except ValueError:
        return text
    return int(amount) if amount.is_integer() else amount
