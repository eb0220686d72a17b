"""Window functions and their frames."""

from tools.local.hogql import calls
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node, Sql
from tools.local.hogql.scope import Scope

_WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
_NO_WINDOWS = frozenset(["WHERE", "GROUP BY", "HAVING", "JOIN", "ARRAY JOIN"])
_NEIGHBOURS = {"lag": "lagInFrame", "lead": "leadInFrame"}


def window(scope: Scope, node: Node) -> Sql:
    """A function over a window of rows."""
    function = calls.allowed(node)
    if not function.window and not function.aggregate:
        refuse(node, f"'{node['name']}' is neither an aggregation nor a window function.")
    _check_place(scope, node)
    args, params = _arguments(node)
    calls.check_counts({**node, "params": params}, function, args)
    inner = scope.within(in_window=True)
    values = [] if calls.counts_rows(function, args) else [inner.expr(arg) for arg in args]
    described = over(inner, _named(scope, node), whole=function.name in _NEIGHBOURS)
    if function.template:
        refuse(node, f"'{node['name']}' takes no OVER.")
    listed = ", ".join(param.text for param in map(inner.expr, params))
    name = _NEIGHBOURS.get(function.name, function.name)
    texts = [value.text for value in values]
    if function.name in _NEIGHBOURS:
        texts[0] = f"toNullable({texts[0]})"
    text = f"{name}{f'({listed})' if listed else ''}({', '.join(texts)}) OVER ({described})"
    return calls.result(function, text, values)


def _check_place(scope: Scope, node: Node) -> None:
    name = node["name"]
    if scope.clause in _NO_WINDOWS:
        refuse(node, f"Window function '{name}' cannot stand in {scope.clause}; use QUALIFY.")
    if scope.in_aggregate or scope.in_window:
        refuse(node, f"Window function '{name}' cannot be nested; compute it in a subquery.")


def _arguments(node: Node) -> tuple[list[Node], list[Node]]:
    """Arguments and parameters: what stands first is parameters if there are two lists."""
    first, second = node.get("exprs") or [], node.get("args") or []
    return (second, first) if second else (first, [])


def _named(scope: Scope, node: Node) -> Node:
    name = node.get("over_identifier")
    if name and name not in scope.windows:
        refuse(node, f"There is no window named {name}.")
    return scope.windows[name] if name else node.get("over_expr") or {}


def over(scope: Scope, expr: Node, *, whole: bool = False) -> str:
    """What stands in the brackets of OVER."""
    parts = []
    if expr.get("partition_by"):
        parts.append(f"PARTITION BY {', '.join(scope.expr(e).text for e in expr['partition_by'])}")
    if expr.get("order_by"):
        parts.append(f"ORDER BY {', '.join(ordered(scope, e) for e in expr['order_by'])}")
    if expr.get("frame_method"):
        parts.append(_frame(expr))
    elif whole:
        parts.append(_WHOLE)
    return " ".join(parts)


def ordered(scope: Scope, node: Node) -> str:
    """One entry of an ORDER BY."""
    text = f"{scope.expr(node['expr']).text} {'DESC' if node.get('order') == 'DESC' else 'ASC'}"
    return f"{text}{_filled(scope, node['with_fill'])}" if node.get("with_fill") else text


def _filled(scope: Scope, fill: Node) -> str:
    """WITH FILL: rows for the values that are missing."""
    if scope.in_window or fill.get("staleness_value"):
        refuse(fill, "WITH FILL takes FROM, TO and STEP, and stands in the ORDER BY of a SELECT.")
    parts = (("FROM", "from_value"), ("TO", "to_value"), ("STEP", "step_value"))
    texts = (f" {word} {scope.expr(fill[key]).text}" for word, key in parts if fill.get(key))
    return f" WITH FILL{''.join(texts)}"


def _frame(expr: Node) -> str:
    start, method = _edge(expr["frame_start"]), expr["frame_method"]
    if method not in ("ROWS", "RANGE"):
        refuse(expr, f"{method} frames are not supported; write ROWS or RANGE.")
    if not expr.get("frame_end"):
        return f"{method} {start}"
    return f"{method} BETWEEN {start} AND {_edge(expr['frame_end'])}"


def _edge(node: Node) -> str:
    kind = node.get("frame_type")
    if kind not in ("PRECEDING", "FOLLOWING"):
        return "CURRENT ROW"
    value = node.get("frame_value")
    if value is None:
        return f"UNBOUNDED {kind}"
    number = value.get("value") if isinstance(value, dict) else value
    if type(number) is not int or number < 0:
        refuse(node, "The rows of a frame are a whole number, as in ROWS 6 PRECEDING.")
    return f"{number} {kind}"
