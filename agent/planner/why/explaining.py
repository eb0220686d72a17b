"""Why a count, a sum or a number of people changed."""

from dataclasses import replace

from agent.answer import Draft
from agent.planner.english.windows import Span
from agent.planner.plan import Trends
from agent.planner.why import around, naming
from agent.planner.why.case import Case
from agent.planner.why.comparable import comparable, dates, seconds
from agent.planner.why.figures import figure, window
from agent.planner.why.investigating import investigated
from agent.planner.why.locating import Claimed, Run, Usual, emptiest, located, lowest
from agent.planner.why.measure import read
from agent.planner.why.measured import (
    Measured,
    days_request,
    hogql,
    measured,
    request,
    seen,
    usual_days,
)
from agent.planner.why.overlay import requests, together
from agent.planner.why.premise import Verdict, judged, period
from agent.planner.why.telling import Told, told
from agent.planner.world import World

SHORT = 3 * 86_400
"""A period of up to so many seconds is taken as it is, not searched for the days that differ."""

NOT_FOR = (
    "Reasons are worked out for counts of events, people and sessions, for sums and for rates."
)


def explain_figure(
    plan: Trends, span: Span, baseline: Span | None, claimed: Claimed | None, world: World
) -> Draft:
    """The answer about one series over a bounded period."""
    measure = read(plan.series[0], plan.scope, world.facts.groups)
    if measure is None or len(plan.series) > 1:
        return Draft("declined", NOT_FOR, window=window(span, world), plan=plan)
    compared = comparable(span, baseline, world.clock)
    needed = [
        request(measure, compared, world),
        hogql(around.SEEN),
        days_request(measure, span, world),
    ]
    together(world, needed, requests())
    case = Case(plan, measure, span, claimed, world, seen(world), baseline)
    return naming.out_of_reach(case) or _answer(naming.with_older_name(case))


def _answer(case: Case) -> Draft:
    """Whether it is so; if it is, since when and what goes with it."""
    compared = comparable(case.asked, case.baseline, case.world.clock)
    found = measured(case.measure, compared, case.since, case.world)
    unit = found.whole.unit
    usual = usual_days(case.measure, case.asked, unit, case.since, case.world)
    verdict = judged(found, case.claimed, case.measure.what)
    run = _run(case, usual)
    if run and (verdict.holds != "yes" or _mostly(run, found)):
        return _of_run(case, run, found, verdict)
    if not found.values:
        return naming.nothing_before(case, found)
    if case.claimed == "zero" and verdict.holds == "no":
        return _never_empty(case, usual, found, verdict)
    if case.claimed and verdict.holds == "no":
        return told(case, Told(found, verdict))
    return told(case, investigated(case, found, verdict))


def _run(case: Case, usual: Usual) -> Run | None:
    """The days in which the change lies, if they are a part of the period."""
    if case.baseline or seconds(case.asked) <= SHORT:
        return None
    if case.claimed == "zero":
        return emptiest(usual)
    return located(usual, case.claimed, case.asked)


def _of_run(case: Case, run: Run, whole: Measured, verdict: Verdict) -> Draft:
    """The answer about the days in which the change lies."""
    compared = comparable(run.span, None, case.world.clock)
    found = measured(case.measure, compared, case.since, case.world)
    if not found.values:
        return told(case, Told(whole, verdict))
    nearer = judged(found, case.claimed, case.measure.what, sure=True)
    over = f"Over all of {dates(case.asked)}: {_beside(whole)}."
    known = case.asked.default or not whole.values or dates(run.span) == dates(case.asked)
    notes = case.notes if known else (*case.notes, over)
    return told(replace(case, notes=notes), investigated(case, found, nearer))


def _never_empty(case: Case, usual: Usual, found: Measured, verdict: Verdict) -> Draft:
    """No day was empty, so the premise is wrong: the day with the least is named."""
    least = lowest(usual)
    said = f"No: no whole day was without {case.measure.what} {period(found.compared.span)}"
    if least:
        day, value, expected = least
        said += f"; the lowest was {day} with {figure(value)}, usually {figure(expected)}"
    return told(case, Told(found, Verdict("no", said)))


def _mostly(run: Run, found: Measured) -> bool:
    """Whether most of the change of the whole period lies in some of its days."""
    return abs(run.value - run.expected) >= 0.6 * abs(found.whole.change)


def _beside(found: Measured) -> str:
    whole = found.whole
    return f"{figure(whole.now)}, usually {figure(whole.usual)}"
