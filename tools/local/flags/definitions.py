"""The flags as SDKs take them home to evaluate them there."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from tools.local.flags.cohorts import leaves, number_of, properties, reached
from tools.local.flags.experiments import experimental
from tools.local.flags.flag import KIND
from tools.local.meta import Meta

Document = dict[str, Any]
_FIELDS = (
    "id",
    "name",
    "key",
    "filters",
    "deleted",
    "active",
    "ensure_experience_continuity",
    "has_encrypted_payloads",
    "version",
    "evaluation_runtime",
    "evaluation_contexts",
    "bucketing_identifier",
)


def definitions(meta: Meta) -> Document:
    """Flags, the names of group types and the cohorts they ask about."""
    project = meta.project
    flags = [copy.deepcopy(body) for body in meta.documents(KIND) if _served(body)]
    _chain(flags)
    tested = experimental(meta)
    return {
        "flags": [
            {
                "team_id": project.id,
                **{name: body.get(name) for name in _FIELDS},
                "has_experiment": body["key"] in tested,
            }
            for body in flags
        ],
        "group_type_mapping": {str(at): name for at, name in enumerate(project.group_types)},
        "cohorts": _cohorts(meta, flags),
    }


def _served(body: Mapping[str, Any]) -> bool:
    secret = body.get("is_remote_configuration") and body.get("has_encrypted_payloads")
    return not body.get("deleted") and not secret


def _cohorts(meta: Meta, flags: list[Document]) -> dict[str, Any]:
    """Those that are decided by properties; a static one only the server knows."""
    known = {body["id"]: body for body in meta.documents("cohort")}
    asked = {number_of(one) for body in flags for one in filters(body, "cohort")}
    found = {
        cohort["id"]: properties(cohort)
        for first in sorted(asked)
        for cohort in reached(known, first)
        if not cohort.get("is_static")
    }
    return {str(key): group for key, group in found.items() if all(map(_personal, leaves(group)))}


def _personal(leaf: Mapping[str, Any]) -> bool:
    return leaf.get("type", "person") in ("person", "cohort")


def filters(body: Mapping[str, Any], kind: str) -> Iterator[Document]:
    """The filters of one type in a flag."""
    for condition in (body.get("filters") or {}).get("groups") or ():
        for one in condition.get("properties") or ():
            if one.get("type") == kind:
                yield one


def _chain(flags: list[Document]) -> None:
    """Name each flag that another depends on by its key, after all that it depends on itself."""
    names = {str(body["id"]): body["key"] for body in flags}
    by_key = {body["key"]: body for body in flags}
    asked = [one for body in flags for one in filters(body, "flag")]
    for one in asked:
        one["key"] = names.get(str(one["key"]), str(one["key"]))
    chains: dict[str, list[str] | None] = {}
    for one in asked:
        one["dependency_chain"] = _ordered(by_key, one["key"], chains) or []


def _ordered(
    flags: Mapping[str, Document], key: str, chains: dict[str, list[str] | None]
) -> list[str] | None:
    """A flag after those it needs, None when one is missing or needs itself."""
    if key not in chains:
        # What leads back to a flag that is still being followed has no order, wherever it starts.
        chains[key] = None
        chains[key] = _after_all(flags, key, chains)
    return chains[key]


def _after_all(
    flags: Mapping[str, Document], key: str, chains: dict[str, list[str] | None]
) -> list[str] | None:
    if key not in flags:
        return None
    found: list[str] = []
    for one in filters(flags[key], "flag"):
        below = _ordered(flags, one["key"], chains)
        if below is None:
            return None
        found += [name for name in below if name not in found]
    return [*found, key]
