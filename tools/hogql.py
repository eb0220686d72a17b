"""The statement guard: what may be sent to PostHog as HogQL, and with which LIMIT."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from tools import functions
from tools.errors import QueryRefused
from tools.parser import Node, SyntaxRefused, parse_select
from tools.posthog_tables import posthog_tables
from tools.tokens import tokens

MAX_NODES = 10_000

_ALLOWED = frozenset(
    [
        *("SelectQuery", "SelectSetQuery", "SelectSetNode", "CTE", "JoinExpr", "JoinConstraint"),
        *("Field", "Constant", "Call", "CompareOperation", "ArithmeticOperation", "BetweenExpr"),
        *("And", "Or", "Not", "IsDistinctFrom", "Tuple", "Array", "Dict", "ArrayAccess"),
        *("ArraySlice", "TupleAccess", "Lambda", "Alias", "OrderExpr", "LimitByExpr", "TypeCast"),
        *("TryCast", "WindowFunction", "WindowExpr", "WindowFrameExpr", "SampleExpr", "RatioExpr"),
        *("ColumnsExpr", "GroupingSet", "Placeholder"),
    ]
)
_REASONS = {
    "HogQLXTag": "Tags such as <Sparkline /> can't be sent; ask for the numbers.",
    "ValuesQuery": "VALUES can't stand in FROM; use arrayJoin([…]).",
    "PivotExpr": "PIVOT is not supported; use sumIf(x, condition) for each column.",
    "ExprCall": "A cast takes no length or scale; use toDecimal(x, scale).",
}


@dataclass(frozen=True)
class Statement:
    """A SELECT that may be sent."""

    text: str
    limit: int
    """The rows to keep: the statement asks for one more, so more than these means cut."""
    tables: tuple[str, ...]
    own_limit: bool
    """Whether it is the author's own LIMIT that cuts."""


def check(query: str, limit: int, values: Mapping[str, object] | None = None) -> Statement:
    """The query as it may be sent, asking for one row more than the reader keeps."""
    tree = _parse(query)
    walk = _Walk(values or {})
    walk.visit(tree)
    text, kept, own = _limited(query, tree, limit)
    if _parse(text).get("limit", {}).get("value") != kept + 1:
        raise QueryRefused("No LIMIT can be put on this query; write it as one plain SELECT.")
    return Statement(text, kept, tuple(walk.tables), own)


def _parse(query: str) -> Node:
    try:
        return parse_select(query)
    except SyntaxRefused as error:
        raise QueryRefused(error.message, error.start) from None


class _Walk:
    """A look at every node of a statement: nothing passes that is not known."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values
        self.tables: dict[str, None] = {}
        self.ctes: set[str] = set()
        self.count = 0

    def visit(self, tree: Node) -> None:
        """Check a whole statement; names of WITH are known before they are used."""
        nodes = list(_nodes(tree))
        if len(nodes) > MAX_NODES:
            raise QueryRefused(f"The query has more than {MAX_NODES:,} parts; make it shorter.")
        for node in nodes:
            if node["node"] == "CTE":
                self._name(node)
        for node in nodes:
            self._check(node)

    def _check(self, node: Node) -> None:
        kind = node["node"]
        if kind not in _ALLOWED:
            _refuse(node, _REASONS.get(kind, f"{kind} is not allowed in a query."))
        if checker := _CHECKS.get(kind):
            checker(self, node)

    def _name(self, node: Node) -> None:
        name = node["name"]
        if name.lower() in posthog_tables():
            _refuse(node, f"WITH can't be named {name}, as the table is; choose another name.")
        self.ctes.add(name)

    def source(self, node: Node) -> None:
        """What stands in FROM is a table of PostHog, a WITH name or a query."""
        table = node["table"]
        if table["node"] == "Placeholder":
            _refuse(table, "A placeholder can't stand in FROM.")
        if table["node"] != "Field":
            return
        name = ".".join(str(part) for part in table["chain"])
        if name in self.ctes:
            return
        if name not in posthog_tables():
            _refuse(
                table, f"Unknown table {name!r}; PostHog's tables are events, persons, sessions …"
            )
        if node.get("table_args") and name != "numbers":
            _refuse(node, f"{name} takes no arguments.")
        self.tables[name] = None

    def call(self, node: Node) -> None:
        """What is called is a function of HogQL."""
        name = node["name"]
        if functions.find(name) is None:
            near = functions.nearest(name)
            hint = f" Perhaps you meant '{near}(...)'?" if near else ""
            _refuse(node, f"Unsupported function call '{name}(...)'.{hint}")

    def placeholder(self, node: Node) -> None:
        """What stands in braces has been given a value."""
        inner = node["expr"]
        name = ".".join(str(part) for part in inner["chain"]) if inner["node"] == "Field" else ""
        if name not in self.values:
            _refuse(node, f"The placeholder {{{name}}} has no value; write the value itself.")


_CHECKS: Mapping[str, Callable[[_Walk, Node], None]] = {
    "JoinExpr": _Walk.source,
    "Call": _Walk.call,
    "WindowFunction": _Walk.call,
    "Placeholder": _Walk.placeholder,
}


def _nodes(tree: Node) -> Iterator[Node]:
    """Every node of a tree, whatever it hangs on."""
    waiting: list[object] = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            if "node" in item:
                yield item
            waiting.extend(item.values())


def _limited(query: str, tree: Node, limit: int) -> tuple[str, int, bool]:
    """The text with its LIMIT set, the rows to keep, and whether the author's LIMIT decides."""
    body = query[: _end(query)]
    own = tree.get("limit")
    if tree["node"] != "SelectQuery" or tree.get("limit_with_ties") or not _is_count(own):
        return f"SELECT * FROM (\n{body}\n) LIMIT {limit + 1}", limit, False
    if own is not None:
        kept = min(own["value"], limit)
        text = f"{body[: own['start']]}{kept + 1}{body[own['end'] :]}"
        return text, kept, own["value"] <= limit
    if tree.get("offset") is not None:
        place = _start_of_offset(body, tree["offset"]["start"])
        return f"{body[:place]}LIMIT {limit + 1} {body[place:]}", limit, False
    return f"{body}\nLIMIT {limit + 1}", limit, False


def _is_count(node: Node | None) -> bool:
    return node is None or (node["node"] == "Constant" and type(node.get("value")) is int)


def _end(query: str) -> int:
    """Where the last word ends: no semicolon, blank or comment is sent behind it."""
    return next(token.end for token in reversed(tokens(query)) if token.text != ";")


def _start_of_offset(body: str, before: int) -> int:
    return max(
        token.start for token in tokens(body) if token.word == "offset" and token.end <= before
    )


def _refuse(node: Node, message: str) -> NoReturn:
    raise QueryRefused(message, node.get("start"))
