"""What to ask next: questions that go on from a plan, in words that are understood."""

import re
from collections.abc import Iterator
from datetime import datetime

from agent.planner.asking.settled import covered
from agent.planner.plan import (
    Funnel,
    Lifecycle,
    Paths,
    Plan,
    Property,
    Recurring,
    Retention,
    Segment,
    Series,
    Sessions,
    Stickiness,
    Trends,
)
from agent.planner.world import World

MOST, LONGEST = 3, 60
PLAIN = re.compile(r"\$?\w+")
CHOSEN = ("$os", "$browser", "$device_type", "$geoip_country_name")
"""Properties that are there by themselves, where an event has none of its own to split by."""

UNSPLIT = re.compile(r"(id|ids|uuid|url|email|text|query|name|token|date|hash)$", re.IGNORECASE)


def suggestions(plan: Plan, world: World) -> tuple[str, ...]:
    """Two or three questions that go on from a plan, and work when they are asked."""
    found = dict.fromkeys(one for one in _Next(plan, world).all() if one)
    return tuple(found)[:MOST]


class _Next:
    """One plan, and what is near to it."""

    def __init__(self, plan: Plan, world: World) -> None:
        self.plan = plan
        self.world = world

    def all(self) -> Iterator[str]:
        """Candidates, the nearest first."""
        match self.plan:
            case Trends():
                yield from self._trends(self.plan)
            case Funnel():
                yield from self._funnel(self.plan)
            case Segment():
                yield from self._segment(self.plan)
            case Sessions():
                yield from self._sessions(self.plan)
            case Recurring():
                yield "MRR in the last 6 months"
            case Retention() | Lifecycle() | Stickiness() | Paths():
                yield from self._people(self.plan)

    def _trends(self, plan: Trends) -> Iterator[str]:
        event, during = _named(plan.series[0]), self._during()
        if not event:
            yield from ("weekly active users", "most popular events")
            return
        counted = plan.series[0].property is None
        what = event if counted else f"average {self._property(plan.series[0])} of {event}"
        if not plan.scope.breakdowns and (split := self._split(plan.series[0])):
            yield f"{what} by {split}{during}"
        if not plan.scope.interval:
            yield f"{what} per week{during}"
        if plan.series[0].math != "unique":
            yield f"how many people did {event}{during}"
        yield f"weekly retention of {event}"

    def _funnel(self, plan: Funnel) -> Iterator[str]:
        ends, during = [_named(plan.steps[0]), _named(plan.steps[-1])], self._during()
        if not all(ends):
            return
        leg = f"from {ends[0]} to {ends[1]}"
        if not plan.scope.breakdowns and (split := self._split(plan.steps[0])):
            yield f"funnel {leg} by {split}{during}"
        if not plan.report.endswith("time"):
            yield f"time {leg}{during}"
        yield f"people who did {ends[0]} but not {ends[1]}{during}"

    def _segment(self, plan: Segment) -> Iterator[str]:
        did = [name for one in plan.did if (name := _named(one))]
        never = [name for one in plan.never if (name := _named(one))]
        if did and never:
            if not plan.listed:
                yield f"list people who did {did[0]} but not {never[0]}{self._during()}"
            yield f"funnel from {did[0]} to {never[0]}{self._during()}"
        for name in (did or never)[:1]:
            yield f"{name} per week{self._during()}"
            yield f"weekly retention of {name}"

    def _sessions(self, plan: Sessions) -> Iterator[str]:
        during = self._during()
        if not plan.scope.breakdowns:
            yield f"sessions by $channel_type{during}"
        if "bounce" not in plan.metrics:
            yield f"bounce rate per week{during}"
        if "duration" not in plan.metrics:
            yield f"average session duration{during}"

    def _people(self, plan: Retention | Lifecycle | Stickiness | Paths) -> Iterator[str]:
        """What comes next around people who do one thing."""
        event = next((name for one in _ends(plan) if (name := _named(one))), "")
        if not event:
            yield from ("weekly active users", "most popular events")
            return
        if not isinstance(plan, Retention):
            yield f"weekly retention of {event}"
        if not isinstance(plan, Lifecycle):
            yield f"lifecycle of {event} per week"
        yield f"{event} per week{self._during()}"

    def _during(self) -> str:
        """The period of the plan, in words that are understood."""
        span = covered(self.plan, self.world.clock)
        if span.default or not span.start or not span.end:
            return ""
        if span.rolling:
            return f" in {span.label}"
        last = span.end - datetime.resolution
        return f" from {span.start:%Y-%m-%d} to {last:%Y-%m-%d}"

    def _split(self, one: Series) -> str:
        """A property of the event that results may be split by."""
        properties = self.world.of_all(one.events[:1])[one.events[0]]
        used = {split.property.name for split in self.plan.scope.breakdowns if split.property}
        used |= {f.property.name for f in (*one.filters, *self.plan.scope.filters)}
        own = [p.name for p in properties.values() if _divides(p) and not p.name.startswith("$")]
        choices = [name for name in (*own, *CHOSEN) if name in properties and name not in used]
        return next((name for name in choices if _speaks(name)), "")

    def _property(self, one: Series) -> str:
        assert one.property is not None
        return one.property.name


def _named(one: Series) -> str:
    """The event of a series as a question has it; nothing where it can't be asked simply."""
    if len(one.events) != 1 or len(one.events[0]) > LONGEST or not one.events[0].isprintable():
        return ""
    event = one.events[0]
    if PLAIN.fullmatch(event):
        return event
    return "" if '"' in event else f'"{event}"'


def _ends(plan: Retention | Lifecycle | Stickiness | Paths) -> list[Series]:
    """What people do, or what they begin or end with."""
    if isinstance(plan, Retention):
        return [plan.start, plan.back]
    if isinstance(plan, Paths):
        return [one for one in (plan.start, plan.end) if one]
    return [plan.series]


def _divides(one: Property) -> bool:
    return one.kind in ("String", "Boolean") and not UNSPLIT.search(one.name)


def _speaks(name: str) -> bool:
    return bool(PLAIN.fullmatch(name)) and len(name) <= LONGEST
