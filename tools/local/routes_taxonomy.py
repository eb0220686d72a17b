"""Routes about what the project tracks: event and property definitions."""

import json
import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from werkzeug.wrappers import Request

from tools.local.bodies import invalid, not_found
from tools.local.definitions import SESSION_TYPES, Property, properties
from tools.local.meta import Meta
from tools.local.routes import Body, Call, Route, page, read
from tools.local.routes_account import NAMESPACE

KINDS = ("event", "person", "group", "session")
Notes = dict[str, dict[str, Any]]


class Note(BaseModel):
    """What can be said about an event."""

    model_config = ConfigDict(extra="forbid")

    description: str | None = None
    tags: list[str] | None = None
    verified: bool | None = None
    hidden: bool | None = None


class PropertyNote(Note):
    """What can be said about a property; without a type it has that of its values."""

    property_type: Literal["String", "Numeric", "Boolean", "DateTime", "Duration"] | None = None


def event_definitions(call: Call) -> Body:
    """The events, the one seen last first."""
    search = call.request.args.get("search", "").lower()
    return page(
        call.request, [one for one in _events(call.home.meta) if search in one["name"].lower()]
    )


def event_definition(call: Call) -> Body:
    """One event, by its id."""
    return _of_id(_events(call.home.meta), call)


def change_event_definition(call: Call) -> Body:
    """Describe an event."""
    known = _of_id(_events(call.home.meta), call)
    return _noted(call, "event_definition", known["name"], "event")


def property_definition(call: Call) -> Body:
    """One property, by its id."""
    return _of_id(_all_properties(call.home.meta), call)


def change_property_definition(call: Call) -> Body:
    """Describe a property."""
    known = _of_id(_all_properties(call.home.meta), call)
    return _noted(call, "property_definition", known["name"], known["type"])


def _events(meta: Meta) -> list[dict[str, Any]]:
    notes = _notes(meta, "event_definition", "event")
    return [
        {
            "id": _id("event", row["name"]),
            "name": row["name"],
            "created_at": row["first_seen"],
            "last_seen_at": row["last_seen"],
            "last_updated_at": row["last_seen"],
            "owner": None,
            "is_action": False,
            **_written(notes.get(row["name"], {})),
        }
        for row in meta.rows("SELECT * FROM event_definitions ORDER BY last_seen DESC, name")
    ]


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
    notes = _notes(call.home.meta, "property_definition", kind)
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


def _property(row: Property, asked: bool, seen: set[str], notes: Notes) -> dict[str, Any]:
    return {
        "id": _id(f"{row.type} {row.group_index}", row.name),
        "name": row.name,
        "property_type": row.property_type,
        "is_numerical": row.property_type == "Numeric",
        "is_seen_on_filtered_events": row.name in seen if asked else None,
        **_written(notes.get(row.name, {})),
    }


def _all_properties(meta: Meta) -> list[dict[str, Any]]:
    found = []
    for kind in KINDS:
        notes = _notes(meta, "property_definition", kind)
        rows = (_property(row, False, set(), notes) for row in _of_kind(meta, kind))
        found += [{**row, "type": kind} for row in rows]
    return found


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


def _notes(meta: Meta, kind: str, of: str) -> Notes:
    """What people wrote about events, or about the properties of one kind."""
    return {body["name"]: body for body in meta.documents(kind) if body.get("type", "event") == of}


def _written(note: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": note.get("description") or "",
        "tags": note.get("tags") or [],
        "verified": bool(note.get("verified")),
        "hidden": bool(note.get("hidden")),
    }


def _of_id(every: list[dict[str, Any]], call: Call) -> dict[str, Any]:
    found = next((one for one in every if one["id"] == call.arguments["id"]), None)
    if found is None:
        raise not_found("Not found.")
    return found


def _noted(call: Call, kind: str, name: str, of: str) -> Body:
    """The definition with what was sent about it."""
    sent = read(Note if kind == "event_definition" else PropertyNote, call.request)
    if sent.verified and sent.hidden:
        raise invalid("An event cannot be both hidden and verified", attr="hidden")
    key = name if kind == "event_definition" else f"{of} {name}"
    known = call.home.meta.document(kind, key) or {"id": key, "name": name, "type": of}
    body = {**known, **sent.model_dump(exclude_unset=True)}
    call.home.meta.put_documents({kind: [body]})
    return event_definition(call) if kind == "event_definition" else property_definition(call)


def _id(kind: str, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{kind} {name}"))


_EVENTS = "/api/projects/<project>/event_definitions/"
_PROPERTIES = "/api/projects/<project>/property_definitions/"
ROUTES = (
    Route("GET", _EVENTS, "event_definition:read", event_definitions),
    Route("GET", f"{_EVENTS}<id>/", "event_definition:read", event_definition),
    Route("PATCH", f"{_EVENTS}<id>/", "event_definition:write", change_event_definition),
    Route("GET", _PROPERTIES, "property_definition:read", property_definitions),
    Route("GET", f"{_PROPERTIES}<id>/", "property_definition:read", property_definition),
    Route("PATCH", f"{_PROPERTIES}<id>/", "property_definition:write", change_property_definition),
)
