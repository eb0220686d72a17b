"""Routes about groups, such as companies, and their types."""

import json
from typing import Any

from pydantic import BaseModel, Field, RootModel

from tools.local import people
from tools.local.bodies import invalid, not_found
from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.hogql.literals import string
from tools.local.internal_capture import capture
from tools.local.queries.reader import Reader
from tools.local.routes import Body, Call, Route, link, read, whole
from tools.local.rows_asked import rows, values

MANY = "/api/projects/<project>/groups/"
TYPES = "/api/projects/<project>/groups_types/"
_NAMES = "group_type_names"


class Property(BaseModel):
    """A property of a group and its new value."""

    key: str
    value: Any


class Unset(BaseModel):
    """A property to take away."""

    key: str = Field(alias="$unset")


class TypeNames(BaseModel):
    """What a type of group is called."""

    group_type_index: int
    name_singular: str | None = None
    name_plural: str | None = None


class Many(RootModel[list[TypeNames]]):
    """The names of several types."""


def groups(call: Call) -> Body:
    """The groups of one type, those created last first."""
    limit, offset = people.bounds(call.request)
    found = _found(call, _searched(call), limit, offset)
    return {
        "next": link(call.request, limit, offset + limit) if len(found) >= limit else None,
        "previous": link(call.request, limit, offset - limit) if offset >= limit else None,
        "results": found,
    }


def find(call: Call) -> Body:
    """One group by its key."""
    return _group(call)


def update_property(call: Call) -> Body:
    """Set one property, as PostHog does: by an event."""
    asked, group = read(Property, call.request), _group(call)
    _identify(call, group, {asked.key: asked.value})
    return _group(call)


def delete_property(call: Call) -> Body:
    """Take one property away."""
    key, group = read(Unset, call.request).key, _group(call)
    left = {name: value for name, value in group["group_properties"].items() if name != key}
    which = f"`index` = {group['group_type_index']:d} AND key = {string(group['group_key'])}"
    call.home.store.write(
        "INSERT INTO groups (`index`, key, created_at, updated_at, properties) "
        "SELECT `index`, key, created_at, "
        "greatest(now64(3), addMilliseconds(updated_at, 1)) AS changed_at, "
        f"{string(json.dumps(left, ensure_ascii=False))} FROM groups FINAL WHERE {which}"
    )
    return _group(call)


def property_values(call: Call) -> list[Any]:
    """Values of a property of one type of group."""
    key = call.request.args.get("key")
    if not key:
        raise invalid("You must provide a key", code="required", attr="key")
    found = values(call, "groups", nodes.field("properties", key), _of_type(_index(call)))
    return [{"name": value, "count": times} for value, times in found]


def types(call: Call) -> list[Any]:
    """The types of groups."""
    names = call.home.meta.fact(_NAMES) or {}
    return [
        {
            "group_type": name,
            "group_type_index": index,
            "name_singular": None,
            "name_plural": None,
            "detail_dashboard": None,
            "default_columns": None,
            "created_at": None,
            **names.get(str(index), {}),
        }
        for index, name in enumerate(call.project.group_types)
    ]


def update_types(call: Call) -> list[Any]:
    """Name the types of groups."""
    sent, meta = read(Many, call.request).root, call.home.meta
    with meta.transaction():
        names = meta.fact(_NAMES) or {}
        for one in sent:
            if not 0 <= one.group_type_index < len(call.project.group_types):
                raise invalid(f"There is no group type {one.group_type_index}.")
            said = one.model_dump(exclude_unset=True, exclude={"group_type_index"})
            names[str(one.group_type_index)] = {**names.get(str(one.group_type_index), {}), **said}
        meta.remember(_NAMES, names)
    return types(call)


def _group(call: Call) -> dict[str, Any]:
    key = call.request.args.get("group_key")
    if not key:
        raise invalid("group_key is required", code="required", attr="group_key")
    found = _found(call, nodes.compare("==", nodes.field("key"), nodes.constant(key)), 1, 0)
    if not found:
        raise not_found("Not found.")
    return found[0]


def _found(call: Call, test: Node, limit: int, offset: int) -> list[dict[str, Any]]:
    tree = nodes.query(
        "SELECT index, key, created_at, toString(properties) FROM groups WHERE {test} "
        "ORDER BY created_at DESC, key LIMIT {limit} OFFSET {offset}",
        test=nodes.all_of([_of_type(_index(call)), test]),
        limit=nodes.constant(limit),
        offset=nodes.constant(offset),
    )
    return [
        {
            "group_type_index": index,
            "group_key": key,
            "group_properties": json.loads(properties or "{}"),
            "created_at": created_at,
        }
        for index, key, created_at, properties in rows(Reader.of(call.home), tree)
    ]


def _of_type(index: int) -> Node:
    return nodes.compare("==", nodes.field("index"), nodes.constant(index))


def _searched(call: Call) -> Node:
    text = call.request.args.get("search", "").strip()
    if not text:
        return nodes.TRUE
    like = nodes.constant(f"%{text}%")
    return nodes.expr("key ilike {like} or toString(properties.name) ilike {like}", like=like)


def _index(call: Call) -> int:
    found = whole(call.request.args.get("group_type_index", ""))
    if found is None or found > 4:
        said = "group_type_index is required"
        raise invalid(said, code="required", attr="group_type_index")
    return found


def _identify(call: Call, group: dict[str, Any], properties: dict[str, Any]) -> None:
    index, key = group["group_type_index"], group["group_key"]
    if index >= len(call.project.group_types):
        raise invalid(f"There is no group type {index}.", attr="group_type_index")
    kind = call.project.group_types[index]
    sent = {"$group_type": kind, "$group_key": key, "$group_set": properties}
    capture(call, "$groupidentify", f"${kind}_{key}", sent)


ROUTES = (
    Route("GET", MANY, "group:read", groups),
    Route("GET", f"{MANY}find/", "group:read", find),
    Route("POST", f"{MANY}update_property/", "group:write", update_property),
    Route("POST", f"{MANY}delete_property/", "group:write", delete_property),
    Route("GET", f"{MANY}property_values/", "group:read", property_values),
    Route("GET", TYPES, "group:read", types),
    Route("PATCH", f"{TYPES}update_metadata/", "group:write", update_types),
)
