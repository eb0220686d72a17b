"""The plan as it is asked of this project."""

from dataclasses import replace

from agent.planner.asking.segments import span as of_segment
from agent.planner.asking.typed import cohorts
from agent.planner.english import periods
from agent.planner.english.windows import Clock, Span, Unit, floor, shift
from agent.planner.plan import Breakdown, Plan, Recurring, Retention, Scope, Segment, Trends
from agent.planner.world import World
from tools.conditions import KEY

LONG: dict[Unit, int] = {"month": 6, "quarter": 4, "year": 3}
"""How many of the longer intervals the default period has."""

USUAL = 30
"""How many days the default period has, where no interval makes it longer."""


def settled(plan: Plan, world: World) -> Plan:
    """The same plan with what the project adds to it, or can't give."""
    interval = plan.scope.interval or ("month" if isinstance(plan, Recurring) else None)
    scope = _lasting(_sided(plan.scope, world.clock), interval, world.clock)
    if isinstance(plan, Trends):
        breakdowns = tuple(_labelled(one, world) for one in scope.breakdowns)
        return replace(plan, scope=replace(scope, breakdowns=breakdowns))
    return replace(plan, scope=scope)


def _sided(scope: Scope, clock: Clock) -> Scope:
    """Without the other side of a comparison where that lies outside of the data."""
    if scope.compare is None or periods.bounded(scope.compare, clock)[1]:
        return scope
    first, last = clock.first, clock.last
    run = f", which run from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first and last else ""
    remark = f"{scope.compare.label} has no events to compare with{run}"
    return replace(scope, compare=None, assumptions=(*scope.assumptions, remark))


def _lasting(scope: Scope, interval: Unit | None, clock: Clock) -> Scope:
    """The default period long enough for its interval, under a name that says how long."""
    span = scope.span
    if not (span.default and span.rolling and span.start and interval):
        return scope
    if interval in LONG:
        start = shift(floor(clock.now, interval), interval, 1 - LONG[interval])
        label = f"the last {LONG[interval]} {interval}s with this one"
        return replace(scope, span=replace(span, start=start, label=label))
    if (clock.now - span.start).days <= USUAL:
        return scope
    rest = f" and the rest of their first {interval}"
    label = span.label.removesuffix(rest) + rest
    return replace(scope, span=replace(span, label=label))


def _labelled(one: Breakdown, world: World) -> Breakdown:
    """A split by groups with their names beside their keys."""
    prop = one.property
    if one.label or prop is None or prop.name != KEY or prop.holder not in world.facts.groups:
        return one
    return replace(one, label=world.held[prop.holder].get("name"))


def covered(plan: Plan, clock: Clock) -> Span:
    """The period that an answer is about."""
    if isinstance(plan, Retention):
        return cohorts(plan, clock)
    return of_segment(plan) if isinstance(plan, Segment) else plan.scope.span
