"""What the queries of web analytics have in common: visits, and the periods they began in.

After posthog/hogql_queries/web_analytics/web_analytics_query_runner.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from tools.local.dates import Window
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.hogql.session_bounds import slack_of
from tools.local.queries.compare import previous
from tools.local.queries.model import CompareFilter, DateRange, Part
from tools.local.queries.reader import Reader

_SEEN = """SELECT any(person_id) AS visitor, countIf(event IN ('$pageview', '$screen')) AS pages,
  {value} AS seen, `$session_id` AS visit, {converted} AS conversions,
  any(if({goal}, person_id, NULL)) AS converter
FROM events WHERE {where} GROUP BY visit, seen"""
_VISITS = """SELECT visitor, pages, visit, conversions, converter, {value} AS value,
  session.`$is_bounce` AS bounced, session.`$session_duration` AS seconds,
  session.`$start_timestamp` AS started
FROM {seen} AS seen LEFT JOIN {sessions} AS session ON seen.visit = session.session_id"""
_SESSIONS = """SELECT session_id, `$is_bounce`, `$session_duration`, `$start_timestamp`
FROM sessions WHERE {during}"""
_AT_ONCE = """SELECT anyIf(person_id, {counted}) AS visitor,
  countIf({counted}) AS pages, `$session_id` AS visit,
  uniqUpTo(1)(if(event IN ('$pageview', '$screen', '$autocapture'), uuid, NULL)) AS acts,
  min(timestamp) AS started, dateDiff('second', started, max(timestamp)) AS seconds,
  if(acts = 0, NULL, acts = 1 and seconds < 10) AS bounced
FROM events WHERE {around} GROUP BY visit HAVING pages > 0"""
_LONGEST = timedelta(days=1)
_PAGES = "event IN ('$pageview', '$screen')"
STARTED = nodes.field("started")


class Goal(Part):
    """What counts as a conversion: an action or an event."""

    actionId: int | None = None
    customEventName: str | None = None

    def test(self) -> Node:
        """Whether an event is one."""
        if self.actionId is not None:
            return nodes.call("matchesAction", nodes.constant(self.actionId))
        if self.customEventName is None:
            raise HogQLError("A conversionGoal needs an actionId or a customEventName.")
        return nodes.compare("==", nodes.field("event"), nodes.constant(self.customEventName))


class Rate(Part):
    """A part of the events, as a fraction."""

    numerator: float
    denominator: float | None = None


class Sampling(Part):
    """Whether PostHog may estimate from a part of the events, and from which."""

    enabled: bool | None = None
    forceSamplingRate: Rate | None = None


class WebQuery(Part):
    """The fields of every such query; those without a type change nothing in PostHog either."""

    properties: list[dict[str, Any]]
    dateRange: DateRange | None = None
    compareFilter: CompareFilter | None = None
    conversionGoal: Goal | None = None
    filterTestAccounts: bool | None = None
    doPathCleaning: bool | None = None
    """Whether the project's own cleaning applies; the embedded project has none."""

    includeRevenue: Literal[False] | None = None
    aggregation_group_type_index: None = None
    modifiers: dict[str, Any] | None = None
    sampling: Sampling | None = None
    samplingFactor: float | None = None
    useSessionsTable: Any = None
    dataColorTheme: Any = None
    interval: Any = None
    response: Any = None
    tags: Any = None
    version: int | None = None


@dataclass(frozen=True)
class Periods:
    """The time asked about, and the time it is compared with."""

    current: Window
    before: Window | None

    @property
    def all(self) -> list[Window]:
        """Both, or the one there is."""
        return [self.current, *([self.before] if self.before else [])]


def periods(query: WebQuery, reader: Reader) -> Periods:
    """The periods of a query."""
    current = reader.window(query.dateRange)
    compared = query.compareFilter
    if compared is None or not (compared.compare or compared.compare_to):
        return Periods(_in_seconds(current), None)
    before = previous(current, query.dateRange, compared.compare_to)
    return Periods(_in_seconds(current), _in_seconds(before))


def _in_seconds(span: Window) -> Window:
    return replace(span, exact=True).in_seconds


def within(spans: Sequence[Window], at: Node, reader: Reader) -> Node:
    """Whether an instant lies in one of the periods."""
    return nodes.any_of(reader.during(span, at) for span in spans)


def visits(
    query: WebQuery, value: Node, tests: Sequence[Node], reader: Reader, *, whole: bool = True
) -> Node:
    """One row for each visit and value of a breakdown, of the pages seen in the periods.

    Visits are put together after the pages of each have been counted, so that few rows are joined;
    where they need not be `whole`, and the value is no part of them, they are not looked at.
    """
    goal = query.conversionGoal.test() if query.conversionGoal else nodes.FALSE
    spans = periods(query, reader).all
    where = [
        within(spans, nodes.field("timestamp"), reader),
        nodes.any_of([nodes.expr(_PAGES), *([goal] if query.conversionGoal else [])]),
        *tests,
    ]
    of_visit = sorted(_of_session(value))
    seen = nodes.query(
        _SEEN,
        value=nodes.constant("") if of_visit else value,
        goal=goal,
        converted=nodes.call("countIf", goal),
        where=nodes.all_of(where),
    )
    if not whole and not of_visit:
        return nodes.query("SELECT *, seen AS value FROM {seen}", seen=seen)
    return nodes.query(
        _VISITS,
        value=value if of_visit else nodes.field("seen", "seen"),
        seen=seen,
        sessions=_sessions(of_visit, spans, reader),
    )


def visits_at_once(query: WebQuery, reader: Reader) -> Node:
    """The visits of all pages, in one pass over the events around the periods."""
    spans = periods(query, reader).all
    counted = [within(spans, nodes.field("timestamp"), reader), nodes.expr(_PAGES)]
    has_visit = nodes.compare("!=", nodes.field("$session_id"), nodes.constant(""))
    span, slack = _around(spans, reader), slack_of(reader.context)
    wide = replace(span, start=span.start - slack, end=span.end + slack)
    return nodes.query(
        _AT_ONCE,
        counted=nodes.all_of(counted),
        around=nodes.all_of([has_visit, reader.during(wide)]),
    )


def _sessions(names: Sequence[str], spans: Sequence[Window], reader: Reader) -> Node:
    """The sessions around the periods."""
    span = _around(spans, reader)
    tree = nodes.query(_SESSIONS, during=reader.during(span, nodes.field("$start_timestamp")))
    return nodes.selecting(tree, [nodes.field(name) for name in names])


def _around(spans: Sequence[Window], reader: Reader) -> Window:
    """When the sessions of the periods begin: the longest of PostHog's last a day."""
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    known = reader.context.longest_session
    longest = _LONGEST if known is None else min(_LONGEST, timedelta(seconds=known))
    return replace(spans[0], start=first - longest, end=last)


def _of_session(tree: Any) -> set[str]:
    """The fields of sessions that an expression uses."""
    if isinstance(tree, list):
        return set().union(*map(_of_session, tree))
    if not isinstance(tree, dict):
        return set()
    chain = tree.get("chain") or [""]
    return {str(chain[1])} if chain[0] == "session" else _of_session(list(tree.values()))


def filtered(query: WebQuery, reader: Reader, *, paths: bool = True) -> list[Node]:
    """The query's own filters and those for test accounts; those of paths can be left out."""
    _check_whole(query)
    filters = [one for one in query.properties if paths or one.get("key") != "$pathname"]
    tests = [reader.filters().all_of(filters)]
    return [*tests, reader.test_accounts()] if query.filterTestAccounts else tests


def _check_whole(query: WebQuery) -> None:
    """Refuse to estimate from a part of the events."""
    if query.samplingFactor not in (None, 1):
        raise HogQLError("samplingFactor is not supported in the embedded project: leave it out.")
    if query.sampling and query.sampling.enabled:
        raise HogQLError("sampling is not supported in the embedded project: leave it out.")


def measured(function: str, column: str, span: Window | None, reader: Reader) -> Node:
    """A measure over the visits that began in a period; without one over all."""
    subject = nodes.field(column)
    if span is None:
        return nodes.call(function, subject)
    return nodes.call(f"{function}If", subject, reader.during(span, STARTED))
