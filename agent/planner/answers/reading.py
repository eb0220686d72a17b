"""The sentence that says how a question was read, from its plan."""

from agent.planner.answers.when import period
from agent.planner.answers.words import (
    begun,
    done,
    filtered,
    lasting,
    measured,
    segment,
    splits,
)
from agent.planner.english.windows import Clock, Span
from agent.planner.plan import (
    Cause,
    Drivers,
    Funnel,
    Lifecycle,
    Metric,
    Paths,
    Plan,
    Recurring,
    Retention,
    Segment,
    Sessions,
    Stickiness,
    Trends,
    Watch,
)

METRICS: dict[Metric, str] = {
    "count": "sessions",
    "duration": "session duration",
    "bounce": "bounce rate",
    "pages": "pages per session",
    "entry": "entry pages",
    "exit": "exit pages",
}
ORDERS = {"ordered": "", "strict": ", with nothing in between", "unordered": ", in any order"}
JOINTS = {"share": " in percent of ", "ratio": " divided by ", "difference": " minus "}


def reading(plan: Plan, span: Span, clock: Clock) -> str:
    """The whole plan in one sentence, over the period that was measured."""
    return f"Read as: {_about(plan)}{_around(plan, span, clock)}."


def _about(plan: Plan) -> str:
    match plan:
        case Trends():
            return _trends(plan)
        case Sessions():
            return " and ".join(METRICS[one] for one in plan.metrics)
        case Recurring():
            return "monthly recurring revenue"
        case Segment():
            return segment(plan)
        case Cause() | Watch() | Drivers():
            raise TypeError(f"A {type(plan).__name__} is told as an investigation.")
        case _:
            return _typed(plan)


def _typed(plan: Funnel | Retention | Lifecycle | Stickiness | Paths) -> str:
    match plan:
        case Funnel():
            steps = " → ".join(map(done, plan.steps))
            return f"the funnel {steps} within {lasting(plan.window)}{ORDERS[plan.order]}"
        case Retention():
            who = f"people who did {begun(plan)}"
            return f"{who} and came back for {done(plan.back)}, by {plan.period}"
        case Lifecycle():
            return f"new, returning, resurrecting and dormant people by {done(plan.series)}"
        case Stickiness():
            return f"on how many {plan.scope.interval or 'day'}s people did {done(plan.series)}"
        case Paths():
            ends = (("after", plan.start), ("before", plan.end))
            named = " and ".join(f"{word} {done(one)}" for word, one in ends if one)
            return f"{'what pages people view' if plan.pages else 'what people do'} {named}".strip()


def _trends(plan: Trends) -> str:
    joint = JOINTS.get(plan.formula or "", " beside ")
    found = joint.join(map(measured, plan.series))
    if plan.cumulative:
        found = f"the running total of {found.removeprefix('total ')}"
    found = f"the growth of {found}" if plan.growth else found
    return f"{found} on average per {plan.each}" if plan.each else found


def _around(plan: Plan, span: Span, clock: Clock) -> str:
    scope = plan.scope
    conditions = filtered(scope.filters)
    found = f" where {conditions}" if conditions else ""
    found += f", by {splits(scope.breakdowns)}" if scope.breakdowns else ""
    found += f", per {scope.interval}" if scope.interval else ""
    found += f", {period(span, clock)}"
    return found + (f", against {period(scope.compare, clock)}" if scope.compare else "")
