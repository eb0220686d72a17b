"""From a plan to the tool calls that answer it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.planner.asking import typed
from agent.planner.asking.recurring import recurring
from agent.planner.asking.segments import segment
from agent.planner.asking.sessions import sessions
from agent.planner.asking.settled import settled
from agent.planner.asking.trends import trends
from agent.planner.plan import (
    Funnel,
    Lifecycle,
    Paths,
    Plan,
    Recurring,
    Retention,
    Segment,
    Sessions,
    Stickiness,
    Trends,
)
from agent.planner.world import Request, World

_CALLS: Mapping[type[Plan], Callable[[Any, World], Sequence[Request]]] = {
    Trends: trends,
    Funnel: typed.funnel,
    Retention: typed.retention,
    Lifecycle: typed.lifecycle,
    Stickiness: typed.stickiness,
    Paths: typed.paths,
    Sessions: sessions,
    Recurring: recurring,
    Segment: segment,
}


def calls(plan: Plan, world: World) -> Sequence[Request]:
    """The calls whose outputs, in this order, answer a plan; `Unsure` where none can.

    What they need to know of the project is looked up first, so that this may raise `Missing`.
    """
    made = settled(plan, world)
    return _CALLS[type(made)](made, world)
