"""A flag as it was, read backwards from the activity log."""

from typing import Any

from tools.local.activity_log import entries
from tools.local.bodies import ApiError, invalid, not_found
from tools.local.meta import Meta

Document = dict[str, Any]
_SECRET = "Version history is not available for flags with encrypted payloads."
_REMOTE = "Version history is not available for remote configuration flags."


def at_version(meta: Meta, flag: Document, version: int) -> Document:
    """The flag at one of its versions, or PostHog's refusal."""
    if flag.get("has_encrypted_payloads"):
        raise invalid(_SECRET)
    if flag.get("is_remote_configuration"):
        raise invalid(_REMOTE)
    if not 1 <= version <= flag["version"]:
        raise not_found(f"Version {version} not found for this feature flag.")
    seen, changed = dict(flag), (flag.get("updated_at"), flag.get("last_modified_by"))
    for entry in entries(meta, "FeatureFlag", str(flag["id"])):
        if seen["version"] <= version:
            changed = (entry["created_at"], entry["user"])
            break
        seen = _undone(seen, entry["detail"]["changes"])
    if seen["version"] != version:
        said = f"Version {version} can't be reconstructed: the activity log is incomplete."
        raise ApiError(422, "validation_error", "incomplete_history", said)
    return {
        **seen,
        "is_historical": version != flag["version"],
        "version_timestamp": changed[0],
        "modified_by": (changed[1] or {}).get("id"),
    }


def _undone(flag: Document, changes: list[Document]) -> Document:
    """A flag before some changes; what it did not say then, it does not say."""
    before = {change["field"]: change["before"] for change in changes}
    return {k: v for k, v in {**flag, **before}.items() if k not in before or v is not None}
