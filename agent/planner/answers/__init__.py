"""From the results of a plan to the draft of an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.answer import Draft
from agent.planner.answers import absent, when
from agent.planner.answers.activity import lifecycle, stickiness
from agent.planner.answers.finding import Finding
from agent.planner.answers.funnels import funnel
from agent.planner.answers.paths import paths
from agent.planner.answers.reading import reading
from agent.planner.answers.recurring import recurring
from agent.planner.answers.retention import retention
from agent.planner.answers.segments import segment
from agent.planner.answers.sessions import sessions
from agent.planner.answers.suggestions import suggestions
from agent.planner.answers.trends import trends
from agent.planner.asking import calls
from agent.planner.asking.settled import covered, settled
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
from agent.planner.world import World

_FOUND: Mapping[type[Plan], Callable[[Any, Sequence[Any], World], Finding]] = {
    Trends: trends,
    Funnel: funnel,
    Retention: retention,
    Lifecycle: lifecycle,
    Stickiness: stickiness,
    Paths: paths,
    Sessions: sessions,
    Recurring: recurring,
    Segment: segment,
}


def answer(plan: Plan, outputs: Sequence[Any], world: World) -> Draft:
    """The draft of an answer to a plan whose `calls` have these outputs.

    It may raise `Missing`: where nothing is found, whether it was tracked at all is looked up.
    """
    made = settled(plan, world)
    if outside := absent.outside(made, world):
        return outside
    finding = _FOUND[type(made)](made, outputs, world)
    if finding.empty and (wider := absent.over_all_data(made, world)):
        return answer(wider, world.look(*calls(wider, world)), world)
    if finding.empty or finding.doubtful:
        if missing := absent.untracked(made, world):
            return missing
        finding = replace(finding, notes=(*finding.notes, *absent.tracking(made, world)))
    return _draft(made, finding, world)


def _draft(plan: Plan, finding: Finding, world: World) -> Draft:
    span = covered(plan, world.clock)
    read = reading(plan, span, world.clock)
    notes = (*finding.notes, *_running(plan, world), *absent.edges(plan, world))
    return Draft(
        "answered",
        finding.headline,
        " ".join([read, *notes]),
        finding.tables,
        when.window(span, world),
        absent.assumed(plan, world) + finding.assumptions,
        stated=" ".join([read, finding.method]),
        plan=plan,
        suggestions=suggestions(plan, world),
    )


def _running(plan: Plan, world: World) -> tuple[str, ...]:
    """A remark on a period that is named as a whole and not over yet."""
    span = plan.scope.span
    plain = plan.scope.interval is None and not isinstance(plan, Retention | Recurring)
    if plain and when.running(span, world.clock) and not (span.rolling or span.default):
        return ("The period is not over yet.",)
    return ()
