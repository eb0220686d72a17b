"""Funnels, retention, lifecycle, stickiness and paths as calls of PostHog's own queries."""

from dataclasses import replace
from typing import get_args

from agent.planner.asking.terms import Arguments, around, by, some
from agent.planner.english import periods
from agent.planner.english.windows import Clock, Span, Unit, floor, shift
from agent.planner.plan import (
    Funnel,
    Lifecycle,
    Paths,
    Reply,
    Retention,
    Scope,
    Series,
    Stickiness,
    Unsure,
)
from agent.planner.world import Request, World
from tools.insights import Interval

VALUES, EDGES = 25, 999
LATER: dict[Unit, int] = {"hour": 24, "day": 14, "week": 11, "month": 11}
"""How many intervals after the first retention looks at, unless it is told."""

LONGER = {"quarter": (92, "day"), "year": (365, "day")}
"""Units of a funnel's window that PostHog does not have."""


def funnel(plan: Funnel, world: World) -> list[Request]:
    """The steps of each period; for a development the conversion by interval after them."""
    for one in plan.steps:
        _simple(replace(one, first=False), "a funnel")
    spans = [plan.scope.span, *([plan.scope.compare] if plan.scope.compare else [])]
    found = [("run_funnel", _steps(plan, span, world)) for span in spans]
    if plan.trend:
        every = {"interval": funnel_interval(plan, world.clock)}
        found += [("run_funnel", _steps(plan, span, world) | every) for span in spans]
    return found


def funnel_interval(plan: Funnel, clock: Clock) -> Unit:
    """The interval of a funnel over time."""
    return supported(
        plan.scope.interval or periods.default_interval(plan.scope.span, clock), "a funnel"
    )


def _steps(plan: Funnel, span: Span, world: World) -> Arguments:
    window, unit = plan.window.count, plan.window.unit
    if unit in LONGER:
        window, unit = window * LONGER[unit][0], LONGER[unit][1]
    found: Arguments = {
        "steps": [_step(one) for one in plan.steps],
        "window": window,
        "window_unit": unit,
        **around(plan.scope.filters, span, world.clock),
    }
    if plan.order != "ordered":
        found["order"] = plan.order
    if plan.exclusions:
        found["exclusions"] = [
            some(replace(one, events=(event,))) | {"after": after, "before": before}
            for one, after, before in plan.exclusions
            for event in one.events
        ]
    if plan.by_session or plan.steps[0].group:
        found["by"] = "sessions" if plan.by_session else plan.steps[0].group
    return found | _split(plan.scope, "a funnel")


def _step(one: Series) -> Arguments:
    return some(one) | ({"first": True} if one.first else {})


def _split(scope: Scope, what: str) -> Arguments:
    if not scope.breakdowns:
        return {}
    if len(scope.breakdowns) > 1:
        raise Unsure(
            Reply("declined", f"PostHog splits {what} by one thing at a time: name only one.")
        )
    return {"breakdown": by(scope.breakdowns[0]), "limit": max(VALUES, scope.limit or 0)}


def retention(plan: Retention, world: World) -> list[Request]:
    """Beginnings in the period of the plan, returns as long after it as was asked for."""
    _simple(replace(plan.start, first=False), "retention")
    least = _least(plan.back, "retention")
    span = cohorts(plan, world.clock)
    whole, _ = periods.bounded(span, world.clock)
    assert whole.start is not None
    assert whole.end is not None
    last = floor(whole.end, plan.period, world.clock.week_start)
    until = min(shift(last, plan.period, later(plan) + 1), max(world.clock.now, whole.end))
    asked = replace(span, start=whole.start, end=until)
    arguments: Arguments = {
        "start": some(replace(plan.start, first=False)),
        "back": some(plan.back),
        "period": supported(plan.period, "retention"),
        "intervals": later(plan),
        **around(plan.scope.filters, asked, world.clock),
        **_split(plan.scope, "retention"),
    }
    if plan.start.first:
        arguments["first"] = True
    if least:
        arguments["at_least"] = least
    if plan.start.group:
        arguments["by"] = plan.start.group
    return [("run_retention", arguments)]


def later(plan: Retention) -> int:
    """How many intervals after the first are looked at."""
    asked = plan.intervals or (0 if plan.report else LATER.get(plan.period, 11))
    return min(100, max(1, asked, *plan.report))


def cohorts(plan: Retention, clock: Clock) -> Span:
    """When people begin: without a period named, long enough ago to see them come back."""
    span = plan.scope.span
    if not span.default or span.start is None:
        return span
    count = LATER.get(plan.period, 11)
    start = shift(floor(clock.now, plan.period, clock.week_start), plan.period, -count)
    start = max(start, clock.first) if clock.first else start
    name = f"the last {count} {plan.period}s"
    return Span(start, clock.now, name, default=True)


def lifecycle(plan: Lifecycle, world: World) -> list[Request]:
    """Statuses by interval."""
    _simple(plan.series, "a lifecycle")
    arguments: Arguments = {
        "activity": some(plan.series),
        "interval": supported(plan.scope.interval or "week", "a lifecycle"),
        **around(plan.scope.filters, plan.scope.span, world.clock),
    }
    if plan.series.group:
        arguments["by"] = plan.series.group
    return [("run_lifecycle", arguments)]


def stickiness(plan: Stickiness, world: World) -> list[Request]:
    """People by the number of intervals, in each period."""
    spans = [plan.scope.span, *([plan.scope.compare] if plan.scope.compare else [])]
    arguments: Arguments = {
        "activity": some(plan.series),
        "interval": supported(plan.scope.interval or "day", "stickiness"),
    }
    if least := _least(plan.series, "stickiness"):
        arguments["at_least"] = least
    return [
        ("run_stickiness", arguments | around(plan.scope.filters, span, world.clock))
        for span in spans
    ]


def paths(plan: Paths, world: World) -> list[Request]:
    """Pairs of events from a start, or up to an end."""
    arguments: Arguments = around(plan.scope.filters, plan.scope.span, world.clock)
    arguments["limit"] = EDGES
    if plan.pages:
        arguments["pages"] = True
    for name, one in (("start", plan.start), ("end", plan.end)):
        if one:
            _simple(one, "paths")
            arguments[name] = some(one)
    return [("run_paths", arguments)]


def _least(one: Series, what: str) -> int | None:
    """How often something must be done in an interval; only a least number can be asked for."""
    if one.times is None:
        _simple(one, what)
        return None
    _simple(replace(one, times=None), what)
    count = {">=": one.times.count, ">": one.times.count + 1}.get(one.times.operator)
    if count is None:
        raise Unsure(Reply("declined", f"For {what} only “at least” so many times can be asked."))
    return count


def _simple(one: Series, what: str) -> None:
    """Refuse what PostHog's query of this kind has no place for."""
    if one.times or one.span or one.first:
        asked = "how often" if one.times else "another period" if one.span else "the first time"
        raise Unsure(
            Reply(
                "declined", f"In {what} there is no place for {asked} of {' or '.join(one.events)}."
            )
        )


def supported(interval: Unit, what: str) -> Unit:
    """An interval that PostHog has for this kind, else the nearest thing said."""
    if interval not in get_args(Interval):
        raise Unsure(
            Reply("declined", f"PostHog has no {interval}s for {what}: ask by month or shorter.")
        )
    return interval
