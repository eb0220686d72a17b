"""StickinessQuery: in how many intervals people did something.

After posthog/hogql_queries/insights/stickiness_query_runner.py.
"""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, Literal

from pydantic import Field

from tools.local.dates import Window
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import intervals
from tools.local.queries.breakdowns import written
from tools.local.queries.compare import compares, previous
from tools.local.queries.kind import Kind
from tools.local.queries.model import CompareFilter, Entity, Part, Timed
from tools.local.queries.reader import Reader
from tools.local.queries.selects import EVENTS, select
from tools.local.queries.series import (
    actor,
    entity,
    group_key,
    is_actor,
    owned,
    shared,
    title,
)

_OPERATORS: Mapping[str, str] = {"gte": ">=", "lte": "<=", "gt": ">", "lt": "<", "exact": "=="}
_PERSONS = frozenset([None, "total", "dau"])


class Criteria(Part):
    """How often somebody must do it in an interval for it to count."""

    operator: Literal["gte", "lte", "exact"]
    value: int


class StickinessFilter(Part):
    """How intervals are counted; the fields without a type are for screens."""

    computedAs: Literal["non_cumulative", "cumulative"] | None = None
    stickinessCriteria: Criteria | None = None
    display: Any = None
    hiddenLegendIndexes: Any = None
    resultCustomizationBy: Any = None
    resultCustomizations: Any = None
    showLegend: Any = None
    showMultipleYAxes: Any = None
    showValuesOnSeries: Any = None


class StickinessQuery(Timed):
    """How many people did something in one interval of the range, how many in two …."""

    series: list[Entity] = Field(min_length=1)
    stickinessFilter: StickinessFilter | None = None
    compareFilter: CompareFilter | None = None
    intervalCount: int | None = Field(default=None, ge=1, le=1000)
    """How many intervals are counted as one, back from the end of the range."""

    @property
    def cumulative(self) -> bool:
        """Whether those of more intervals count among those of fewer."""
        return (self.stickinessFilter or StickinessFilter()).computedAs == "cumulative"


def answer(query: StickinessQuery, reader: Reader) -> Mapping[str, Any]:
    """The body of PostHog's response."""
    span = reader.window(query.dateRange, query.interval or "day")
    periods = [("current", span)]
    if query.compareFilter and compares(query.compareFilter):
        before = previous(span, query.dateRange, query.compareFilter.compare_to)
        periods.append(("previous", before))
    return {
        "results": [
            _result(query, reader, order, during) | _period(query, name)
            for name, during in periods
            for order in range(len(query.series))
        ],
        "resolved_date_range": intervals.resolved(span),
    }


def _period(query: StickinessQuery, name: str) -> dict[str, Any]:
    return {"compare": True, "compare_label": name} if compares(query.compareFilter) else {}


def _result(query: StickinessQuery, reader: Reader, order: int, span: Window) -> dict[str, Any]:
    series = query.series[order]
    people = nodes.source(_people(query, series, reader, span))
    rows = reader.rows(nodes.query(_BY_COUNT, people=people["table"]))
    found: dict[int, int] = {number: actors for number, actors in rows}
    most = -(-len(span.buckets()) // (query.intervalCount or 1))
    numbers = sorted({*range(1, most + 1), *found})
    data = [found.get(number, 0) for number in numbers]
    name = title(series, reader)
    return {
        "count": sum(data),
        "data": list(accumulate(data[::-1]))[::-1] if query.cumulative else data,
        "days": numbers,
        "label": name or "All events",
        "labels": list(_labels(query, span, numbers)),
        "action": {"order": order, "type": "events", "name": name or "All events", "id": name},
    }


_BY_COUNT = "SELECT intervals, count() FROM {people} GROUP BY intervals"


def _labels(query: StickinessQuery, span: Window, numbers: list[int]) -> Iterator[str]:
    more = " or more" if query.cumulative else ""
    for number in numbers:
        yield f"{number} {span.interval}{'' if number == 1 else 's'}{more}"


def _people(query: StickinessQuery, series: Entity, reader: Reader, span: Window) -> Node:
    """A SELECT of `actor_id` and in how many `intervals` each is."""
    where = [
        reader.during(span.in_seconds),
        entity(series, reader),
        shared(query, reader),
        _is_counted(query, series),
    ]
    who, tick = _counted(query, series), _tick(query, span, reader)
    criteria = query.stickinessFilter and query.stickinessFilter.stickinessCriteria
    if not criteria:
        columns = {"actor_id": who, "intervals": nodes.call("count", tick, distinct=True)}
        return select(EVENTS, columns, nodes.all_of(where), [nodes.field("actor_id")])
    columns = {"actor_id": who, "tick": tick}
    ticks = select(EVENTS, columns, nodes.all_of(where), [nodes.field(name) for name in columns])
    op, value = _OPERATORS[criteria.operator], nodes.constant(criteria.value)
    ticks["having"] = nodes.compare(op, nodes.call("count"), value)
    return nodes.query(
        "SELECT actor_id, count() AS intervals FROM {ticks} GROUP BY actor_id", ticks=ticks
    )


def _tick(query: StickinessQuery, span: Window, reader: Reader) -> Node:
    """The interval of an event; several taken together are counted back from the end."""
    at = nodes.field("timestamp")
    if query.intervalCount is None:
        return intervals.bucket(span.interval, at)
    unit = nodes.constant(span.interval)
    age = nodes.call("age", unit, at, reader.moment(span.end))
    return nodes.call("intDiv", age, nodes.constant(query.intervalCount))


def _counted(query: StickinessQuery, series: Entity) -> Node:
    if series.math == "hogql" and series.math_hogql:
        return written(series.math_hogql)
    if series.math == "unique_group":
        return group_key(series.math_group_type_index)
    if series.math not in _PERSONS:
        raise HogQLError(f"Stickiness counts persons or groups, not {series.math}.")
    return actor(query)


def _is_counted(query: StickinessQuery, series: Entity) -> Node:
    return owned(_counted(query, series)) if series.math == "unique_group" else is_actor(query)


def actors(query: StickinessQuery, point: Any, reader: Reader) -> Node:
    """Who was there in so many intervals: the point's `day` is their number."""
    span = reader.window(query.dateRange, query.interval or "day")
    if point.compare == "previous" and query.compareFilter:
        span = previous(span, query.dateRange, query.compareFilter.compare_to)
    index = point.series or 0
    if not 0 <= index < len(query.series):
        raise HogQLError(f"There is no series {index}: the query has {len(query.series)}.")
    people = _people(query, query.series[index], reader, span)
    tree = nodes.query("SELECT actor_id, intervals AS event_count FROM {people}", people=people)
    return {**tree, "where": _of_count(query, point)}


def _of_count(query: StickinessQuery, point: Any) -> Node:
    if point.day is None:
        return nodes.TRUE
    if not str(point.day).isdecimal():
        raise HogQLError(f"The day of a stickiness point is a number of intervals: {point.day}.")
    op = _OPERATORS.get(getattr(point, "operator", None) or "exact", "==")
    op = ">=" if query.cumulative else op
    return nodes.compare(op, nodes.field("intervals"), nodes.constant(int(point.day)))


KIND = Kind("StickinessQuery", StickinessQuery, answer, actors)
