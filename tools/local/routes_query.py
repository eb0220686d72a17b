"""The query route: HogQL in, rows out, with PostHog's words for what goes wrong."""

import time
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tools.local.bodies import ApiError, invalid, server_error
from tools.local.context import query_context
from tools.local.failures import StoreError, failed
from tools.local.hogql import Compiled, HogQLError, compile_query
from tools.local.queries.reader import Reader
from tools.local.queries.run import run
from tools.local.results import read_result
from tools.local.routes import Body, Call, Route, read

NOT_LOADED = "The demo project is still being created. Try again in half a minute."


class Query(BaseModel):
    """The inner query; the fields of a typed query are read by its own model."""

    model_config = ConfigDict(extra="allow")

    kind: str
    query: str = ""
    language: Literal["hogQL"] = "hogQL"
    values: dict[str, Any] | None = None


class QueryRequest(BaseModel):
    """The body of a query request."""

    model_config = ConfigDict(extra="ignore")

    query: Query


def query(call: Call) -> Body:
    """Answer one query of a kind the embedded project knows."""
    asked = read(QueryRequest, call.request).query
    if call.home.meta.fact("loading"):
        raise server_error(503, NOT_LOADED)
    answer = KINDS.get(asked.kind, typed_query)
    return answer(call, asked)


def typed_query(call: Call, asked: Query) -> Body:
    """The answer of a typed query."""
    given = asked.model_dump(exclude_unset=True)
    return {**run(given, Reader.of(call.home)), "query": given, "is_cached": False}


def hogql_query(call: Call, asked: Query) -> Body:
    """The rows of a HogQL query."""
    timings = _Timings()
    context = query_context(call.home)
    try:
        compiled = compile_query(asked.query, context, asked.values)
    except HogQLError as error:
        raise _refused(asked.query, error) from None
    timings.mark("./compile")
    try:
        raw = call.home.store.read(compiled.sql)
    except StoreError as error:
        raise failed(error) from None
    timings.mark("./clickhouse_execute")
    rows, types = read_result(raw)
    timings.mark("./read_result")
    return {
        **_cut(rows, compiled),
        "columns": list(compiled.columns),
        "types": [[name, kind[1]] for name, kind in zip(compiled.columns, types, strict=True)],
        "query": asked.query,
        "hogql": asked.query,
        "clickhouse": compiled.sql,
        "timings": timings.marks,
        "timezone": context.timezone,
        "error": None,
        "is_cached": False,
        "modifiers": {},
    }


def hogql_metadata(call: Call, asked: Query) -> Body:
    """Whether a HogQL query is valid, and where not; no data is read."""
    try:
        compiled = compile_query(asked.query, query_context(call.home), asked.values)
    except HogQLError as error:
        return _metadata(asked.query, (error,), ())
    return _metadata(asked.query, (), tuple(compiled.tables))


def _cut(rows: list[list[Any]], compiled: Compiled) -> dict[str, Any]:
    """The rows to keep, and whether there are more: without a LIMIT one more was asked for."""
    return {
        "results": rows[: compiled.limit],
        "limit": compiled.limit,
        "offset": compiled.offset,
        "hasMore": len(rows) > compiled.limit,
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
    """Seconds since the request began, by step."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.marks: list[dict[str, Any]] = []

    def mark(self, step: str) -> None:
        now = time.perf_counter()
        self.marks.append({"k": step, "t": round(now - self._last, 6)})
        self._last = now


KINDS: dict[str, Callable[[Call, Query], Body]] = {
    "HogQLQuery": hogql_query,
    "HogQLMetadata": hogql_metadata,
}
ROUTES = (Route("POST", "/api/projects/<project>/query/", "query:read", query),)
