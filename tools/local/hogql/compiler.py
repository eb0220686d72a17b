"""From the text of a HogQL query to ClickHouse SQL."""

from collections.abc import Mapping
from typing import Any

from tools.local.hogql.context import Compiled, Context
from tools.local.hogql.errors import HogQLError
from tools.local.hogql.expressions import expression
from tools.local.hogql.kinds import Node
from tools.local.hogql.placeholders import bind
from tools.local.hogql.query_filters import QueryFilters, replace_filters
from tools.local.hogql.scope import Query, Scope
from tools.local.hogql.select import constant_rows, select
from tools.parser import SyntaxRefused, parse_select


def compile_query(
    text: str,
    context: Context,
    values: Mapping[str, object] | None = None,
    filters: QueryFilters | None = None,
) -> Compiled:
    """Compile one SELECT, or a set of them; placeholders take their values as constants."""
    try:
        tree = parse_select(text)
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None
    if "{" in text:
        tree = bind(replace_filters(tree, filters or QueryFilters(), context), values or {})
    return compile_tree(tree, context)


def compile_tree(tree: Node, context: Context) -> Compiled:
    """Compile the tree of a query, parsed or built."""
    try:
        return _bounded(Query(context, expression, select), tree)
    except RecursionError:
        raise HogQLError("The query is nested too deeply.", 0, tree.get("end")) from None


def _bounded(query: Query, tree: Node) -> Compiled:
    """The query with the rows a reader keeps, and one more unless it wants as many itself."""
    scope = Scope(query, {})
    limit, offset = _rows(scope, tree.get("limit")), _rows(scope, tree.get("offset")) or 0
    kept = query.context.default_limit if limit is None else min(limit, query.context.max_limit)
    own_limit = limit == kept
    asked = kept if own_limit else kept + 1
    place: dict[str, Any] = {"start": tree.get("start"), "end": tree.get("end")}
    bounded = {**tree, "limit": {"node": "Constant", "value": asked, **place}}
    selected = select(query, bounded, {})
    kept_tree = {**tree, "limit": {"node": "Constant", "value": kept, **place}}
    columns, tables = tuple(selected.columns), tuple(query.tables)
    return Compiled(
        selected.text, columns, tables, kept, offset, own_limit, selected.shown, kept_tree
    )


def _rows(scope: Scope, node: Node | None) -> int | None:
    return None if node is None else constant_rows(scope, node)
