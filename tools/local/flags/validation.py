"""What may be written into a flag's `filters`, with PostHog's words for what may not.

After validate_filters in products/feature_flags/backend/api/feature_flag.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.local.bodies import ApiError, invalid
from tools.local.flags.cohorts import leaves, number_of, properties, reached
from tools.local.flags.dependencies import check_dependencies
from tools.local.flags.structure import check_structure
from tools.local.flags.values import ALIASES, check_value
from tools.local.meta import Meta

Document = dict[str, Any]
MAX_BYTES = 512 * 1024
LEGACY = ("super_groups", "holdout_groups")
_PERSONAL = ("person", "cohort", "flag")


def checked_filters(meta: Meta, sent: Document, *, key: str, flags: Sequence[Document]) -> Document:
    """The filters as they are kept, or PostHog's refusal; `flags` are the project's others."""
    if "version" in sent:
        raise invalid(
            "filters.version is reserved. Remove it from the request.",
            code="reserved_config_version",
            attr="filters",
        )
    check_structure(sent)
    found = _normal(sent)
    _check_aggregation(found)
    if any(group["aggregation_group_type_index"] is None for group in found["groups"]):
        check_dependencies(key, found, flags)
    _check_variants(found)
    for path, one in _each(found):
        if one["type"] == "cohort":
            check_cohort(meta, one)
        check_value(one, path)
    found["payloads"] = _payloads(found)
    _check_size(found)
    return found


def _normal(sent: Document) -> Document:
    """Every condition says whom it is about; old words are replaced by today's."""
    found = {name: value for name, value in sent.items() if name not in LEGACY}
    above = found.get("aggregation_group_type_index")
    found["groups"] = [
        {
            "aggregation_group_type_index": above,
            **group,
            "properties": [_property(one) for one in group.get("properties") or ()],
        }
        for group in found["groups"]
    ]
    kinds = {group["aggregation_group_type_index"] for group in found["groups"]}
    found["aggregation_group_type_index"] = (
        (kinds.pop() if len(kinds) == 1 else None) if found["groups"] else above
    )
    return found


def _property(one: Document) -> Document:
    operator = ALIASES.get(one.get("operator") or "", one.get("operator"))
    renamed = {"operator": operator} if operator is not None else {}
    return {**one, **renamed, "key": str(one["key"])}


def _each(found: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    for at, group in enumerate(found["groups"]):
        for position, one in enumerate(group["properties"]):
            yield f"groups[{at}].properties[{position}]", one


def _check_aggregation(found: Document) -> None:
    for group in found["groups"]:
        index = group["aggregation_group_type_index"]
        for one in group["properties"]:
            if index is None and one["type"] not in _PERSONAL:
                raise _refused(
                    "Filters are not valid (can only use person, cohort, and flag properties)"
                )
            if index is not None and (
                one["type"] != "group" or one.get("group_type_index") != index
            ):
                raise _refused("Filters are not valid (can only use group properties)")


def _check_variants(found: Document) -> None:
    variants = (found.get("multivariate") or {}).get("variants") or []
    keys = [variant["key"] for variant in variants]
    if len(set(keys)) < len(keys):
        raise _refused("Invalid variant definitions: Variant keys must be unique.")
    total = sum(variant["rollout_percentage"] for variant in variants)
    if variants and abs(total - 100) > 1e-9:
        raise _refused("Invalid variant definitions: Variant rollout percentages must sum to 100.")
    for group in found["groups"]:
        if group.get("variant") and group["variant"] not in keys:
            raise _refused("Filters are not valid (variant override does not exist)")


def check_cohort(meta: Meta, one: Mapping[str, Any]) -> None:
    """Raise PostHog's refusal of a cohort that is not there or is about events."""
    known = {body["id"]: body for body in meta.documents("cohort") if not body.get("deleted")}
    found = reached(known, number_of(one))
    if not found:
        said = f"Cohort with id {one.get('value')} does not exist"
        raise _refused(said, "cohort_does_not_exist")
    for cohort in found:
        kinds = {leaf.get("type") for leaf in leaves(properties(cohort))}
        if "behavioral" in kinds and not cohort.get("is_static"):
            said = f"Cohort '{cohort['name']}' with filters on events"
            raise _refused(f"{said} cannot be used in feature flags.", "behavioral_cohort_found")


def _payloads(found: Document) -> dict[str, str]:
    payloads = found.get("payloads") or {}
    keys = [one["key"] for one in (found.get("multivariate") or {}).get("variants") or ()]
    if found.get("multivariate"):
        if not set(payloads) <= set(keys):
            raise _refused("Payload keys must match a variant key for multivariate flags")
    elif not set(payloads) <= {"true"}:
        raise _refused("Payload keys must be 'true' for boolean flags")
    return {key: _payload(value) for key, value in payloads.items()}


def _payload(value: object) -> str:
    """A payload as JSON text; a text is taken for JSON already."""
    try:
        if isinstance(value, str):
            json.loads(value)
            return value
        return json.dumps(value, allow_nan=False)
    except ValueError:
        raise _refused("Payload value is not valid JSON") from None


def _check_size(found: Document) -> None:
    size = len(json.dumps(found).encode())
    if size > MAX_BYTES:
        raise _refused(
            f"Feature flag filters exceed maximum size of {MAX_BYTES // 1024} KB. Current size: "
            f"{size // 1024} KB. Please simplify conditions or reduce payload sizes."
        )


def _refused(sentence: str, code: str = "invalid_input") -> ApiError:
    return invalid(sentence, code=code, attr="filters")
