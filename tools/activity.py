"""run_lifecycle and run_stickiness: who is new, comes back or stays away, and how regularly."""

from typing import Any

from pydantic import Field

from tools.base import tool
from tools.client import PostHog
from tools.conditions import Owners
from tools.errors import UnexpectedAnswer
from tools.insights import Insight, InsightTable, Interval, Some, entity, insight, ran, told

STATUSES = ("new", "returning", "resurrecting", "dormant")


class RunLifecycle(Insight):
    """Arguments of run_lifecycle."""

    activity: Some = Some()
    """What counts as being active; without events, anything."""

    interval: Interval = "day"
    """A row for each interval."""

    by: str = "people"
    """Who: people, or the name of a group type."""


class RunStickiness(Insight):
    """Arguments of run_stickiness."""

    activity: Some = Some()
    """What counts as being active; without events, anything."""

    interval: Interval = "day"
    """In how many of these people are active."""

    at_least: int | None = Field(default=None, ge=1)
    """How often somebody must do it in an interval for it to count; null for once."""


@tool("query:read")
def run_lifecycle(posthog: PostHog, args: RunLifecycle) -> InsightTable:
    """Count who is new, returning, back after a break, or dormant, interval by interval.

    New are those who were first seen in the interval, dormant those who were active in the one
    before and are no more.
    """
    owners = Owners(posthog)
    query = insight(
        "LifecycleQuery",
        args,
        owners,
        args.interval,
        series=[entity(args.activity, owners)],
        aggregation_group_type_index=None if args.by == "people" else owners.index(args.by),
    )
    body = ran(posthog, query, [args.activity])
    found = {result.get("status"): result for result in body["results"]}
    if not set(STATUSES) <= set(found):
        raise UnexpectedAnswer("PostHog's answer to a LifecycleQuery lacks a status.")
    days = found["new"]["days"]
    counts = [[abs(value) for value in found[status]["data"]] for status in STATUSES]
    rows = zip(days, *counts, strict=True)
    return told([args.interval, *STATUSES], rows, query, body)


@tool("query:read")
def run_stickiness(posthog: PostHog, args: RunStickiness) -> InsightTable:
    """Count on how many days, weeks or months of a period people were active."""
    owners = Owners(posthog)
    query = insight(
        "StickinessQuery",
        args,
        owners,
        args.interval,
        series=[entity(args.activity, owners, math="dau")],
        stickinessFilter=_criteria(args),
    )
    body = ran(posthog, query, [args.activity])
    result = body["results"][0] if body["results"] else {"days": [], "data": []}
    rows = zip(result["days"], result["data"], strict=True)
    return told([f"{args.interval}s", "people"], rows, query, body)


def _criteria(args: RunStickiness) -> dict[str, Any] | None:
    if args.at_least is None:
        return None
    return {"stickinessCriteria": {"operator": "gte", "value": args.at_least}}
