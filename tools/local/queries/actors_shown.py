"""Persons and groups as the lists of PostHog's insights show them."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.intervals import iso
from tools.local.queries.reader import Reader

MOST_IDS = 101
NAMES = ("email", "Email", "name", "Name", "username", "Username", "UserName")
"""The properties of a person that PostHog calls them by, the first that is there."""

_ANONYMOUS = re.compile(r"[0-9a-f]{8,14}-[0-9a-f]{4,15}-[0-9a-f-]{4,}", re.IGNORECASE)
_PERSONS = (
    "SELECT toString(id), properties, created_at, is_identified FROM persons WHERE id IN {ids}"
)
_GROUPS = "SELECT key, properties, created_at FROM groups WHERE index = {index} AND key IN {ids}"
Actor = dict[str, Any]


def persons(ids: Sequence[str], reader: Reader) -> dict[str, Actor]:
    """The persons of these ids, by id."""
    if not ids:
        return {}
    listed = _constants(ids)
    names = dict(_distinct_ids(listed, reader))
    return {
        key: {
            "id": key,
            "properties": json.loads(properties or "{}"),
            "is_identified": identified,
            "created_at": _utc(created),
            "last_seen_at": None,
            "distinct_ids": sorted(names.get(key, ()), key=_place),
        }
        for key, properties, created, identified in reader.rows(nodes.query(_PERSONS, ids=listed))
    }


def groups(keys: Sequence[str], index: int, reader: Reader) -> dict[str, Actor]:
    """The groups of one type with these keys, by key."""
    if not keys:
        return {}
    tree = nodes.query(_GROUPS, ids=_constants(keys), index=nodes.constant(index))
    return {
        key: {
            "id": key,
            "type": "group",
            "properties": json.loads(properties or "{}"),
            "group_key": key,
            "group_type_index": index,
            "created_at": _utc(created),
            "group_properties": json.loads(properties or "{}"),
        }
        for key, properties, created in reader.rows(tree)
    }


def by_distinct_id(ids: Sequence[str], reader: Reader) -> dict[str, Actor]:
    """The persons that have these distinct ids, by distinct id."""
    if not ids:
        return {}
    tree = nodes.query(_OWNERS, ids=_constants(ids))
    owners = {name: owner for name, owner in reader.rows(tree)}
    found = persons(sorted(set(owners.values())), reader)
    return {name: found[owner] for name, owner in owners.items() if owner in found}


_OWNERS = (
    "SELECT distinct_id, toString(person_id) FROM person_distinct_ids WHERE distinct_id IN {ids}"
)


def _distinct_ids(listed: Node, reader: Reader) -> list[list[Any]]:
    tree = nodes.query(
        "SELECT toString(person_id), groupArray(distinct_id) FROM ("
        "SELECT person_id, distinct_id FROM person_distinct_ids WHERE person_id IN {ids} "
        "ORDER BY person_id, distinct_id LIMIT {most} BY person_id) GROUP BY person_id",
        ids=listed,
        most=nodes.constant(MOST_IDS),
    )
    return reader.rows(tree)


def _constants(values: Sequence[str]) -> Node:
    return nodes.constant(tuple(values))


def _place(name: str) -> tuple[bool, str]:
    """Names that people were given come before those a device made up."""
    return _ANONYMOUS.fullmatch(name) is not None, name


def _utc(at: str | None) -> str | None:
    return iso(datetime.fromisoformat(at).astimezone(UTC)) if at else None
