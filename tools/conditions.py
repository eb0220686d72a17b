"""Conditions and splits by property: as PostHog's own filters where they can say it, else HogQL."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import model_validator

from tools.base import Args
from tools.client import PostHog
from tools.errors import InvalidArguments
from tools.literals import literal, path
from tools.taxonomy import group_types

Operator = Literal[
    "=", "!=", ">", ">=", "<", "<=", "contains", "not contains", "starts", "set", "not set"
]
Value = str | int | float | bool

ORDERED = frozenset({">", ">=", "<", "<="})
NEGATIVE = frozenset({"!=", "not contains"})
TYPED: Mapping[str, str] = {
    "=": "exact",
    "!=": "is_not",
    "contains": "icontains",
    "not contains": "not_icontains",
    "set": "is_set",
    "not set": "is_not_set",
}
PLAIN = frozenset({"event", "person", "session"})
PARTS: Mapping[str, str] = {"hour": "toHour(timestamp)", "weekday": "toDayOfWeek(timestamp)"}
COLUMNS = ("event", "distinct_id", "person_id", "$session_id", "uuid")
KEY = "key"
"""What the key of a group goes by, among its properties."""


class By(Args):
    """A property to split by, or to ask a condition of."""

    property: str
    """Its name."""

    of: str = "event"
    """Whose: event, person, session or a group type (whose "key" is the group itself). time has
    hour (0-23) and weekday (1 Monday to 7); column has event and distinct_id; cohort has cohorts
    by name."""

    @model_validator(mode="after")
    def _known(self) -> "By":
        known = {"time": tuple(PARTS), "column": COLUMNS}.get(self.of)
        if known and self.property not in known:
            raise ValueError(f"of {self.of} there are only {', '.join(known)}")
        return self


class Where(By):
    """One condition; it holds for any of its values."""

    operator: Operator = "="
    """contains ignores case; a cohort takes = for its members and !=."""

    values: tuple[Value, ...] = ()
    """Any of which fits; none for set and not set, nor for a cohort."""

    @model_validator(mode="after")
    def _fitting(self) -> "Where":
        if self.of == "cohort":
            if self.operator not in ("=", "!="):
                raise ValueError("a cohort takes = or !=")
        elif self.operator in ("set", "not set"):
            if self.values:
                raise ValueError(f"{self.operator} takes no value")
        elif self.operator in ORDERED:
            if len(self.values) != 1 or isinstance(self.values[0], bool):
                raise ValueError(f"{self.operator} takes exactly one value")
        elif not self.values:
            raise ValueError(f"{self.operator} needs a value")
        return self


class Owners:
    """The project's group types, looked up when a condition first speaks of one."""

    def __init__(self, posthog: PostHog | None = None, groups: Sequence[str] | None = None) -> None:
        self._posthog = posthog
        self._groups = groups

    def index(self, group: str) -> int:
        """The index of a group type, or `InvalidArguments` naming those there are."""
        if self._groups is None:
            self._groups = group_types(self._posthog) if self._posthog else ()
        if group not in self._groups:
            known = ", ".join(self._groups) or "none that this key may read"
            raise InvalidArguments(f"There is no group type {group!r}; there are: {known}.")
        return self._groups.index(group)


def typed(one: Where, owners: Owners) -> dict[str, Any]:
    """A condition as PostHog's property filter."""
    operator = TYPED.get(one.operator)
    group = one.of not in (*PLAIN, "time", "cohort", "column")
    if not operator or (one.property == KEY and group) or not (one.of in PLAIN or group):
        return {"type": "hogql", "key": hogql(one, owners)}
    if "contain" in one.operator and not _literal_pattern(one.values):
        return {"type": "hogql", "key": hogql(one, owners)}
    found: dict[str, Any] = {"type": one.of, "key": one.property, "operator": operator}
    if group:
        found |= {"type": "group", "group_type_index": owners.index(one.of)}
    if one.values:
        found["value"] = [_said(value) for value in one.values]
    return found


def hogql(one: Where, owners: Owners) -> str:
    """A condition as HogQL over events."""
    if one.of == "cohort":
        return _joined(one, [_member(str(name), one) for name in one.values or [one.property]])
    subject = column(one, owners)
    if one.operator in ("set", "not set"):
        return f"{'isNotNull' if one.operator == 'set' else 'isNull'}({subject})"
    if one.operator in ("=", "!="):
        return _equal(subject, one)
    return _joined(one, [TESTS[one.operator](subject, value) for value in one.values])


def column(one: By, owners: Owners) -> str:
    """What is asked about, as HogQL over events; a cohort as whether somebody is in it."""
    if one.of == "time":
        return PARTS[one.property]
    if one.of == "column":
        return one.property
    if one.of == "cohort":
        name = literal(one.property)
        return f"if(person_id IN COHORT {name}, {name}, {literal(f'not {one.property}')})"
    chain = {"event": ("properties",), "person": ("person", "properties"), "session": ("session",)}
    if one.of in chain:
        return path(*chain[one.of], one.property)
    index = owners.index(one.of)
    if one.property == KEY:
        return f"nullIf($group_{index}, '')"
    return path(f"group_{index}", "properties", one.property)


def breakdown(one: By, owners: Owners) -> dict[str, Any]:
    """What is split by, as PostHog's breakdown."""
    if one.of in PLAIN:
        return {"type": one.of, "property": one.property}
    if one.of in ("time", "cohort", "column") or one.property == KEY:
        return {"type": "hogql", "property": column(one, owners)}
    return {"type": "group", "property": one.property, "group_type_index": owners.index(one.of)}


def _member(cohort: str, one: Where) -> str:
    return f"person_id {'IN' if one.operator == '=' else 'NOT IN'} COHORT {literal(cohort)}"


def _joined(one: Where, tests: Sequence[str]) -> str:
    """The tests of several values as one."""
    word = " AND " if one.operator in NEGATIVE else " OR "
    return tests[0] if len(tests) == 1 else f"({word.join(tests)})"


def _equal(subject: str, one: Where) -> str:
    if any(isinstance(value, bool) for value in one.values):
        subject = f"toString({subject})"
    values = [literal(_said(value)) for value in one.values]
    if len(values) == 1:
        return f"{subject} {one.operator} {values[0]}"
    return f"{subject} {'IN' if one.operator == '=' else 'NOT IN'} ({', '.join(values)})"


def _ordered(operator: str) -> Callable[[str, Value], str]:
    def test(subject: str, value: Value) -> str:
        if isinstance(value, str):
            return f"toString({subject}) {operator} {literal(value)}"
        return f"toFloat({subject}) {operator} {literal(whole(value))}"

    return test


def _like(operator: str, before: str) -> Callable[[str, Value], str]:
    def test(subject: str, value: Value) -> str:
        text = str(value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"toString({subject}) {operator} {literal(f'{before}{text}%')}"

    return test


TESTS: Mapping[str, Callable[[str, Value], str]] = {
    **{operator: _ordered(operator) for operator in ORDERED},
    "contains": _like("ILIKE", "%"),
    "not contains": _like("NOT ILIKE", "%"),
    "starts": _like("LIKE", ""),
}


def whole(value: Value) -> Value:
    """A number without decimals as the integer it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _said(value: Value) -> str | int | float:
    """A value as filters have it: truths are words."""
    return str(value).lower() if isinstance(value, bool) else whole(value)


def _literal_pattern(values: Sequence[Value]) -> bool:
    """Whether PostHog takes the one value of a filter as it is, with no wildcard in it."""
    return len(values) == 1 and not set("%_\\") & set(str(values[0]))
