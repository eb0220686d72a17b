"""HogQL built in Python: trees in the parser's own shape, put together from parts.

Text that never changes is written as HogQL and parsed once; what differs from query to query goes
in as nodes, so that no value from outside is ever read as HogQL.
"""

from collections.abc import Iterable, Sequence

from tools.local.hogql.kinds import Node
from tools.local.hogql.placeholders import fill
from tools.parser import parse_expr, parse_select

TRUE: Node = {"node": "Constant", "value": True}
FALSE: Node = {"node": "Constant", "value": False}


def expr(text: str, **nodes: Node) -> Node:
    """An expression of ours, with nodes in the place of its `{names}`."""
    return fill(parse_expr(text), nodes)


def query(text: str, **nodes: Node) -> Node:
    """A SELECT of ours, with nodes in the place of its `{names}`."""
    return fill(parse_select(text), nodes)


def field(*chain: str | int) -> Node:
    """A column, or a property by its path: `field("person", "properties", "email")`."""
    return {"node": "Field", "chain": list(chain)}


def constant(value: object) -> Node:
    """A text, number, boolean or null; lists become arrays and tuples tuples."""
    if isinstance(value, list | tuple):
        kind = "Array" if isinstance(value, list) else "Tuple"
        return {"node": kind, "exprs": [constant(item) for item in value]}
    return {"node": "Constant", "value": value}


def call(name: str, *args: Node, distinct: bool = False) -> Node:
    """A function of some arguments."""
    return {"node": "Call", "name": name, "args": list(args), "distinct": distinct}


def parametric(name: str, params: Sequence[object], *args: Node) -> Node:
    """A function with parameters before its arguments, as `quantile(0.9)(x)`."""
    return {**call(name, *args), "params": [constant(param) for param in params]}


def compare(op: str, left: Node, right: Node) -> Node:
    """A comparison; `op` as the parser writes it: ==, !=, <, in, ilike, in cohort …."""
    return {"node": "CompareOperation", "op": op, "left": left, "right": right}


def arithmetic(op: str, left: Node, right: Node) -> Node:
    """A calculation with + - * / or %."""
    return {"node": "ArithmeticOperation", "op": op, "left": left, "right": right}


def all_of(nodes: Iterable[Node]) -> Node:
    """True where all are; true when there are none."""
    return _joined("And", [node for node in nodes if node != TRUE], TRUE)


def any_of(nodes: Iterable[Node]) -> Node:
    """True where one is; false when there are none."""
    return _joined("Or", list(nodes), FALSE)


def negated(node: Node) -> Node:
    """True where the other is not."""
    return {"node": "Not", "expr": node}


def alias(name: str, node: Node) -> Node:
    """A column under a name."""
    return {"node": "Alias", "alias": name, "expr": node}


def selecting(tree: Node, columns: Sequence[Node]) -> Node:
    """The SELECT with these columns added to its own."""
    return {**tree, "select": [*tree["select"], *columns]}


def source(tree: Node, name: str | None = None) -> Node:
    """A query as it stands in FROM."""
    return {"node": "JoinExpr", "table": tree, "alias": name}


def union(members: Sequence[Node]) -> Node:
    """All rows of several queries with the same columns."""
    first, *others = members
    if not others:
        return first
    following = [{"select_query": tree, "set_operator": "UNION ALL"} for tree in others]
    return {
        "node": "SelectSetQuery",
        "initial_select_query": first,
        "subsequent_select_queries": following,
    }


def _joined(kind: str, nodes: list[Node], none: Node) -> Node:
    nodes = [part for node in nodes for part in (node["exprs"] if node["node"] == kind else [node])]
    if len(nodes) < 2:
        return nodes[0] if nodes else none
    return {"node": kind, "exprs": nodes}
