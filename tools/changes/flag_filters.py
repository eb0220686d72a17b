"""Conditions and variants of flags as PostHog keeps them."""

import json
from collections.abc import Sequence
from typing import Any

from tools.base import Args
from tools.client import PostHog
from tools.conditions import Owners, Where, whole
from tools.errors import ChangeRefused, InvalidArguments
from tools.objects import named

OPERATORS = {
    "=": "exact",
    "!=": "is_not",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "contains": "icontains",
    "not contains": "not_icontains",
    "set": "is_set",
    "not set": "is_not_set",
}


class VariantArgs(Args):
    """One variant of a flag."""

    key: str
    """Letters, numbers, hyphens and underscores."""

    percent: float
    """Its share; all shares make 100 together."""

    name: str = ""
    """What it is, for people."""


def condition(
    posthog: PostHog, where: Sequence[Where], percent: float, variant: str, groups: Sequence[str]
) -> dict[str, Any]:
    """One release condition: who meets all of `where`, and which share of them gets the flag."""
    kinds = {one.of for one in where if one.of not in ("person", "cohort", "event")}
    if len(kinds) > 1:
        raise InvalidArguments("One condition asks about persons or about one group type.")
    group = kinds.pop() if kinds else None
    index = Owners(posthog, groups).index(group) if group else None
    return {
        "properties": [_property(posthog, one, index) for one in where],
        "rollout_percentage": share(percent),
        "variant": variant or None,
        "aggregation_group_type_index": index,
    }


def share(percent: float) -> float:
    """A percentage between 0 and 100, or `InvalidArguments`."""
    if not 0 <= percent <= 100:
        raise InvalidArguments(f"A rollout is between 0 and 100 %, so {percent:g} is not possible.")
    return int(percent) if percent == int(percent) else percent


def split(variants: Sequence[VariantArgs]) -> list[dict[str, Any]]:
    """Variants whose shares make 100, or `InvalidArguments`."""
    keys = [one.key for one in variants]
    if len(set(keys)) < len(keys):
        raise InvalidArguments("Two variants have the same key.")
    total = sum(one.percent for one in variants)
    if round(total, 6) != 100:
        raise InvalidArguments(f"The shares of the variants make {total:g}, not 100.")
    return [
        {
            "key": one.key,
            "rollout_percentage": share(one.percent),
            **({"name": one.name} if one.name else {}),
        }
        for one in variants
    ]


def payload(text: str) -> str:
    """A payload as PostHog keeps it, which is JSON in a string."""
    try:
        return json.dumps(json.loads(text), allow_nan=False)
    except (ValueError, RecursionError):
        raise InvalidArguments("A payload is JSON: put plain text in quotation marks.") from None


def _property(posthog: PostHog, one: Where, index: int | None) -> dict[str, Any]:
    if one.of == "cohort":
        return _cohort(posthog, one)
    if one.of == "event":
        raise InvalidArguments(
            f"A flag asks about people, not about events: is {one.property} a person's property?"
        )
    operator = OPERATORS.get(one.operator)
    if operator is None:
        raise InvalidArguments(f"Flags know no {one.operator!r}; use contains.")
    found: dict[str, Any] = {"key": one.property, "type": "person", "operator": operator}
    if index is not None:
        found |= {"type": "group", "group_type_index": index}
    values = [str(v).lower() if isinstance(v, bool) else str(whole(v)) for v in one.values]
    if operator in ("exact", "is_not"):
        found["value"] = values
    elif len(values) > 1:
        raise InvalidArguments(f"{one.operator} takes one value in a flag: add a condition each.")
    else:
        found["value"] = values[0] if values else operator
    return found


def _cohort(posthog: PostHog, one: Where) -> dict[str, Any]:
    names = [str(value) for value in one.values] or [one.property]
    if len(names) > 1:
        raise ChangeRefused("One condition takes one cohort: add a condition for each.")
    body = named(posthog, "cohorts/", names[0], "name")
    operator = "in" if one.operator == "=" else "not_in"
    found = {"key": "id", "type": "cohort", "value": body["id"], "operator": operator}
    return {**found, "cohort_name": str(body.get("name") or "")}
