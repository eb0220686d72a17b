"""Routes about what the project tracks: event and property definitions."""

import json
import uuid
from typing import Any

from werkzeug.wrappers import Request

from tools.local.bodies import invalid
from tools.local.definitions import SESSION_TYPES, Property, properties
from tools.local.meta import Meta
from tools.local.routes import Body, Call, Route, page
from tools.local.routes_account import NAMESPACE

KINDS = ("event", "person", "group", "session")


def event_definitions(call: Call) -> Body:
    """The events, the one seen last first."""
    search = call.request.args.get("search", "").lower()
    notes = _descriptions(call.home.meta, "event_definition", "event")
    rows = call.home.meta.rows("SELECT * FROM event_definitions ORDER BY last_seen DESC, name")
    return page(
        call.request,
        [
            {
                "id": _id("event", row["name"]),
                "name": row["name"],
                "description": notes.get(row["name"], ""),
                "created_at": row["first_seen"],
                "last_seen_at": row["last_seen"],
                "last_updated_at": row["last_seen"],
                "tags": [],
                "owner": None,
                "verified": False,
                "hidden": False,
                "is_action": False,
            }
            for row in rows
            if search in row["name"].lower()
        ],
    )


def property_definitions(call: Call) -> Body:
    """The properties of one kind, those seen on the named events first."""
    args = call.request.args
    kind = args.get("type", "event")
    if kind not in KINDS:
        raise invalid(f'"{kind}" is not a valid choice.', code="invalid_choice", attr="type")
    events = _event_names(call.request)
    seen = _seen_on(call.home.meta, events)
    found = [row for row in _of_kind(call.home.meta, kind) if _wanted(row, call.request)]
    if args.get("filter_by_event_names") == "true" and kind == "event":
        found = [row for row in found if row.name in seen]
    if events:
        found.sort(key=lambda row: row.name not in seen)
    notes = _descriptions(call.home.meta, "property_definition", kind)
    return page(call.request, [_property(row, bool(events), seen, notes) for row in found])


def _of_kind(meta: Meta, kind: str) -> list[Property]:
    if kind == "session":
        return [Property("session", -1, *item, 0, True) for item in SESSION_TYPES.items()]
    return [row for row in properties(meta) if row.type == kind]


def _wanted(row: Property, request: Request) -> bool:
    index = request.args.get("group_type_index")
    names = request.args.get("properties")
    return (
        request.args.get("search", "").lower() in row.name.lower()
        and (index is None or str(row.group_index) == index)
        and (names is None or row.name in names.split(","))
    )


def _property(row: Property, asked: bool, seen: set[str], notes: dict[str, str]) -> dict[str, Any]:
    return {
        "id": _id(f"{row.type} {row.group_index}", row.name),
        "name": row.name,
        "description": notes.get(row.name, ""),
        "property_type": row.property_type,
        "is_numerical": row.property_type == "Numeric",
        "is_seen_on_filtered_events": row.name in seen if asked else None,
        "tags": [],
        "verified": False,
        "hidden": False,
    }


def _event_names(request: Request) -> list[str]:
    raw = request.args.get("event_names")
    try:
        names = json.loads(raw) if raw else []
    except ValueError:
        names = None
    if not isinstance(names, list):
        raise invalid("event_names must be a JSON list of event names.", attr="event_names")
    return [str(name) for name in names]


def _seen_on(meta: Meta, events: list[str]) -> set[str]:
    marks = ", ".join("?" * len(events))
    sql = f"SELECT DISTINCT property FROM event_properties WHERE event IN ({marks})"
    return {row["property"] for row in meta.rows(sql, *events)}


def _descriptions(meta: Meta, kind: str, of: str) -> dict[str, str]:
    """What people wrote about events, or about the properties of one kind."""
    return {
        body["name"]: body.get("description", "")
        for body in meta.documents(kind)
        if body.get("type", "event") == of
    }


def _id(kind: str, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{kind} {name}"))


ROUTES = (
    Route(
        "GET",
        "/api/projects/<project>/event_definitions/",
        "event_definition:read",
        event_definitions,
    ),
    Route(
        "GET",
        "/api/projects/<project>/property_definitions/",
        "property_definition:read",
        property_definitions,
    ),
)
