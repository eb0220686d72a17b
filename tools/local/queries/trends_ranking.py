"""Series by the values of breakdowns: the largest by themselves, the rest in one called other.

One pass over what was measured; numbers are put into ranges of equal width on the way, as in
posthog/hogql_queries/insights/trends/trends_query_builder.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.local.dates import Window
from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import intervals
from tools.local.queries.breakdowns import DEFAULT_LIMIT, NULL, OTHER, named
from tools.local.queries.selects import select
from tools.local.queries.trends_measures import Measure

_COUNTRIES = 250

Points = Mapping[Any, Any]
"""Values by the key of their interval; by 0 where a total was asked for."""


@dataclass(frozen=True)
class Group:
    """The values of one series, or of one breakdown value of it."""

    value: tuple[str, ...]
    """The value of each breakdown, none without breakdowns."""

    points: Points


def groups(measure: Measure) -> list[Group]:
    """What a measure gives, in no order; without breakdowns always one."""
    if not measure.splits:
        rows = measure.reader.rows(_series(measure))
        return [Group((), _points(measure, *row)) for row in rows]
    rows = measure.reader.rows(_ranked(measure))
    return [Group(_listed(value), _points(measure, *points)) for value, points in rows]


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _series(measure: Measure) -> Node:
    return nodes.query(
        "SELECT groupArray({key}), groupArray(ifNull(total, 0)) FROM {rows}",
        rows=measure.rows(),
        key=_key(measure),
    )


def _key(measure: Measure) -> Node:
    tick = nodes.field("bucket")
    return tick if measure.query.totals else intervals.key(measure.span.interval, tick)


def _points(measure: Measure, ticks: list[Any], totals: list[Any]) -> Points:
    found = dict(zip(ticks, totals, strict=True))
    return _running(measure.span, found) if measure.rolling else found


def _running(span: Window, changes: Mapping[Any, int]) -> Points:
    """From changes of a count to the count in every interval."""
    waiting, count, found = sorted(changes.items(), reverse=True), 0, {}
    for at in span.buckets():
        start = intervals.key_of(span.interval, at)
        while waiting and waiting[-1][0] <= start:
            count += waiting.pop()[1]
        found[start] = count
    return found


def _ranked(measure: Measure) -> Node:
    """Value and points of the largest values and of all others, with sums taken by ClickHouse."""
    listed = nodes.query(
        "SELECT groupArray({key}) AS ticks, groupArray(ifNull(total, 0)) AS totals, "
        "sum({weight}) AS whole, {value} AS value FROM {rows} GROUP BY value",
        rows=_binned(measure) if any(one.bins for one in measure.splits) else measure.rows(),
        key=_key(measure),
        weight=_weight(measure),
        value=_value(measure),
    )
    placed = nodes.query(
        _PLACED_TOTALS if measure.query.totals else _PLACED, rows=listed, last=_last(measure)
    )
    return nodes.query(
        "SELECT if(place <= {limit}, value, {other}) AS shown, sumMap(ticks, totals) AS points "
        "FROM {rows} GROUP BY shown",
        rows=placed,
        limit=nodes.constant(_limit(measure)),
        other=nodes.constant(OTHER if len(measure.splits) == 1 else [OTHER] * len(measure.splits)),
    )


_PLACED_TOTALS = (
    "SELECT ticks, totals, value, row_number() OVER (ORDER BY whole DESC, value ASC) AS place "
    "FROM {rows}"
)
_PLACED = (
    "SELECT ticks, totals, value, row_number() OVER "
    "(ORDER BY {last} ASC, whole DESC, value ASC) AS place FROM {rows}"
)


def _limit(measure: Measure) -> int:
    if measure.query.shown.display == "WorldMap":
        return _COUNTRIES
    found = measure.query.breakdownFilter
    return (found and found.breakdown_limit) or DEFAULT_LIMIT


def _value(measure: Measure) -> Node:
    """The value of one breakdown as it is, of several as a list."""
    found = [nodes.field(f"b{number}") for number in range(1, len(measure.splits) + 1)]
    return found[0] if len(found) == 1 else {"node": "Array", "exprs": found}


def _last(measure: Measure) -> Node:
    """Whether a value is none, which comes after all that are."""
    value = nodes.field("value")
    if len(measure.splits) == 1:
        return nodes.compare("==", value, nodes.constant(NULL))
    return nodes.call("has", value, nodes.constant(NULL))


def _weight(measure: Measure) -> Node:
    """What a row adds to the sum over all intervals; a change of a count lasts to the end."""
    if not measure.rolling:
        return nodes.field("total")
    unit = measure.span.interval
    last = intervals.moment(unit, measure.span.buckets()[-1])
    return nodes.expr(
        "total * (dateDiff({unit}, bucket, {last}) + 1)", unit=nodes.constant(unit), last=last
    )


def _binned(measure: Measure) -> Node:
    """The measured rows with ranges in the place of numbers."""
    found = [(f"b{number}", one.bins) for number, one in enumerate(measure.splits, 1)]
    bounds = dict(_bounds([name for name, bins in found if bins]))
    columns = {"total": nodes.field("total"), "bucket": nodes.field("bucket")}
    names = {name: nodes.field(name) for name, _ in found}
    edged = select(nodes.source(measure.rows()), {**columns, **names, **bounds}, nodes.TRUE, [])
    ranged = {name: _range(name, bins) if bins else names[name] for name, bins in found}
    return select(nodes.source(edged), {**columns, **ranged}, nodes.TRUE, [])


def _bounds(names: Sequence[str]) -> Iterator[tuple[str, Node]]:
    for name in names:
        yield f"low_{name}", nodes.expr("min({x}) OVER ()", x=nodes.field(name))
        yield f"high_{name}", nodes.expr("max({x}) OVER ()", x=nodes.field(name))


def _range(name: str, bins: int) -> Node:
    """The range a number lies in, as [0,10.5]; the last reaches a little further than the most."""
    edges = nodes.expr(
        "arrayMap(i -> [(({high} - {low}) / {bins}) * i + {low}, "
        "(({high} - {low}) / {bins}) * (i + 1) + {low} + if(i + 1 = {bins}, 0.01, 0)], "
        "range({bins}))",
        bins=nodes.constant(bins),
        low=nodes.field(f"low_{name}"),
        high=nodes.field(f"high_{name}"),
    )
    inside = nodes.expr(
        "arrayFilter(x -> x[1] <= {number} and {number} < x[2], {edges})[1]",
        number=nodes.field(name),
        edges=edges,
    )
    empty = nodes.call("empty", inside)
    return nodes.call("if", empty, nodes.constant(NULL), named(inside))
