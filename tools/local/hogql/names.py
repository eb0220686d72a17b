"""The HogQL text of an expression: how PostHog names a column that has no alias."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from tools.local.hogql.kinds import Node
from tools.local.hogql.literals import string

_OPERATORS = {
    "==": "equals",
    "!=": "notEquals",
    "<": "less",
    ">": "greater",
    "<=": "lessOrEquals",
    ">=": "greaterOrEquals",
    "like": "like",
    "not like": "notLike",
    "ilike": "ilike",
    "not ilike": "notILike",
    "in": "in",
    "not in": "notIn",
    "+": "plus",
    "-": "minus",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
}
_MATCHES = {
    "=~": "match({}, {})",
    "!~": "not(match({}, {}))",
    "=~*": "match({}, concat('(?i)', {}))",
    "!~*": "not(match({}, concat('(?i)', {})))",
}
_PLAIN = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def column_name(node: Node) -> str:
    """The name PostHog gives a column of a SELECT."""
    if node["node"] == "Field":
        return _field_name([str(part) for part in node["chain"]])
    return hogql(node)


def hogql(node: Node) -> str:
    """An expression in HogQL's own words."""
    printer = _PRINTERS.get(node["node"])
    return printer(node) if printer else str(node["node"])


def hogql_name(part: str | int) -> str:
    """One name as HogQL writes it, in backticks where it is not plain."""
    text = str(part)
    if isinstance(part, int) or text == "*" or _PLAIN.fullmatch(text):
        return text
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _field_name(chain: list[str]) -> str:
    """The last name, or the whole path of a nested property."""
    if "properties" in chain[:-1]:
        return "__".join(chain[chain.index("properties") + 1 :])
    return chain[-1]


def _list(nodes: list[Node]) -> str:
    return ", ".join(hogql(node) for node in nodes)


def constant(node: Node) -> str:
    """A constant as HogQL reads it back."""
    value = node.get("value")
    if isinstance(value, str) and node.get("value_type") != "number":
        return string(value)
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).isoformat(timespec="microseconds")
        return f"toDateTime({string(moment)})"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _call(node: Node) -> str:
    params = f"({_list(node['params'])})" if node.get("params") else ""
    distinct = "DISTINCT " if node.get("distinct") else ""
    args = "" if _is_star(node) else _list(node.get("args") or [])
    kept = f" FILTER (WHERE {hogql(node['filter_expr'])})" if node.get("filter_expr") else ""
    return f"{node['name']}{params}({distinct}{args}){kept}"


def _is_star(node: Node) -> bool:
    args = node.get("args") or []
    return len(args) == 1 and args[0].get("chain") == ["*"]


def _operation(node: Node) -> str:
    sides = hogql(node["left"]), hogql(node["right"])
    if node["op"] in _MATCHES:
        return _MATCHES[node["op"]].format(*sides)
    return f"{_OPERATORS.get(node['op'], node['op'])}({', '.join(sides)})"


def _window(node: Node) -> str:
    args = node.get("args") or []
    params = f"({_list(node.get('exprs') or [])})" if args else ""
    values = _list(args or node.get("exprs") or [])
    over = node.get("over_identifier") or f"({_over(node.get('over_expr') or {})})"
    return f"{node['name']}{params}({values}) OVER {over}"


def _over(node: Node) -> str:
    parts = []
    if node.get("partition_by"):
        parts.append(f"PARTITION BY {_list(node['partition_by'])}")
    if node.get("order_by"):
        parts.append(f"ORDER BY {_list(node['order_by'])}")
    if node.get("frame_method"):
        parts.append(_frame(node))
    return " ".join(parts)


def _frame(node: Node) -> str:
    start, end = _edge(node["frame_start"]), node.get("frame_end")
    return f"{node['frame_method']} {f'BETWEEN {start} AND {_edge(end)}' if end else start}"


def _edge(node: Node) -> str:
    value, kind = node.get("frame_value"), node.get("frame_type") or "CURRENT ROW"
    if kind == "CURRENT ROW":
        return kind
    return f"{hogql(value) if isinstance(value, dict) else value or 'UNBOUNDED'} {kind}"


def _between(node: Node) -> str:
    negated = " NOT" if node.get("negated") else ""
    return f"{hogql(node['expr'])}{negated} BETWEEN {hogql(node['low'])} AND {hogql(node['high'])}"


def _slice(node: Node) -> str:
    ends = (hogql(node[key]) if node.get(key) else "" for key in ("start_expr", "end_expr"))
    return f"{hogql(node['array'])}[{':'.join(ends)}]"


def _lambda(node: Node) -> str:
    names = ", ".join(node["args"])
    return f"{names if len(node['args']) == 1 else f'({names})'} -> {hogql(node['expr'])}"


def _distinct_from(node: Node) -> str:
    negated = "NOT " if node.get("negated") else ""
    return f"{hogql(node['left'])} IS {negated}DISTINCT FROM {hogql(node['right'])}"


def _dict(node: Node) -> str:
    return f"map({', '.join(f'{hogql(key)}, {hogql(value)}' for key, value in node['items'])})"


_PRINTERS: Mapping[str, Callable[[Node], str]] = {
    "Field": lambda node: ".".join(map(hogql_name, node["chain"])),
    "Constant": constant,
    "Call": _call,
    "CompareOperation": _operation,
    "ArithmeticOperation": _operation,
    "WindowFunction": _window,
    "BetweenExpr": _between,
    "Dict": _dict,
    "And": lambda node: f"and({_list(node['exprs'])})",
    "Or": lambda node: f"or({_list(node['exprs'])})",
    "Not": lambda node: f"not({hogql(node['expr'])})",
    "Tuple": lambda node: f"tuple({_list(node['exprs'])})",
    "Array": lambda node: f"[{_list(node['exprs'])}]",
    "ArraySlice": _slice,
    "Alias": lambda node: f"{hogql(node['expr'])} AS {node['alias']}",
    "TryCast": lambda node: f"TRY_CAST({hogql(node['expr'])} AS {node['type_name']})",
    "ArrayAccess": lambda node: f"{hogql(node['array'])}[{hogql(node['property'])}]",
    "TupleAccess": lambda node: f"{hogql(node['tuple'])}.{node['index']}",
    "Lambda": _lambda,
    "IsDistinctFrom": _distinct_from,
    "OrderExpr": lambda node: f"{hogql(node['expr'])} {node['order']}",
    "TypeCast": lambda node: f"CAST({hogql(node['expr'])} AS {node['type_name']})",
    "Placeholder": lambda node: f"{{{hogql(node['expr'])}}}",
    "SelectQuery": lambda node: "(SELECT …)",
    "SelectSetQuery": lambda node: "(SELECT …)",
}
