"""GroupsQuery: a page of the groups of one type."""

from typing import Any

from pydantic import Field

from tools.local.hogql import nodes
from tools.local.queries.breakdowns import written
from tools.local.queries.kind import Kind
from tools.local.queries.model import Filters
from tools.local.queries.paged import Listing, Paged, ordered, ordering, read_page
from tools.local.queries.reader import Reader

ALWAYS = ("group_name", "key")
_NAME = "coalesce(toString(properties.name), key)"
_SEARCH = "toString(properties.name) ilike {like} or key ilike {like}"


class GroupsQuery(Paged):
    """A list of groups; their names and keys come first."""

    group_type_index: int = Field(ge=0, le=4)
    select: list[str] | None = None
    search: str | None = None
    properties: Filters = None


def answer(query: GroupsQuery, reader: Reader) -> dict[str, Any]:
    """The body of PostHog's response."""
    names = [*ALWAYS, *(name for name in query.select or () if name not in ALWAYS)]
    columns = [nodes.expr(_NAME) if name == "group_name" else written(name) for name in names]
    index = nodes.constant(query.group_type_index)
    tests = [
        nodes.compare("==", nodes.field("index"), index),
        reader.filters("group").all_of(query.properties),
    ]
    if text := (query.search or "").strip():
        tests.append(nodes.expr(_SEARCH, like=nodes.constant(f"%{text}%")))
    newest = [ordered(nodes.field("created_at"))]
    order = newest if query.orderBy is None else ordering(query.orderBy)
    listing = Listing(nodes.source(nodes.field("groups")), columns, tests, order)
    return {**read_page(query, listing, reader), "columns": names}


KIND = Kind("GroupsQuery", GroupsQuery, answer)
