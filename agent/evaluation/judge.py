"""Whether a plan asks for what a gold plan asks for."""

import re
from collections.abc import Iterator
from dataclasses import replace

from agent.evaluation.grammar import Gold, parse
from agent.evaluation.measured import split_name, wrong_terms
from agent.evaluation.spans import wrong_span
from agent.planner.english.windows import Clock
from agent.planner.plan import (
    Breakdown,
    Cause,
    Drivers,
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
    Watch,
)

KINDS = {
    Trends: "T", Funnel: "F", Retention: "R", Lifecycle: "L", Stickiness: "K", Paths: "P",
    Sessions: "S", Recurring: "M", Segment: "Q", Cause: "W", Watch: "W", Drivers: "W",
}  # fmt: skip


def faults(plan: Plan, gold_plan: str, clock: Clock) -> list[str]:
    """What a plan has that the gold plan has not, or the other way round; none when it is right."""
    gold = parse(gold_plan)
    if isinstance(plan, Trends) and "DAU/MAU" in gold_plan:
        sticky = any(one.math == "monthly_active" for one in plan.series)
        return [f for f in ("" if sticky else "no DAU/MAU", wrong_span(plan, gold, clock)) if f]
    plan = _as_trends(plan, gold)
    if KINDS[type(plan)] not in gold.kinds and not _counts_sessions(plan, gold):
        return [f"kind {KINDS[type(plan)]}, not {'|'.join(sorted(gold.kinds))}"]
    return [fault for fault in _faults(plan, gold, clock) if fault]


def _faults(plan: Plan, gold: Gold, clock: Clock) -> Iterator[str]:
    yield from wrong_terms(plan, gold)
    yield wrong_span(plan, gold, clock)
    yield _interval(plan, gold)
    yield _breakdowns(plan, gold)
    yield _compare(plan, gold)
    yield from _order(plan, gold)
    yield from _particular(plan, gold)


def _counts_sessions(plan: Plan, gold: Gold) -> bool:
    """Whether a trend of sessions is what a gold plan of sessions wants."""
    if not isinstance(plan, Trends) or "S" not in gold.kinds:
        return False
    wanted = any("sessions" in term.events for body in gold.bodies for term in body)
    return wanted and plan.series[0].math == "sessions"


def _as_trends(plan: Plan, gold: Gold) -> Plan:
    """A count of sessions, or people ranked by what they did, where trends were wanted."""
    if "T" not in gold.kinds:
        return plan
    if isinstance(plan, Sessions) and plan.metrics == ("count",) and "S" not in gold.kinds:
        events = next((t.events for body in gold.bodies for t in body), frozenset())
        return Trends(plan.scope, (Series(tuple(sorted(events - {"*"})), "sessions"),))
    if isinstance(plan, Segment) and plan.order and not plan.never and plan.listed:
        person = (Breakdown(Property("person", "person")),)
        return Trends(replace(plan.scope, breakdowns=person), (plan.order,))
    return plan


def _interval(plan: Plan, gold: Gold) -> str:
    wanted = tuple(one.split()[0] for one in gold.option("i"))
    ours = plan.scope.interval
    if isinstance(plan, Retention):
        wanted = tuple(p.lower() for p in gold.option("p"))
        ours = plan.period
    if isinstance(plan, Stickiness | Paths):
        return ""
    if wanted and ours not in wanted:
        return f"interval {ours}, not {'|'.join(wanted)}"
    if gold.option("disp") == ("number",) and ours is not None:
        return f"interval {ours}, not one number"
    return ""


def _breakdowns(plan: Plan, gold: Gold) -> str:
    ours = {split_name(one) for one in plan.scope.breakdowns}
    if isinstance(plan, Sessions):
        ours |= (
            {f"${metric}_pathname" for metric in plan.metrics if metric in ("entry", "exit")}
            if gold.option("bd")
            else set()
        )
    said = gold.options.get("bd", "")
    if said.endswith("?") and not ours:
        return ""
    said = said.removesuffix("?")
    wanted = (
        [
            frozenset(
                re.sub(r"\(.*\)|^group (?=\w+\.)|^\w+\.", "", part.strip())
                for part in one.split(",")
            )
            for one in said.split("|")
        ]
        if said
        else [frozenset[str]()]
    )
    names = [frozenset(w.removeprefix("group ").split(".")[-1] for w in one) for one in wanted]
    if frozenset(ours) in names or frozenset(f"{one}_id" for one in ours) in names:
        return ""
    return f"split by {sorted(ours)}, not {said or 'nothing'}"


def _compare(plan: Plan, gold: Gold) -> str:
    growing = isinstance(plan, Trends) and plan.growth
    wanted = bool(gold.option("cmp")) or gold.options.get("note") == "growth"
    if wanted != bool(plan.scope.compare or growing):
        return "compared" if plan.scope.compare or growing else "not compared"
    return ""


def _order(plan: Plan, gold: Gold) -> Iterator[str]:
    limit = tuple(one for one in gold.option("lim") if not one.endswith("?"))
    if limit and str(plan.scope.limit) not in limit:
        yield f"limit {plan.scope.limit}, not {limit[0]}"
    if gold.option("sort") == ("asc",) and not plan.scope.ascending:
        yield "not the lowest first"
    if gold.option("cum") and not (isinstance(plan, Trends) and plan.cumulative):
        yield "not cumulative"


def _particular(plan: Plan, gold: Gold) -> Iterator[str]:
    """What only funnels, retention and paths have."""
    if isinstance(plan, Funnel):
        yield _window(plan, gold)
        yield from _of_funnel(plan, gold)
    if (
        isinstance(plan, Trends)
        and gold.option("f")
        and plan.formula is None
        and len(plan.series) < 3
    ):
        yield "no formula"


def _window(plan: Funnel, gold: Gold) -> str:
    win = gold.option("win")
    ours = f"{plan.window.count}{plan.window.unit[0]}"
    if win and _days(ours) not in map(_days, win):
        return f"window {ours}, not {win[0]}"
    return ""


def _days(window: str) -> float | str:
    """A window in days, so that two weeks are fourteen of them; as it stands where it can't be."""
    counted = re.fullmatch(r"(\d+)([hdw])", window)
    return int(counted[1]) * {"h": 1 / 24, "d": 1, "w": 7}[counted[2]] if counted else window


def _of_funnel(plan: Funnel, gold: Gold) -> Iterator[str]:
    if bool(gold.option("excl")) != bool(plan.exclusions):
        yield "exclusions differ"
    if gold.option("by") == ("session",) and not plan.by_session:
        yield "not by session"
    if (gold.option("viz") == ("trend",)) != plan.trend:
        yield "as a trend" if plan.trend else "not as a trend"
    wanted = (gold.option("report") or ("",))[0].startswith("time")
    if wanted != (plan.report in ("average_time", "median_time")):
        yield f"reports {plan.report}"
