"""Window functions and their frames."""

from tools.local.hogql import calls
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node, Sql
from tools.local.hogql.scope import Scope

_WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
_NEIGHBOURS = {"lag": "lagInFrame", "lead": "leadInFrame"}


def window(scope: Scope, node: Node) -> Sql:
    """A function over a window of rows."""
    function = calls.allowed(node)
    if not function.window and not function.aggregate:
        refuse(node, f"'{node['name']}' is neither an aggregation nor a window function.")
    args, params = _arguments(node)
    calls.check_counts({**node, "params": params}, function, args)
    inner = scope.within(in_aggregate=False)
    values = [] if args and args[0].get("chain") == ["*"] else [inner.expr(arg) for arg in args]
    over = _over(inner, node, whole=function.name in _NEIGHBOURS)
    if function.template:
        refuse(node, f"'{node['name']}' takes no OVER.")
    listed = ", ".join(param.text for param in map(inner.expr, params))
    name = _NEIGHBOURS.get(function.name, function.name)
    texts = [value.text for value in values]
    if function.name in _NEIGHBOURS:
        texts[0] = f"toNullable({texts[0]})"
    text = f"{name}{f'({listed})' if listed else ''}({', '.join(texts)}) OVER ({over})"
    return calls.result(function, text, values)


def _arguments(node: Node) -> tuple[list[Node], list[Node]]:
    """Arguments and parameters: what stands first is parameters if there are two lists."""
    first, second = node.get("exprs") or [], node.get("args") or []
    return (second, first) if second else (first, [])


def _over(scope: Scope, node: Node, *, whole: bool) -> str:
    expr = node.get("over_expr") or {}
    if name := node.get("over_identifier"):
        if name not in scope.windows:
            refuse(node, f"There is no window named {name}.")
        expr = scope.windows[name]
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
    if node.get("with_fill"):
        refuse(node, "WITH FILL is not supported in the embedded project yet.")
    return f"{scope.expr(node['expr']).text} {'DESC' if node.get('order') == 'DESC' else 'ASC'}"


def _frame(expr: Node) -> str:
    start = _edge(expr["frame_start"])
    method = "RANGE" if expr["frame_method"] == "RANGE" else "ROWS"
    if not expr.get("frame_end"):
        return f"{method} {start}"
    return f"{method} BETWEEN {start} AND {_edge(expr['frame_end'])}"


def _edge(node: Node) -> str:
    kind = node.get("frame_type")
    if kind not in ("PRECEDING", "FOLLOWING"):
        return "CURRENT ROW"
    value = node.get("frame_value")
    number = value.get("value") if isinstance(value, dict) else value
    return f"{'UNBOUNDED' if number is None else int(number)} {kind}"
