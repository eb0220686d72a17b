"""Why a flag says what it says of one person, filter by filter."""

import json
from collections.abc import Mapping
from typing import Any

from tools.local.flags.cohorts import CohortError
from tools.local.flags.evaluation import Evaluation, Result
from tools.local.flags.flag import Condition

Filter = Mapping[str, Any]
_WORDS = {
    "is_set": ("is set", "is not set"),
    "is_not_set": ("is not set", "is set"),
    "exact": ("equals", "does not equal"),
    "is_not": ("does not equal", "equals"),
    "icontains": ("contains", "does not contain"),
    "not_icontains": ("does not contain", "contains"),
    "gt": (">", "<="),
    "lt": ("<", ">="),
    "gte": (">=", "<"),
    "lte": ("<=", ">"),
    "in": ("is in", "is not in"),
    "not_in": ("is not in", "is in"),
    "regex": ("matches regex", "does not match regex"),
    "not_regex": ("does not match regex", "matches regex"),
}


def analysis(evaluation: Evaluation, result: Result) -> list[dict[str, Any]]:
    """Every condition of a flag: what it asks, what was found, what came of it."""
    return [
        _condition(evaluation, result, index, condition)
        for index, condition in enumerate(result.flag.conditions)
    ]


def _condition(
    evaluation: Evaluation, result: Result, index: int, condition: Condition
) -> dict[str, Any]:
    found = [_filter(evaluation, condition, one) for one in condition.filters]
    met = all(one["matched"] for one in found)
    decided = result.matches and result.condition == index
    excluded = met and not decided and not evaluation.rolled_out(result.flag, condition)
    return {
        "index": index,
        "properties": found,
        "rollout_percentage": condition.rollout,
        "variant": condition.variant,
        "matched": decided,
        "properties_matched": met,
        "rollout_excluded": excluded,
        "explanation": _explained(index, condition, met=met, decided=decided, excluded=excluded),
    }


def _explained(
    index: int, condition: Condition, *, met: bool, decided: bool, excluded: bool
) -> str:
    if excluded:
        said = f"matched properties but was excluded by {condition.rollout:g}% rollout"
    elif decided:
        said = f"matched and passed {condition.rollout:g}% rollout"
    elif met:
        said = "matched properties but was not evaluated due to an earlier condition matching"
    else:
        said = "did not match properties"
    return f"Condition {index} {said}"


def _filter(evaluation: Evaluation, condition: Condition, one: Filter) -> dict[str, Any]:
    operator, key = one.get("operator") or "exact", str(one["key"])
    try:
        matched = evaluation.holds(one, condition)
    except CohortError:
        matched = False
    words = _WORDS.get(operator, (operator.replace("_", " "), "does not match"))
    said = f"Property '{key}' {words[0 if matched else 1]}"
    bare = operator in ("is_set", "is_not_set")
    return {
        "key": key,
        "operator": operator.replace("_", ""),
        "value": one.get("value"),
        "type": one.get("type", "person"),
        "actual_value": evaluation.subject.properties(one, condition.group).get(key),
        "matched": matched,
        "explanation": said if bare else f"{said} {json.dumps(one.get('value'))}",
    }
