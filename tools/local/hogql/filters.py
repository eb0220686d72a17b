"""Property filters, as PostHog's screens and API write them, to HogQL nodes.

Semantics after posthog/hogql/property.py: a list means any of its values, for a negative operator
none of them; a filter without a value holds for all rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.local.dates import parse_date
from tools.local.hogql import nodes
from tools.local.hogql.errors import HogQLError
from tools.local.hogql.kinds import Node
from tools.parser import SyntaxRefused, parse_expr

Filter = Mapping[str, Any]
_ORDERED = {
    "gt": ">",
    "gte": ">=",
    "min": ">=",
    "lt": "<",
    "lte": "<=",
    "max": "<=",
    "is_date_after": ">",
    "is_date_before": "<",
}
_NEGATIVE = frozenset(["is_not", "not_icontains", "not_regex", "not_in", "not_icontains_multi"])


@dataclass(frozen=True)
class Filters:
    """What filters are read in: whose rows they are about, and the project's clock."""

    now: datetime
    """Aware, in the project's time zone."""

    scope: str = "event"
    """event, person, session or group: what a row of the query is."""

    actor: Node | None = None
    """The person a cohort filter asks about; by default the row's own."""

    def all_of(self, found: Any) -> Node:
        """A list of filters, or a group of them, as one condition."""
        if not found:
            return nodes.TRUE
        if isinstance(found, Mapping):
            return self._group(found)
        return nodes.all_of(self.one(item) for item in found)

    def one(self, found: Filter) -> Node:
        """One filter, or one group of filters."""
        if not isinstance(found, Mapping):
            raise HogQLError("A filter is an object with a key, an operator and a value.")
        if "values" in found:
            return self._group(found)
        kind = found.get("type") or self.scope
        if kind == "empty":
            return nodes.TRUE
        if kind == "hogql":
            return _written(str(found.get("key", "")))
        if kind in ("cohort", "precalculated-cohort", "static-cohort"):
            return self._cohort(found)
        return self._compared(found, self._subject(found, kind))

    def _group(self, found: Filter) -> Node:
        parts = [self.one(item) for item in found.get("values") or []]
        if not parts:
            return nodes.TRUE
        how = str(found.get("type", "AND")).upper()
        if how not in ("AND", "OR"):
            raise HogQLError(f"A group of filters is AND or OR, not {how}.")
        return nodes.all_of(parts) if how == "AND" else nodes.any_of(parts)

    def _subject(self, found: Filter, kind: str) -> Node:
        key = str(found.get("key", ""))
        if kind == "event_metadata":
            return nodes.field(*key.split("."))
        if kind == "group" and self.scope != "group":
            return nodes.field(f"group_{_index(found)}", "properties", key)
        if kind == "session":
            return nodes.field(*(["session"] if self.scope != "session" else []), key)
        if kind == "person" and self.scope != "person":
            return nodes.field("person", "properties", key)
        if self.scope in ("person", "session") and kind != self.scope:
            said = f"The '{kind}' property filter does not work in '{self.scope}' scope"
            raise HogQLError(said)
        if kind == self.scope or kind in ("event", "feature"):
            return nodes.field("properties", key)
        raise HogQLError(f"Filters of type {kind} are not supported in the embedded project.")

    def _cohort(self, found: Filter) -> Node:
        if self.scope not in ("event", "person", "session"):
            raise HogQLError("A cohort filter asks about persons; these rows are none.")
        person = self.actor or nodes.field("id" if self.scope == "person" else "person_id")
        without = found.get("operator") == "not_in" or found.get("negation")
        tests = [
            nodes.compare("not in cohort" if without else "in cohort", person, nodes.constant(one))
            for one in _values(found)
        ]
        return nodes.all_of(tests) if without else nodes.any_of(tests)

    def _compared(self, found: Filter, subject: Node) -> Node:
        operator = str(found.get("operator") or "exact")
        if operator == "is_set":
            return nodes.compare("!=", subject, nodes.constant(None))
        if operator == "is_not_set":
            return nodes.compare("==", subject, nodes.constant(None))
        if operator in ("between", "not_between"):
            return _between(found, subject, operator)
        values = _values(found)
        if not values:
            return nodes.TRUE
        if operator in ("exact", "is_not", "in", "not_in") and len(values) > 1:
            op = "not in" if operator in _NEGATIVE else "in"
            return nodes.compare(op, subject, nodes.constant(tuple(_plain(one) for one in values)))
        tests = [self._tested(operator, subject, one) for one in values]
        return nodes.all_of(tests) if operator in _NEGATIVE else nodes.any_of(tests)

    def _tested(self, operator: str, subject: Node, value: object) -> Node:
        if operator in ("is_date_exact", "is_date_after", "is_date_before"):
            return self._dated(operator, subject, str(value))
        if op := _ORDERED.get(operator):
            return nodes.compare(op, subject, nodes.constant(value))
        test = _TESTS.get(operator)
        if test is None:
            raise HogQLError(f"The operator {operator} is not supported in the embedded project.")
        return test(subject, value)

    def _dated(self, operator: str, subject: Node, value: str) -> Node:
        """Dates as instants; a day alone stands for its whole."""
        moment = nodes.call("toDateTime", nodes.call("toString", subject))
        at = parse_date(value, self.now)
        given = nodes.call("toDateTime", nodes.constant(at.strftime("%Y-%m-%d %H:%M:%S")))
        if operator == "is_date_exact":
            day = nodes.call("toDate", nodes.constant(at.strftime("%Y-%m-%d")))
            return nodes.compare("==", nodes.call("toDate", moment), day)
        return nodes.compare(_ORDERED[operator], moment, given)


def _values(found: Filter) -> list[Any]:
    value = found.get("value")
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int | float | None) for one in listed):
        raise HogQLError(f"The value of the filter {found.get('key')} is no text or number.")
    return [one for one in listed if one is not None]


def _index(found: Filter) -> int:
    index = found.get("group_type_index")
    if not isinstance(index, int) or not 0 <= index <= 4:
        raise HogQLError("A group filter needs a group_type_index from 0 to 4.")
    return index


def _plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _written(text: str) -> Node:
    """A filter written in HogQL."""
    try:
        return parse_expr(text)
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None


def _between(found: Filter, subject: Node, operator: str) -> Node:
    values = _values(found)
    if len(values) != 2:
        raise HogQLError(f"The operator {operator} takes two values.")
    low, high = (nodes.constant(one) for one in values)
    inside = nodes.all_of([nodes.compare(">=", subject, low), nodes.compare("<=", subject, high)])
    return nodes.negated(inside) if operator == "not_between" else inside


def _text(node: Node) -> Node:
    return nodes.call("toString", node)


def _contains(op: str) -> Callable[[Node, object], Node]:
    def test(subject: Node, value: object) -> Node:
        return nodes.compare(op, _text(subject), nodes.constant(f"%{_plain(value)}%"))

    return test


def _matches(subject: Node, value: object) -> Node:
    found = nodes.call("match", _text(subject), nodes.constant(str(_plain(value))))
    return nodes.call("ifNull", found, nodes.constant(0))


def _matches_not(subject: Node, value: object) -> Node:
    found = nodes.call("match", _text(subject), nodes.constant(str(_plain(value))))
    return nodes.call("ifNull", nodes.negated(found), nodes.constant(1))


_TESTS: Mapping[str, Callable[[Node, object], Node]] = {
    "exact": lambda subject, value: nodes.compare("==", subject, nodes.constant(_plain(value))),
    "in": lambda subject, value: nodes.compare("==", subject, nodes.constant(_plain(value))),
    "is_not": lambda subject, value: nodes.compare("!=", subject, nodes.constant(_plain(value))),
    "not_in": lambda subject, value: nodes.compare("!=", subject, nodes.constant(_plain(value))),
    "icontains": _contains("ilike"),
    "icontains_multi": _contains("ilike"),
    "not_icontains": _contains("not ilike"),
    "not_icontains_multi": _contains("not ilike"),
    "starts_with": lambda subject, value: nodes.call(
        "startsWith", _text(subject), nodes.constant(str(value))
    ),
    "ends_with": lambda subject, value: nodes.call(
        "endsWith", _text(subject), nodes.constant(str(value))
    ),
    "regex": _matches,
    "not_regex": _matches_not,
}
