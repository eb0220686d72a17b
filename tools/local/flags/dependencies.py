"""Flags that ask about other flags: which they may, and who asks about whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.local.bodies import ApiError, invalid
from tools.local.flags.definitions import filters
from tools.local.routes import whole

Document = Mapping[str, Any]
SHOWN = 5


def check_dependencies(key: str, conditions: Document, flags: Sequence[Document]) -> None:
    """Raise PostHog's refusal of a flag that is not there, is off, or leads back to this one."""
    by_id = {str(body["id"]): body for body in flags}
    asked = [_flag(one["key"], by_id)["key"] for one in filters({"filters": conditions}, "flag")]
    if key in asked:
        raise _refused(f"Feature flag '{key}' cannot depend on itself")
    by_key = {body["key"]: body for body in flags}
    followed: set[str] = set()
    for name in asked:
        _follow(name, [key], by_key, by_id, followed)


def dependents(flag: Document, flags: Sequence[Document]) -> list[Document]:
    """The flags whose conditions ask about this one, by key."""
    found = [
        body
        for body in flags
        if any(str(one["key"]) == str(flag["id"]) for one in filters(body, "flag"))
    ]
    return sorted(found, key=lambda body: str(body["key"]))


def needed(flag: Document, flags: Sequence[Document]) -> list[Document]:
    """The flags this one's conditions ask about, by key."""
    asked = {str(one["key"]) for one in filters(flag, "flag")}
    return sorted((body for body in flags if str(body["id"]) in asked), key=lambda one: one["key"])


def check_free(flag: Document, flags: Sequence[Document], action: str) -> None:
    """Raise PostHog's refusal of disabling or deleting a flag that active ones depend on."""
    found = [body for body in dependents(flag, flags) if body.get("active")]
    if found:
        raise invalid(
            f"Cannot {action} this feature flag because other flags depend on it: {named(found)}. "
            f"Please update or {action} the dependent flags first."
        )


def check_enabled(flag: Document, flags: Sequence[Document]) -> None:
    """Raise PostHog's refusal of enabling a flag that depends on disabled ones."""
    found = [body for body in needed(flag, flags) if not body.get("active")]
    if found:
        raise invalid(
            "Cannot enable this feature flag because it depends on disabled flags: "
            f"{named(found)}. Please enable the dependency flags first."
        )


def named(flags: Sequence[Document]) -> str:
    """Flags as a sentence names them, the first few only."""
    names = [f"{body['key']} (ID: {body['id']})" for body in flags[:SHOWN]]
    more = [f"and {len(flags) - SHOWN} more"] if len(flags) > SHOWN else []
    return ", ".join([*names, *more])


def _follow(
    key: str,
    path: list[str],
    by_key: Mapping[str, Document],
    by_id: Mapping[str, Document],
    followed: set[str],
) -> None:
    if key in path:
        circle = " → ".join([*path[path.index(key) :], key])
        raise _refused(f"Circular dependency detected: {circle}")
    if key in followed:
        return
    for one in filters(by_key[key], "flag"):
        if str(one["key"]) in by_id:
            _follow(by_id[str(one["key"])]["key"], [*path, key], by_key, by_id, followed)
    followed.add(key)


def _flag(reference: object, by_id: Mapping[str, Document]) -> Document:
    if whole(str(reference)) is None:
        raise _refused(
            "Flag dependencies must reference flag IDs (integers), not flag keys. "
            f"Invalid reference: '{reference}'"
        )
    flag = by_id.get(str(reference))
    if flag is None:
        raise _refused(f"Flag dependency references non-existent flag with ID {reference}")
    if not flag.get("active"):
        raise _refused(
            f"Cannot create dependency on disabled flag '{flag['key']}' (ID: {reference}). "
            "Flag dependencies must reference active flags only."
        )
    return flag


def _refused(sentence: str) -> ApiError:
    return invalid(sentence, attr="filters")
