"""Function calls: allowed, with the right number of arguments, in ClickHouse's words."""

import re
from collections.abc import Iterator

from tools import functions
from tools.functions import Function
from tools.kinds import Kind
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node, Sql
from tools.local.hogql.literals import string
from tools.local.hogql.scope import Scope
from tools.local.hogql.special_calls import OPERATORS, SPECIAL

_HOLE = re.compile(r"\{(\d|\*|tz)\}")
_NO_AGGREGATES = frozenset(["WHERE", "PREWHERE", "GROUP BY", "JOIN", "ARRAY JOIN"])
_REDUCERS = re.compile(
    r"(sum|min|max|avg|count|uniq|uniqExact|any|anyLast|median|groupArray|groupUniqArray"
    r"|stddevPop|stddevSamp|varPop|varSamp|quantile(Exact)?\(0?\.\d+\))(If)?"
)


def call(scope: Scope, node: Node) -> Sql:
    """One function call."""
    function = allowed(node)
    if function.window:
        refuse(node, f"'{node['name']}' is a window function; it needs OVER (…).")
    check_counts(node, function, node.get("args") or [])
    if function.aggregate:
        return _aggregate(scope, node, function)
    if node.get("distinct") or node.get("filter_expr") or node.get("order_by"):
        refuse(node, f"'{node['name']}' is no aggregation: DISTINCT, FILTER, ORDER BY don't apply.")
    if special := SPECIAL.get(function.name):
        return special(scope, node)
    if function.name == "arrayReduce":
        _check_reducer(node)
    return printed(scope, function, [scope.expr(arg) for arg in node.get("args") or []])


def allowed(node: Node) -> Function:
    """The function a call names, if queries may call it here."""
    name = node["name"]
    function = functions.find(name)
    if function is None:
        near = functions.nearest(name)
        hint = f". Perhaps you meant '{near}(...)'?" if near else ""
        refuse(node, f"Unsupported function call '{name}(...)'{hint}")
    if function.elsewhere:
        refuse(node, f"'{name}(...)' is not available in the embedded project.")
    return function


def late_value(node: Node) -> str:
    """What an expression calls that is known only after WHERE: an aggregation, a window."""
    kind = node["node"]
    if kind in ("Field", "Constant", "SelectQuery", "SelectSetQuery"):
        return ""
    if kind == "WindowFunction":
        return "a window function"
    if kind == "Call" and (known := functions.find(node["name"])) and known.aggregate:
        return "an aggregation"
    return next(filter(None, map(late_value, _children(node))), "")


def _children(node: Node) -> Iterator[Node]:
    for value in node.values():
        if isinstance(value, dict) and "node" in value:
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, dict))


def counts_rows(function: Function, args: list[Node]) -> bool:
    """Whether this is count(*)."""
    return function.name == "count" and len(args) == 1 and args[0].get("chain") == ["*"]


def check_counts(node: Node, function: Function, args: list[Node]) -> None:
    """Refuse too few or too many arguments or parameters."""
    if counts_rows(function, args):
        return
    if function.name in OPERATORS and len(args) != 2:
        refuse(node, f"Comparison '{node['name']}' requires exactly two arguments")
    many = 99 if node.get("distinct") and function.name == "count" else function.most
    kind = "Aggregation" if function.aggregate else "Function"
    _check_count(node, f"{kind} '{node['name']}'", "argument", len(args), function.least, many)
    least, most = function.params
    found = len(node.get("params") or [])
    if least and not found:
        refuse(node, f"{kind} '{node['name']}' requires parameters in addition to arguments")
    _check_count(node, f"{kind} '{node['name']}'", "parameter", found, least, most)


def printed(scope: Scope, function: Function, args: list[Sql]) -> Sql:
    """The call of a function on printed arguments."""
    text = function.template or f"{function.name}({{*}})"
    text = _HOLE.sub(lambda match: _filled(scope, match[1], args), text)
    return Sql(text, _kind(function, args), _nullable(function, args))


def result(function: Function, text: str, args: list[Sql]) -> Sql:
    """A printed call and what is known of its value."""
    return Sql(text, _kind(function, args), _nullable(function, args))


def _check_count(
    node: Node, subject: str, noun: str, found: int, least: int, most: int | None
) -> None:
    if least <= found and (most is None or found <= most):
        return
    bound = "" if least == most else "at least " if found < least else "at most "
    wanted = least if found < least or most is None else most
    plural = "" if wanted == 1 else "s"
    refuse(node, f"{subject} expects {bound}{wanted} {noun}{plural}, found {found}")


def _aggregate(scope: Scope, node: Node, function: Function) -> Sql:
    _check_place(scope, node)
    inner = scope.within(in_aggregate=node["name"])
    written = node.get("args") or []
    args = [] if counts_rows(function, written) else [inner.expr(arg) for arg in written]
    if function.template:
        if node.get("distinct") or node.get("filter_expr"):
            refuse(node, f"'{node['name']}' takes neither DISTINCT nor FILTER.")
        return printed(scope, function, args)
    params = ", ".join(inner.expr(param).text for param in node.get("params") or [])
    distinct = "DISTINCT " if node.get("distinct") else ""
    text = f"{function.name}{f'({params})' if params else ''}"
    text += f"({distinct}{', '.join(arg.text for arg in args)})"
    if node.get("filter_expr"):
        text += f" FILTER (WHERE {inner.expr(node['filter_expr']).text})"
    return result(function, text, args)


def _check_place(scope: Scope, node: Node) -> None:
    name = node["name"]
    if scope.in_aggregate:
        outer = scope.in_aggregate
        refuse(node, f"Aggregation '{name}' cannot be nested inside another aggregation '{outer}'.")
    if scope.clause in _NO_AGGREGATES:
        refuse(node, f"Aggregation '{name}' cannot stand in {scope.clause}; use HAVING.")
    if node.get("order_by") or node.get("within_group"):
        refuse(node, f"'{name}' takes no ORDER BY here; sort with arraySort or a subquery.")


def _check_reducer(node: Node) -> None:
    name, first = node["name"], node["args"][0]
    if first["node"] != "Constant" or not isinstance(first.get("value"), str):
        refuse(first, f"Expected constant string as first arg in function '{name}'")
    if not _REDUCERS.fullmatch(first["value"]):
        shown = first["value"]
        refuse(first, f"Invalid parametric function in '{name}', '{shown}' is not supported.")


def _filled(scope: Scope, hole: str, args: list[Sql]) -> str:
    if hole == "tz":
        return string(scope.context.timezone)
    if hole == "*":
        return ", ".join(arg.text for arg in args)
    return args[int(hole)].text


def _kind(function: Function, args: list[Sql]) -> Kind:
    return args[0].kind if function.like_first and args else function.kind


def _nullable(function: Function, args: list[Sql]) -> bool:
    if function.never_null:
        return False
    unknown = function.kind is Kind.UNKNOWN and not function.like_first
    return function.always_nullable or unknown or any(arg.nullable for arg in args)
