"""run_retention: who comes back in the intervals after the one they began in."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from tools.base import tool
from tools.client import PostHog
from tools.conditions import By, Owners, breakdown, typed
from tools.errors import UnexpectedAnswer
from tools.insights import Insight, InsightTable, Some, insight, named, ran, told
from tools.trends import OTHER, split_name, split_value

Period = Literal["hour", "day", "week", "month"]


class RunRetention(Insight):
    """Arguments of run_retention."""

    start: Some = Some()
    """What people begin with; without events, anything."""

    back: Some = Some()
    """What they come back for; without events, anything."""

    first: bool = False
    """Whether only somebody's first time ever is a beginning."""

    period: Period = "week"
    """An interval."""

    intervals: int = Field(default=11, ge=1, le=100)
    """Intervals after the first."""

    at_least: int | None = Field(default=None, ge=1)
    """How often somebody must come back in an interval."""

    breakdown: By | None = None
    """What to split by, as each person has it at first."""

    limit: int = Field(default=25, ge=1, le=999)
    """Values of the breakdown at most."""

    by: str = "people"
    """Who: people or a group type."""


@tool("query:read")
def run_retention(posthog: PostHog, args: RunRetention) -> InsightTable:
    """Count who comes back in later intervals, by the interval they began in.

    The period holds beginnings and returns.
    """
    owners = Owners(posthog)
    query = insight(
        "RetentionQuery",
        args,
        owners,
        retentionFilter=_filter(args, owners),
        breakdownFilter=_split(args, owners),
        aggregation_group_type_index=None if args.by == "people" else owners.index(args.by),
    )
    body = ran(posthog, query, (args.start, args.back))
    split = [split_name(args.breakdown)] if args.breakdown else []
    later = [f"{args.period} {n}" for n in range(1, args.intervals + 1)]
    rows, whole = _kept(args, list(_rows(args, body["results"])))
    return told([*split, "cohort", "size", *later], rows, query, body, whole=whole)


def _filter(args: RunRetention, owners: Owners) -> dict[str, Any]:
    found: dict[str, Any] = {
        "retentionType": "retention_first_time" if args.first else "retention_recurring",
        "period": args.period.capitalize(),
        "totalIntervals": args.intervals + 1,
        "targetEntity": _entity(args.start, owners),
        "returningEntity": _entity(args.back, owners),
    }
    return found | ({"minimumOccurrences": args.at_least} if args.at_least else {})


def _entity(one: Some, owners: Owners) -> dict[str, Any]:
    single = one.events[0] if len(one.events) == 1 else None
    found: dict[str, Any] = {"id": single, "name": single, "type": "events"}
    if conditions := [typed(condition, owners) for condition in (*named(one), *one.where)]:
        found["properties"] = conditions
    return found


def _split(args: RunRetention, owners: Owners) -> dict[str, Any] | None:
    if args.breakdown is None:
        return None
    one = breakdown(args.breakdown, owners)
    return {"breakdowns": [one], "breakdown_limit": args.limit + 1}


def _rows(args: RunRetention, results: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Cohort by cohort: the value, the day it begins, its size, and who was back when."""
    for result in results:
        try:
            counts = [int(cell["count"]) for cell in result["values"]]
            start = str(result["date"])[: 10 if args.period != "hour" else 19].replace("T", " ")
        except (KeyError, TypeError, ValueError):
            raise UnexpectedAnswer("PostHog's answer to a RetentionQuery has no counts.") from None
        counts += [0] * (args.intervals + 1 - len(counts))
        yield (*_value(args, result), start, *counts)


def _value(args: RunRetention, result: dict[str, Any]) -> tuple[Any, ...]:
    if args.breakdown is None:
        return ()
    said = result.get("breakdown_value")
    said = said[0] if isinstance(said, list) and said else said
    return (OTHER,) if said == OTHER else (split_value(args.breakdown, said),)


def _kept(args: RunRetention, rows: list[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], bool]:
    """The rows of as many values as were asked for, and whether those are all."""
    if args.breakdown is None:
        return rows, True
    values = [value for value in dict.fromkeys(row[0] for row in rows) if value != OTHER]
    kept = set(values[: args.limit])
    return [row for row in rows if row[0] in kept], len(values) <= args.limit
