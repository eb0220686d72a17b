"""Trees as HogQL text: what a typed query asks, for people to read, check and change."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.local.hogql.kinds import Node
from tools.local.hogql.names import constant, hogql_name

_ORDER = {"Or": 1, "And": 2, "Not": 3, "CompareOperation": 4, "BetweenExpr": 4, "IsDistinctFrom": 4}
_SUMS = ("+", "-")
_HIGHEST = 9


def written(tree: Node) -> str:
    """A SELECT, or a set of them, in HogQL."""
    return _set(tree) if tree["node"] == "SelectSetQuery" else _select(tree)


def _text(node: Node) -> str:
    return _PRINTERS[node["node"]](node)


def _weight(node: Node) -> int:
    """How closely an operator binds its sides."""
    if node["node"] == "ArithmeticOperation":
        return 5 if node["op"] in _SUMS else 6
    return _ORDER.get(node["node"], 0 if node["node"] in ("Alias", "Lambda") else _HIGHEST)


def _side(node: Node, weight: int) -> str:
    """An operand, in brackets where it binds less closely than its operator."""
    text = _text(node)
    return f"({text})" if _weight(node) < weight else text


def _list(nodes: list[Node]) -> str:
    return ", ".join(map(_text, nodes))


def _call(node: Node) -> str:
    params = f"({_list(node['params'])})" if node.get("params") else ""
    distinct = "DISTINCT " if node.get("distinct") else ""
    order = f" ORDER BY {_list(node['order_by'])}" if node.get("order_by") else ""
    kept = f" FILTER (WHERE {_text(node['filter_expr'])})" if node.get("filter_expr") else ""
    return f"{node['name']}{params}({distinct}{_list(node.get('args') or [])}{order}){kept}"


def _window(node: Node) -> str:
    args = node.get("args")
    params = f"({_list(node.get('exprs') or [])})" if args else ""
    values = _list(args or node.get("exprs") or [])
    name = node.get("over_identifier")
    over = hogql_name(name) if name else f"({_frame(node.get('over_expr') or {})})"
    return f"{node['name']}{params}({values}) OVER {over}"


def _frame(over: Node) -> str:
    parts = []
    if over.get("partition_by"):
        parts.append(f"PARTITION BY {_list(over['partition_by'])}")
    if over.get("order_by"):
        parts.append(f"ORDER BY {_list(over['order_by'])}")
    if over.get("frame_method"):
        bounds = [_bound(over[key]) for key in ("frame_start", "frame_end") if over.get(key)]
        between = f"BETWEEN {' AND '.join(bounds)}" if len(bounds) > 1 else bounds[0]
        parts.append(f"{over['frame_method']} {between}")
    return " ".join(parts)


def _bound(bound: Node) -> str:
    kind = bound["frame_type"]
    if kind == "CURRENT ROW":
        return str(kind)
    value = bound.get("frame_value")
    number = value["value"] if isinstance(value, dict) else value
    return f"{'UNBOUNDED' if number is None else number} {kind}"


def _comparison(node: Node) -> str:
    left, op, right = _side(node["left"], 5), node["op"], node["right"]
    if op in ("==", "!=") and right["node"] == "Constant" and right.get("value") is None:
        return f"{left} IS {'' if op == '==' else 'NOT '}NULL"
    sign = "=" if op == "==" else op.upper()
    return f"{left} {sign} {_side(right, 5)}"


def _between(node: Node) -> str:
    negated = "NOT " if node.get("negated") else ""
    low, high = _side(node["low"], 5), _side(node["high"], 5)
    return f"{_side(node['expr'], 5)} {negated}BETWEEN {low} AND {high}"


def _distinct(node: Node) -> str:
    negated = "NOT " if node.get("negated") else ""
    return f"{_side(node['left'], 5)} IS {negated}DISTINCT FROM {_side(node['right'], 5)}"


def _slice(node: Node) -> str:
    ends = (node.get(key) for key in ("start_expr", "end_expr"))
    listed = ":".join(_text(end) if end else "" for end in ends)
    return f"{_side(node['array'], 9)}[{listed}]"


def _columns(node: Node) -> str:
    """COLUMNS by a pattern or a list, or all of them with some left out or replaced."""
    if listed := node.get("columns"):
        alone = listed[0]["node"] == "ColumnsExpr"
        return _text(listed[0]) if alone else f"COLUMNS({_list(listed)})"
    if not node.get("all_columns"):
        return f"COLUMNS({constant({'value': node['regex']})})"
    without, other = node.get("exclude") or [], node.get("replace") or {}
    parts = [f" EXCLUDE ({_names(without)})"] if without else []
    replaced = ", ".join(f"{_text(one)} AS {hogql_name(name)}" for name, one in other.items())
    parts += [f" REPLACE ({replaced})"] if other else []
    return f"COLUMNS(*{''.join(parts)})"


def _order(node: Node) -> str:
    fill = node.get("with_fill")
    if not fill:
        return f"{_text(node['expr'])} {node['order']}"
    words = (("FROM", "from_value"), ("TO", "to_value"), ("STEP", "step_value"))
    parts = (f" {word} {_text(fill[key])}" for word, key in words if fill.get(key))
    return f"{_text(node['expr'])} {node['order']} WITH FILL{''.join(parts)}"


def _arithmetic(node: Node) -> str:
    weight = _weight(node)
    return f"{_side(node['left'], weight)} {node['op']} {_side(node['right'], weight + 1)}"


def _joined(word: str, weight: int) -> Callable[[Node], str]:
    return lambda node: word.join(_side(part, weight + 1) for part in node["exprs"])


def _tuple(node: Node) -> str:
    listed = _list(node["exprs"])
    return f"({listed})" if len(node["exprs"]) > 1 else f"tuple({listed})"


def _lambda(node: Node) -> str:
    names = ", ".join(node["args"])
    return f"{names if len(node['args']) == 1 else f'({names})'} -> {_text(node['expr'])}"


def _select(node: Node) -> str:
    return "\n".join(_clauses(node))


def _clauses(node: Node) -> Iterator[str]:
    if ctes := node.get("ctes"):
        recursive = "RECURSIVE " if any(one.get("recursive") for one in ctes) else ""
        yield f"WITH {recursive}{', '.join(map(_cte, ctes))}"
    distinct = "DISTINCT " if node.get("distinct") else ""
    yield f"SELECT {distinct}{_list(node['select'])}"
    if node.get("select_from"):
        yield "FROM " + "".join(_sources(node["select_from"]))
    if node.get("array_join_op"):
        yield f"{node['array_join_op']} {_list(node['array_join_list'])}"
    yield from _filtered(node)
    yield from _bounded(node)


def _filtered(node: Node) -> Iterator[str]:
    for key in ("prewhere", "where"):
        if node.get(key):
            yield f"{key.upper()} {_text(node[key])}"
    if node.get("group_by") or node.get("group_by_mode"):
        yield f"GROUP BY {_grouping(node)}"
    for key, clause in _AFTER_GROUPS.items():
        if node.get(key):
            yield clause(node[key])


def _grouping(node: Node) -> str:
    mode, keys = node.get("group_by_mode"), node.get("group_by") or []
    if mode == "all":
        return "ALL"
    if mode == "grouping_sets":
        sets = (f"({_list(one['exprs'])})" for one in keys)
        return f"GROUPING SETS ({', '.join(sets)})"
    return f"{mode.upper()}({_list(keys)})" if mode else _list(keys)


def _limit_by(node: Node) -> str:
    skipped = f" OFFSET {_text(node['offset_value'])}" if node.get("offset_value") else ""
    return f"LIMIT {_text(node['n'])}{skipped} BY {_list(node['exprs'])}"


def _bounded(node: Node) -> Iterator[str]:
    if node.get("limit"):
        ties = " WITH TIES" if node.get("limit_with_ties") else ""
        yield f"LIMIT {_text(node['limit'])}{ties}"
    if node.get("offset"):
        yield f"OFFSET {_text(node['offset'])}"


def _cte(cte: Node) -> str:
    if cte.get("cte_type") == "column":
        return f"{_text(cte['expr'])} AS {hogql_name(cte['name'])}"
    listed = f"({_names(cte['columns'])})" if cte.get("columns") else ""
    return f"{hogql_name(cte['name'])}{listed} AS {_text(cte['expr'])}"


def _sources(node: Node | None) -> Iterator[str]:
    first = True
    while node:
        how = "" if first else f"\n{node.get('join_type') or 'CROSS JOIN'} "
        table = node["table"]
        args = f"({_list(node['table_args'])})" if node.get("table_args") else ""
        alias = f" AS {hogql_name(node['alias'])}" if node.get("alias") else ""
        alias += f"({_names(node['column_aliases'])})" if node.get("column_aliases") else ""
        yield f"{how}{_text(table)}{args}{alias}{_constraint(node.get('constraint'))}"
        node, first = node.get("next_join"), False


def _names(names: list[str]) -> str:
    return ", ".join(map(hogql_name, names))


def _constraint(constraint: Any) -> str:
    if not constraint:
        return ""
    text = _text(constraint["expr"])
    return f" USING ({text})" if constraint["constraint_type"] == "USING" else f" ON {text}"


def _set(node: Node) -> str:
    text = _text(node["initial_select_query"])
    for part in node.get("subsequent_select_queries") or []:
        text += f"\n{part['set_operator']}\n{_text(part['select_query'])}"
    return "\n".join([text, *_bounded(node)])


_PRINTERS: Mapping[str, Callable[[Node], str]] = {
    "SelectQuery": lambda node: f"({_select(node)})",
    "SelectSetQuery": lambda node: f"({_set(node)})",
    "ColumnsExpr": _columns,
    "Alias": lambda node: f"{_text(node['expr'])} AS {hogql_name(node['alias'])}",
    "Field": lambda node: ".".join(map(hogql_name, node["chain"])),
    "Constant": constant,
    "Call": _call,
    "WindowFunction": _window,
    "CompareOperation": _comparison,
    "BetweenExpr": _between,
    "IsDistinctFrom": _distinct,
    "ArithmeticOperation": _arithmetic,
    "And": _joined(" AND ", 2),
    "Or": _joined(" OR ", 1),
    "Not": lambda node: f"NOT {_side(node['expr'], 4)}",
    "Tuple": _tuple,
    "Array": lambda node: f"[{_list(node['exprs'])}]",
    "ArrayAccess": lambda node: f"{_side(node['array'], 9)}[{_text(node['property'])}]",
    "ArraySlice": _slice,
    "TupleAccess": lambda node: f"{_side(node['tuple'], 9)}.{node['index']}",
    "Dict": lambda node: "{" + ", ".join(f"{_text(k)}: {_text(v)}" for k, v in node["items"]) + "}",
    "Lambda": _lambda,
    "OrderExpr": _order,
    "TypeCast": lambda node: f"CAST({_text(node['expr'])} AS {node['type_name']})",
    "TryCast": lambda node: f"TRY_CAST({_text(node['expr'])} AS {node['type_name']})",
}
_AFTER_GROUPS: Mapping[str, Callable[[Any], str]] = {
    "having": lambda node: f"HAVING {_text(node)}",
    "window_exprs": lambda named: (
        "WINDOW " + ", ".join(f"{hogql_name(key)} AS ({_frame(one)})" for key, one in named.items())
    ),
    "qualify": lambda node: f"QUALIFY {_text(node)}",
    "order_by": lambda nodes: f"ORDER BY {_list(nodes)}",
    "limit_by": _limit_by,
}
"""The clauses after GROUP BY, in order."""
