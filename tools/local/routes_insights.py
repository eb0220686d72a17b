"""Routes about insights: saved queries and their answers."""

import json
import secrets
import string
from datetime import datetime
from typing import Any

from tools.local import tiles
from tools.local.bodies import invalid
from tools.local.clock import clock, stamp
from tools.local.dates import DateError, parse_date
from tools.local.meta import Meta
from tools.local.objects import FOLDERS, Document, Resource, Sent, living, routes, truth
from tools.local.queries.run import inner, read_query
from tools.local.routes import Call
from tools.local.routes_account import author
from tools.local.saved_queries import answered, wanted

_LETTERS = string.ascii_letters + string.digits
_KINDS = {
    "TRENDS": "TrendsQuery",
    "FUNNELS": "FunnelsQuery",
    "RETENTION": "RetentionQuery",
    "PATHS": "PathsQuery",
    "STICKINESS": "StickinessQuery",
    "LIFECYCLE": "LifecycleQuery",
    "SQL": "HogQLQuery",
}


class Changes(Sent):
    """What of an insight can be changed."""

    name: str | None = None
    description: str | None = None
    query: dict[str, Any] | None = None
    dashboards: list[int] | None = None
    tags: list[str] | None = None
    favorited: bool | None = None
    saved: bool | None = None
    order: int | None = None
    deleted: bool | None = None


class New(Changes):
    """A new insight."""

    query: dict[str, Any]


def show(call: Call, body: Document) -> Document:
    """An insight with its answer, as far as the request wants one."""
    result = answered(call, body["query"], wanted(call)) if body.get("query") else {}
    return {
        **basic(call, body),
        "result": result.get("results"),
        "hasMore": result.get("hasMore"),
        "columns": result.get("columns"),
        "types": result.get("types"),
        "hogql": result.get("hogql"),
        "timezone": result.get("timezone"),
        "resolved_date_range": result.get("resolved_date_range"),
        "last_refresh": result.get("last_refresh"),
        "cache_target_age": result.get("cache_target_age"),
        "next_allowed_client_refresh": result.get("next_allowed_client_refresh"),
        "is_cached": bool(result.get("is_cached")),
        "query_status": result.get("query_status"),
    }


def basic(call: Call, body: Document) -> Document:
    """An insight without an answer."""
    placed = tiles.of_insight(call.home.meta, body["id"])
    return {
        "id": body["id"],
        "short_id": body["short_id"],
        "name": body.get("name"),
        "derived_name": body.get("derived_name"),
        "description": body.get("description") or "",
        "query": body.get("query"),
        "filters": {},
        "order": body.get("order"),
        "deleted": bool(body.get("deleted")),
        "dashboards": [tile["dashboard_id"] for tile in placed],
        "dashboard_tiles": placed,
        "saved": bool(body.get("saved")),
        "favorited": bool(body.get("favorited")),
        "tags": body.get("tags") or [],
        "alerts": [],
        "created_at": body.get("created_at"),
        "created_by": body.get("created_by"),
        "updated_at": body.get("last_modified_at"),
        "last_modified_at": body.get("last_modified_at"),
        "last_modified_by": body.get("last_modified_by"),
        "last_viewed_at": None,
        "is_sample": False,
        "user_access_level": "manager",
    }


def _brief(call: Call, body: Document) -> Document:
    return basic(call, body) if truth(call, "basic") else show(call, body)


def _choose(call: Call, every: list[Document]) -> list[Document]:
    found = [one for one in every if _wanted(call, one)]
    order = call.request.args.get("order", "-last_modified_at")
    name = order.removeprefix("-")
    if name not in ("name", "created_at", "last_modified_at", "id"):
        raise invalid(f"Insights are not ordered by {name}: choose last_modified_at.", attr="order")
    return sorted(
        found, key=lambda one: (str(one.get(name) or ""), one["id"]), reverse=order != name
    )


def _wanted(call: Call, body: Document) -> bool:
    args, made_by = call.request.args, str((body.get("created_by") or {}).get("id"))
    kind = _KINDS.get(args.get("insight", "").upper())
    tests = (
        args.get("short_id") in (None, body["short_id"]),
        args.get("created_by") in (None, made_by),
        truth(call, "saved") in (None, bool(body.get("saved"))),
        truth(call, "favorited") in (None, False) or bool(body.get("favorited")),
        kind is None or inner(body.get("query") or {}).get("kind") == kind,
        _listed(call, "dashboards") <= set(tiles.boards(call.home.meta, body["id"])),
        _listed(call, "tags") <= set(body.get("tags") or []),
        _dated(call, body),
    )
    return all(tests)


def _listed(call: Call, name: str) -> set[Any]:
    try:
        found = json.loads(call.request.args.get(name) or "[]")
        return set(found)
    except (ValueError, TypeError):
        raise invalid(f"{name} must be a JSON list.", attr=name) from None


def _dated(call: Call, body: Document) -> bool:
    """Whether it was modified in the time asked for."""
    args, now = call.request.args, clock(call.project)
    changed = body.get("last_modified_at")
    at = datetime.fromisoformat(changed) if changed else now
    try:
        since, until = (args.get(name) for name in ("date_from", "date_to"))
        after = not since or since == "all" or parse_date(since, now) <= at
        return after and (not until or at <= parse_date(until, now))
    except DateError as error:
        raise invalid(str(error), attr="date_from") from None


def _complete(call: Call, sent: Document) -> Document:
    _check(call, sent)
    return {
        "name": None,
        "description": "",
        "saved": False,
        "favorited": False,
        "tags": [],
        **sent,
        "dashboards": sent.get("dashboards") or [],
        "short_id": _short_id(call.home.meta),
        **_modified(call),
    }


def _merge(call: Call, before: Document, sent: Document) -> Document:
    _check(call, sent)
    if sent.get("deleted"):
        sent["dashboards"] = []
    return {**before, **sent, **_modified(call)}


def _written(call: Call, before: Document | None, after: Document, sent: Document) -> None:
    if before is None or "dashboards" in sent or after.get("deleted"):
        tiles.place(call.home.meta, after["id"], after.get("dashboards") or [])


def _check(call: Call, sent: Document) -> None:
    if "query" in sent:
        read_query(sent["query"] or {})
    if sent.get("dashboards"):
        tiles.check(call.home.meta, sent["dashboards"])


def _modified(call: Call) -> Document:
    return {"last_modified_at": stamp(call.project), "last_modified_by": author()}


def _short_id(meta: Meta) -> str:
    taken = {one["short_id"] for one in meta.documents("insight")}
    while (found := "".join(secrets.choice(_LETTERS) for _ in range(8))) in taken:
        pass
    return found


def _find(meta: Meta, name: str) -> Document | None:
    every = living(meta, "insight")
    return next((one for one in every if one["short_id"] == name), None)


INSIGHTS = Resource(
    kind="insight",
    noun="Insight",
    path="insights",
    new=New,
    changes=Changes,
    show=show,
    brief=_brief,
    choose=_choose,
    complete=_complete,
    merge=_merge,
    written=_written,
    find=_find,
    search=("name", "derived_name", "description", "tags"),
    refused={"filters": "send the query", "_create_in_folder": FOLDERS},
)
ROUTES = routes(INSIGHTS)
