"""RetentionQuery: who came back, by the interval they began in and the time since.

After posthog/hogql_queries/insights/retention.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tools.local.dates import Window
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import intervals
from tools.local.queries.breakdowns import DEFAULT_LIMIT, OTHER, cohorts, member, splits
from tools.local.queries.kind import Kind
from tools.local.queries.reader import Reader
from tools.local.queries.retention_model import (
    FIRST_EVER,
    RECURRING,
    RetentionEntity,
    RetentionFilter,
    RetentionQuery,
    cohort_window,
)
from tools.local.queries.selects import EVENTS, select
from tools.local.queries.series import actor, entity, is_actor, named, shared

MAX_CELLS = 1_000_000
_TOO_MANY = "The result has over 1,000,000 cells: look fewer intervals ahead, or at less time."
_PAGEVIEW = RetentionEntity(id="$pageview", type="events")
_LAGS = """SELECT actor_id, breakdown_value, start, lag FROM (
  SELECT actor_id, breakdown_value, start, arrayJoin({lags}) AS lag FROM (
    SELECT actor_id, breakdown_value, returns, arrayJoin(starts) AS start FROM {people}))"""
_LATER = "arrayFilter(x -> x > 0 and x < {ahead}, arrayMap(x -> x - start, returns))"
_BACK = f"arrayConcat([0], {_LATER})"
_EVER_BACK = f"range(0, arrayMax({_BACK}) + 1)"
_COUNTS = "SELECT start, lag, count() FROM {lags} GROUP BY start, lag"
_RANKED = """SELECT if(place <= {most}, breakdown_value, {other}) AS value, min(place) AS rank,
  start, lag, sum(people) FROM (
  SELECT *, dense_rank() OVER (ORDER BY total DESC, breakdown_value ASC) AS place FROM (
    SELECT *, sum(if(lag = 0, people, 0)) OVER (PARTITION BY breakdown_value) AS total FROM (
      SELECT breakdown_value, start, lag, count() AS people FROM {lags}
      GROUP BY breakdown_value, start, lag)))
GROUP BY value, start, lag ORDER BY rank, value"""


@dataclass(frozen=True)
class _Retention:
    """One query over its intervals."""

    query: RetentionQuery
    span: Window
    reader: Reader

    @property
    def filter(self) -> RetentionFilter:
        return self.query.retentionFilter

    def lags(self) -> Node:
        """Per person, `start` and `lag`: the interval they began in, and one they were back in."""
        back = _EVER_BACK if self.filter.cumulative else _BACK
        lags = nodes.expr(back, ahead=nodes.constant(self.query.ahead))
        return nodes.query(_LAGS, lags=lags, people=self._people())

    def _people(self) -> Node:
        found = cohorts(self.query.breakdownFilter)
        if not found:
            return self._of(self._value(), nodes.TRUE)
        return nodes.union([self._of(nodes.constant(str(one)), member(one)) for one in found])

    def _value(self) -> Node:
        """What a person is split by: as it was at the first of the events looked at."""
        parts = splits(self.query.breakdownFilter)
        if not parts:
            return nodes.constant("")
        if len(parts) > 1 or parts[0].bins is not None:
            raise HogQLError("Retention is split by one property, and not into ranges.")
        value = nodes.expr("ifNull(toString({x}), '')", x=parts[0].subject)
        return nodes.call("argMin", value, nodes.field("timestamp"))

    def _of(self, value: Node, members: Node) -> Node:
        """Per person the intervals of both kinds of events."""
        begins, returns = self._entities()
        columns = {
            "actor_id": actor(self.query),
            "starts": self._starts(begins),
            "returns": self._returns(returns),
            "breakdown_value": value,
        }
        where = [shared(self.query, self.reader), is_actor(self.query), self._relevant(), members]
        return select(EVENTS, columns, nodes.all_of(where), [nodes.field("actor_id")])

    def _entities(self) -> tuple[Node, Node]:
        found = (self.filter.targetEntity, self.filter.returningEntity)
        begins, returns = (entity((one or _PAGEVIEW).entity(), self.reader) for one in found)
        return begins, returns

    def _relevant(self) -> Node:
        """Who came for the first time ever is known from the events of all times."""
        begins, returns = self._entities()
        during = self.reader.during(self.span)
        if self.filter.retentionType == RECURRING:
            return nodes.all_of([during, nodes.any_of([begins, returns])])
        if self.filter.retentionType == FIRST_EVER:
            begins = named((self.filter.targetEntity or _PAGEVIEW).entity())
        until = nodes.compare("<=", nodes.field("timestamp"), self.reader.moment(self.span.end))
        return nodes.all_of([until, nodes.any_of([begins, nodes.all_of([returns, during])])])

    def _starts(self, begins: Node) -> Node:
        at = nodes.field("timestamp")
        if self.filter.retentionType == RECURRING:
            return nodes.call("groupUniqArrayIf", self._tick(at), begins)
        first = nodes.call("minIf", at, begins)
        since = nodes.compare(">=", first, self.reader.moment(self.span.start))
        known = nodes.all_of([nodes.expr("countIf({begins}) > 0", begins=begins), since])
        if self.filter.retentionType == FIRST_EVER:
            ever = named((self.filter.targetEntity or _PAGEVIEW).entity())
            known = nodes.all_of([known, nodes.compare("==", first, nodes.call("minIf", at, ever))])
        tick = self._tick(first)
        return nodes.expr("arrayFilter(x -> {known}, [{tick}])", known=known, tick=tick)

    def _returns(self, returns: Node) -> Node:
        tick, least = self._tick(nodes.field("timestamp")), self.filter.minimumOccurrences or 1
        if self.filter.retentionType != RECURRING:
            returns = nodes.all_of([returns, self.reader.during(self.span)])
        if least == 1:
            return nodes.call("groupUniqArrayIf", tick, returns)
        return nodes.expr(
            "arrayFilter(x -> countEqual({all}, x) >= {least}, arrayDistinct({all}))",
            all=nodes.call("groupArrayIf", tick, returns),
            least=nodes.constant(least),
        )

    def _tick(self, at: Node) -> Node:
        """The number of the interval of an instant, counted from the first."""
        interval, start = self.span.interval, self.span.start
        if interval == "hour":
            return nodes.call("dateDiff", nodes.constant("hour"), self.reader.moment(start), at)
        first, day = intervals.moment("day", start), nodes.call("toDate", at)
        if interval == "month":
            return nodes.call("dateDiff", nodes.constant("month"), first, day)
        days = nodes.arithmetic("-", day, first)
        return days if interval == "day" else nodes.call("intDiv", days, nodes.constant(7))


def answer(query: RetentionQuery, reader: Reader) -> Mapping[str, Any]:
    """The body of PostHog's response."""
    span = cohort_window(query, reader)
    retention = _Retention(query, span, reader)
    return {
        "results": list(_split(retention) if _is_split(query) else _whole(retention)),
        "resolved_date_range": intervals.resolved(span),
    }


def _check_size(retention: _Retention, values: int) -> None:
    if values * len(retention.span.buckets()) * retention.query.ahead > MAX_CELLS:
        raise HogQLError(_TOO_MANY)


def _whole(retention: _Retention) -> Iterator[dict[str, Any]]:
    _check_size(retention, 1)
    rows = retention.reader.rows(nodes.query(_COUNTS, lags=retention.lags()))
    yield from _cells(retention, {(start, lag): people for start, lag, people in rows})


def _split(retention: _Retention) -> Iterator[dict[str, Any]]:
    found = retention.query.breakdownFilter
    most = (found and found.breakdown_limit) or DEFAULT_LIMIT
    tree = nodes.query(
        _RANKED,
        lags=retention.lags(),
        most=nodes.constant(most),
        other=nodes.constant(OTHER),
    )
    rows = retention.reader.rows(tree)
    _check_size(retention, len({row[0] for row in rows}))
    for value, part in groupby(rows, key=lambda row: row[0]):
        counts = {(start, lag): people for _, _, start, lag, people in part}
        for cell in _cells(retention, counts):
            yield {**cell, "breakdown_value": value}


def _cells(
    retention: _Retention, counts: Mapping[tuple[int, int], int]
) -> Iterator[dict[str, Any]]:
    name = retention.span.interval.capitalize()
    for start, at in enumerate(retention.span.buckets()):
        values = [
            {"count": counts.get((start, lag), 0), "label": f"{name} {lag}"}
            for lag in range(retention.query.ahead)
        ]
        yield {"values": values, "label": f"{name} {start}", "date": intervals.iso(at)}


def _is_split(query: RetentionQuery) -> bool:
    return query.breakdownFilter is not None and any(query.breakdownFilter.parts())


def actors(query: RetentionQuery, point: Any, reader: Reader) -> Node:
    """Who began in one interval, and in which of the next they were back."""
    lags = _Retention(query, cohort_window(query, reader), reader).lags()
    tests = [nodes.TRUE]
    if point.interval is not None:
        tests.append(nodes.compare("==", nodes.field("start"), nodes.constant(point.interval)))
    if point.breakdown is not None:
        tests.append(_of_value(point.breakdown))
    return nodes.query(
        "SELECT actor_id, arraySort(groupUniqArray(lag)) AS appearances FROM {lags} "
        "WHERE {tests} GROUP BY actor_id",
        lags=lags,
        tests=nodes.all_of(tests),
    )


def _of_value(asked: Any) -> Node:
    value = "::".join(map(str, asked)) if isinstance(asked, list) else str(asked)
    if value == OTHER:
        raise HogQLError("The persons of all other values together can't be listed.")
    return nodes.compare("==", nodes.field("breakdown_value"), nodes.constant(value))


KIND = Kind("RetentionQuery", RetentionQuery, answer, actors)
