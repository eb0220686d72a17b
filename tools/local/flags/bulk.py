"""Many flags at once: deleted, tagged, looked up by id."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel

from tools.local.bodies import invalid
from tools.local.flags import experiments
from tools.local.flags.dependencies import dependents, named
from tools.local.flags.listing import FILTERS
from tools.local.flags.status import rolled_out, variants
from tools.local.routes import whole

Document = dict[str, Any]


class ManyDeleted(BaseModel):
    """Which flags to delete: by id, or by what a list can be narrowed by."""

    ids: list[Any] = []
    filters: dict[str, Any] = {}

    def trouble(self) -> str | None:
        """Why this can't be followed, None if it can."""
        if self.filters and self.ids:
            return "Provide either filters or ids, not both"
        if not self.filters and not self.ids:
            return "Must provide either filters or ids"
        unknown = sorted(set(self.filters) - set(FILTERS))
        return f"Unknown filter keys: {', '.join(unknown)}" if unknown else None


class ManyTagged(BaseModel):
    """Tags for some flags."""

    ids: list[int]
    action: Literal["add", "remove", "set"]
    tags: list[str]


def numbers(ids: Sequence[Any]) -> list[int]:
    """The ids among what was sent for ids."""
    return [found for one in ids if (found := whole(str(one))) is not None]


def strangers(ids: Sequence[Any]) -> list[Any]:
    """What was sent for ids and is none."""
    return [one for one in ids if whole(str(one)) is None]


def missing(ids: Sequence[Any], found: Sequence[Document]) -> list[Document]:
    """What a deletion says of the ids it found no flag for."""
    known = {body["id"] for body in found}
    return [
        *({"id": one, "reason": "Invalid flag ID format"} for one in strangers(ids)),
        *({"id": one, "reason": "Flag not found"} for one in numbers(ids) if one not in known),
    ]


def obstacle(
    flag: Document, flags: Sequence[Document], tested: Sequence[Mapping[str, Any]]
) -> str | None:
    """Why a flag can't be deleted, None if it can."""
    running = [one for one in tested if experiments.is_running(one)]
    if running:
        said = "Cannot delete a feature flag linked to running experiment(s)"
        return f"{said}: {experiments.named(running)}"
    waiting = [body for body in dependents(flag, flags) if body.get("active")]
    if waiting:
        return f"Cannot delete because other flags depend on it: {named(waiting)}"
    return None


def rollout_state(flag: Document) -> Document:
    """How far a deleted flag had been rolled out, for those who clean up its code."""
    groups = (flag.get("filters") or {}).get("groups") or []
    if rolled_out(flag) is not None:
        return {"rollout_state": "fully_rolled_out", "active_variant": _winner(flag, groups)}
    shares = [group.get("rollout_percentage") for group in groups]
    off = not flag.get("active") or all(share == 0 for share in shares)
    return {"rollout_state": "not_rolled_out" if off else "partial", "active_variant": None}


def tagged(flag: Document, sent: ManyTagged) -> list[str]:
    """The tags of a flag after an action."""
    old = list(flag.get("tags") or ())
    if sent.action == "set":
        return sorted(set(sent.tags))
    if sent.action == "add":
        return sorted({*old, *sent.tags})
    return [tag for tag in old if tag not in sent.tags]


def check_ids(ids: Sequence[Any]) -> None:
    """Raise a refusal when there is no id at all."""
    if not ids:
        raise invalid("This list may not be empty.", code="empty", attr="ids")


def _winner(flag: Document, groups: Sequence[Mapping[str, Any]]) -> str | None:
    full = [one["key"] for one in variants(flag) if one["rollout_percentage"] == 100]
    forced = [group["variant"] for group in groups if group.get("variant")]
    return next(iter([*full, *forced]), None)
