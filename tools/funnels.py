"""run_funnel: how many go through some steps within some time, as PostHog's funnels count it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from tools.base import tool
from tools.client import PostHog
from tools.conditions import By, Owners, breakdown
from tools.errors import InvalidArguments
from tools.insights import (
    Insight,
    InsightTable,
    Interval,
    Some,
    entity,
    insight,
    named,
    ran,
    title,
    told,
)
from tools.trends import split_name, split_value

OTHER = "Other"
PEOPLE, SESSIONS = "people", "sessions"
Results = Sequence[Mapping[str, Any]]


class Step(Some):
    """One step of a funnel."""

    first: bool = False
    """Only somebody's first time ever."""


class Exclusion(Some):
    """Events that end an attempt when they happen between two steps."""

    after: int = Field(default=1, ge=1)
    """The step they come after, from 1."""

    before: int = Field(default=2, ge=2)
    """The step they come before."""


class RunFunnel(Insight):
    """Arguments of run_funnel."""

    steps: tuple[Step, ...] = Field(min_length=2, max_length=20)
    """What is done one after the other, all within the period."""

    window: int = Field(default=14, ge=1)
    """How long people have for all steps."""

    window_unit: Literal["second", "minute", "hour", "day", "week", "month"] = "day"
    """Its unit."""

    order: Literal["ordered", "strict", "unordered"] = "ordered"
    """ordered lets other events lie between, strict none."""

    exclusions: tuple[Exclusion, ...] = ()
    """What must not happen between two steps."""

    by: str = PEOPLE
    """Who: people, sessions or a group type."""

    breakdown: By | None = None
    """What to split by, as first seen at a step."""

    limit: int = Field(default=25, ge=1, le=999)
    """Values of the breakdown at most."""

    interval: Interval | None = None
    """Instead of steps: the conversion in per cent by interval of beginning."""

    @model_validator(mode="after")
    def _in_range(self) -> "RunFunnel":
        for one in self.exclusions:
            if not one.after < one.before <= len(self.steps):
                raise ValueError("an exclusion lies after one step and before a later one")
        return self


@tool("query:read")
def run_funnel(posthog: PostHog, args: RunFunnel) -> InsightTable:
    """Count who goes through steps within some time, with the time that each step takes."""
    owners = Owners(posthog)
    index = None if args.by in (PEOPLE, SESSIONS) else owners.index(args.by)
    query = insight(
        "FunnelsQuery",
        args,
        owners,
        args.interval,
        series=[_node(one, owners) for one in args.steps],
        funnelsFilter=_filter(args, owners),
        breakdownFilter=_split(args, owners),
        aggregation_group_type_index=index,
    )
    body = ran(posthog, query, (*args.steps, *args.exclusions))
    values, whole = _values(args, body["results"])
    split = [split_name(args.breakdown)] if args.breakdown else []
    if args.interval:
        columns: list[str] = [args.interval, *split, "conversion %"]
        return told(columns, _points(values), query, body, whole=whole)
    columns = [*split, "step", "event", args.by, "% of first", "% of previous"]
    columns += ["average seconds", "median seconds"]
    return told(columns, _steps(args, values), query, body, whole=whole)


def _node(one: Step, owners: Owners) -> dict[str, Any]:
    first = "first_time_for_user_with_filters" if one.where else "first_time_for_user"
    return entity(one, owners, math=first if one.first else None)


def _filter(args: RunFunnel, owners: Owners) -> dict[str, Any]:
    found: dict[str, Any] = {
        "funnelVizType": "trends" if args.interval else "steps",
        "funnelOrderType": args.order,
        "funnelWindowInterval": args.window,
        "funnelWindowIntervalUnit": args.window_unit,
    }
    if args.exclusions:
        found["exclusions"] = [_exclusion(one, owners) for one in args.exclusions]
    if args.by == SESSIONS:
        found["funnelAggregateByHogQL"] = "properties.$session_id"
    return found


def _exclusion(one: Exclusion, owners: Owners) -> dict[str, Any]:
    if named(one):
        raise InvalidArguments("run_funnel: an exclusion is one event; name several one by one.")
    places = {"funnelFromStep": one.after - 1, "funnelToStep": one.before - 1}
    return entity(one, owners) | places


def _split(args: RunFunnel, owners: Owners) -> dict[str, Any] | None:
    if args.breakdown is None:
        return None
    one = breakdown(args.breakdown, owners)
    found = {"breakdown_type": one["type"], "breakdown_limit": args.limit + 1}
    if one["type"] == "group":
        found |= {"breakdown_group_type_index": one["group_type_index"]}
    alone = one["type"] in ("group", "session")
    return found | {"breakdown": one["property"] if alone else [one["property"]]}


def _values(args: RunFunnel, results: Any) -> tuple[list[tuple[tuple[Any, ...], Any]], bool]:
    """The results of each value of the breakdown, and whether those are all."""
    if args.breakdown is None:
        whole = results if args.interval is None else results[0] if results else {}
        return [((), whole)], True
    found = []
    for part in results:
        said = part["breakdown_value"] if args.interval else part[0]["breakdown_value"]
        said = said[0] if isinstance(said, list) else said
        found.append(((split_value(args.breakdown, said),), part))
    if len(found) > args.limit + 1:
        found = [one for one in found if one[0] != (OTHER,)]
    return found[: args.limit], len(found) <= args.limit


def _steps(args: RunFunnel, values: Sequence[tuple[tuple[Any, ...], Results]]) -> Iterator[Any]:
    for value, found in values:
        counts = [int(step["count"]) for step in found] or [0] * len(args.steps)
        before = [None, *counts]
        for place, (step, count) in enumerate(zip(args.steps, counts, strict=True)):
            of = found[place] if found else {}
            yield (
                *value,
                place + 1,
                title(step),
                count,
                share(count, counts[0]),
                share(count, before[place]) if place else None,
                of.get("average_conversion_time"),
                of.get("median_conversion_time"),
            )


def _points(values: Sequence[tuple[tuple[Any, ...], Any]]) -> Iterator[Any]:
    days = next((found["days"] for _, found in values if found), ())
    for place, day in enumerate(days):
        for value, found in values:
            yield (day, *value, found["data"][place])


def share(part: float | None, whole: float | None) -> float | None:
    """A part in per cent of the whole; None of nothing."""
    return None if part is None or not whole else round(100 * part / whole, 2)
