"""What people saved: insights, dashboards, actions and annotations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from tools.base import Args, tool
from tools.client import PostHog
from tools.objects import Listed, Stored, listed, person_name
from tools.wording import joined, steps

KINDS = {
    "TrendsQuery": "trend",
    "FunnelsQuery": "funnel",
    "RetentionQuery": "retention",
    "PathsQuery": "paths",
    "StickinessQuery": "stickiness",
    "LifecycleQuery": "lifecycle",
    "HogQLQuery": "SQL",
}


@dataclass(frozen=True)
class Saved:
    """An insight or a dashboard."""

    kind: Literal["insight", "dashboard"]
    id: int
    name: str
    description: str
    shows: str
    """What an insight is about: its kind and its events."""

    dashboards: tuple[int, ...]
    """The dashboards an insight is on."""

    short_id: str
    changed_at: str | None
    """When it was last modified; a dashboard only says when it was created."""

    changed_by: str


@dataclass(frozen=True)
class Annotation:
    """Something that happened, noted for charts."""

    id: int
    date: str
    """The day, or the instant, it is about."""

    text: str
    by: str


@dataclass(frozen=True)
class Action:
    """Events that were given a name of their own."""

    id: int
    name: str
    description: str
    means: str


class ListSaved(Args):
    """Arguments of list_saved."""

    search: str = ""
    """Part of the name, the description or a tag; empty for all."""

    limit: int = 200
    """Insights, and dashboards, to return at most."""


class ListAnnotations(Args):
    """Arguments of list_annotations."""

    since: date | None = None
    """Only of this day and later; null for all."""

    until: date | None = None
    """Only before this day; null for all."""

    limit: int = 200
    """Annotations to return at most, the latest first."""


class ListActions(Args):
    """Arguments of list_actions."""

    limit: int = 200
    """Actions to return at most."""


@tool("insight:read", "dashboard:read")
def list_saved(posthog: PostHog, args: ListSaved) -> Listed[Saved]:
    """List saved insights and dashboards: id, name, what they show, when last modified by whom."""
    search = {"search": args.search}
    insights = listed(
        posthog, "insights/", _insight, args.limit, saved="true", basic="true", **search
    )
    boards = listed(posthog, "dashboards/", _dashboard, args.limit, **search)
    return Listed((*insights.rows, *boards.rows), insights.whole and boards.whole)


@tool("annotation:read")
def list_annotations(posthog: PostHog, args: ListAnnotations) -> Listed[Annotation]:
    """List annotations: what people noted to have happened, and when."""
    found = listed(posthog, "annotations/", _annotation, args.limit)
    since, until = (at.isoformat() if at else "" for at in (args.since, args.until))
    kept = [
        one for one in found.rows if since <= one.date[:10] and not (until and one.date >= until)
    ]
    return Listed(tuple(kept), found.whole)


@tool("action:read")
def list_actions(posthog: PostHog, args: ListActions) -> Listed[Action]:
    """List actions: names that people gave to events, and what each stands for."""
    return listed(posthog, "actions/", _action, args.limit)


def shows(query: Any) -> str:
    """What a saved query is about, in a few words."""
    inner = query.get("source", query) if isinstance(query, dict) else {}
    kind = KINDS.get(str(inner.get("kind")), "")
    names = [_named(one) for one in inner.get("series") or ()]
    found = inner.get("retentionFilter") or {}
    names += [str((found.get(end) or {}).get("id")) for end in ("targetEntity",) if found.get(end)]
    of = f" of {joined(list(dict.fromkeys(names)))}" if names else ""
    every = f" per {inner['interval']}" if kind == "trend" and inner.get("interval") else ""
    split = inner.get("breakdownFilter") or {}
    told = split.get("breakdown")
    by = told if isinstance(told, list) else [told] if isinstance(told, str) else []
    by = [*by, *(one.get("property") for one in split.get("breakdowns") or ())]
    return f"{kind}{of}{every}{f' by {joined(list(map(str, by)))}' if by else ''}"


def _named(series: Mapping[str, Any]) -> str:
    math = series.get("math")
    told = (
        f"{math} of {series['math_property']} of " if math and series.get("math_property") else ""
    )
    told = "people with " if math in ("dau", "weekly_active", "monthly_active") else told
    return f"{told}{series.get('event') or series.get('name') or 'any event'}"


def _insight(body: Stored) -> Saved:
    return Saved(
        kind="insight",
        id=int(body["id"]),
        name=str(body.get("name") or body.get("derived_name") or "Untitled"),
        description=str(body.get("description") or ""),
        shows=shows(body.get("query")),
        dashboards=tuple(body.get("dashboards") or ()),
        short_id=str(body.get("short_id") or ""),
        changed_at=body.get("last_modified_at") or body.get("created_at"),
        changed_by=person_name(body.get("last_modified_by") or body.get("created_by")),
    )


def _dashboard(body: Stored) -> Saved:
    return Saved(
        kind="dashboard",
        id=int(body["id"]),
        name=str(body.get("name") or "Untitled"),
        description=str(body.get("description") or ""),
        shows="",
        dashboards=(),
        short_id="",
        changed_at=body.get("created_at"),
        changed_by=person_name(body.get("created_by")),
    )


def _annotation(body: Stored) -> Annotation:
    return Annotation(
        id=int(body["id"]),
        date=str(body.get("date_marker") or body.get("created_at") or ""),
        text=str(body.get("content") or ""),
        by=person_name(body.get("created_by")),
    )


def _action(body: Stored) -> Action:
    return Action(
        id=int(body["id"]),
        name=str(body.get("name") or ""),
        description=str(body.get("description") or ""),
        means=steps(body.get("steps") or ()),
    )
