"""A Plan as HogQL."""

import re

from agent.planner.plan import Breakdown, Filter, Measure, Operator, Plan, Property
from agent.planner.windows import Clock, Span, Unit
from tools.literals import literal, moment, path

BUCKETS: dict[Unit, str] = {
    "hour": "toStartOfHour(timestamp)",
    "day": "toStartOfDay(timestamp)",
    "week": "toStartOfWeek(timestamp)",
    "month": "toStartOfMonth(timestamp)",
    "quarter": "toStartOfQuarter(timestamp)",
    "year": "toStartOfYear(timestamp)",
}
TAKEN = frozenset(
    {
        "timestamp",
        "created_at",
        "person",
        "person_id",
        "distinct_id",
        "properties",
        "uuid",
        "label",
        "value",
    }
)
"""Names a breakdown can't have: columns it would hide, and our own."""

PARTS = {"hour": "toHour(timestamp)", "weekday": "toDayOfWeek(timestamp)"}


def queries(plan: Plan, clock: Clock) -> list[str]:
    """The HogQL that answers a plan: one query, or two for a comparison of periods."""
    spans = [plan.span, *([plan.compare] if plan.compare else [])]
    if plan.measures[0].math == "first_time":
        return [_first_time(plan, span, clock) for span in spans]
    if plan.measures[0].math == "percentile":
        return [_percentile(plan, span, clock) for span in spans]
    return [_select(plan, span, clock) for span in spans]


def value_names(plan: Plan) -> tuple[str, ...]:
    """The names of the value columns, in order."""
    if len(plan.measures) == 1:
        return ("value",)
    return tuple(f"value_{n}" for n in range(1, len(plan.measures) + 1))


def key_names(plan: Plan) -> tuple[str, ...]:
    """The names of the columns results are split by, in order."""
    names: list[str] = [plan.interval] if plan.interval else []
    for one in plan.breakdowns:
        name = _breakdown_name(one)
        names.append(f"{name}_{len(names) + 1}" if name in names or name in TAKEN else name)
    return tuple(names)


def _breakdown_name(one: Breakdown) -> str:
    """The column of one breakdown: what the property is called, as a plain identifier."""
    if one.part:
        return {"hour": "hour_of_day", "weekday": "weekday"}[one.part]
    return re.sub(r"\W", "", one.property.name).lower() or "property" if one.property else "event"


def condition(one: Filter) -> str:
    """A filter as HogQL."""
    column = _column(one.property)
    if one.operator in ("contains", "not contains", "starts"):
        return _like(column, one.operator, str(one.values[0]))
    if one.operator == "set":
        return f"isNotNull({column})"
    if one.operator == "not set":
        return f"isNull({column})"
    values = [_value(one.property, value) for value in one.values]
    if len(values) > 1:
        return f"{column} {'IN' if one.operator == '=' else 'NOT IN'} ({', '.join(values)})"
    if one.operator in (">", ">=", "<", "<="):
        column = number(one.property)
    return f"{column} {one.operator} {values[0]}"


def number(prop: Property) -> str:
    """A property as a number, cast where PostHog does not know it as one."""
    return _column(prop) if prop.numeric else f"toFloat({_column(prop)})"


def _select(plan: Plan, span: Span, clock: Clock) -> str:
    keys = _keys(plan)
    values = [
        f"{_aggregate(m, len(plan.measures) > 1)} AS {name}"
        for m, name in zip(plan.measures, value_names(plan), strict=True)
    ]
    labels = [
        f"topK(1)({_column(one.label_property)})[1] AS label"
        for one in plan.breakdowns[:1]
        if one.label_property
    ]
    where = _where(plan, span, clock)
    text = f"SELECT {', '.join([*keys, *labels, *values])}\nFROM events\nWHERE {where}"
    if keys:
        names = ", ".join(key_names(plan))
        text += f"\nGROUP BY {names}\nORDER BY {_order(plan)}"
    return text


def _keys(plan: Plan) -> list[str]:
    keys = [f"{BUCKETS[plan.interval]} AS {plan.interval}"] if plan.interval else []
    for name, one in zip(key_names(plan)[len(keys) :], plan.breakdowns, strict=True):
        column = PARTS[one.part] if one.part else _column(one.property) if one.property else "event"
        keys.append(column if column == name else f"{column} AS {name}")
    return keys


def _order(plan: Plan) -> str:
    """Time forward, parts of the time in their order, values of a breakdown by size."""
    if plan.interval:
        return ", ".join([plan.interval, f"{value_names(plan)[0]} DESC"])
    if plan.breakdowns[0].part and not plan.limit:
        return ", ".join(key_names(plan))
    direction = "ASC" if plan.ascending else "DESC"
    return ", ".join([f"{value_names(plan)[0]} {direction}", *key_names(plan)])


def _where(plan: Plan, span: Span, clock: Clock) -> str:
    """The period, the events and the conditions; several measures bring their own events."""
    parts = _period(span, clock)
    events = tuple(dict.fromkeys(m.event for m in plan.measures))
    if None not in events:
        parts.append(_events(events))
    parts += [condition(one) for one in plan.filters]
    if len(plan.measures) == 1:
        parts += [condition(one) for one in plan.measures[0].filters]
    return "\n  AND ".join(parts or ["true"])


def _events(events: tuple[str | None, ...]) -> str:
    names = [literal(event) for event in events]
    return f"event = {names[0]}" if len(names) == 1 else f"event IN ({', '.join(names)})"


def _period(span: Span, clock: Clock) -> list[str]:
    """Both bounds where they are known; an open side has none."""
    parts = [f"timestamp >= {moment(span.start)}"] if span.start else []
    return parts + ([f"timestamp < {moment(span.end)}"] if span.end else [])


def _aggregate(measure: Measure, among_others: bool) -> str:
    """What is calculated; among other measures, only over its own events and conditions."""
    own = [condition(one) for one in measure.filters] if among_others else []
    if among_others and measure.event is not None:
        own.insert(0, f"event = {literal(measure.event)}")
    only = " AND ".join(own)
    if measure.math == "total":
        return f"countIf({only})" if only else "count()"
    if measure.math in ("unique", "sessions", "distinct"):
        column = {"unique": "person_id", "sessions": "$session_id"}.get(measure.math)
        column = column or _column(_known(measure))
        return f"count(DISTINCT {f'if({only}, {column}, NULL)' if only else column})"
    if measure.math == "per_person":
        amount = f"sum({number(measure.property)})" if measure.property else "count()"
        return f"{amount} / count(DISTINCT person_id)"
    return _statistic(measure)


def _statistic(measure: Measure) -> str:
    column = number(_known(measure))
    if measure.math == "median":
        return f"(medianExactLow({column}) + medianExactHigh({column})) / 2"
    return f"{measure.math}({column})"


def _percentile(plan: Plan, span: Span, clock: Clock) -> str:
    """The exact percentile, linear between neighbours; HogQL's own `quantile` only samples."""
    names = key_names(plan)
    column, share = number(_known(plan.measures[0])), plan.measures[0].percentile
    keys = "".join(f"{name}, " for name in names)
    inner = (
        f"SELECT {''.join(f'{k}, ' for k in _keys(plan))}arraySort(groupArray({column})) AS sorted"
    )
    inner += f"\nFROM events\nWHERE {_where(plan, span, clock)}"
    inner += f"\nGROUP BY {', '.join(names)}" if names else ""
    placed = f"SELECT {keys}sorted, {share} * (length(sorted) - 1) AS place\nFROM ({inner})"
    text = (
        f"SELECT {keys}sorted[toInt(floor(place)) + 1] + (place - floor(place))"
        " * (sorted[toInt(ceil(place)) + 1] - sorted[toInt(floor(place)) + 1]) AS value"
        f"\nFROM ({placed}\nWHERE length(sorted) > 0)"
    )
    return text + (f"\nORDER BY {_order(plan)}" if names else "")


def _first_time(plan: Plan, span: Span, clock: Clock) -> str:
    """People by when they first did it, over all time before the period is applied."""
    measure = plan.measures[0]
    where = [_events((measure.event,))] if measure.event else []
    where += [condition(one) for one in plan.filters]
    firsts = "SELECT person_id, min(timestamp) AS first_time\nFROM events"
    firsts += f"\nWHERE {' AND '.join(where)}" if where else ""
    period = [part.replace("timestamp", "first_time", 1) for part in _period(span, clock)]
    bucket = f"{BUCKETS[plan.interval]} AS {plan.interval}, " if plan.interval else ""
    bucket = bucket.replace("timestamp", "first_time")
    text = f"SELECT {bucket}count() AS value\nFROM ({firsts}\nGROUP BY person_id)"
    text += f"\nWHERE {' AND '.join(period)}" if period else ""
    return text + (f"\nGROUP BY {plan.interval}\nORDER BY {plan.interval}" if plan.interval else "")


def _known(measure: Measure) -> Property:
    assert measure.property is not None
    return measure.property


def _column(prop: Property | None) -> str:
    assert prop is not None
    if prop.holder == "person":
        return path("person", "properties", prop.name)
    return path("properties", prop.name)


def _like(column: str, operator: Operator, text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if operator == "starts":
        return f"{column} LIKE {literal(escaped + '%')}"
    like = "NOT ILIKE" if operator == "not contains" else "ILIKE"
    return f"{column} {like} {literal(f'%{escaped}%')}"


def _value(prop: Property, value: str | float | bool) -> str:
    """A value in the type PostHog gives the property."""
    if isinstance(value, str) and prop.kind == "Boolean":
        return literal(value.lower() == "true")
    if isinstance(value, str) and prop.numeric:
        return literal(_number(value))
    if isinstance(value, float) and value.is_integer():
        return literal(int(value))
    return literal(value)


def _number(text: str) -> float | int:
    amount = float(text)
    return int(amount) if amount.is_integer() else amount


def tracked(event: str) -> str:
    """When an event was first and last seen, and how often."""
    seen = "SELECT min(timestamp), max(timestamp), count()\nFROM events"
    return f"{seen}\nWHERE event = {literal(event)}"
