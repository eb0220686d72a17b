"""Who is behind a point of a TrendsQuery.

After posthog/hogql_queries/insights/trends/trends_actors_query_builder.py.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tools.local.dates import Window, earlier, floor, later, parse_date
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.breakdowns import cohort, cohorts, member, splits, values
from tools.local.queries.compare import compares, previous
from tools.local.queries.reader import Reader
from tools.local.queries.selects import EVENTS, select
from tools.local.queries.series import named
from tools.local.queries.trends_measures import ACTIVE, FIRST_TIMES, Measure
from tools.local.queries.trends_model import TrendsQuery


def actors(query: TrendsQuery, point: Any, reader: Reader) -> Node:
    """A SELECT of `actor_id` and `event_count`; `point` is the InsightActorsQuery around it."""
    measure = Measure(query, _series(query, point), _span(query, point, reader), (), reader)
    measure = replace(measure, only=_value(query, point))
    counted: Mapping[str, Node] = {"event_count": nodes.call("count")}
    if measure.math in FIRST_TIMES:
        tree = measure.first_times(measure.span, {"actor_id": nodes.call("any", measure.actor())})
        columns = {"actor_id": nodes.field("actor_id"), **counted}
        return select(nodes.source(tree), columns, nodes.TRUE, [nodes.field("actor_id")])
    tests = [reader.during(measure.span), named(measure.series), measure.conditions()]
    columns = {"actor_id": measure.actor(), **counted}
    return select(EVENTS, columns, nodes.all_of(tests), [nodes.field("actor_id")])


def _series(query: TrendsQuery, point: Any) -> Any:
    index = point.series or 0
    if not 0 <= index < len(query.series):
        raise HogQLError(f"There is no series {index}: the query has {len(query.series)}.")
    return query.series[index]


def _span(query: TrendsQuery, point: Any, reader: Reader) -> Window:
    """The time whose events count, exactly."""
    current = reader.window(query.dateRange, "day" if query.totals else query.interval or "day")
    span = current
    if point.compare == "previous" and compares(query.compareFilter):
        to = query.compareFilter.compare_to if query.compareFilter else None
        span = previous(current, query.dateRange, to)
    probe = Measure(query, _series(query, point), span, (), reader)
    if query.totals:
        return probe.counted()
    start = _same_place(current, span, _day(point, reader))
    end = min(later(start, span.interval) - timedelta(microseconds=1), span.in_seconds.end)
    if probe.rolling:
        start = later(earlier(start, "day", ACTIVE[probe.math]), span.interval)
    else:
        start = max(start, span.in_seconds.start)
    return replace(span, start=start, end=end, exact=True)


def _day(point: Any, reader: Reader) -> Any:
    if point.day is None:
        raise HogQLError("The persons behind a trend need the day of a point.")
    return parse_date(str(point.day), reader.now)


def _same_place(current: Window, span: Window, day: Any) -> Any:
    """The interval of a day; in the previous period the one at the same place."""
    start = floor(day, current.interval, current.week_start)
    if span is current:
        return start
    here, there = current.buckets(), span.buckets()
    place = here.index(start) if start in here else -1
    if not 0 <= place < len(there):
        raise HogQLError(f"The day {day:%Y-%m-%d} has no counterpart in the previous period.")
    return there[place]


def _value(query: TrendsQuery, point: Any) -> Node:
    """Whether an event counts under the breakdown value of the point."""
    asked, found = point.breakdown, query.breakdownFilter
    if asked is None or found is None:
        return nodes.TRUE
    if cohorts(found):
        return member(cohort(asked))
    parts = splits(found)
    listed = values(asked)
    if len(parts) != len(listed):
        raise HogQLError(f"The query is split by {len(parts)} properties, not {len(listed)}.")
    return nodes.all_of(one.holds(value) for one, value in zip(parts, listed, strict=True))
