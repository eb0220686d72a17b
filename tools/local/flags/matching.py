"""Whether a property meets a filter, as PostHog's flags service decides it.

After rust/feature-flags/src/properties/property_matching.rs: a value that can't be compared meets
no filter, a property that is not there meets the negative ones.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tools.local.flags import semver
from tools.local.flags.moments import moment

Values = Mapping[str, Any]
_FLOAT = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)", re.I)
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
NEGATIVE = frozenset(
    [
        "is_not",
        "not_icontains",
        "not_icontains_multi",
        "not_regex",
        "not_starts_with",
        "not_ends_with",
        "not_between",
    ]
)


def meets(wanted: Mapping[str, Any], values: Values, now: datetime) -> bool:
    """Whether the properties meet one filter."""
    operator = wanted.get("operator") or "exact"
    key = str(wanted["key"])
    if operator in ("is_set", "is_not_set"):
        return (key in values) == (operator == "is_set")
    if "value" not in wanted:
        return False
    if key not in values:
        return operator in NEGATIVE
    if operator in _DATES:
        return _dated(operator, wanted["value"], values[key], now)
    test = _TESTS.get(operator)
    try:
        return test is not None and test(operator, wanted["value"], values[key])
    except RecursionError:
        # Lists in lists without end: no filter is about them, and the flags service reads none.
        return False


def valid_regex(pattern: str) -> bool:
    """Whether a regular expression can be run; matching takes time linear in the text."""
    return _searched(pattern, "") is not None


def text(value: object) -> str:
    """A value as the text it is compared by."""
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return f"[{','.join(_json(item) for item in value)}]"
    if isinstance(value, dict):
        items = (f"{_json(name)}:{_json(value[name])}" for name in sorted(value))
        return f"{{{','.join(items)}}}"
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """Digits where Rust writes digits: Python turns to exponents a little earlier."""
    written = repr(value)
    mantissa, _, exponent = written.partition("e")
    if not exponent:
        return written
    if int(exponent) == -5:
        return format(Decimal(written), "f")
    return f"{mantissa}e{int(exponent):+d}"


def number(value: object) -> float | None:
    """A value as a number, None when it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    written = text(value)
    return float(written) if _FLOAT.fullmatch(written) else None


def _equal(operator: str, wanted: Any, found: Any) -> bool:
    return _same(wanted, found) == (operator == "exact")


def _same(wanted: Any, found: Any) -> bool:
    if _boolean(wanted):
        return _true(wanted) == _true(found)
    target = text(found).lower()
    listed = wanted if isinstance(wanted, list) else [wanted]
    return any(text(one).lower() == target for one in listed)


def _boolean(value: Any) -> bool:
    if isinstance(value, list):
        return all(_boolean(item) for item in value)
    return isinstance(value, bool) or (
        isinstance(value, str) and value.lower() in ("true", "false")
    )


def _true(value: Any) -> bool:
    if isinstance(value, list):
        return all(_true(item) for item in value)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _contains(operator: str, wanted: Any, found: Any) -> bool:
    inside = text(wanted).translate(_LOWER) in text(found).translate(_LOWER)
    return inside != (operator in NEGATIVE)


def _contains_any(operator: str, wanted: Any, found: Any) -> bool:
    listed = wanted if isinstance(wanted, list) else [wanted]
    inside = any(_contains("icontains", one, found) for one in listed)
    return inside != (operator in NEGATIVE)


def _edge(operator: str, wanted: Any, found: Any) -> bool:
    whole, part = text(found).translate(_LOWER), text(wanted).translate(_LOWER)
    at_edge = whole.startswith(part) if "starts" in operator else whole.endswith(part)
    return at_edge != (operator in NEGATIVE)


def _regex(operator: str, wanted: Any, found: Any) -> bool:
    searched = _searched(text(wanted), text(found))
    return searched is not None and searched != (operator in NEGATIVE)


def _searched(pattern: str, found: str) -> bool | None:
    """Whether a pattern occurs in a text, None when the pattern is none."""
    try:
        return bool(pc.match_substring_regex(pa.scalar(found), pattern).as_py())
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return None


def _ordered(operator: str, wanted: Any, found: Any) -> bool:
    left, right = number(found), number(wanted)
    return left is not None and right is not None and _ORDERS[operator](left, right)


def _between(operator: str, wanted: Any, found: Any) -> bool:
    bounds = [number(one) for one in wanted] if isinstance(wanted, list) else []
    value = number(found)
    if len(bounds) != 2 or value is None or value != value:
        return False
    low, high = bounds
    if low is None or high is None or not low <= high:
        return False
    return (low <= value <= high) == (operator == "between")


def _versions(operator: str, wanted: Any, found: Any) -> bool:
    left = semver.version(text(found))
    if left is None:
        return False
    if operator in ("semver_tilde", "semver_caret", "semver_wildcard"):
        return semver.within(operator, text(wanted), left)
    right = semver.version(text(wanted))
    return right is not None and _VERSION_ORDERS[operator](left, right)


def _dated(operator: str, wanted: Any, found: Any, now: datetime) -> bool:
    left = moment(found, now)
    right = moment(wanted, now) if isinstance(wanted, str) else None
    return left is not None and right is not None and _DATES[operator](left, right)


_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "min": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
    "max": lambda left, right: left <= right,
}
_VERSION_ORDERS: Mapping[str, Callable[[semver.Version, semver.Version], bool]] = {
    "semver_eq": lambda left, right: left == right,
    "semver_neq": lambda left, right: left != right,
    "semver_gt": lambda left, right: left > right,
    "semver_gte": lambda left, right: left >= right,
    "semver_lt": lambda left, right: left < right,
    "semver_lte": lambda left, right: left <= right,
}
_DATES: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "is_date_exact": lambda left, right: left == right,
    "is_date_after": lambda left, right: left > right,
    "is_date_before": lambda left, right: left < right,
}
_VERSIONS = (*_VERSION_ORDERS, "semver_tilde", "semver_caret", "semver_wildcard")
_TESTS: Mapping[str, Callable[[str, Any, Any], bool]] = {
    "exact": _equal,
    "is_not": _equal,
    "icontains": _contains,
    "not_icontains": _contains,
    "icontains_multi": _contains_any,
    "not_icontains_multi": _contains_any,
    "starts_with": _edge,
    "not_starts_with": _edge,
    "ends_with": _edge,
    "not_ends_with": _edge,
    "regex": _regex,
    "not_regex": _regex,
    "between": _between,
    "not_between": _between,
    **dict.fromkeys(_ORDERS, _ordered),
    **dict.fromkeys(_VERSIONS, _versions),
}
