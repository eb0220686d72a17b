"""The flags of a list: which are wanted, and in what order.

After _apply_filters in products/feature_flags/backend/api/feature_flag.py.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tools.local.bodies import invalid
from tools.local.flags.experiments import living, of_flag
from tools.local.flags.shown import Surroundings
from tools.local.flags.status import variants

Document = dict[str, Any]
Wanted = Mapping[str, Any]
Test = Callable[[Document, Any, Surroundings], bool]
MAX_SEARCH = 200
ORDERS = ("created_at", "key", "name", "active", "updated_at", "version", "created_by", "id")


def chosen(flags: list[Document], wanted: Wanted, around: Surroundings) -> list[Document]:
    """The flags that meet what was asked for, the newest first unless asked otherwise."""
    if len(str(wanted.get("search", "")).strip()) > MAX_SEARCH:
        said = f"Search term cannot exceed {MAX_SEARCH} characters"
        raise invalid(said, attr="search")
    tests = [(_TESTS[name], value) for name, value in wanted.items() if name in _TESTS]
    found = [
        flag
        for flag in flags
        if not flag.get("deleted")
        and ("archived" in wanted or not flag.get("archived"))
        and all(test(flag, value, around) for test, value in tests)
    ]
    return _ordered(found, str(wanted.get("order") or "-created_at"))


def _ordered(flags: list[Document], order: str) -> list[Document]:
    name = order.removeprefix("-")
    if name not in ORDERS:
        raise invalid(
            f"The embedded project does not order flags by {name}: use one of {', '.join(ORDERS)}.",
            attr="order",
        )
    flags.sort(key=lambda flag: flag["id"], reverse=True)
    return sorted(flags, key=lambda flag: _place(flag, name), reverse=order.startswith("-"))


def _place(flag: Document, name: str) -> Any:
    if name == "created_by":
        return str((flag.get("created_by") or {}).get("first_name", ""))
    value = flag.get(name)
    return value or 0 if name in ("id", "version", "active") else str(value or "").lower()


def _active(flag: Document, value: Any, around: Surroundings) -> bool:
    if value == "STALE":
        return bool(flag.get("active")) and around.status(flag) == "STALE"
    return bool(flag.get("active")) == (str(value).lower() == "true")


def _search(flag: Document, value: Any, around: Surroundings) -> bool:
    text = re.escape(str(value).strip()).replace(r"\ ", r"[\s\-_]*")
    tested = living(of_flag(flag["key"], around.experiments))
    names = [flag["key"], flag.get("name") or "", *(one["name"] for one in tested)]
    return any(re.search(text, name, re.IGNORECASE) for name in names)


def _type(flag: Document, value: Any, around: Surroundings) -> bool:
    kinds = {
        "boolean": not variants(flag),
        "multivariant": bool(variants(flag)),
        "experiment": bool(of_flag(flag["key"], around.experiments)),
        "remote_config": bool(flag.get("is_remote_configuration")),
    }
    return kinds.get(str(value), True)


def _creator(flag: Document, value: Any, around: Surroundings) -> bool:
    wanted = re.findall(r"-?\d+", str(value))
    return not wanted or str((flag.get("created_by") or {}).get("id")) in wanted


def _tagged(flag: Document, value: Any, around: Surroundings) -> bool:
    wanted = _listed(value)
    return not wanted or any(tag in wanted for tag in flag.get("tags") or ())


def _untagged(flag: Document, value: Any, around: Surroundings) -> bool:
    unwanted = _listed(value)
    return not any(tag in unwanted for tag in flag.get("tags") or ())


def _listed(value: Any) -> list[Any]:
    """A list, or JSON of one; anything else is passed over, as PostHog does."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _true(value: Any) -> bool:
    return str(value).lower() in ("true", "1", "t", "y", "yes", "on")


_TESTS: Mapping[str, Test] = {
    "active": _active,
    "archived": lambda flag, value, _: bool(flag.get("archived")) == _true(value),
    "created_by_id": _creator,
    "search": _search,
    "key": lambda flag, value, _: flag["key"].lower() == str(value).strip().lower(),
    "type": _type,
    "evaluation_runtime": lambda flag, value, _: (flag.get("evaluation_runtime") or "all") == value,
    "excluded_properties": lambda flag, value, _: flag["key"] not in _listed(value),
    "tags": _tagged,
    "excluded_tags": _untagged,
    "has_evaluation_contexts": lambda flag, value, _: (
        bool(flag.get("evaluation_contexts")) == _true(value)
    ),
    "eligible_for_experiment": lambda flag, value, _: (
        not _true(value) or 2 <= len(variants(flag)) <= 20
    ),
}
FILTERS = tuple(_TESTS)
"""What a list, and a deletion of many, may be narrowed by."""
