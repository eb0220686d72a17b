"""A flag made and changed, by every rule PostHog has for it.

After create and update in products/feature_flags/backend/api/feature_flag.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.local.bodies import ApiError, invalid
from tools.local.clock import stamp
from tools.local.flags import experiments
from tools.local.flags.dependencies import check_enabled, check_free
from tools.local.flags.flag import KIND, REDACTED
from tools.local.flags.status import variants
from tools.local.flags.structure import check_structure
from tools.local.flags.validation import LEGACY, checked_filters
from tools.local.flags.writing import Document, SentFlag, check_key, check_together
from tools.local.meta import Meta
from tools.local.objects import living
from tools.local.routes_account import author

_NO_GROUPS = "Feature flags must have at least one condition set (group)."
_EVERYBODY = {"properties": [], "rollout_percentage": 100, "variant": None}


def new_flag(meta: Meta, sent: SentFlag) -> Document:
    """A new flag as it will be kept, without its id."""
    fields, others = sent.fields(), living(meta, KIND)
    key = check_key(fields.get("key"), others)
    filters = {**fields.get("filters", {})}
    if fields.get("is_remote_configuration"):
        filters.setdefault("groups", [])
        check_structure(filters)
        filters["groups"] = _for_everybody(filters["groups"])
    if not filters.get("groups") and "version" not in filters:
        raise invalid(_NO_GROUPS, attr="filters")
    filters = checked_filters(meta, filters, key=key, flags=others)
    now = stamp(meta.project)
    after = {
        "active": True,
        **fields,
        "filters": filters,
        "version": 1,
        "created_by": author(),
        "created_at": now,
        "last_modified_by": author(),
        "updated_at": now,
        "deleted": False,
    }
    check_together(after, {}, fields)
    return after


def changed_flag(meta: Meta, before: Document, sent: SentFlag) -> Document:
    """A flag after a change, or PostHog's refusal of the change."""
    if (before.get("filters") or {}).get("version") == 2:
        said = "This flag's stored configuration cannot be updated through this API."
        code = "unsupported_config_version"
        raise invalid(f"{said} Contact support.", code=code, attr="filters")
    fields = sent.fields()
    others = [body for body in living(meta, KIND) if body["id"] != before["id"]]
    if "filters" in fields:
        fields["filters"] = _filters(meta, before, fields["filters"], [*others, before])
    if fields.get("key", before["key"]) != before["key"]:
        check_key(fields["key"], others)
    _check_switch(before, fields, others)
    if fields.get("deleted"):
        _check_deletion(meta, before, others)
    fields |= _key(meta, before, fields)
    fields = _without_stale(before, fields, sent)
    after = {
        **before,
        **fields,
        "version": (before.get("version") or 0) + 1,
        "last_modified_by": author(),
        "updated_at": stamp(meta.project),
    }
    after["filters"] = _kept(before, after)
    check_together(after, before, fields)
    return after


def free_key(meta: Meta, key: str, number: int | None = None) -> None:
    """Take a key from the flags that are deleted: they go, or are renamed for an experiment."""
    for body in meta.documents(KIND):
        if body["key"] == key and body.get("deleted") and body["id"] != number:
            tested = experiments.of_flag(key, meta.documents(experiments.KIND))
            if tested:
                renamed = _tombstone(body)
                meta.put_documents({KIND: [{**body, "key": renamed}]})
                experiments.rename_flag(meta, key, renamed)
            else:
                meta.remove_document(KIND, body["id"])


def check_free_key(meta: Meta, key: str, number: int | None = None) -> None:
    """Raise PostHog's refusal of a key whose deleted flag an experiment still uses."""
    if any(
        body["key"] == key and body.get("deleted") and body["id"] != number
        for body in meta.documents(KIND)
    ):
        tested = experiments.of_flag(key, meta.documents(experiments.KIND))
        if found := experiments.living(tested):
            ids = ", ".join(str(one["id"]) for one in found)
            raise invalid(
                f"Cannot reuse key '{key}': a soft-deleted flag with this key is still referenced "
                f"by active experiment(s) with ID(s): {ids}. Please contact support."
            )


def _for_everybody(groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Remote configuration reaches all whom its conditions mean."""
    full = {"rollout_percentage": 100}
    return [
        {**group, **(full if group.get("rollout_percentage") in (0, None) else {})}
        for group in groups
    ] or [_EVERYBODY]


def _filters(meta: Meta, before: Document, sent: Document, flags: Sequence[Document]) -> Document:
    """The new filters, whole; without groups nothing was said."""
    stored: Document = before.get("filters") or {}
    if "groups" not in sent and "version" not in sent:
        return stored
    found = checked_filters(meta, sent, key=before["key"], flags=flags)
    gone = [one["key"] for one in variants(before)]
    gone = [key for key in gone if key not in [one["key"] for one in variants({"filters": found})]]
    tested = experiments.of_flag(before["key"], meta.documents(experiments.KIND))
    running = [one for one in tested if experiments.is_running(one)]
    if gone and running:
        removed = ", ".join(f"'{key}'" for key in gone)
        raise invalid(
            f"Cannot remove variant(s) {removed} from a feature flag that is linked to running "
            f"experiment(s): {experiments.named(running)}. Please stop the experiment(s) before "
            "removing variants.",
            attr="filters",
        )
    return found


def _check_switch(before: Document, fields: Document, others: Sequence[Document]) -> None:
    if before.get("active") and fields.get("active") is False:
        check_free(before, others, "disable")
    if not before.get("active") and fields.get("active"):
        check_enabled(before, others)


def _check_deletion(meta: Meta, before: Document, others: Sequence[Document]) -> None:
    tested = experiments.of_flag(before["key"], meta.documents(experiments.KIND))
    running = [one for one in tested if experiments.is_running(one)]
    if running:
        raise invalid(
            "Cannot delete a feature flag that is linked to running experiment(s): "
            f"{experiments.named(running)}. Please stop the experiment(s) before deleting the flag."
        )
    check_free(before, others, "delete")


def _key(meta: Meta, before: Document, fields: Document) -> Document:
    """The key of a flag that is deleted, which frees it, or brought back, which claims it."""
    if fields.get("deleted") and not before.get("deleted"):
        tested = experiments.of_flag(before["key"], meta.documents(experiments.KIND))
        return {"key": _tombstone(before)} if tested else {}
    if fields.get("deleted") is False and before.get("deleted"):
        own = before["key"].partition(":deleted:")[0]
        taken = {body["key"] for body in meta.documents(KIND) if body["id"] != before["id"]}
        tries = [own, *(f"{own}-{count}" for count in range(2, len(taken) + 3))]
        return {"key": next(key for key in tries if key not in taken)}
    return {}


def _tombstone(flag: Document) -> str:
    return f"{flag['key']}:deleted:{flag['id']}"


def _without_stale(before: Document, fields: Document, sent: SentFlag) -> Document:
    """The fields that the sender changed, if what they saw is not what there is."""
    seen, original = sent.extra("version"), sent.extra("original_flag")
    if seen in (None, -1) or seen == before.get("version") or not isinstance(original, dict):
        return fields
    changed = {
        name: value
        for name, value in fields.items()
        if name not in original or _plain(value) != _plain(original[name])
    }
    for name, value in changed.items():
        current = _plain(before.get(name))
        if name in original and current not in (_plain(original[name]), _plain(value)):
            raise _conflict(before)
    return changed


def _conflict(before: Document) -> ApiError:
    who = (before.get("last_modified_by") or {}).get("email") or "another user"
    said = f"The feature flag was updated by {who} since you started editing it."
    return ApiError(409, "server_error", "conflict", f"{said} Please refresh and try again.")


def _plain(value: Any) -> Any:
    """A value without what is only added when it is shown."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if name != "cohort_name"}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _kept(before: Document, after: Document) -> Document:
    """The filters without what is obsolete; an encrypted payload that was not sent stays."""
    filters = {name: one for name, one in (after.get("filters") or {}).items()}
    filters = {name: one for name, one in filters.items() if name not in LEGACY}
    stored = (before.get("filters") or {}).get("payloads") or {}
    sent = filters.get("payloads") or {}
    if after.get("has_encrypted_payloads"):
        payloads = {key: one for key, one in sent.items() if one != REDACTED}
        filters["payloads"] = {**stored, **payloads} if before.get("filters") else payloads
    elif before.get("has_encrypted_payloads"):
        fresh = after["filters"] is not before["filters"]
        payloads = {key: one for key, one in sent.items() if fresh and one != REDACTED}
        filters["payloads"] = payloads
    return filters
