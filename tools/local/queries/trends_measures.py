"""What is measured of a series: a SELECT of `total` by `bucket`, and by `b1` … where it is split.

After posthog/hogql_queries/insights/trends/aggregation_operations.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tools.local.dates import INTERVALS, Window, earlier
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import intervals
from tools.local.queries.breakdowns import Split, written
from tools.local.queries.model import Entity
from tools.local.queries.reader import Reader
from tools.local.queries.selects import EVENTS, select
from tools.local.queries.series import actor, filtered, group_key, is_actor, named, owned, shared
from tools.local.queries.trends_model import TrendsQuery

PER_ACTOR = "_count_per_actor"
FIRST_TIMES = frozenset(["first_time_for_user", "first_matching_event_for_user"])
ACTIVE: Mapping[str, int] = {"weekly_active": 7, "monthly_active": 30}
_LONGEST: Mapping[str, str] = {"weekly_active": "week", "monthly_active": "month"}
_UNIQUE = frozenset(["dau", "unique_group"])
_QUANTILES: Mapping[str, float] = {
    "median": 0.5,
    "p75": 0.75,
    "p90": 0.9,
    "p95": 0.95,
    "p99": 0.99,
}
_FUNCTIONS = frozenset(["avg", "sum", "min", "max", *_QUANTILES])


@dataclass(frozen=True)
class Measure:
    """One series over one period."""

    query: TrendsQuery
    series: Entity
    span: Window
    splits: tuple[Split, ...]
    reader: Reader
    only: Node = field(default_factory=lambda: nodes.TRUE)
    """A further condition on events, as of a cohort."""

    @property
    def math(self) -> str:
        """What is measured; people active in a week are just people where a week is counted."""
        math, interval = self.series.math or "total", self.query.interval or "day"
        longest = _LONGEST.get(math)
        if longest and INTERVALS.index(interval) >= INTERVALS.index(longest):
            return "dau"
        return math

    @property
    def rolling(self) -> bool:
        """Whether values are of the days up to an interval: then totals are changes of a count."""
        return self.math in ACTIVE and not self.query.totals

    def rows(self) -> Node:
        """The SELECT."""
        if self.math in FIRST_TIMES:
            return self._first_times()
        if self.math.endswith(PER_ACTOR):
            return self._per_actor()
        if self.rolling:
            return self._active()
        if self.query.cumulative and self.math in _UNIQUE:
            return self._first_buckets()
        if _session_property(self.series):
            return self._of_sessions()
        return self._grouped(EVENTS, {"total": self._aggregate(), **self._keys()}, self.where())

    def where(self) -> Node:
        """Which events count."""
        during = self.reader.during(self.counted())
        return nodes.all_of([during, named(self.series), self.conditions()])

    def counted(self) -> Window:
        """The time whose events count."""
        span, start = self.span, self.span.since
        if self.math.endswith(PER_ACTOR):
            # PostHog's own: elsewhere the first interval of a range is a whole one.
            start = span.start
        elif self.math in ACTIVE and self.query.totals:
            start = span.end - timedelta(days=ACTIVE[self.math])
        elif self.rolling:
            start = earlier(span.buckets()[0], "day", ACTIVE[self.math])
        return replace(span, start=start, exact=True).in_seconds

    def conditions(self) -> Node:
        """Which events count, apart from their names and times."""
        own, query = self.series, self.query
        counted = nodes.TRUE
        if self.math == "unique_group":
            counted = owned(self.actor())
        elif self.math == "dau" or self.math in ACTIVE or self.math.endswith(PER_ACTOR):
            counted = is_actor(query)
        tests = [shared(query, self.reader), filtered(own, self.reader), counted, self.only]
        return nodes.all_of(tests)

    def actor(self) -> Node:
        """Who is counted."""
        if self.math != "unique_group":
            return actor(self.query)
        return group_key(self.series.math_group_type_index)

    def bucket(self, at: Node) -> Node:
        """The interval of an instant; all the same where a total is asked for."""
        return nodes.constant(0) if self.query.totals else intervals.bucket(self.span.interval, at)

    def _keys(self, at: str = "timestamp") -> dict[str, Node]:
        return {"bucket": self.bucket(nodes.field(at)), **self._columns()}

    def _columns(self) -> dict[str, Node]:
        return {f"b{number}": one.column() for number, one in enumerate(self.splits, 1)}

    def _names(self) -> dict[str, Node]:
        """The breakdown columns as the query around a query sees them."""
        return {name: nodes.field(name) for name in self._columns()}

    def _same(self) -> dict[str, Node]:
        return {"bucket": nodes.field("bucket"), **self._names()}

    def _aggregate(self) -> Node:
        math = self.math
        if math in ("total", *FIRST_TIMES):
            return nodes.call("count")
        if math in ACTIVE or math in _UNIQUE:
            return nodes.call("count", self.actor(), distinct=True)
        if math == "unique_session":
            return nodes.call("count", nodes.field("$session_id"), distinct=True)
        if math == "hogql":
            return written(self.series.math_hogql or "count()")
        return self._of(math, _measured(self.series))

    def _of(self, math: str, value: Node) -> Node:
        """A calculation over numbers; 0 where there are none."""
        if math not in _FUNCTIONS:
            raise HogQLError(f"The math {math} is not supported in the embedded project.")
        number = nodes.call("toFloat", value)
        if math in _QUANTILES:
            found = nodes.parametric("quantile", [_QUANTILES[math]], number)
        else:
            found = nodes.call(math, number)
        return nodes.call("ifNull", found, nodes.constant(0))

    def _per_actor(self) -> Node:
        """How often each actor did it, then one number over all actors."""
        events = self._grouped(
            EVENTS,
            {"times": nodes.call("count"), "actor": self.actor(), **self._keys()},
            self.where(),
            without=("times",),
        )
        total = self._of(self.math.removesuffix(PER_ACTOR), nodes.field("times"))
        return self._grouped(nodes.source(events), {"total": total, **self._same()})

    def _of_sessions(self) -> Node:
        """A property of sessions, each counted once in an interval."""
        value = nodes.call("any", nodes.field("session", str(self.series.math_property)))
        keys = {"visit": nodes.field("$session_id"), **self._keys()}
        events = self._grouped(EVENTS, {"held": value, **keys}, self.where(), without=("held",))
        total = self._of(self.math, nodes.field("held"))
        return self._grouped(nodes.source(events), {"total": total, **self._same()})

    def _first_buckets(self) -> Node:
        """Each actor in the first interval only, so that the sum over time counts nobody twice."""
        first = nodes.call("min", self.bucket(nodes.field("timestamp")))
        columns = {"bucket": first, "actor": self.actor(), **self._columns()}
        events = self._grouped(EVENTS, columns, self.where(), without=("bucket",))
        return self._grouped(nodes.source(events), {"total": nodes.call("count"), **self._same()})

    def first_times(self, span: Window, extra: Mapping[str, Node]) -> Node:
        """Each actor's first event ever, `first_at`, where it lies in a window and counts."""
        at = nodes.field("timestamp")
        before = nodes.compare("<=", at, self.reader.moment(span.end))
        since = nodes.compare(">=", nodes.call("min", at), self.reader.moment(span.start))
        tests, having = [before, named(self.series), is_actor(self.query)], [since]
        if self.math == "first_matching_event_for_user":
            tests.append(self.conditions())
        elif self.conditions() != nodes.TRUE:
            counted = nodes.call("minIf", at, self.conditions())
            having.append(nodes.compare("==", nodes.call("min", at), counted))
        columns = {
            "first_at": nodes.call("min", at),
            **{name: nodes.call("argMin", node, at) for name, node in self._columns().items()},
            **extra,
        }
        tree = select(EVENTS, columns, nodes.all_of(tests), [actor(self.query)])
        return {**tree, "having": nodes.all_of(having)}

    def _first_times(self) -> Node:
        columns = {
            "total": nodes.call("count"),
            "bucket": self.bucket(nodes.field("first_at")),
            **self._names(),
        }
        return self._grouped(nodes.source(self.first_times(self.counted(), {})), columns)

    def _active(self) -> Node:
        """Where somebody begins (1) and ends (-1) to count as active, over all actors.

        Each is active from an interval with an event until the days after it are over or the
        next begins; what lies before the window counts in its first interval.
        """
        unit, starts = self.span.interval, self.span.buckets()
        days, first, last = (
            nodes.call("toIntervalDay", nodes.constant(ACTIVE[self.math])),
            intervals.moment(unit, starts[0]),
            intervals.moment(unit, starts[-1]),
        )
        ticks = nodes.expr("arraySort(groupUniqArray({x}))", x=self.bucket(_AT))
        columns = {"ticks": ticks, "actor": self.actor(), **self._columns()}
        people = self._grouped(EVENTS, columns, self.where(), without=("ticks",))
        changes = nodes.expr(_CHANGES, days=days, end=nodes.arithmetic("+", last, days))
        moved = select(nodes.source(people), {"change": changes, **self._names()}, nodes.TRUE, [])
        inside = nodes.compare("<=", _POSITION, last)
        place = nodes.call("greatest", _POSITION, first)
        columns = {"total": nodes.expr("sum(change.2)"), "bucket": place, **self._names()}
        return self._grouped(nodes.source(moved), columns, inside)

    def _grouped(
        self,
        table: Node,
        columns: Mapping[str, Node],
        where: Node = nodes.TRUE,
        without: Sequence[str] = ("total",),
    ) -> Node:
        keys = [nodes.field(name) for name in columns if name not in without]
        return select(table, columns, where, keys)


_AT = nodes.field("timestamp")
_PROPERTY_TYPES = (None, "event_properties", "numerical_event_properties", "person_properties")
_POSITION: Node = {"node": "TupleAccess", "tuple": nodes.field("change"), "index": 1}
_CHANGES = (
    "arrayJoin(arrayConcat(arrayMap(x -> tuple(x, 1), ticks), "
    "arrayMap((x, y) -> tuple(least(x + {days}, y), -1), ticks, "
    "arrayPushBack(arrayPopFront(ticks), {end}))))"
)


def _session_property(series: Entity) -> bool:
    by_type = series.math_property_type == "session_properties"
    return by_type or series.math_property == "$session_duration"


def _measured(series: Entity) -> Node:
    key, kind = series.math_property, series.math_property_type
    if not key:
        raise HogQLError(f"The math {series.math} needs a math_property.")
    if series.math_property_revenue_currency is not None:
        raise HogQLError("math_property_revenue_currency is not supported here: leave it out.")
    if kind not in _PROPERTY_TYPES:
        raise HogQLError(f"The math_property_type {kind} is not supported here.")
    owner = ("person", "properties") if kind == "person_properties" else ("properties",)
    found = nodes.field(*owner, key)
    if series.math_multiplier is None:
        return found
    factor = nodes.constant(series.math_multiplier)
    return nodes.arithmetic("*", nodes.call("toFloat", found), factor)
