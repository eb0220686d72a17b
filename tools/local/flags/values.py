"""Whether the operator and the value of a filter go together."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tools.local.bodies import ApiError, invalid
from tools.local.flags.matching import valid_regex
from tools.local.flags.moments import moment
from tools.local.flags.semver import readable

ALIASES = {"min": "gte", "max": "lte"}
_DATES = ("is_date_exact", "is_date_after", "is_date_before")
_TEXTS = ("regex", "not_regex", "icontains", "not_icontains", "gt", "gte", "lt", "lte")
_LISTS = ("icontains_multi", "not_icontains_multi")
_COHORTS = ("in", "not_in")
_VERSIONS = tuple(
    f"semver_{name}"
    for name in ("gt", "gte", "lt", "lte", "eq", "neq", "tilde", "caret", "wildcard")
)
_OTHERS = ("exact", "is_not", "is_set", "is_not_set", "flag_evaluates_to")
OPERATORS = frozenset([*_OTHERS, *_DATES, *_TEXTS, *_LISTS, *_COHORTS, *_VERSIONS])
_NO_LOOKAROUND = (
    "the embedded project runs regular expressions without lookaround and backreferences: "
    "write the pattern without them."
)


def check_value(found: Mapping[str, Any], path: str) -> None:
    """Raise PostHog's refusal of a filter that can never be decided."""
    operator, value = found.get("operator"), found.get("value")
    _check_operator(operator, found["type"])
    if operator in _DATES and moment(value, datetime.now(UTC)) is None:
        raise _refused(f"Invalid date value: {value}", "invalid_date")
    if operator in _TEXTS and not isinstance(value, str):
        raise _refused(f"Invalid value for operator {operator}: {value}", "invalid_value")
    if operator in _LISTS and not isinstance(value, list):
        raise _refused(f"Operator {operator} requires a list of values.", "invalid_value")
    if operator in _VERSIONS and not readable(str(operator), value):
        raise _refused(f"Invalid semver value for operator {operator}: {value}.", "invalid_value")
    if operator in ("regex", "not_regex") and not valid_regex(str(value)):
        raise _refused(f"{path}.value: {_regex_trouble(str(value))}", "invalid_value")


def _check_operator(operator: object, kind: str) -> None:
    if operator is not None and operator not in OPERATORS:
        said = f"Operator '{operator}' is not supported in feature flags."
        raise _refused(said, "unsupported_operator")
    if (kind == "flag") != (operator == "flag_evaluates_to"):
        said = (
            "Flag properties must use the 'flag_evaluates_to' operator"
            if kind == "flag"
            else "Operator flag_evaluates_to is only supported on flag properties."
        )
        raise _refused(said, "invalid_operator")
    if operator in _COHORTS and kind != "cohort":
        said = f"Operator {operator} is only supported on cohort properties."
        raise _refused(said, "invalid_operator")


def _regex_trouble(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error:
        return "invalid regex pattern"
    return _NO_LOOKAROUND


def _refused(sentence: str, code: str) -> ApiError:
    return invalid(sentence, code=code, attr="filters")
