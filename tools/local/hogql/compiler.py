"""From the text of a HogQL query to ClickHouse SQL."""

from collections.abc import Mapping
from typing import Any

from tools.local.hogql.context import Compiled, Context
from tools.local.hogql.errors import HogQLError
from tools.local.hogql.expressions import expression
from tools.local.hogql.kinds import Node
from tools.local.hogql.placeholders import bind
from tools.local.hogql.query_filters import QueryFilters, replace_filters
from tools.local.hogql.scope import Query, Scope, Selected
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
    """The query with the rows a reader keeps; one more is asked for where it set no LIMIT."""
    scope = Scope(query, {})
    limit, offset = _rows(scope, tree.get("limit")), _rows(scope, tree.get("offset")) or 0
    kept = query.context.default_limit if limit is None else min(limit, query.context.max_limit)
    asked = kept + 1 if limit is None else kept
    place: dict[str, Any] = {"start": tree.get("start"), "end": tree.get("end")}
    bounded = {**tree, "limit": {"node": "Constant", "value": asked, **place}}
    selected = select(query, bounded, {})
    kept_tree = {**tree, "limit": {"node": "Constant", "value": kept, **place}}
    return _compiled(query, selected, kept, offset, kept_tree)


def _rows(scope: Scope, node: Node | None) -> int | None:
    return None if node is None else constant_rows(scope, node)


def _compiled(query: Query, selected: Selected, limit: int, offset: int, tree: Node) -> Compiled:
    columns, tables = tuple(selected.columns), tuple(query.tables)
    return Compiled(selected.text, columns, tables, limit, offset, selected.shown, tree)
