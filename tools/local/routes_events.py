"""Routes about single events; PostHog has them beside the query API."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from tools.local import people
from tools.local.bodies import invalid, not_found
from tools.local.dates import DateError, parse_date
from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.reader import Reader
from tools.local.routes import Body, Call, Route
from tools.local.rows_asked import rows, values

MANY = "/api/projects/<project>/events/"
_REFUSED = ("select", "where", "offset", "action_id")
_COLUMNS = (
    "SELECT toString(uuid), event, distinct_id, timestamp, toString(properties), elements_chain, "
    "toString(person.properties) FROM events WHERE {test} "
    "ORDER BY timestamp {order}, uuid LIMIT {limit}"
)
_OF_PERSON = ("email", "name", "username")


def events(call: Call) -> Body:
    """The latest events that pass the request's filters."""
    for name in _REFUSED:
        if call.request.args.get(name):
            raise invalid(f"Ask a query for events by {name}: POST query/.", attr=name)
    reader, limit = Reader.of(call.home), people.bounds(call.request)[0]
    found = _found(reader, _test(call, reader), limit, order=_order(call))
    return {"next": _next(call, found) if len(found) >= limit else None, "results": found}


def event(call: Call) -> Body:
    """One event."""
    try:
        uuid = str(UUID(call.arguments["id"]))
    except ValueError:
        raise not_found("Event not found.") from None
    found = _found(Reader.of(call.home), _is("uuid", uuid), 1)
    if not found:
        raise not_found("Event not found.")
    return found[0]


def event_values(call: Call) -> list[Any]:
    """Values of an event property in the last week, or the names of events."""
    args, key = call.request.args, call.request.args.get("key")
    if not key:
        raise invalid("You must provide a key", code="required", attr="key")
    if args.get("is_column"):
        raise invalid("Ask a query for the values of a column: POST query/.", attr="is_column")
    column = nodes.field("event") if key == "custom_event" else nodes.field("properties", key)
    reader = Reader.of(call.home)
    tests = [nodes.compare(">=", nodes.field("timestamp"), reader.moment(_date("-7d", reader)))]
    if names := args.getlist("event_name"):
        tests.append(nodes.compare("in", nodes.field("event"), nodes.constant(tuple(names))))
    return [{"name": value} for value, _ in values(call, "events", column, nodes.all_of(tests))]


def _test(call: Call, reader: Reader) -> Node:
    args, at = call.request.args, nodes.field("timestamp")
    tests = [reader.filters().all_of(people.asked(call.request))]
    for name, op in (("after", ">"), ("before", "<")):
        if value := args.get(name):
            tests.append(nodes.compare(op, at, reader.moment(_date(value, reader))))
    for name in ("event", "distinct_id", "person_id"):
        if value := args.get(name):
            tests.append(_is(name, value))
    return nodes.all_of(tests)


def _is(column: str, value: str) -> Node:
    named = nodes.field(column)
    text = named if column in ("event", "distinct_id") else nodes.call("toString", named)
    return nodes.compare("==", text, nodes.constant(value))


def _date(text: str, reader: Reader) -> Any:
    try:
        return parse_date(text, reader.now)
    except DateError as error:
        raise invalid(str(error)) from None


def _order(call: Call) -> str:
    raw = call.request.args.get("orderBy", '["-timestamp"]')
    try:
        order = json.loads(raw) if raw.startswith("[") else [raw]
    except ValueError:
        order = None
    if order not in (["timestamp"], ["-timestamp"]):
        raise invalid('orderBy is ["timestamp"] or ["-timestamp"].', attr="orderBy")
    return "ASC" if order == ["timestamp"] else "DESC"


def _found(reader: Reader, test: Node, limit: int, *, order: str = "DESC") -> list[dict[str, Any]]:
    tree = nodes.query(_COLUMNS.replace("{order}", order), test=test, limit=nodes.constant(limit))
    return [_event(*row) for row in rows(reader, tree)]


def _event(uuid: str, name: str, distinct_id: str, *more: Any) -> dict[str, Any]:
    at, properties, elements, person = more
    known = json.loads(person or "{}")
    return {
        "id": uuid,
        "distinct_id": distinct_id,
        "properties": json.loads(properties or "{}"),
        "event": name,
        "timestamp": at,
        "person": {
            "distinct_ids": [distinct_id],
            "properties": {key: known[key] for key in _OF_PERSON if key in known},
        },
        "elements": [],
        "elements_chain": elements,
    }


def _next(call: Call, found: list[dict[str, Any]]) -> str:
    """The address of the events before the last one, or after it."""
    arguments = call.request.args.copy()
    bound = "after" if _order(call) == "ASC" else "before"
    arguments[bound] = found[-1]["timestamp"]
    return f"{call.request.base_url}?{urlencode(list(arguments.items(multi=True)))}"


ROUTES = (
    Route("GET", MANY, "query:read", events),
    Route("GET", f"{MANY}values/", "query:read", event_values),
    Route("GET", f"{MANY}<id>/", "query:read", event),
)
