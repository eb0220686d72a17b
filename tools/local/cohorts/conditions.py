"""A single criterion of a cohort as a HogQL query for the ids of the persons who meet it.

After posthog/hogql_queries/hogql_cohort_query.py: whole days for most, the exact length of time for
a number of times.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal

from tools.local.cohorts.criteria import Event, Member, Person
from tools.local.dates import Window, parse_date
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.model import DateRange, Entity
from tools.local.queries.reader import Reader
from tools.local.queries.series import entity
from tools.local.routes import whole

SECONDS = {"hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000}
_COUNTS = {"gte": ">=", "lte": "<=", "gt": ">", "lt": "<", "eq": "==", "exact": "==", None: "=="}
_ABOUT_NOW = timedelta(seconds=5)


def condition(criterion: Event | Member | Person, reader: Reader) -> Node:
    """The persons who meet a criterion, its negation aside: a query with the column `id`."""
    if isinstance(criterion, Event):
        return _event(criterion, reader)
    test = criterion.model_dump(exclude={"negation"}, exclude_none=True)
    if criterion.type == "person_metadata":
        # The name under which property filters know columns.
        test["type"] = "event_metadata"
    return nodes.query(
        "SELECT id FROM persons WHERE {test}", test=reader.filters("person").one(test)
    )


def _event(criterion: Event, reader: Reader) -> Node:
    compute = _BEHAVIORS.get(criterion.value)
    if compute is None:
        raise HogQLError(f"Invalid behavioral property value for Cohort: {criterion.value}")
    return compute(criterion, reader)


def performed(criterion: Event, reader: Reader) -> Node:
    """Those who did it in a window of time."""
    return _did(criterion, reader, _dates(criterion))


def first_time(criterion: Event, reader: Reader) -> Node:
    """Those whose first one ever lies in the window, and is as asked for."""
    every = entity(_entity(criterion, filtered=False), reader)
    return _first(every, entity(_entity(criterion), reader), _dates(criterion), reader)


def several_times(criterion: Event, reader: Reader) -> Node:
    """Those who did it a number of times, at least once."""
    op = _COUNTS.get(criterion.operator)
    if op is None:
        raise HogQLError("count_operator must be gt(e), lt(e), exact, or None")
    times = _positive(criterion.operator_value, "operator_value")
    dates = _dates(criterion)
    start = parse_date(str(dates.date_from), reader.now)
    end = parse_date(dates.date_to, reader.now) if dates.date_to else reader.now + _ABOUT_NOW
    return nodes.query(
        "SELECT person_id AS id FROM events WHERE {did} AND timestamp > {start} AND "
        "timestamp < {end} GROUP BY person_id HAVING {often}",
        did=entity(_entity(criterion), reader),
        start=reader.moment(start),
        end=reader.moment(end),
        often=nodes.compare(op, nodes.call("count"), nodes.constant(times)),
    )


def in_sequence(criterion: Event, reader: Reader) -> Node:
    """Those who did one thing and then another soon after."""
    if criterion.seq_event is None or criterion.seq_event_type is None:
        raise HogQLError("performed_event_sequence needs seq_event and seq_event_type.")
    soon = _positive(criterion.seq_time_value, "seq_time_value")
    seconds = soon * SECONDS[_interval(criterion.seq_time_interval)]
    first, then = (
        entity(_entity(criterion), reader),
        entity(_named(criterion.seq_event_type, criterion.seq_event), reader),
    )
    steps = nodes.parametric(
        "windowFunnel",
        [seconds * 1000, "strict_once"],
        nodes.expr("abs(toUnixTimestamp64Milli(timestamp))"),
        first,
        then,
    )
    return nodes.query(
        "SELECT person_id AS id FROM events WHERE {some} AND {during} GROUP BY person_id "
        "HAVING {steps} = 2",
        some=nodes.any_of([first, then]),
        during=reader.during(reader.window(_dates(criterion))),
        steps=steps,
    )


def regularly(criterion: Event, reader: Reader) -> Node:
    """Those who did it so often in so many of the last periods; the last one ended yesterday."""
    unit, length = _period(criterion)
    total = _positive(criterion.total_periods, "total_periods")
    fewest = _positive(criterion.min_periods, "min_periods")
    if fewest > total:
        raise HogQLError(f"min_periods ({fewest}) cannot be greater than total_periods ({total})")
    op = _COUNTS.get(criterion.operator)
    if op is None:
        raise HogQLError("count_operator must be gt(e), lt(e), exact, or None")
    span = reader.window(DateRange(date_from=f"-{length * total}{unit[0]}", date_to="-1d"))
    often = _positive(criterion.operator_value, "operator_value")
    return nodes.query(
        "SELECT id FROM (SELECT person_id AS id, {period} AS period FROM events "
        "WHERE {did} AND {during} GROUP BY id, period HAVING {often}) "
        "GROUP BY id HAVING count() >= {fewest}",
        period=_since(span, unit, length, reader),
        did=entity(_entity(criterion), reader),
        during=reader.during(span),
        often=nodes.compare(op, nodes.call("count"), nodes.constant(often)),
        fewest=nodes.constant(fewest),
    )


def stopped(criterion: Event, reader: Reader) -> Node:
    """Those who did it in the window but not lately."""
    lately = DateRange(date_from=_ago(criterion.seq_time_value, criterion.seq_time_interval))
    return nodes.query(
        "SELECT id FROM {all} WHERE id NOT IN {lately}",
        all=_did(criterion, reader, _dates(criterion)),
        lately=_did(criterion, reader, lately),
    )


def restarted(criterion: Event, reader: Reader) -> Node:
    """Those who do it lately, had done it before, and did not in between."""
    began = _ago(criterion.time_value, criterion.time_interval)
    again = _ago(criterion.seq_time_value, criterion.seq_time_interval)
    did = entity(_entity(criterion), reader)
    return nodes.query(
        "SELECT id FROM {lately} WHERE id NOT IN {newly} AND id NOT IN {between}",
        lately=_did(criterion, reader, DateRange(date_from=again)),
        newly=_first(did, did, DateRange(date_from=again), reader),
        between=_did(criterion, reader, DateRange(date_from=began, date_to=again)),
    )


_BEHAVIORS: Mapping[str, Callable[[Event, Reader], Node]] = {
    "performed_event": performed,
    "performed_event_first_time": first_time,
    "performed_event_multiple": several_times,
    "performed_event_sequence": in_sequence,
    "performed_event_regularly": regularly,
    "stopped_performing_event": stopped,
    "restarted_performing_event": restarted,
}


def _did(criterion: Event, reader: Reader, dates: DateRange) -> Node:
    return nodes.query(
        "SELECT DISTINCT person_id AS id FROM events WHERE {did} AND {during}",
        did=entity(_entity(criterion), reader),
        during=reader.during(reader.window(dates)),
    )


def _first(named: Node, asked: Node, dates: DateRange, reader: Reader) -> Node:
    span = reader.window(dates)
    return nodes.query(
        "SELECT person_id AS id FROM events WHERE {named} AND timestamp <= {end} GROUP BY person_id"
        " HAVING min(timestamp) >= {start} AND min(timestamp) = minIf(timestamp, {asked})",
        named=named,
        asked=asked,
        start=reader.moment(span.start),
        end=reader.moment(span.end),
    )


def _entity(criterion: Event, *, filtered: bool = True) -> Entity:
    found = _named(criterion.event_type, criterion.key)
    return found.model_copy(update={"properties": criterion.event_filters}) if filtered else found


def _named(kind: Literal["events", "actions"], key: str | int) -> Entity:
    if kind == "events":
        return Entity(kind="EventsNode", event=str(key))
    number = whole(str(key))
    if number is None:
        raise HogQLError(f"An action is named by its id, not by {key!r}.")
    return Entity(kind="ActionsNode", id=number)


def _dates(criterion: Event) -> DateRange:
    if criterion.explicit_datetime:
        return DateRange(
            date_from=criterion.explicit_datetime, date_to=criterion.explicit_datetime_to
        )
    return DateRange(date_from=_ago(criterion.time_value, criterion.time_interval))


def _ago(value: int | None, interval: str | None) -> str:
    return f"-{_positive(value, 'time_value')}{_interval(interval)[0]}"


def _interval(interval: str | None) -> str:
    if interval not in SECONDS:
        raise HogQLError(f"Invalid interval: {interval}; it is one of {', '.join(SECONDS)}.")
    return interval


def _positive(value: int | None, name: str) -> int:
    if value is None or value <= 0:
        raise HogQLError(f"{name} must be greater than 0, got {value}")
    return value


def _period(criterion: Event) -> tuple[str, int]:
    unit, length = _interval(criterion.time_interval), _positive(criterion.time_value, "time_value")
    if unit == "hour":
        raise HogQLError("performed_event_regularly counts days, weeks, months or years.")
    return ("month", length * 12) if unit == "year" else (unit, length)


def _since(span: Window, unit: str, length: int, reader: Reader) -> Node:
    """Which period since the window began an event is in."""
    passed = nodes.call(
        "age", nodes.constant(unit), reader.moment(span.start), nodes.field("timestamp")
    )
    return nodes.call("intDiv", passed, nodes.constant(length))
