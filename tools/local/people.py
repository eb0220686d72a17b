"""Persons as PostHog's API shows them."""

import json
from collections.abc import Sequence
from typing import Any

from tools.local.home import Home
from tools.local.results import read_result

MOST_IDS = 10
_NAMES = ("email", "Email", "name", "Name", "username", "Username", "UserName")


def shown(home: Home, people: Sequence[str]) -> list[dict[str, Any]]:
    """The persons of these ids in that order; ids nobody has are left out."""
    if not people:
        return []
    ids = ", ".join(f"toUUID('{one}')" for one in people)
    rows = read_result(
        home.store.read(
            "SELECT toString(id), properties, created_at, is_identified FROM persons FINAL "
            f"WHERE is_deleted = 0 AND id IN ({ids})"
        )
    )[0]
    known = dict(_distinct_ids(home, ids))
    found = {row[0]: _person(*row, known.get(row[0], [])) for row in rows}
    return [found[one] for one in people if one in found]


def _distinct_ids(home: Home, ids: str) -> list[list[Any]]:
    return read_result(
        home.store.read(
            f"SELECT toString(person_id), groupArraySorted({MOST_IDS})(distinct_id) "
            "FROM person_distinct_ids FINAL "
            f"WHERE is_deleted = 0 AND person_id IN ({ids}) GROUP BY person_id"
        )
    )[0]


def _person(
    uuid: str, properties: str, created_at: str, identified: int, distinct_ids: list[str]
) -> dict[str, Any]:
    known = json.loads(properties or "{}")
    return {
        "type": "person",
        "id": uuid,
        "uuid": uuid,
        "name": _name(known, distinct_ids),
        "distinct_ids": distinct_ids,
        "properties": known,
        "created_at": created_at,
        "last_seen_at": None,
        "is_identified": bool(identified),
        "matched_recordings": [],
        "value_at_data_point": None,
    }


def _name(properties: dict[str, Any], distinct_ids: list[str]) -> str | None:
    named = (str(properties[key]) for key in _NAMES if properties.get(key))
    return next(named, distinct_ids[0] if distinct_ids else None)
