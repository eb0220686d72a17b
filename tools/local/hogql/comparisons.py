"""Comparisons with PostHog's rules for NULL, dates and types."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools.kinds import Kind
from tools.local.hogql import dates
from tools.local.hogql.cohort_members import in_cohort
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import NUMBERS, TIMES, Node, Sql
from tools.local.hogql.literals import constant_value, string
from tools.local.hogql.names import hogql
from tools.local.hogql.scope import Cte, Scope

_TEMPLATES = {
    "==": "equals({l}, {r})",
    "!=": "notEquals({l}, {r})",
    "<": "less({l}, {r})",
    ">": "greater({l}, {r})",
    "<=": "lessOrEquals({l}, {r})",
    ">=": "greaterOrEquals({l}, {r})",
    "like": "like({l}, {r})",
    "not like": "notLike({l}, {r})",
    "ilike": "ilike({l}, {r})",
    "not ilike": "notILike({l}, {r})",
    "=~": "match({l}, {r})",
    "!~": "not(match({l}, {r}))",
    "=~*": "match({l}, concat('(?i)', {r}))",
    "!~*": "not(match({l}, concat('(?i)', {r})))",
}
_POSITIVE = frozenset(["==", "like", "ilike", "=~", "=~*"])
_NEGATIVE = frozenset(["!=", "not like", "not ilike", "!~", "!~*"])
_TRUTHS = {"true": "1", "false": "0"}
_FOLDED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
"""What PostHog decides between two constants by itself, as Python does."""


def compare(scope: Scope, node: Node) -> Sql:
    """A comparison of two expressions, or the membership of one in many."""
    op = node["op"]
    if op in ("in", "not in"):
        return _membership(scope, node)
    if op in ("in cohort", "not in cohort"):
        return in_cohort(scope, node)
    if op not in _TEMPLATES:
        refuse(node, f"{op.upper()} is not supported in the embedded project yet.")
    left, right = scope.expr(node["left"]), scope.expr(node["right"])
    if op in _FOLDED and node["left"]["node"] == node["right"]["node"] == "Constant":
        return _folded(node)
    if Kind.NULL in (left.kind, right.kind):
        return _with_null(op, left, right)
    left, right = _aligned(scope, node["left"], left, node["right"], right)
    _check_kinds(node, left, right)
    text = _TEMPLATES[op].format(l=left.text, r=right.text)
    return Sql(_null_safe(scope, op, text, left, right), Kind.BOOLEAN, nullable=False)


def between(scope: Scope, node: Node) -> Sql:
    """A BETWEEN, whose NULLs are no members."""
    value = scope.expr(node["expr"])
    low, high = scope.expr(node["low"]), scope.expr(node["high"])
    first, low = _aligned(scope, node["expr"], value, node["low"], low)
    second, high = _aligned(scope, node["expr"], value, node["high"], high)
    for bound in (low, high):
        _check_kinds(node, first, bound)
    text = f"and({first.text} >= {low.text}, {second.text} <= {high.text})"
    text = f"not({text})" if node.get("negated") else text
    nullable = value.nullable or low.nullable or high.nullable
    if nullable and not value.bare and not scope.in_join:
        text = f"ifNull({text}, 0)"
    return Sql(text, Kind.BOOLEAN, nullable=False)


def distinct_from(scope: Scope, node: Node) -> Sql:
    """IS [NOT] DISTINCT FROM, in which two NULLs are the same."""
    op = "==" if node.get("negated") else "!="
    return compare(scope, {**node, "node": "CompareOperation", "op": op})


def _folded(node: Node) -> Sql:
    """Two constants compared; beside NULL nothing is less or greater."""
    values = [constant_value(node[side]) for side in ("left", "right")]
    ordered = node["op"] not in ("==", "!=")
    if ordered and len({isinstance(value, str) for value in values if value is not None}) > 1:
        refuse(node, "A text and a number can't be compared; convert one of them.")
    truth = not (ordered and None in values) and _FOLDED[node["op"]](*values)
    return Sql(str(int(truth)), Kind.BOOLEAN, nullable=False)


def _with_null(op: str, left: Sql, right: Sql) -> Sql:
    other = right if left.kind is Kind.NULL else left
    if op in _POSITIVE:
        text = "1" if other.kind is Kind.NULL else f"isNull({other.text})"
    elif op in _NEGATIVE:
        text = "0" if other.kind is Kind.NULL else f"isNotNull({other.text})"
    else:
        text = "0"
    return Sql(text, Kind.BOOLEAN, nullable=False)


def _null_safe(scope: Scope, op: str, text: str, left: Sql, right: Sql) -> str:
    free = not (left.nullable or right.nullable)
    if free or scope.in_join or left.bare or right.bare:
        return text
    if left.constant or right.constant or op not in _POSITIVE | _NEGATIVE:
        return f"ifNull({text}, {1 if op in _NEGATIVE else 0})"
    if op in _NEGATIVE:
        return f"ifNull({text}, isNotNull({left.text}) or isNotNull({right.text}))"
    return f"ifNull({text}, isNull({left.text}) and isNull({right.text}))"


def _aligned(
    scope: Scope, left_node: Node, left: Sql, right_node: Node, right: Sql
) -> tuple[Sql, Sql]:
    """Both sides in one type: texts read as dates or truths, bare columns for the partitions."""
    left, right = _read(scope, left_node, left, right), _read(scope, right_node, right, left)
    kinds = {left.kind, right.kind}
    if kinds == {Kind.DATETIME}:
        return _bare(left), _bare(right)
    if kinds == TIMES:
        return _as_instant(scope, left), _as_instant(scope, right)
    return left, right


def _read(scope: Scope, node: Node, value: Sql, other: Sql) -> Sql:
    """A constant text beside a date, or beside a truth, becomes one."""
    if not value.constant or value.kind is not Kind.STRING:
        return value
    text = str(node.get("value"))
    if other.kind is Kind.BOOLEAN and text in _TRUTHS:
        return Sql(_TRUTHS[text], Kind.BOOLEAN, nullable=False, constant=True)
    if other.kind not in TIMES:
        return value
    read = dates.day(text) if other.kind is Kind.DATE else None
    kind = Kind.DATE if read else Kind.DATETIME
    read = read or dates.moment(text, scope.context.timezone)
    if read is None:
        refuse(node, f"{text!r} is no date; write it as 2026-01-31 or 2026-01-31 12:00:00.")
    return Sql(read, kind, nullable=False, constant=True)


def _bare(value: Sql) -> Sql:
    return value._replace(text=value.bare) if value.bare else value


def _as_instant(scope: Scope, value: Sql) -> Sql:
    """A day as its first instant in the project's time zone."""
    if value.kind is not Kind.DATE:
        return _bare(value)
    zone = string(scope.context.timezone)
    return value._replace(text=f"toDateTime64({value.text}, 6, {zone})", kind=Kind.DATETIME)


def _check_kinds(node: Node, left: Sql, right: Sql) -> None:
    """Refuse what ClickHouse can't compare, and say how to convert it."""
    for value, other, written in ((left, right, "left"), (right, left, "right")):
        if value.kind not in (Kind.STRING, Kind.JSON) or value.constant:
            continue
        shown = hogql(node.get(written) or node.get("expr") or node)
        if other.kind in NUMBERS:
            refuse(node, f"{shown} is a String; compare toFloat({shown}) with a number.")
        if other.kind is Kind.BOOLEAN and other.constant:
            refuse(node, f"{shown} is a String; compare it with 'true' or 'false'.")


def _membership(scope: Scope, node: Node) -> Sql:
    negative = node["op"] == "not in"
    query = _as_query(scope, node["right"])
    if query is not None:
        left = scope.expr(node["left"])
        text = f"{left.text} {'NOT IN' if negative else 'IN'} ({query})"
        return _member(scope, f"({text})", negative, nullable=left.nullable)
    items = _items(node["right"], of_tuples=node["left"]["node"] == "Tuple")
    if items is None:
        return _member_of_array(scope, node, negative)
    return _member_of_list(scope, node, items, negative)


def _as_query(scope: Scope, node: Node) -> str | None:
    if node["node"] in ("SelectQuery", "SelectSetQuery"):
        selected = scope.query.select(scope.query, node, scope.ctes)
    elif cte := _named_query(scope, node):
        selected = scope.query.expand(cte)
    else:
        return None
    if len(selected.columns) != 1:
        refuse(node, f"A query after IN gives one column, this one gives {len(selected.columns)}.")
    return selected.text


def _named_query(scope: Scope, node: Node) -> Cte | None:
    chain: Sequence[Any] = node.get("chain") or ()
    cte = scope.ctes.get(str(chain[0])) if len(chain) == 1 else None
    return cte if cte and not cte.is_column else None


def _items(node: Node, *, of_tuples: bool) -> list[Node] | None:
    """The values in the brackets; where tuples are sought, one tuple alone may lack its own."""
    if node["node"] == "Call" and node["name"] in ("tuple", "array"):
        node = {**node, "node": node["name"].title(), "exprs": node.get("args") or []}
    if node["node"] not in ("Tuple", "Array"):
        return [node] if node["node"] == "Constant" else None
    alone = of_tuples and not any(item["node"] == "Tuple" for item in node["exprs"])
    return [node] if alone and node["node"] == "Tuple" else list(node["exprs"])


def _member_of_array(scope: Scope, node: Node, negative: bool) -> Sql:
    left, right = scope.expr(node["left"]), scope.expr(node["right"])
    text = f"has({right.text}, {left.text})"
    return Sql(f"not({text})" if negative else text, Kind.BOOLEAN, nullable=right.nullable)


def _member_of_list(scope: Scope, node: Node, items: list[Node], negative: bool) -> Sql:
    left = scope.expr(node["left"])
    values, with_null = [], False
    for item in items:
        value = scope.expr(item)
        if value.kind is Kind.NULL:
            with_null = True
            continue
        found, value = _aligned(scope, node["left"], left, item, value)
        _check_kinds({**node, "right": item}, found, value)
        values.append((found, value))
    text = _in_list(left, values, negative)
    null_safe = _member(scope, text, negative, nullable=left.nullable and not left.bare)
    if not with_null:
        return null_safe
    joined = f"and({null_safe.text}, isNotNull({left.text}))"
    either = f"or({null_safe.text}, isNull({left.text}))"
    return Sql(joined if negative else either, Kind.BOOLEAN, nullable=False)


def _in_list(left: Sql, values: list[tuple[Sql, Sql]], negative: bool) -> str:
    if not values:
        return "1" if negative else "0"
    subject = values[0][0].text
    listed = ", ".join(value.text for _, value in values)
    return f"({subject} {'NOT IN' if negative else 'IN'} ({listed}))"


def _member(scope: Scope, text: str, negative: bool, *, nullable: bool) -> Sql:
    if nullable and not scope.in_join:
        text = f"ifNull({text}, {int(negative)})"
    return Sql(text, Kind.BOOLEAN, nullable=False)
