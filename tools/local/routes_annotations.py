"""Routes about annotations: what happened when, noted on a chart."""

from datetime import datetime
from typing import Literal

from tools.local.bodies import invalid
from tools.local.clock import stamp, written
from tools.local.objects import Document, Resource, Sent, routes
from tools.local.routes import Call

Scope = Literal["dashboard_item", "dashboard", "project", "organization", "recording"]


class Changes(Sent):
    """What of an annotation can be changed."""

    content: str | None = None
    date_marker: datetime | None = None
    scope: Scope | None = None
    dashboard_item: int | None = None
    dashboard_id: int | None = None
    creation_type: Literal["USR", "GIT"] | None = None
    deleted: bool | None = None


class New(Changes):
    """A new annotation."""

    content: str


def _show(call: Call, body: Document) -> Document:
    meta = call.home.meta
    insight = meta.document("insight", body.get("dashboard_item") or 0) or {}
    dashboard = meta.document("dashboard", body.get("dashboard_id") or 0) or {}
    return {
        "id": body["id"],
        "content": body.get("content"),
        "date_marker": body.get("date_marker"),
        "creation_type": body.get("creation_type") or "USR",
        "dashboard_item": body.get("dashboard_item"),
        "insight_short_id": insight.get("short_id"),
        "insight_name": insight.get("name"),
        "insight_derived_name": insight.get("derived_name"),
        "dashboard_id": body.get("dashboard_id"),
        "dashboard_name": dashboard.get("name"),
        "created_by": body.get("created_by"),
        "created_at": body.get("created_at"),
        "updated_at": body.get("updated_at") or body.get("created_at"),
        "deleted": bool(body.get("deleted")),
        "scope": body.get("scope") or "dashboard_item",
    }


def _choose(call: Call, every: list[Document]) -> list[Document]:
    scope = call.request.args.get("scope")
    found = [one for one in every if scope in (None, one.get("scope"))]
    return sorted(found, key=lambda one: str(one.get("date_marker")), reverse=True)


def _complete(call: Call, sent: Document) -> Document:
    sent.setdefault("scope", "dashboard_item")
    return {"creation_type": "USR", "date_marker": None, **_checked(call, sent)}


def _merge(call: Call, before: Document, sent: Document) -> Document:
    return _checked(call, {**before, **sent})


def _checked(call: Call, body: Document) -> Document:
    meta = call.home.meta
    for name, kind in (("dashboard_item", "insight"), ("dashboard_id", "dashboard")):
        number = body.get(name)
        if number is not None and meta.document(kind, number) is None:
            said = f'Invalid pk "{number}" - object does not exist.'
            raise invalid(said, code="does_not_exist", attr=name)
    if body["scope"] == "dashboard" and body.get("dashboard_id") is None:
        raise invalid("An annotation of the scope dashboard needs a dashboard_id.", attr="scope")
    marker = body.get("date_marker")
    if isinstance(marker, datetime):
        body["date_marker"] = written(marker)
    return {**body, "updated_at": stamp(call.project)}


ANNOTATIONS = Resource(
    kind="annotation",
    noun="Annotation",
    path="annotations",
    new=New,
    changes=Changes,
    show=_show,
    choose=_choose,
    complete=_complete,
    merge=_merge,
    search=("content",),
)
ROUTES = routes(ANNOTATIONS)
