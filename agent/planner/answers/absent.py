"""What is not there: outside of the data, not tracked at the time, or in no default period."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.answer import Draft
from agent.planner.answers import when
from agent.planner.asking.settled import covered
from agent.planner.english import periods
from agent.planner.english.windows import UNITS, everything
from agent.planner.plan import (
    Funnel,
    Lifecycle,
    Paths,
    Plan,
    Retention,
    Segment,
    Series,
    Stickiness,
    Trends,
)
from agent.planner.world import World
from tools.literals import literal

FAR = 10
"""How many times the usual time between two events one must be away for it not to be tracked."""

NEAR = timedelta(days=3)
FEW = 3


@dataclass(frozen=True)
class Seen:
    """An event, when it was first and last seen, and how often."""

    event: str
    first: datetime
    last: datetime
    count: int

    def tracked(self, start: datetime, end: datetime) -> bool:
        """Whether it was tracked in a period, as far as the time between its events tells."""
        if self.count < FEW:
            return True
        far = max(NEAR, (self.last - self.first) / (self.count - 1) * FAR)
        return start <= self.last + far and end >= self.first - far

    @property
    def words(self) -> str:
        """When it was seen."""
        return f"{self.event} was seen from {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}"


def outside(plan: Plan, world: World) -> Draft | None:
    """A period outside of the data is not a zero."""
    span = covered(plan, world.clock)
    if periods.bounded(span, world.clock)[1]:
        return None
    first, last = world.clock.first, world.clock.last
    run = f"run from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first and last else "are none"
    return _declined(
        plan,
        world,
        f"There is no data for {when.period(span, world.clock)}: this project's events {run}.",
        "Name a period inside it, or count from another day with --as-of.",
    )


def over_all_data(plan: Plan, world: World) -> Plan | None:
    """The same plan over all data, when the stated default period turned out empty."""
    scope = plan.scope
    if not scope.span.default or scope.span.start is None:
        return None
    span = replace(everything(), default=True)
    remark = f"{covered(plan, world.clock).label} have none of it"
    wider = replace(scope, span=span, compare=None, assumptions=(*scope.assumptions, remark))
    if scope.interval:
        usual = periods.default_interval(span, world.clock)
        wider = replace(wider, interval=max(scope.interval, usual, key=UNITS.index))
    return replace(plan, scope=wider)


def untracked(plan: Plan, world: World) -> Draft | None:
    """Say since when, or until when, events are tracked, if the period lies outside of that."""
    span, _ = periods.bounded(covered(plan, world.clock), world.clock)
    assert span.start is not None
    assert span.end is not None
    seen = {one.event: one for one in _seen(plan, world)}
    for series in _series(plan):
        known = [seen[event] for event in series.events if event in seen]
        if not series.events or any(one.tracked(span.start, span.end) for one in known):
            continue
        names = " or ".join(series.events)
        period = when.period(covered(plan, world.clock), world.clock)
        said = " and ".join(one.words for one in known) or "it was never seen"
        only = " only, so it was not tracked then" if known else ""
        return _declined(plan, world, f"There is no {names} in {period}: {said}{only}.")
    return None


def tracking(plan: Plan, world: World) -> tuple[str, ...]:
    """Which events are not tracked all of the time that the plan is about."""
    spans = [covered(plan, world.clock), *([plan.scope.compare] if plan.scope.compare else [])]
    bounds = [periods.bounded(span, world.clock)[0] for span in spans]
    start = min(span.start for span in bounds if span.start)
    end = min(max(span.end for span in bounds if span.end), world.clock.latest)
    return tuple(
        f"{one.words}: outside of that there is none."
        for one in _seen(plan, world)
        if not (one.tracked(start, start) and one.tracked(end, end))
    )


def edges(plan: Plan, world: World) -> tuple[str, ...]:
    """A remark where the data of the project begins inside the period."""
    first = world.clock.first
    spans = [covered(plan, world.clock), *([plan.scope.compare] if plan.scope.compare else [])]
    early = [span for span in spans if first and span.start and (first - span.start).days >= 1]
    if not early or not first:
        return ()
    return (
        f"This project's events begin on {first:%Y-%m-%d}, after the start of {early[0].label}.",
    )


def assumed(plan: Plan, world: World) -> tuple[str, ...]:
    """What was assumed: the period where none was named, and whatever the reading had to."""
    span = covered(plan, world.clock)
    if not plan.scope.span.default:
        return plan.scope.assumptions
    shown = when.dates(span, world.clock)
    period = f"{span.label} ({shown})" if shown else span.label
    return (f"no period was named, so {period}", *plan.scope.assumptions)


def _seen(plan: Plan, world: World) -> list[Seen]:
    """When the events of a plan were first and last seen; those never seen are not there."""
    events = sorted({event for one in _series(plan) for event in one.events})
    if not events:
        return []
    query = (
        "SELECT event, min(timestamp), max(timestamp), count() FROM events\n"
        f"WHERE event IN ({', '.join(map(literal, events))})\nGROUP BY event ORDER BY event"
    )
    (table,) = world.look(("run_hogql", {"query": query, "limit": len(events)}))
    return [Seen(name, when.local(a), when.local(z), count) for name, a, z, count in table.rows]


def _series(plan: Plan) -> Iterator[Series]:
    """The series of a plan, whose events must be there."""
    match plan:
        case Trends():
            yield from plan.series
        case Funnel():
            yield from plan.steps
        case Retention():
            yield plan.start
        case Lifecycle() | Stickiness():
            yield plan.series
        case Paths():
            yield from (one for one in (plan.start, plan.end) if one)
        case Segment():
            yield from plan.did
        case _:
            pass


def _declined(plan: Plan, world: World, headline: str, text: str = "") -> Draft:
    span = covered(plan, world.clock)
    return Draft(
        "declined",
        headline,
        text,
        window=when.window(span, world),
        assumptions=assumed(plan, world),
        plan=plan,
    )
