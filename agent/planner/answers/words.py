"""Plans in plain words: what is measured, under which conditions, how it is split."""

from collections.abc import Iterable, Sequence

from agent.planner.answers.figures import amount, ordinal
from agent.planner.plan import Breakdown, Filter, Funnel, Retention, Segment, Series, Times, Window

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOTHING = "(none)"
WORDS = {
    "=": "is", "!=": "is not", ">": "over", ">=": "at least", "<": "under", "<=": "at most",
    "contains": "contains", "not contains": "does not contain", "starts": "starts with",
    "set": "is set", "not set": "is not set",
}  # fmt: skip
OFTEN = {
    "=": "exactly",
    "!=": "not",
    ">": "more than",
    ">=": "at least",
    "<": "fewer than",
    "<=": "at most",
}
STATISTICS = {
    "avg": "average",
    "sum": "total",
    "min": "lowest",
    "max": "highest",
    "median": "median",
}


def events(one: Series) -> str:
    """The events of a series by their names."""
    return " or ".join(one.events) or "any event"


def done(one: Series) -> str:
    """What somebody did: the events, under their conditions, how often."""
    conditions = filtered(one.filters)
    often = f" {times(one.times)}" if one.times else ""
    first = "first " if one.first else ""
    when = f" in {one.span.label.removeprefix('in ')}" if one.span else ""
    return f"{first}{events(one)}{f' where {conditions}' if conditions else ''}{often}{when}"


def times(one: Times) -> str:
    """How often."""
    return (
        f"{OFTEN.get(one.operator, one.operator)} {one.count} time{'' if one.count == 1 else 's'}"
    )


def measured(one: Series) -> str:
    """What is measured, for a headline: "order_completed events", "average revenue of …"."""
    conditions = filtered(one.filters)
    return f"{_counted(one)}{f' where {conditions}' if conditions else ''}"


def _counted(one: Series) -> str:
    name, of = one.property.name if one.property else "", f"of {events(one)}"
    often = f" {times(one.times)}" if one.times else ""
    first = "their first " if one.first or one.math == "first_time" else ""
    counted = {
        "total": f"{'first ' if one.first else ''}{events(one)} events" if one.events else "events",
        "unique": f"people with {first}{events(one)}",
        "first_time": f"people with {first}{events(one)}",
        "weekly_active": f"people with {events(one)} within 7 days",
        "monthly_active": f"people with {events(one)} within 30 days",
        "sessions": f"sessions with {events(one)}",
        "groups": f"{groups(one.group or '')} with {events(one)}",
        "per_person": f"{name or events(one)} {of if name else 'events'} per person",
        "distinct": f"different values of {name} on {events(one)}",
        "percentile": f"{ordinal(round(one.percentile * 100))} percentile of {name} {of}",
    }
    found = counted.get(one.math) or f"{STATISTICS.get(one.math, one.math)} {name} {of}"
    return found + often


def groups(kind: str) -> str:
    """Groups of a type, as many: companies, studios."""
    ends = kind.endswith("y") and kind[-2:-1] not in "aeiou"
    return f"{kind[:-1]}ies" if ends else f"{kind}s"


COUNTING = frozenset(
    ["total", "unique", "weekly_active", "monthly_active", "first_time", "sessions", "groups"]
) | {"distinct"}


def counts(one: Series) -> bool:
    """Whether a series counts things, and does not calculate over them."""
    return one.math in COUNTING


def additive(one: Series) -> bool:
    """Whether values over parts add up to the value over the whole."""
    return one.math in ("total", "sum", "first_time") and not one.times


def filtered(filters: Iterable[Filter]) -> str:
    """Conditions in words, empty without any."""
    return " and ".join(map(_condition, filters))


def split(one: Breakdown) -> str:
    """What results are split by."""
    if one.part:
        return {"hour": "hour of the day", "weekday": "day of the week"}[one.part]
    if one.property is None:
        return "event"
    if one.property.name == "key" and one.property.holder not in ("event", "person", "session"):
        return one.property.holder
    owner = one.property.holder
    return one.property.name if owner == "event" else f"{owner} {one.property.name}"


def splits(found: Sequence[Breakdown]) -> str:
    """Everything that results are split by."""
    return " and ".join(map(split, found))


def cell(one: Breakdown, value: object) -> object:
    """A value of a breakdown as people read it."""
    if one.part == "weekday" and value is not None:
        return WEEKDAYS[int(str(value)) - 1]
    if one.part == "hour" and value is not None:
        return int(str(value))
    return value


def called(one: Breakdown, value: object) -> str:
    """A value of a breakdown in a sentence."""
    if one.part == "hour" and value is not None:
        return f"{int(str(value)):02}:00"
    return named(cell(one, value))


def named(value: object) -> str:
    """A value in a sentence."""
    return NOTHING if value in (None, "") else str(value)


def capital(text: str) -> str:
    """The text as the start of a sentence; names of events keep their case."""
    first = text.split()[0] if text else ""
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def begun(plan: Retention) -> str:
    """What people begin with."""
    one = Series(plan.start.events, filters=plan.start.filters)
    return f"{done(one)}{' for the first time' if plan.start.first else ''}"


def actors(plan: Funnel) -> str:
    """Who goes through a funnel."""
    if plan.by_session:
        return "sessions"
    return groups(plan.steps[0].group) if plan.steps[0].group else "people"


def did(plan: Funnel, place: int) -> str:
    """What those who took a step of a funnel did: who did it, or with it."""
    return f"{'with' if plan.by_session else 'who did'} {done(plan.steps[place])}"


def lasting(window: Window) -> str:
    """A length of time."""
    return f"{window.count} {window.unit}{'' if window.count == 1 else 's'}"


def segment(plan: Segment) -> str:
    """Who did what, and what not."""
    did = " and ".join(map(done, plan.did))
    never = " or ".join(map(done, plan.never))
    if not did:
        return f"{who(plan)} who never did {never}"
    return f"{who(plan)} who did {did}{f' but not {never}' if never else ''}"


def who(plan: Segment) -> str:
    """What a segment is made of."""
    return groups(plan.group) if plan.group else "people"


def _condition(one: Filter) -> str:
    name, values = one.property.name, [_value(one, value) for value in one.values]
    if one.property.holder == "time":
        name = {"hour": "the hour", "weekday": "the day of the week"}.get(name, name)
    elif one.property.holder == "cohort":
        verb = "the person is in" if one.operator == "=" else "the person is not in"
        return f"{verb} the cohort {' or '.join(values)}"
    elif one.property.holder not in ("event", "session"):
        name = f"{one.property.holder} {name}"
    joint = " nor " if one.operator in ("!=", "not contains") else " or "
    return " ".join(filter(None, (name, WORDS[one.operator], joint.join(values))))


def _value(one: Filter, value: object) -> str:
    if one.property.holder == "time" and one.property.name == "weekday":
        return WEEKDAYS[int(float(str(value))) - 1]
    if isinstance(value, bool):
        return "true" if value else "false"
    return amount(value) if isinstance(value, float) else str(value)
