"""A flag as its evaluation reads it, out of the document the project keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
KIND = "feature_flag"
"""Of the documents."""

REDACTED = '"********* (encrypted)"'
"""What an encrypted payload looks like to those who may not read it."""


@dataclass(frozen=True)
class Condition:
    """One set of conditions: all of its filters, then a share of those who meet them."""

    filters: tuple[Document, ...]
    rollout: float
    variant: str | None
    group: int | None
    """The group type it is about, None for persons."""


@dataclass(frozen=True)
class Flag:
    """A flag of config version 1."""

    id: int
    key: str
    version: int
    active: bool
    description: str | None
    conditions: tuple[Condition, ...]
    variants: tuple[tuple[str, float], ...]
    payloads: Mapping[str, str]
    group: int | None
    early_exit: bool
    enrollment: bool
    super_condition: Condition | None
    holdout: tuple[int, float] | None
    continuous: bool
    """Whether a person keeps what they had before they were known."""

    by_device: bool
    runtime: str
    contexts: tuple[str, ...]

    @classmethod
    def of(cls, body: Document) -> "Flag":
        """The flag a document describes."""
        filters = body.get("filters") or {}
        group = filters.get("aggregation_group_type_index")
        variants = (filters.get("multivariate") or {}).get("variants") or ()
        supers = filters.get("super_groups") or ()
        return cls(
            id=body["id"],
            key=body["key"],
            version=body.get("version") or 0,
            active=bool(body.get("active", True)) and not body.get("deleted"),
            description=body.get("name") or None,
            conditions=tuple(_condition(one, group) for one in filters.get("groups") or ()),
            variants=tuple((one["key"], float(one["rollout_percentage"])) for one in variants),
            payloads=_payloads(body, filters),
            group=group,
            early_exit=bool(filters.get("early_exit")),
            enrollment=bool(filters.get("feature_enrollment")),
            super_condition=_condition(supers[0], None) if supers else None,
            holdout=_holdout(filters.get("holdout")),
            continuous=bool(body.get("ensure_experience_continuity")),
            by_device=body.get("bucketing_identifier") == "device_id",
            runtime=body.get("evaluation_runtime") or "all",
            contexts=tuple(body.get("evaluation_contexts") or ()),
        )

    def dependencies(self) -> Sequence[str]:
        """The flags its conditions ask about, as they name them."""
        return [
            str(one["key"])
            for condition in self.conditions
            for one in condition.filters
            if one.get("type") == "flag"
        ]


def _condition(found: Document, group: int | None) -> Condition:
    share = found.get("rollout_percentage")
    return Condition(
        filters=tuple(found.get("properties") or ()),
        rollout=100.0 if share is None else float(share),
        variant=found.get("variant") or None,
        group=found.get("aggregation_group_type_index", group),
    )


def _payloads(body: Document, filters: Document) -> Mapping[str, str]:
    payloads: Mapping[str, str] = filters.get("payloads") or {}
    return dict.fromkeys(payloads, REDACTED) if body.get("has_encrypted_payloads") else payloads


def _holdout(found: Document | None) -> tuple[int, float] | None:
    if not found or found.get("id") is None or found.get("exclusion_percentage") is None:
        return None
    return found["id"], min(max(float(found["exclusion_percentage"]), 0.0), 100.0)
