"""Whether a plan's period is the gold plan's."""

import re
from datetime import datetime, timedelta

from agent.evaluation.grammar import Gold
from agent.planner.english import periods
from agent.planner.english.dates import readings
from agent.planner.english.windows import Clock, Span
from agent.planner.english.words import tokenize
from agent.planner.plan import (
    Plan,
    Recurring,
    Retention,
)


def wrong_span(plan: Plan, gold: Gold, clock: Clock) -> str:
    """What is wrong with the period, empty when nothing is."""
    span = plan.scope.span
    said = gold.option("r")
    if isinstance(plan, Retention) and not said:
        said = tuple(
            v for t in gold.bodies for x in t for name, _, vs in x.where if name == "r" for v in vs
        )
    if not said or said == ("default",):
        return "" if span.default or not said else f"range {span.label}, not the default"
    whole, _ = periods.bounded(span, clock)
    if any(one in ("current", "today") for one in gold.option("exclude")):
        return "" if "without" in span.label else "with the current period"
    for one in said:
        if one in ("default",) and span.default:
            return ""
        if one == "all":
            return (
                ""
                if span.start is None or span.label == "all time"
                else f"range {span.label}, not all"
            )
        wanted = resolve(one, clock)
        if wanted is None or _near(whole, wanted, plan, clock.now):
            return ""
    return f"range {span.label}, not {' | '.join(said)}"


def _near(ours: Span, wanted: Span, plan: Plan, now: datetime) -> bool:
    if isinstance(plan, Recurring) and plan.scope.interval is None and ours.end == wanted.end:
        return True
    if ours.start == wanted.start and ours.end and wanted.end and min(ours.end, wanted.end) >= now:
        return True
    running = wanted.label.endswith(("so far", "to date")) and ours.start == wanted.start
    if running and ours.end and wanted.end and wanted.end < ours.end:
        return True
    slack = timedelta(
        days=8 if plan.scope.interval in ("week", "month") or isinstance(plan, Retention) else 1.01
    )
    if plan.scope.interval == "month":
        slack = timedelta(days=31)
    starts = wanted.start is None or (
        ours.start is not None and abs(ours.start - wanted.start) <= slack
    )
    ends = wanted.end is None or (
        ours.end is not None and abs(ours.end - wanted.end) <= timedelta(days=1.01)
    )
    return starts and ends


def resolve(said: str, clock: Clock) -> Span | None:
    """A range of the notation as a period, None for one it can't read."""
    words = {"d": "days", "w": "weeks", "m": "months", "h": "hours", "y": "years"}
    if match := re.fullmatch(r"last_(\d+)([dwmhy])", said):
        text = f"last {match[1]} {words[match[2]]}"
    elif said.startswith("since:"):
        text = f"since {said[6:]}"
    elif said.startswith("until:"):
        text = f"before {said[6:]}"
    elif ".." in said:
        first, last = said.split("..")
        text = f"from {first} to {last}"
    elif match := re.fullmatch(r"(\d{4})-Q(\d)", said):
        text = f"Q{match[2]} {match[1]}"
    elif said == "last_calendar_week":
        text = "last week"
    elif re.fullmatch(r"\d{4}", said):
        text = f"in {said}"
    else:
        text = said.replace("_", " ")
    found = readings(tokenize(text), clock)
    return max(found, key=lambda one: one.j - one.i).span if found else None
