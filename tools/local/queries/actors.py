"""ActorsQuery: the persons or groups behind a number, or all of them.

After posthog/hogql_queries/actors_query_runner.py and actor_strategies.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import actors_shown
from tools.local.queries.actors_source import (
    Actors,
    AnyPoint,
    FunnelsActorsQuery,
    HogQLSource,
    InsightActorsQuery,
    Source,
    StickinessActorsQuery,
    behind,
    written_in_hogql,
)
from tools.local.queries.breakdowns import written
from tools.local.queries.kind import Kind
from tools.local.queries.model import Filters
from tools.local.queries.paged import (
    Listing,
    Paged,
    default_order,
    ordered,
    ordering,
    read_page,
)
from tools.local.queries.reader import Reader

DISPLAY_NAME = "person_display_name"
_SEARCH = (
    "toString(properties.email) ilike {like} or toString(properties.name) ilike {like} "
    "or toString(id) ilike {like} "
    "or id in (select person_id from person_distinct_ids where distinct_id ilike {like})"
)
_GROUP_SEARCH = "toString(properties.name) ilike {like} or key ilike {like}"


class ActorsQuery(Paged):
    """A list of persons or groups."""

    source: Source | None = None
    select: list[str] | None = None
    search: str | None = None
    properties: Filters = None
    fixedProperties: Filters = None


@dataclass(frozen=True)
class _List:
    """One list, of persons or of one type of groups."""

    query: ActorsQuery
    actors: Actors | None
    reader: Reader

    @property
    def group(self) -> int | None:
        return self.actors.group if self.actors else None

    @property
    def word(self) -> str:
        """What one of those listed is called."""
        return "person" if self.group is None else "group"

    @property
    def table(self) -> str:
        return f"{self.word}s"

    @property
    def key(self) -> Node:
        return nodes.field(self.table, "id" if self.group is None else "key")

    def names(self) -> Sequence[str]:
        """The columns as they are asked for."""
        if self.query.select:
            return self.query.select
        return ["person", "id", "person.$delete"] if self.group is None else ["group"]

    def column(self, name: str) -> Node:
        """A column of the list; persons are looked up by their ids afterwards."""
        if name in (self.word, "actor"):
            return self.key
        if name == "person.$delete":
            return nodes.constant(1)
        if name == "matched_recordings":
            # This project holds no recordings, so none is matched.
            return nodes.constant([])
        if self.group is None and _bare(name) == DISPLAY_NAME:
            names = [nodes.field("properties", key) for key in actors_shown.NAMES]
            said = [nodes.call("toString", one) for one in (*names, nodes.field("id"))]
            return nodes.call("tuple", nodes.call("coalesce", *said), said[-1])
        return written(name)

    def listing(self) -> Listing:
        """The page as it is read."""
        columns = [self.column(name) for name in self.names()]
        return Listing(self.source(), columns, self.tests(), self.order(columns))

    def source(self) -> Node:
        """The table, without those who are not in the source."""
        table = nodes.source(nodes.field(self.table))
        if self.actors is None:
            return table
        on = nodes.compare("==", self.key, nodes.field("source", self.actors.key))
        constraint = {"node": "JoinConstraint", "expr": on, "constraint_type": "ON"}
        joined = {**table, "join_type": "INNER JOIN", "constraint": constraint}
        return {**nodes.source(self.actors.tree, "source"), "next_join": joined}

    def tests(self) -> list[Node]:
        """Which rows are listed."""
        filters = self.reader.filters(self.word)
        tests = [filters.all_of(self.query.properties), filters.all_of(self.query.fixedProperties)]
        if text := (self.query.search or "").strip():
            search = _SEARCH if self.group is None else _GROUP_SEARCH
            tests.append(nodes.expr(search, like=nodes.constant(f"%{text}%")))
        if self.group is not None:
            index = nodes.constant(self.group)
            tests.append(nodes.compare("==", nodes.field("groups", "index"), index))
        return tests

    def order(self, columns: Sequence[Node]) -> list[Node]:
        """The order asked for, or PostHog's own."""
        texts = self.query.orderBy
        if texts is None:
            return default_order(self.names(), columns, "created_at")
        word, _, way = (texts[0] if len(texts) == 1 else "").partition(" ")
        if word == self.word and way in ("", "ASC", "DESC"):
            shown = "email" if self.group is None else "name"
            return [ordered(nodes.field("properties", shown), way or "ASC")]
        return ordering(texts)

    def shown(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Those listed, by id."""
        if self.group is None:
            return actors_shown.persons(ids, self.reader)
        return actors_shown.groups(ids, self.group, self.reader)


def answer(query: ActorsQuery, reader: Reader) -> dict[str, Any]:
    """The body of PostHog's response."""
    found = _List(query, _source(query, reader), reader)
    page = read_page(query, found.listing(), reader)
    names = list(found.names())
    missing = None
    for place, name in enumerate(names):
        if name in (found.word, "actor"):
            known = found.shown([str(row[place]) for row in page["results"]])
            missing = len(page["results"]) - len(known)
            for row in page["results"]:
                row[place] = known.get(str(row[place]), {"id": str(row[place])})
        elif _bare(name) == DISPLAY_NAME:
            for row in page["results"]:
                row[place] = dict(zip(("display_name", "id"), row[place], strict=True))
    return {**page, "columns": names, "missing_actors_count": missing}


def _bare(name: str) -> str:
    """A column without the words a person sees over it."""
    return name.split("--")[0].strip()


def people(query: ActorsQuery, reader: Reader) -> Node:
    """The ids of all persons of a list, as the column `person_id`."""
    found = _List(query, _source(query, reader), reader)
    if found.group is not None:
        raise HogQLError("A list of groups has no persons: ask for persons.")
    columns = [nodes.alias("person_id", found.key)]
    return Listing(found.source(), columns, found.tests(), []).tree()


def _source(query: ActorsQuery, reader: Reader) -> Actors | None:
    if query.source is None:
        return None
    if isinstance(query.source, HogQLSource):
        return written_in_hogql(query.source.query)
    return behind(query.source, reader)


def listed(point: AnyPoint, reader: Reader) -> dict[str, Any]:
    """The bare ids behind a point, as PostHog answers the point itself."""
    tree = behind(point, reader).tree
    columns = [str(column.get("alias") or column["chain"][-1]) for column in tree["select"]]
    page = read_page(Paged(), Listing(nodes.source(tree), _fields(columns), [], []), reader)
    return {**page, "columns": columns, "types": list(zip(columns, page["types"], strict=True))}


def _fields(names: Sequence[str]) -> list[Node]:
    return [nodes.field(name) for name in names]


KINDS = (
    Kind("ActorsQuery", ActorsQuery, answer),
    Kind("InsightActorsQuery", InsightActorsQuery, listed),
    Kind("StickinessActorsQuery", StickinessActorsQuery, listed),
    Kind("FunnelsActorsQuery", FunnelsActorsQuery, listed),
)
