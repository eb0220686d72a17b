"""GroupsQuery: a page of the groups of one type.

After posthog/hogql_queries/groups/groups_query_runner.py.
"""

from typing import Any

from pydantic import Field

from tools.local.hogql import nodes
from tools.local.hogql.calls import late_value
from tools.local.hogql.kinds import Node
from tools.local.queries.breakdowns import written
from tools.local.queries.kind import Kind
from tools.local.queries.model import Filters
from tools.local.queries.paged import Listing, Paged, ordered, ordering, read_page
from tools.local.queries.reader import Reader

_NAMED = "group_name"
_NAME = "coalesce(toString(properties.name), key)"
_SEARCH = "toString(properties.name) ilike {like} or key ilike {like}"
_CLOSEST = f"multiIf({_NAME} ilike {{whole}}, 0, {_NAME} ilike {{start}}, 1, 2)"


class GroupsQuery(Paged):
    """A list of groups, by their names where nothing is selected."""

    group_type_index: int = Field(ge=0, le=4)
    select: list[str] | None = None
    search: str | None = None
    properties: Filters = None


def answer(query: GroupsQuery, reader: Reader) -> dict[str, Any]:
    """The body of PostHog's response."""
    names = list(dict.fromkeys(query.select or [_NAMED]))
    columns = [_column(name) for name in names]
    index = nodes.constant(query.group_type_index)
    tests = [
        nodes.compare("==", nodes.field("index"), index),
        reader.filters("group").all_of(query.properties),
    ]
    if query.search:
        tests.append(nodes.expr(_SEARCH, like=nodes.constant(f"%{query.search}%")))
    order = [] if any(map(late_value, columns)) else _order(query)
    listing = Listing(nodes.source(nodes.field("groups")), columns, tests, order)
    page = read_page(query, listing, reader)
    rows = [_shown(names, row) for row in page["results"]]
    return {"kind": "GroupsQuery", **page, "results": rows, "columns": names}


def _column(name: str) -> Node:
    if name == _NAMED:
        return nodes.call("tuple", nodes.expr(_NAME), nodes.field("key"))
    return written(name)


def _shown(names: list[str], row: list[Any]) -> list[Any]:
    """A row with names as objects, which a screen makes links of."""
    pairs = zip(names, row, strict=True)
    return [
        {"display_name": value[0], "key": value[1]} if name == _NAMED else value
        for name, value in pairs
    ]


def _order(query: GroupsQuery) -> list[Node]:
    """As asked for, else the closest to what is sought, then the newest."""
    asked = [entry for text in query.orderBy or ["created_at DESC"] for entry in _entries(text)]
    if not query.search:
        return asked
    whole, start = nodes.constant(query.search), nodes.constant(f"{query.search}%")
    closest = ordered(nodes.expr(_CLOSEST, whole=whole, start=start), "ASC")
    return [*asked, closest] if query.orderBy else [closest, *asked]


def _entries(text: str) -> list[Node]:
    if text.startswith(_NAMED):
        return [ordered(nodes.expr(_NAME), "DESC" if "DESC" in text else "ASC")]
    return ordering([text])


KIND = Kind("GroupsQuery", GroupsQuery, answer)
