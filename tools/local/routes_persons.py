"""Routes about persons."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from tools.local import people
from tools.local.activity_log import activity_page
from tools.local.bodies import invalid, not_found
from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.hogql.literals import string
from tools.local.internal_capture import capture
from tools.local.objects import living, truth
from tools.local.persons_people import DELETED
from tools.local.results import read_result
from tools.local.routes import Body, Call, Reply, Route, read
from tools.local.rows_asked import values

MANY = "/api/projects/<project>/persons/"
ONE = f"{MANY}<id>/"


class Property(BaseModel):
    """A property of a person and its new value."""

    key: str
    value: Any


class Unset(BaseModel):
    """A property to take away."""

    key: str = Field(alias="$unset")


def persons(call: Call) -> Body | Reply:
    """The persons, those created last first."""
    args = call.request.args
    test: Node = nodes.TRUE
    if name := args.get("distinct_id"):
        test = nodes.expr(
            "id in (select person_id from person_distinct_ids where distinct_id = {name})",
            name=nodes.constant(name),
        )
    email = args.get("email")
    known = {"type": "person", "key": "email", "operator": "exact", "value": email}
    filters = [known] if email else []
    if people.wants_csv(call.request):
        return people.as_csv(call, filters, test)
    return people.listed(call, filters, test)


def person(call: Call) -> Body:
    """One person, by id or distinct id."""
    return _person(call)


def update_property(call: Call) -> Reply:
    """Set one property, as PostHog does: by an event."""
    asked = read(Property, call.request)
    capture(call, "$set", _distinct_id(call), {"$set": {asked.key: asked.value}})
    return Reply(None, 202)


def delete_property(call: Call) -> Reply:
    """Take one property away, by an event."""
    asked = read(Unset, call.request)
    capture(call, "$delete_person_property", _distinct_id(call), {"$unset": [asked.key]})
    return Reply({"success": True}, 201)


def delete(call: Call) -> Reply:
    """Delete a person; its events stay."""
    if truth(call, "delete_events"):
        said = "Events are kept in the embedded project: leave delete_events out."
        raise invalid(said, attr="delete_events")
    person = f"toUUID('{UUID(_person(call)['uuid'])}')"
    call.home.store.write(
        "INSERT INTO persons (id, created_at, properties, is_identified, is_deleted, version) "
        f"SELECT id, created_at, '{{}}', is_identified, 1, version + {DELETED} "
        f"FROM persons FINAL WHERE id = {person}"
    )
    call.home.store.write(
        "INSERT INTO person_distinct_ids (distinct_id, person_id, is_deleted, version) "
        f"SELECT distinct_id, person_id, 1, version + {DELETED} "
        f"FROM person_distinct_ids FINAL WHERE person_id = {person}"
    )
    return Reply(None, 202)


def split(call: Call) -> Body:
    """Not done."""
    raise invalid("Persons are not split in the embedded project: import the events again.")


def person_values(call: Call) -> list[Any]:
    """Values of a person property."""
    key = call.request.args.get("key")
    if not key:
        raise invalid("You must provide a key", code="required", attr="key")
    found = values(call, "persons", nodes.field("properties", key))
    return [{"name": value, "count": times} for value, times in found]


def cohorts(call: Call) -> Body:
    """The cohorts a person is in."""
    asked = call.request.args.get("person_id", "")
    found = people.shown(call.home, [str(_uuid(asked))])
    if not found:
        raise not_found("Not found.")
    sql = f"SELECT cohort_id, version FROM cohort_people WHERE person_id = toUUID('{_uuid(asked)}')"
    rows = {tuple(row) for row in read_result(call.home.store.read(sql))[0]}
    every = living(call.home.meta, "cohort")
    return {
        "results": [
            {"id": one["id"], "name": one.get("name"), "count": one.get("count")}
            for one in every
            if (one["id"], 0 if one.get("is_static") else one.get("version")) in rows
        ]
    }


def activity(call: Call) -> Body:
    """What was changed of one person by hand."""
    return activity_page(call, "Person", _person(call)["uuid"])


def _person(call: Call) -> dict[str, Any]:
    name = call.arguments["id"]
    ids = [str(UUID(name))] if _is_uuid(name) else _owners(call, name)
    found = people.shown(call.home, ids) or people.shown(call.home, _owners(call, name))
    if not found:
        raise not_found("Not found.")
    return found[0]


def _owners(call: Call, distinct_id: str) -> list[str]:
    sql = (
        "SELECT toString(person_id) FROM person_distinct_ids FINAL "
        f"WHERE is_deleted = 0 AND distinct_id = {string(distinct_id)}"
    )
    return [row[0] for row in read_result(call.home.store.read(sql))[0]]


def _distinct_id(call: Call) -> str:
    ids: list[str] = _person(call)["distinct_ids"]
    if not ids:
        raise invalid("The person has no distinct id, so nothing can be said of it.")
    return ids[0]


def _uuid(text: str) -> UUID:
    if not _is_uuid(text):
        raise invalid("person_id must be a valid UUID", attr="person_id")
    return UUID(text)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


ROUTES = (
    Route("GET", MANY, "person:read", persons),
    Route("GET", f"{MANY}values/", "person:read", person_values),
    Route("GET", f"{MANY}cohorts/", "person:read", cohorts),
    Route("GET", ONE, "person:read", person),
    Route("DELETE", ONE, "person:write", delete),
    Route("POST", f"{ONE}update_property/", "person:write", update_property),
    Route("POST", f"{ONE}delete_property/", "person:write", delete_property),
    Route("POST", f"{ONE}split/", "person:write", split),
    Route("GET", f"{ONE}activity/", "activity_log:read", activity),
)
