"""LifecycleQuery: who is new, comes back or stays away, interval by interval.

After posthog/hogql_queries/insights/lifecycle_query_runner.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from tools.local.dates import Window, earlier, floor, later, parse_date
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import intervals
from tools.local.queries.kind import Kind
from tools.local.queries.model import Entity, Part, Timed
from tools.local.queries.reader import Reader
from tools.local.queries.selects import EVENTS, select
from tools.local.queries.series import actor, entity, is_actor, label, shared, title

STATUSES = ("new", "returning", "resurrecting", "dormant")


class LifecycleFilter(Part):
    """How it is shown: results have every status whatever is toggled, as PostHog's have."""

    showLegend: Any = None
    showValuesOnSeries: Any = None
    stacked: Any = None
    toggledLifecycles: Any = None


class LifecycleQuery(Timed):
    """How many people are new, returning, resurrecting or dormant in each interval."""

    series: list[Entity] = Field(min_length=1, max_length=1)
    lifecycleFilter: LifecycleFilter | None = None


@dataclass(frozen=True)
class _Lives:
    """One query, with its intervals numbered from the one before the first."""

    query: LifecycleQuery
    reader: Reader
    span: Window

    @classmethod
    def of(cls, query: LifecycleQuery, reader: Reader) -> "_Lives":
        return cls(query, reader, reader.window(query.dateRange, query.interval or "day"))

    @property
    def before(self) -> datetime:
        """The start of the interval before the first, in which people may have been active."""
        return earlier(self.span.buckets()[0], self.span.interval)

    def changes(self) -> Node:
        """A SELECT of `actor_id` and a `change`: the number of an interval and of a status."""
        numbered = select(
            nodes.source(self._people()),
            {
                "actor_id": nodes.field("actor_id"),
                "born": self.number(intervals.bucket(self.span.interval, nodes.field("since"))),
                "seen": nodes.expr("arrayMap(x -> {number}, ticks)", number=self.number(_X)),
            },
            nodes.TRUE,
            [],
        )
        return nodes.query(_CHANGES, numbered=numbered)

    def _people(self) -> Node:
        """Everybody with the intervals of their events."""
        index = self.query.aggregation_group_type_index
        owner = "person" if index is None else f"group_{index}"
        tick = intervals.bucket(self.span.interval, nodes.field("timestamp"))
        columns = {
            "actor_id": actor(self.query),
            "since": nodes.call("min", nodes.field(owner, "created_at")),
            "ticks": nodes.expr("arraySort(groupUniqArray({tick}))", tick=tick),
        }
        tests = [
            self.reader.during(self._whole()),
            entity(self.query.series[0], self.reader),
            shared(self.query, self.reader),
            is_actor(self.query),
        ]
        return select(EVENTS, columns, nodes.all_of(tests), [nodes.field("actor_id")])

    def _whole(self) -> Window:
        """From the interval before the first to the end of the last."""
        end = later(self.span.buckets()[-1], self.span.interval) - timedelta(microseconds=1)
        return replace(self.span, start=self.before, end=end)

    def number(self, tick: Node) -> Node:
        """How many intervals lie between the one before the first and this."""
        first = intervals.moment(self.span.interval, self.before)
        return nodes.call("dateDiff", nodes.constant(self.span.interval), first, tick)


_X = nodes.field("x")
# 1 new, 2 returning, 3 resurrecting, 4 dormant.
_CHANGES = """
SELECT actor_id, arrayJoin(arrayConcat(
  arrayMap((at, last, place) -> tuple(at,
    multiIf(at = last, 1, place > 1 and at - last = 1, 2, 3)),
    seen, arrayPushFront(arrayPopBack(seen), born), arrayEnumerate(seen)),
  arrayMap(at -> tuple(at + 1, 4), arrayFilter(
    (at, next) -> at + 1 != next, seen, arrayPushBack(arrayPopFront(seen), 0))))) AS change
FROM {numbered}"""
_COUNTS = """
SELECT status, groupArray(number), groupArray(people) FROM (
  SELECT change.1 AS number, change.2 AS status, count() AS people FROM {changes}
  GROUP BY number, status)
GROUP BY status"""


def answer(query: LifecycleQuery, reader: Reader) -> Mapping[str, Any]:
    """The body of PostHog's response."""
    lives = _Lives.of(query, reader)
    rows = reader.rows(nodes.query(_COUNTS, changes=lives.changes()))
    found = {status: dict(zip(places, people, strict=True)) for status, places, people in rows}
    results = [
        _result(lives, status, found.get(number, {})) for number, status in enumerate(STATUSES, 1)
    ]
    return {"results": results, "resolved_date_range": intervals.resolved(lives.span)}


def _result(lives: _Lives, status: str, found: Mapping[int, int]) -> dict[str, Any]:
    starts, unit = lives.span.buckets(), lives.span.interval
    sign = -1 if status == "dormant" else 1
    data = [float(sign * found.get(number, 0)) for number in range(1, len(starts) + 1)]
    series, reader = lives.query.series[0], lives.reader
    action = series.kind == "ActionsNode"
    return {
        "action": {
            "id": str(series.id) if action else title(series, reader),
            "name": label(series, reader),
            "type": "actions" if action else "events",
            "order": 0,
            "math": "total",
        },
        "data": data,
        "count": sum(data),
        "labels": intervals.labels(lives.span),
        "days": intervals.days(starts, unit),
        "label": f"{label(series, reader)} - {status}",
        "status": status,
    }


def actors(query: LifecycleQuery, point: Any, reader: Reader) -> Node:
    """Who has a status on a day; without one of them, who has any."""
    lives = _Lives.of(query, reader)
    tests = []
    if point.status is not None:
        if point.status not in STATUSES:
            raise HogQLError(f"{point.status} is no status: it is one of {', '.join(STATUSES)}.")
        number = STATUSES.index(point.status) + 1
        tests.append(nodes.expr("change.2 = {number}", number=nodes.constant(number)))
    if point.day is not None:
        at = floor(
            parse_date(str(point.day), reader.now), lives.span.interval, lives.span.week_start
        )
        tick = lives.number(intervals.moment(lives.span.interval, at))
        tests.append(nodes.expr("change.1 = {tick}", tick=tick))
    tree = nodes.query("SELECT DISTINCT actor_id FROM {changes}", changes=lives.changes())
    return {**tree, "where": nodes.all_of(tests)}


KIND = Kind("LifecycleQuery", LifecycleQuery, answer, actors)
