"""What is counted, as HogQL: which events, and what of them, in several periods at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.planner.english.windows import Span
from agent.planner.plan import Filter, Scope, Series
from agent.planner.why.comparable import end, start
from agent.planner.why.conditions import condition, number, said
from agent.planner.why.slots import AT, Slots
from tools.literals import literal, moment

Counted = Literal["events", "people", "sessions", "sum"]
COUNTED: dict[str, Counted] = {
    "total": "events", "unique": "people", "first_time": "people", "sessions": "sessions",
    "sum": "sum",
}  # fmt: skip
FIELDS = {"events": "1", "people": "person_id", "sessions": "$session_id"}


@dataclass(frozen=True)
class Measure:
    """One figure that adds up over time, or over people."""

    events: tuple[str, ...]
    """Any of these; none means any event."""

    counted: Counted
    field: str
    """What is counted or added, as HogQL of one event."""

    filters: tuple[Filter, ...]
    where: tuple[str, ...]
    """The filters as HogQL."""

    name: str
    """The property that is added up."""

    @property
    def what(self) -> str:
        """What is counted, in words."""
        event = " or ".join(self.events) or "events of any kind"
        conditions = " and ".join(map(said, self.filters))
        where = f" with {conditions}" if conditions else ""
        lead = {"people": "people with ", "sessions": "sessions with "}.get(self.counted, "")
        lead = f"total {self.name} of " if self.counted == "sum" else lead
        return f"{lead}{event}{where}"

    def value(self, only: str, field: str = "amount") -> str:
        """The figure over the rows that meet a condition; `field` holds what is counted."""
        if self.counted == "events":
            return f"countIf({only})"
        if self.counted == "sum":
            return f"sumIf({field}, {only})"
        return f"count(DISTINCT if({only}, {field}, NULL))"

    def conditions(self, more: Sequence[str] = ()) -> list[str]:
        """What the rows must meet, but for the time."""
        return [*named(self.events), *self.where, *more]


def read(series: Series, scope: Scope, groups: Sequence[str]) -> Measure | None:
    """A series as a measure, None when its figure can't be taken apart."""
    counted = COUNTED.get(series.math)
    if counted is None or (counted == "sum" and series.property is None) or series.times:
        return None
    filters = tuple(dict.fromkeys((*scope.filters, *series.filters)))
    prop = series.property
    return Measure(
        series.events,
        counted,
        number(prop, groups) if prop and counted == "sum" else FIELDS[counted],
        filters,
        tuple(condition(one, groups) for one in filters),
        prop.name if prop else "",
    )


def named(events: Sequence[str]) -> list[str]:
    """The condition that an event is one of these."""
    if not events:
        return []
    names = ", ".join(map(literal, events))
    return [f"event IN ({names})" if len(events) > 1 else f"event = {names}"]


def within(span: Span) -> str:
    """The condition that an event lies in a period."""
    return f"timestamp >= {moment(start(span))} AND timestamp < {moment(end(span))}"


def totals(measure: Measure, slots: Slots) -> str:
    """One row: the figure in each period, and at last what one event adds by its weight."""
    columns = [f"{measure.value(slots.inside(one))} AS v{i}" for i, one in enumerate(slots.spans)]
    unit = "sum(square) / sum(size)" if measure.counted == "sum" else "1"
    extra = ["amount * amount AS square", "abs(amount) AS size"] if measure.counted == "sum" else []
    rows = picked(measure, slots, extra)
    return f"SELECT {', '.join(columns)}, {unit} AS unit\nFROM ({rows})"


def picked(
    measure: Measure, slots: Slots, extra: Sequence[str] = (), more: Sequence[str] = ()
) -> str:
    """The rows of a figure, each with what is counted and the period it lies in."""
    where = both([*slots.envelope, *measure.conditions(more)])
    rows = f"SELECT {AT}, {measure.field} AS amount\nFROM events\nWHERE {where}"
    return f"SELECT {', '.join(['amount', *slots.columns, *extra])}\nFROM ({rows})"


def daily(measure: Measure, span: Span, more: Sequence[str] = ()) -> str:
    """The figure of each day."""
    value = measure.value("true", measure.field)
    where = both([within(span), *measure.conditions(more)])
    return (
        f"SELECT toDate(timestamp) AS day, {value} AS value\nFROM events\nWHERE {where}\n"
        "GROUP BY day ORDER BY day"
    )


def both(conditions: Sequence[str]) -> str:
    """All of the conditions."""
    return "\n  AND ".join(conditions) or "true"
