"""A plan and the rows that came back, as the draft of an answer."""

from collections.abc import Sequence
from datetime import datetime

from agent.answer import Draft, Window
from agent.planner import sentences
from agent.planner.comparing import compared
from agent.planner.findings import find
from agent.planner.plan import Plan
from agent.planner.spans import bounded
from agent.planner.windows import Span
from agent.planner.world import World
from tools.query import QueryTable


def answer(plan: Plan, results: Sequence[QueryTable], world: World) -> Draft:
    """The answer to a plan whose queries have run."""
    span, has_data = bounded(plan.span, world.clock)
    if not has_data:
        return _outside(plan, span, world)
    if plan.compare:
        spans = (span, bounded(plan.compare, world.clock)[0])
        finding = compared(plan, results, spans, world.clock)
    else:
        finding = find(plan, results[0], span, world.clock)
    return Draft(
        "answered",
        finding.headline,
        " ".join(finding.notes),
        (finding.table,),
        _window(span, world),
        _assumptions(plan, span),
        plan=plan,
    )


def nothing_there(result: QueryTable, plan: Plan) -> bool:
    """Whether a query found no event at all."""
    return not any(value for row in result.rows for value in row[-len(plan.measures) :])


def untracked(
    plan: Plan, first: datetime | None, last: datetime | None, world: World
) -> Draft | None:
    """Say since when, or until when, an event is tracked, if a period lies outside of that."""
    for asked in (plan.span, plan.compare):
        span = bounded(asked, world.clock)[0] if asked else None
        if span is None or not first or not last or not span.start or not span.end:
            continue
        if span.start > last or span.end <= first:
            return Draft(
                "declined",
                f"There is no {plan.measures[0].event} in {sentences.period(span)}: "
                f"it is tracked from {first:%Y-%m-%d} to {last:%Y-%m-%d}.",
                window=_window(span, world),
                assumptions=_assumptions(plan, span),
                plan=plan,
            )
    return None


def _outside(plan: Plan, span: Span, world: World) -> Draft:
    """A period outside the data is not a zero."""
    first, last = world.clock.first, world.clock.last
    covered = f"run from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first and last else "are none"
    return Draft(
        "declined",
        f"There is no data for {sentences.period(span)}: this project's events {covered}.",
        "Name a period inside it, or count from another day with --as-of.",
        window=_window(span, world),
        assumptions=_assumptions(plan, span),
        plan=plan,
    )


def _window(span: Span, world: World) -> Window:
    assert span.start is not None
    assert span.end is not None
    start, end = (at.replace(tzinfo=world.zone).isoformat() for at in (span.start, span.end))
    return Window(start, end, world.facts.timezone)


def _assumptions(plan: Plan, span: Span) -> tuple[str, ...]:
    if not span.default:
        return plan.assumptions
    return (f"no period was named, so {span.label} ({sentences.dates(span)})", *plan.assumptions)
