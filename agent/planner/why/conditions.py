"""The conditions of a plan as HogQL."""

from collections.abc import Sequence

from agent.planner.plan import Filter, Property, Value
from tools.literals import literal, path

PARTS = {"weekday": "toDayOfWeek(timestamp)", "hour": "toHour(timestamp)"}
LIKE = {"contains": "ILIKE", "not contains": "NOT ILIKE", "starts": "LIKE"}


def column(prop: Property, groups: Sequence[str]) -> str:
    """A property as HogQL, read from an event."""
    if prop.holder == "time":
        return PARTS[prop.name]
    if prop.holder in groups:
        return path(f"group_{groups.index(prop.holder)}", "properties", prop.name)
    if prop.holder == "session":
        return path("session", prop.name)
    lead = ("person",) if prop.holder == "person" else ()
    return path(*lead, "properties", prop.name)


def number(prop: Property, groups: Sequence[str]) -> str:
    """A property as a number, cast where PostHog does not know it as one."""
    return column(prop, groups) if prop.numeric else f"toFloat({column(prop, groups)})"


def condition(one: Filter, groups: Sequence[str]) -> str:
    """One condition as HogQL."""
    if one.property.holder == "cohort":
        return _cohort(one)
    field = column(one.property, groups)
    if one.operator in LIKE:
        return _like(field, one)
    if one.operator in ("set", "not set"):
        return f"{'isNotNull' if one.operator == 'set' else 'isNull'}({field})"
    values = [_value(one.property, value) for value in one.values]
    if len(values) != 1:
        return f"{field} {'IN' if one.operator == '=' else 'NOT IN'} ({', '.join(values)})"
    if one.operator in (">", ">=", "<", "<="):
        field = number(one.property, groups)
    return f"{field} {one.operator} {values[0]}"


def said(one: Filter) -> str:
    """One condition in words."""
    name = one.property.name
    if one.operator in ("set", "not set"):
        return f"{name} is {one.operator}"
    values = " or ".join(str(value) for value in one.values)
    return f"{name} {values}" if one.operator == "=" else f"{name} {one.operator} {values}"


def _cohort(one: Filter) -> str:
    sign = "NOT IN" if one.operator in ("!=", "not set") else "IN"
    found = [f"person_id {sign} COHORT {literal(str(value))}" for value in one.values]
    return f"({(' AND ' if sign == 'NOT IN' else ' OR ').join(found)})"


def _like(field: str, one: Filter) -> str:
    text = str(one.values[0]).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"{text}%" if one.operator == "starts" else f"%{text}%"
    return f"{field} {LIKE[one.operator]} {literal(pattern)}"


def _value(prop: Property, value: Value) -> str:
    """A value in the type PostHog gives the property."""
    if isinstance(value, str) and prop.kind == "Boolean":
        return literal(value.lower() == "true")
    if isinstance(value, str) and (prop.numeric or prop.holder == "time"):
        return _number(value)
    if isinstance(value, float) and value.is_integer():
        return literal(int(value))
    return literal(value)


def _number(text: str) -> str:
    try:
        amount = float(text)
    except ValueError:
        return literal(text)
    return literal(int(amount) if amount.is_integer() else amount)
