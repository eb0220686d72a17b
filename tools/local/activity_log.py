"""Who changed which object when: written with every change, read by the activity routes."""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from tools.local.clock import stamp
from tools.local.meta import Meta
from tools.local.routes import Body, Call, whole
from tools.local.routes_account import author

Object = Mapping[str, Any]
KIND = "activity_log"
_MOST = 1_000_000_000
_LATEST = "ORDER BY CAST(id AS INTEGER) DESC"
_SILENT = frozenset(
    ["id", "created_at", "created_by", "updated_at", "last_modified_at", "last_modified_by"]
)
"""Fields whose change is no news."""


def log(
    meta: Meta,
    scope: str,
    item_id: object,
    activity: str,
    before: Object | None = None,
    after: Object | None = None,
    user: Object | None = None,
) -> None:
    """Note one change.

    `scope` is PostHog's name of the kind, as FeatureFlag or Cohort; `activity` is created, updated,
    deleted or restored.
    """
    named = after or before or {}
    entry = {
        "user": dict(user or author()),
        "activity": activity,
        "scope": scope,
        "item_id": str(item_id),
        "detail": {
            "name": named.get("key") or named.get("name"),
            "short_id": named.get("short_id"),
            "type": None,
            "merge": None,
            "trigger": None,
            "changes": changes(scope, before or {}, after or {}),
        },
        "created_at": stamp(meta.project),
        "was_impersonated": False,
        "is_system": False,
    }
    meta.add_document(KIND, entry)


def changes(scope: str, before: Object, after: Object) -> list[dict[str, Any]]:
    """Every field that differs, with both of its values."""
    if not before:
        return []
    return [
        {
            "type": scope,
            "action": _action(before.get(field), after.get(field)),
            "field": field,
            "before": before.get(field),
            "after": after.get(field),
        }
        for field in sorted({*before, *after} - _SILENT)
        if before.get(field) != after.get(field)
    ]


def entries(meta: Meta, scope: str, item_id: object | None = None) -> Iterator[dict[str, Any]]:
    """What happened to objects of a kind, or to one of them; the latest first."""
    about, values = _about(scope, item_id)
    found = meta.rows(f"SELECT body FROM {about} {_LATEST}", *values)
    return (json.loads(row["body"]) for row in found)


def activity_page(call: Call, scope: str, item_id: object | None = None) -> Body:
    """One page of that, by `page` and `limit`."""
    meta, (about, values) = call.home.meta, _about(scope, item_id)
    limit, page = _number(call, "limit", 10), _number(call, "page", 1)
    (total,) = meta.rows(f"SELECT count(*) FROM {about}", *values)[0]
    sql = f"SELECT body FROM {about} {_LATEST} LIMIT ? OFFSET ?"
    found = meta.rows(sql, *values, limit, (page - 1) * limit)
    return {
        "results": [_shown(json.loads(row["body"])) for row in found],
        "next": _link(call, limit, page + 1) if total > page * limit else None,
        "previous": _link(call, limit, page - 1) if page > 1 else None,
        "total_count": total,
    }


def _about(scope: str, item_id: object | None) -> tuple[str, tuple[object, ...]]:
    """The entries about objects of a kind, or about one of them, as SQL and its values."""
    sql = f"documents WHERE kind = '{KIND}' AND json_extract(body, '$.scope') = ?"
    if item_id is None:
        return sql, (scope,)
    return f"{sql} AND json_extract(body, '$.item_id') = ?", (scope, str(item_id))


def _shown(entry: Object) -> dict[str, Any]:
    return {**entry, "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{KIND} {entry['id']}"))}


def _link(call: Call, limit: int, page: int) -> str:
    return f"{call.request.base_url}?limit={limit}&page={page}"


def _number(call: Call, name: str, default: int) -> int:
    found = whole(call.request.args.get(name, ""))
    return default if found is None else min(max(1, found), _MOST)


def _action(before: object, after: object) -> str:
    if before is None:
        return "created"
    return "deleted" if after is None else "changed"
