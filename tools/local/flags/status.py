"""Whether a flag is still of use: active, stale, archived or deleted.

After products/feature_flags/backend/flag_status.py: stale is what nobody asked for in 30 days, or,
where no call is known, what is on for everybody and 30 days old.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

Document = Mapping[str, Any]
DAYS = 30


class Status(NamedTuple):
    """What a flag is, and why."""

    status: str
    reason: str
    states_rollout: bool = False
    """Whether the reason is about the rollout itself."""


def status(flag: Document, last_called: datetime | None, now: datetime) -> Status:
    """The status of a flag on the project's clock."""
    if flag.get("deleted"):
        return Status("deleted", "Flag has been deleted")
    if flag.get("archived"):
        return Status("archived", "Flag has been archived")
    if not flag.get("active"):
        return Status("active", "Flag is disabled (not evaluated for staleness)")
    if last_called is not None:
        return _by_usage((now - last_called).days)
    age = (now - datetime.fromisoformat(flag["created_at"])).days
    said = rolled_out(flag) if age >= DAYS else None
    if said is not None:
        return Status("stale", f"Flag {said} and is at least {DAYS} days old", True)
    return Status("active", "Flag is not fully rolled out and may still be active")


def rollout(flag: Document) -> dict[str, Any]:
    """How far a flag is rolled out."""
    groups = _groups(flag)
    shares = [_share(group) for group in groups]
    return {
        "effectively_full_rollout": rolled_out(flag) is not None,
        "has_targeting_conditions": any(group.get("properties") for group in groups),
        "max_rollout_percentage": max(shares, default=None),
        "is_multivariate": bool(variants(flag)),
    }


def rolled_out(flag: Document) -> str | None:
    """Why a flag has one value for everybody, None when it hasn't."""
    groups = _groups(flag)
    everybody = [group for group in groups if not group.get("properties") and _share(group) == 100]
    if not groups:
        return "has no release conditions"
    if not variants(flag):
        return "is fully rolled out" if everybody else None
    if everybody and any(one["rollout_percentage"] == 100 for one in variants(flag)):
        return "has a variant fully rolled out"
    return "has an override for everybody" if any(g.get("variant") for g in everybody) else None


def variants(flag: Document) -> list[Document]:
    """The variants of a multivariate flag."""
    return ((flag.get("filters") or {}).get("multivariate") or {}).get("variants") or []


def _by_usage(days: int) -> Status:
    if days >= DAYS:
        return Status("stale", f"Flag has not been called in {days} days")
    if days <= 0:
        return Status("active", "Flag was called today")
    return Status("active", f"Flag was last called {days} day{'s' if days > 1 else ''} ago")


def _groups(flag: Document) -> list[Document]:
    return (flag.get("filters") or {}).get("groups") or []


def _share(group: Document) -> float:
    share = group.get("rollout_percentage")
    return 100 if share is None else share
