"""TrendsQuery: how often, by how many or how much, over time or in total."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.local.queries import intervals
from tools.local.queries.breakdowns import OTHER, cohorts, member, splits
from tools.local.queries.compare import compares, previous
from tools.local.queries.kind import Kind
from tools.local.queries.reader import Reader
from tools.local.queries.trends_actors import actors
from tools.local.queries.trends_measures import Measure
from tools.local.queries.trends_model import TrendsQuery
from tools.local.queries.trends_ranking import groups
from tools.local.queries.trends_results import Axis, Frame, Line, Result, computed, size


def answer(query: TrendsQuery, reader: Reader) -> Mapping[str, Any]:
    """The body of PostHog's response."""
    span = reader.window(query.dateRange, "day" if query.totals else query.interval or "day")
    current = Axis.of(span, "current")
    frame = Frame(query, current, reader, _several(query))
    found = [(line, _results(frame, line)) for line in _lines(query, current)]
    if _together(query):
        found.sort(key=lambda one: (one[0].axis.period, one[0].order, -sum(map(size, one[1]))))
    if formulas := list(query.formulas()):
        results = list(_formulas(frame, formulas, found))
    else:
        results = [result for _, results in found for result in results]
    others = [result for result in results if _is_other(result)]
    hidden = query.breakdownFilter and query.breakdownFilter.breakdown_hide_other_aggregation
    return {
        "results": [one for one in results if not (hidden and _is_other(one))],
        "hasMore": bool(others),
        "resolved_date_range": intervals.resolved(span),
    }


def _together(query: TrendsQuery) -> bool:
    """Whether cohorts are read as one breakdown; with all users among them each is a series."""
    found = cohorts(query.breakdownFilter)
    return len(found) > 1 and 0 not in found


def _several(query: TrendsQuery) -> bool:
    """Whether labels name their series."""
    each = 1 if _together(query) else len(cohorts(query.breakdownFilter)) or 1
    return len(query.series) * each > 1


def _lines(query: TrendsQuery, current: Axis) -> Iterator[Line]:
    """What is computed by itself: cohorts in the series of every period."""
    periods = [current]
    if query.compareFilter and compares(query.compareFilter):
        before = previous(current.span, query.dateRange, query.compareFilter.compare_to)
        periods.append(Axis.of(before, "previous"))
    several: list[int | None] = [*cohorts(query.breakdownFilter)]
    for axis in periods:
        for cohort in several or [None]:
            for order, series in enumerate(query.series):
                yield Line(order, series, axis, cohort)


def _results(frame: Frame, line: Line) -> list[Result]:
    found = groups(_measure(frame, line))
    if line.cohort is not None and not any(any(group.points.values()) for group in found):
        return []
    return frame.results(line, found)


def _measure(frame: Frame, line: Line) -> Measure:
    query = frame.query
    only = member(line.cohort or 0)
    return Measure(
        query, line.series, line.axis.span, splits(query.breakdownFilter), frame.reader, only
    )


def _formulas(frame: Frame, formulas: list[Any], found: list[Any]) -> Iterator[Result]:
    """The results of every formula, those of the current period first."""
    for node in formulas:
        for period in ("current", "previous"):
            of_period = [one for one in found if one[0].axis.period == period]
            by_series = [
                [result for line, results in of_period if line.order == order for result in results]
                for order in range(len(frame.query.series))
            ]
            yield from computed(frame, node, by_series)


def _is_other(result: Result) -> bool:
    value = result.get("breakdown_value")
    return OTHER in value if isinstance(value, list) else value == OTHER


KIND = Kind("TrendsQuery", TrendsQuery, answer, actors)
