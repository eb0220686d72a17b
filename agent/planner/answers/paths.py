"""Paths as a finding: what comes right after a start, or right before an end."""

from collections.abc import Sequence
from typing import Any

from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, cut, table
from agent.planner.asking.terms import some
from agent.planner.plan import Paths, Series
from agent.planner.world import World
from tools.insights import Some
from tools.paths import point

NEAREST = 10
VISITS = (
    "Paths stay within a visit, which ends after half an hour without an event; pages go by their "
    "path, and of PostHog's own events only page views and screens count."
)


def paths(plan: Paths, outputs: Sequence[Any], world: World) -> Finding:
    """What the output of a paths call says."""
    output, period = outputs[0], when.period(plan.scope.span, world.clock)
    nearest = _nearest(plan, output.rows)
    every = table(["step", "from", "to", "times"], output.rows, whole=output.whole)
    total = sum(times for _, times in nearest)
    rows = [[name, times, figures.part(times, total)] for name, times in nearest]
    side = "next" if plan.start or not plan.end else "before"
    shown = cut(table([side, "times", "% of these"], rows, whole=output.whole), NEAREST)
    notes = (VISITS,) if output.whole else (VISITS, "Only the most frequent pairs are shown.")
    if not nearest:
        return Finding(f"{_nothing(plan)}, {period}.", (), notes, empty=True)
    name, times = nearest[0]
    share = f"{times:,} of {total:,} times ({figures.percent(figures.part(times, total))})"
    return Finding(f"{_lead(plan)} {name}: {share}, {period}.", (every, shown), notes)


def _nearest(plan: Paths, rows: Sequence[tuple[Any, ...]]) -> list[tuple[str, int]]:
    """What stands next to the start, or to the end, most frequent first."""
    found: dict[str, int] = {}
    for step, source, target, times in rows:
        if plan.start or not plan.end:
            if step == 1:
                found[target] = found.get(target, 0) + times
        elif target == _called(plan.end):
            found[source] = found.get(source, 0) + times
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def _called(one: Series) -> str:
    return point(Some.model_validate(some(one)))


def _lead(plan: Paths) -> str:
    if plan.start and plan.end:
        return (
            f"On the way from {words.done(plan.start)} to {words.done(plan.end)} most go first to"
        )
    if plan.start:
        return f"Right after {words.done(plan.start)} people most often go on to"
    if plan.end:
        return f"Right before {words.done(plan.end)} people most often do"
    return "From where they begin, people most often go on to"


def _nothing(plan: Paths) -> str:
    if plan.start:
        return f"Nothing follows {words.done(plan.start)} within half an hour"
    if plan.end:
        return f"Nothing comes before {words.done(plan.end)} within half an hour"
    return "There are no paths of two events"
