"""run_paths: what people do one after the other, as PostHog's paths count it."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from tools.base import tool
from tools.client import PostHog
from tools.conditions import Owners, Where, hogql
from tools.insights import Insight, InsightTable, Some, insight, ran, told
from tools.literals import literal

VIEWED = "event IN ('$pageview', '$screen')"
PAGE = (
    "if(event = '$pageview', ifNull(nullIf(replaceRegexpOne(toString(properties.$pathname), "
    "'(.)/$', '\\\\1'), ''), event), if(event = '$screen', "
    "ifNull(nullIf(toString(properties.$screen_name), ''), event), event))"
)


class RunPaths(Insight):
    """Arguments of run_paths."""

    start: Some | None = None
    """What the paths begin with; null for wherever people begin."""

    end: Some | None = None
    """What the paths lead to; null for wherever they lead."""

    pages: bool = False
    """Whether only views of pages are looked at."""

    steps: int = Field(default=5, ge=2, le=20)
    """How many events of a path are looked at, its start or end among them."""

    limit: int = Field(default=50, ge=1, le=999)
    """How many pairs at most, the most frequent first; those beyond are left out, and told."""


@tool("query:read")
def run_paths(posthog: PostHog, args: RunPaths) -> InsightTable:
    """Count what people do after or before something, from event to event of their visits.

    A visit ends after half an hour without an event. Pages go by their path, other events by their
    name; of PostHog's own events only page views and screens count.
    """
    owners = Owners(posthog)
    ends = tuple(one for one in (args.start, args.end) if one)
    query = insight("PathsQuery", args, owners, pathsFilter=_filter(args, owners))
    own = {"type": "hogql", "key": _counted(ends, owners, pages=args.pages)}
    query["properties"] = [*query.get("properties", ()), own]
    body = ran(posthog, query, ends)
    rows = list(_edges(body["results"]))
    whole = len(rows) <= args.limit
    names = ("step", "from", "to", "times")
    return told(names, rows[: args.limit], query, body, whole=whole)


def point(one: Some) -> str:
    """What a start or an end is called in paths: a page by its path, else its events."""
    pages = [w for w in one.where if w.property == "$pathname" and w.operator == "="]
    if one.events == ("$pageview",) and len(one.where) == len(pages) == 1:
        (page,) = pages
        if len(page.values) == 1:
            return _plain(str(page.values[0]))
    name = " or ".join(one.events) or "any event"
    return f"{name} (as asked)" if one.where or len(one.events) > 1 else name


def _filter(args: RunPaths, owners: Owners) -> dict[str, Any]:
    points = {"startPoint": args.start, "endPoint": args.end}
    return {
        "includeEventTypes": ["hogql"],
        "pathsHogQLExpression": _item(args, owners),
        "stepLimit": args.steps,
        "edgeLimit": args.limit + 1,
        **{name: point(one) for name, one in points.items() if one},
    }


def _item(args: RunPaths, owners: Owners) -> str:
    """What an event is called in a path; the start and the end go before everything else."""
    item = PAGE
    for one in (args.end, args.start):
        if one:
            item = f"if({_is(one, owners)}, {literal(point(one))}, {item})"
    return item


def _is(one: Some, owners: Owners) -> str:
    """Whether an event is one of these."""
    own = Where(property="event", of="column", values=one.events) if one.events else None
    conditions = [hogql(condition, owners) for condition in ((own,) if own else ()) + one.where]
    return " AND ".join(conditions) or "true"


def _counted(ends: tuple[Some, ...], owners: Owners, *, pages: bool) -> str:
    """Whether an event is part of paths."""
    others = [] if pages else ["not startsWith(event, '$')"]
    return " OR ".join([*others, VIEWED, *(f"({_is(one, owners)})" for one in ends)])


def _edges(results: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Pairs; PostHog puts the number of the step before each name."""
    for edge in results:
        place, _, source = str(edge["source"]).partition("_")
        yield int(place), source, str(edge["target"]).partition("_")[2], edge["value"]


def _plain(page: str) -> str:
    """A path without the slash at its end, as pages are written in paths."""
    return page[:-1] if len(page) > 1 and page.endswith("/") else page
