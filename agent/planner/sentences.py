"""Plans and figures in plain words."""

from datetime import datetime

from agent.planner.plan import Breakdown, Filter, Measure, Plan
from agent.planner.windows import Span

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORDS = {
    "=": "is", "!=": "is not", ">": "over", ">=": "at least", "<": "under", "<=": "at most",
    "contains": "contains", "not contains": "does not contain", "starts": "starts with",
    "set": "is set", "not set": "is not set",
}  # fmt: skip


def amount(value: object) -> str:
    """A figure as people write it: thousands separated, at most two decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "nothing" if value is None else str(value)
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 0.01 else f"{value:.2g}"


def measured(measure: Measure) -> str:
    """What is measured, for a headline: "order_completed events", "average revenue of …"."""
    event = measure.event or "any event"
    name = measure.property.name if measure.property else ""
    counted = {
        "total": f"{measure.event} events" if measure.event else "events",
        "unique": f"people with {event}",
        "first_time": f"people with their first {event}",
        "sessions": f"sessions with {event}",
        "per_person": f"{name or event} {f'of {event}' if name else 'events'} per person",
        "distinct": f"different values of {name} on {event}",
        "percentile": f"{measure.percentile * 100:g}th percentile of {name} on {event}",
    }
    word = {"avg": "average", "sum": "total", "min": "lowest", "max": "highest"}
    return counted.get(measure.math) or f"{word.get(measure.math, measure.math)} {name} of {event}"


def filtered(filters: tuple[Filter, ...]) -> str:
    """Conditions in words, empty without any."""
    return " and ".join(_condition(one) for one in filters)


def split(one: Breakdown) -> str:
    """What results are split by."""
    if one.part:
        return {"hour": "hour of the day", "weekday": "day of the week"}[one.part]
    return one.property.name if one.property else "event"


def reading(plan: Plan) -> str:
    """The whole plan as one phrase: how the question was read."""
    parts = [" vs ".join(measured(measure) for measure in plan.measures)]
    conditions = filtered(plan.filters + plan.measures[0].filters)
    parts += [f"where {conditions}"] if conditions else []
    parts += [f"by {' and '.join(map(split, plan.breakdowns))}"] if plan.breakdowns else []
    parts += [f"per {plan.interval}"] if plan.interval else []
    return " ".join(parts)


def period(span: Span) -> str:
    """The label of a period with its dates."""
    assert span.start is not None
    assert span.end is not None
    return f"{span.label} ({dates(span)})"


def dates(span: Span) -> str:
    """First and last moment of a period, the last one included."""
    assert span.start is not None
    assert span.end is not None
    clocked = any(at.time() != datetime.min.time() for at in (span.start, span.end))
    if not clocked:
        last = span.end - (datetime.resolution)
        first = f"{span.start:%Y-%m-%d}"
        return first if span.start.date() == last.date() else f"{first} to {last:%Y-%m-%d}"
    return f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M}"


def bucket(at: datetime, unit: str) -> str:
    """The name of one interval."""
    if unit == "hour":
        return f"{at:%Y-%m-%d %H:%M}"
    if unit == "month":
        return f"{at:%Y-%m}"
    if unit == "quarter":
        return f"{at.year}-Q{(at.month + 2) // 3}"
    return f"{at.year}" if unit == "year" else f"{at:%Y-%m-%d}"


def within(name: str, unit: str) -> str:
    """A bucket as the time something fell into: "on 2026-11-02", "in the week of 2026-11-02"."""
    lead = {"hour": "at", "day": "on", "week": "in the week of"}.get(unit, "in")
    return f"{lead} {name}"


def _condition(one: Filter) -> str:
    values = [("true" if v else "false") if isinstance(v, bool) else amount(v) for v in one.values]
    return " ".join(filter(None, (one.property.name, WORDS[one.operator], " or ".join(values))))
