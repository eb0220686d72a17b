"""The way in: which kind of investigation a plan needs."""

from dataclasses import replace

from agent.answer import Draft
from agent.planner.english.windows import Span
from agent.planner.plan import Funnel, Trends
from agent.planner.why.comparable import dates, end, start
from agent.planner.why.explaining import NOT_FOR, explain_figure
from agent.planner.why.figures import window
from agent.planner.why.locating import Claimed
from agent.planner.why.rate import rate_of
from agent.planner.why.rating import explain_rate
from agent.planner.world import World


def explain(
    question: str,
    plan: Trends | Funnel,
    span: Span,
    baseline: Span | None,
    claimed: Claimed | None,
    world: World,
) -> Draft:
    """Whether something changed as the question says, and what goes with it."""
    del question
    asked = bounded(span, world)
    before = bounded(baseline, world) if baseline else None
    if start(asked) >= end(asked):
        said = (
            f"There is nothing to look into yet: {span.label or dates(asked)} lies in the future."
        )
        return Draft("declined", said, window=window(asked, world), plan=plan)
    if isinstance(plan, Trends) and plan.formula is None:
        return explain_figure(plan, asked, before, claimed, world)
    what = rate_of(plan, world.facts.groups)
    if what is None:
        return Draft("declined", NOT_FOR, window=window(asked, world), plan=plan)
    return explain_rate(plan, what, asked, before, claimed, world)


def bounded(span: Span, world: World) -> Span:
    """A period with both ends, none of it in the future."""
    clock = world.clock
    first, last = span.start or clock.first or clock.now, min(span.end or clock.now, clock.now)
    return replace(span, start=first, end=max(first, last))
