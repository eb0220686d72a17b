"""Queries for a page of rows whose columns a person writes, as PostHog's lists ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.calls import late_value
from tools.local.hogql.kinds import Node
from tools.local.hogql.written import written as hogql
from tools.local.queries.model import Part
from tools.local.queries.reader import Reader
from tools.parser import SyntaxRefused, parse_select

MAX_ROWS = 50_000
_ORDER = ("node", "select", "order_by", "start", "end")


class Paged(Part):
    """The fields of every such query."""

    orderBy: list[str] | None = None
    limit: int | None = Field(default=None, ge=1)
    offset: int | None = Field(default=None, ge=0, lt=2**63)
    modifiers: dict[str, Any] | None = None
    response: Any = None
    tags: Any = None
    version: int | None = None


@dataclass(frozen=True)
class Listing:
    """A page to be read: from where, which columns, which rows, in which order."""

    source: Node
    """What stands in FROM."""

    columns: Sequence[Node]
    tests: Sequence[Node]
    order: Sequence[Node]

    def tree(self) -> Node:
        """The SELECT; columns are grouped by where others are aggregated."""
        late = [node for node in self.tests if late_value(node)]
        early = [node for node in self.tests if not late_value(node)]
        tree: Node = {
            "node": "SelectQuery",
            "select": list(self.columns),
            "select_from": self.source,
            "where": nodes.all_of(early),
            "order_by": list(self.order),
        }
        if late:
            tree["having"] = nodes.all_of(late)
        if any(map(late_value, self.columns)):
            keys = [bare(node) for node in self.columns if not late_value(node)]
            tree["group_by"] = [node for node in keys if node["node"] != "Constant"]
        return tree


def read_page(query: Paged, listing: Listing, reader: Reader) -> dict[str, Any]:
    """The rows of a page, and whether there are more."""
    limit, offset = min(query.limit or 100, MAX_ROWS), query.offset or 0
    bounds = {"limit": nodes.constant(limit + 1), "offset": nodes.constant(offset)}
    tree = {**listing.tree(), **bounds}
    rows, types = reader.table(tree)
    return {
        "hogql": hogql(tree),
        "results": rows[:limit],
        "types": types,
        "hasMore": len(rows) > limit,
        "limit": limit,
        "offset": offset,
    }


def ordering(texts: Sequence[str]) -> list[Node]:
    """The entries of an ORDER BY as a person writes them: `timestamp DESC`."""
    return [entry for text in texts for entry in _entries(text)]


def _entries(text: str) -> list[Node]:
    """PostHog's own screens put several entries into one text."""
    try:
        tree = parse_select(f"SELECT 1 ORDER BY {text}")
    except SyntaxRefused as error:
        raise HogQLError(error.message) from None
    if any(value for clause, value in tree.items() if clause not in _ORDER):
        raise HogQLError(f"An entry of orderBy is an expression with ASC or DESC, not {text!r}.")
    return [{**entry, "expr": bare(entry["expr"])} for entry in tree["order_by"]]


def ordered(node: Node, order: str = "DESC") -> Node:
    """One entry of an ORDER BY."""
    return {"node": "OrderExpr", "expr": bare(node), "order": order.upper()}


def default_order(names: Sequence[str], columns: Sequence[Node], newest: str) -> list[Node]:
    """PostHog's order of a list without one: counts, other aggregations, or the newest first."""
    if "count()" in names:
        return [ordered(nodes.call("count"))]
    aggregations = [node for node in columns if late_value(node)]
    if aggregations:
        return [ordered(aggregations[0])]
    if newest in names:
        return [ordered(nodes.field(newest))]
    return [ordered(columns[0], "ASC")] if columns else []


def bare(node: Node) -> Node:
    """An expression without the name it is given."""
    return node["expr"] if node["node"] == "Alias" else node
