"""Counts and calculations as a finding, by the shape of their plan."""

from collections.abc import Sequence
from typing import Any

from agent.planner.answers.compared import compared
from agent.planner.answers.finding import Finding
from agent.planner.answers.grid import Grid, grid
from agent.planner.answers.series import mean, means, series, split
from agent.planner.answers.single import ranking, single
from agent.planner.answers.view import View
from agent.planner.asking.trends import parts, unit
from agent.planner.english.windows import Span
from agent.planner.plan import Trends
from agent.planner.world import World


def trends(plan: Trends, outputs: Sequence[Any], world: World) -> Finding:
    """What the outputs of a plan's calls say."""
    view = View(plan, world.clock)
    now = _period(plan, outputs, plan.scope.span, world)
    if plan.scope.compare:
        before = _period(plan, outputs, plan.scope.compare, world, compared=True)
        return compared(view, now, before)
    if plan.each:
        return means(view, now) if plan.scope.breakdowns else mean(view, now)
    if unit(plan):
        return split(view, now) if plan.scope.breakdowns else series(view, now)
    return ranking(view, now) if plan.scope.breakdowns else single(view, now)


def _period(
    plan: Trends, outputs: Sequence[Any], span: Span, world: World, *, compared: bool = False
) -> Grid:
    """The results of one of the periods."""
    pairs = zip(parts(plan, world), outputs, strict=True)
    chosen = [(part, output) for part, output in pairs if part.compared == compared]
    return grid(plan, [part for part, _ in chosen], [o for _, o in chosen], span, world)
