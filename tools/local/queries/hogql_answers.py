"""HogQL in, rows out; and whether HogQL is valid, without reading any."""

import time
from typing import Any

from pydantic import Field

from tools.local.bodies import ApiError, invalid
from tools.local.hogql import Compiled, Context, HogQLError, compile_tree, nodes
from tools.local.hogql.kinds import Node
from tools.local.hogql.written import written
from tools.local.queries.hogql_query import HogQLFilters, HogQLQuery, HogQLVariable, effective
from tools.local.queries.kind import Kind
from tools.local.queries.model import Part
from tools.local.queries.reader import Reader
from tools.local.results import read_result
from tools.parser import SyntaxRefused, parse_expr, parse_select

_TABLES = {"EventsQuery": "events", "ActorsQuery": "persons", "GroupsQuery": "groups"}


class HogQLMetadata(Part):
    """A text to be checked."""

    query: str
    language: str = "hogQL"
    sourceQuery: dict[str, Any] | None = None
    """What an expression is a part of; by default of a query over events."""

    values: dict[str, Any] | None = None
    filters: HogQLFilters | None = None
    variables: dict[str, HogQLVariable] | None = None
    modifiers: dict[str, Any] | None = None
    globals: dict[str, Any] | None = Field(default=None, max_length=0)
    debug: bool | None = None
    tags: Any = None
    response: Any = None
    version: int | None = None

    def compiled(self, context: Context) -> Compiled:
        """The text as ClickHouse would run it."""
        if self.language == "hogQLExpr":
            return compile_tree(self._around(_parsed(parse_expr, self.query)), context)
        if self.language != "hogQL":
            raise HogQLError(f"The language {self.language} is not supported in this project.")
        asked = HogQLQuery(
            query=self.query,
            values=self.values,
            filters=self.filters,
            variables=self.variables,
            modifiers=self.modifiers,
        )
        return asked.compiled(context)

    def _around(self, expression: Node) -> Node:
        source = self.sourceQuery or {"kind": "EventsQuery"}
        if source.get("kind") == "HogQLQuery":
            tree = _parsed(parse_select, str(source.get("query", "")))
            return nodes.selecting(tree, [expression])
        table = _TABLES.get(str(source.get("kind")))
        if table is None:
            raise HogQLError(f"An expression of {source.get('kind')} can't be checked here.")
        return {**nodes.query(f"SELECT 1 FROM {table}"), "select": [expression]}


def rows(query: HogQLQuery, reader: Reader) -> dict[str, Any]:
    """The rows of a HogQL query."""
    timings = _Timings()
    try:
        compiled = query.compiled(reader.plain)
    except HogQLError as error:
        raise _refused(query.query, error) from None
    timings.mark("./compile")
    raw = reader.read(compiled.sql)
    timings.mark("./clickhouse_execute")
    found, types = read_result(raw)
    timings.mark("./read_result")
    return {
        **_cut(found, compiled),
        "columns": list(compiled.shown),
        "types": [[name, kind[1]] for name, kind in zip(compiled.shown, types, strict=True)],
        "query": query.query,
        "hogql": written(compiled.tree),
        "clickhouse": compiled.sql,
        "timings": timings.marks,
        "modifiers": effective(reader.plain, query.modifiers),
    }


def metadata(query: HogQLMetadata, reader: Reader) -> dict[str, Any]:
    """Whether HogQL is valid, and where not."""
    try:
        compiled = query.compiled(reader.plain)
    except HogQLError as error:
        return _metadata(query.query, (error,), ())
    return _metadata(query.query, (), tuple(compiled.tables))


def _parsed(parse: Any, text: str) -> Node:
    try:
        tree: Node = parse(text)
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None
    return tree


def _cut(found: list[list[Any]], compiled: Compiled) -> dict[str, Any]:
    """The rows to keep, and whether there are more: PostHog pages only what sets no LIMIT."""
    if compiled.own_limit:
        return {"results": found, "limit": None, "offset": None, "hasMore": None}
    return {
        "results": found[: compiled.limit],
        "limit": compiled.limit,
        "offset": compiled.offset,
        "hasMore": len(found) > compiled.limit,
    }


def _metadata(text: str, errors: tuple[HogQLError, ...], tables: tuple[str, ...]) -> dict[str, Any]:
    return {
        "isValid": not errors,
        "query": text,
        "errors": [
            {"message": str(error), "start": error.start, "end": error.end, "fix": None}
            for error in errors
        ],
        "warnings": [],
        "notices": [],
        "table_names": list(tables),
        "isUsingIndices": "undecisive",
    }


def _refused(text: str, error: HogQLError) -> ApiError:
    return invalid(str(error), extra={"hogql_metadata": _metadata(text, (error,), ())})


class _Timings:
    """Seconds since the last step, by step."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.marks: list[dict[str, Any]] = []

    def mark(self, step: str) -> None:
        now = time.perf_counter()
        self.marks.append({"k": step, "t": round(now - self._last, 6)})
        self._last = now


KINDS = (
    Kind("HogQLQuery", HogQLQuery, rows),
    Kind("HogQLMetadata", HogQLMetadata, metadata, bare=True),
)
