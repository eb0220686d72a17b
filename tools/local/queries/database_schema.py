"""DatabaseSchemaQuery: the tables of HogQL and their columns, as PostHog describes them."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.kinds import Kind as ValueKind
from tools.local.hogql.catalogue import TABLES, find_table
from tools.local.hogql.schema import Column, Table
from tools.local.queries.kind import Kind
from tools.local.queries.model import Part
from tools.local.queries.reader import Reader

_TYPES: Mapping[ValueKind, str] = {
    ValueKind.STRING: "string",
    ValueKind.JSON: "json",
    ValueKind.INTEGER: "integer",
    ValueKind.FLOAT: "float",
    ValueKind.BOOLEAN: "boolean",
    ValueKind.DATE: "date",
    ValueKind.DATETIME: "datetime",
    ValueKind.UUID: "string",
    ValueKind.ARRAY: "array",
}
Field = dict[str, Any]


class DatabaseSchemaQuery(Part):
    """The whole schema."""

    connectionId: None = None
    modifiers: dict[str, Any] | None = None
    response: Any = None
    tags: Any = None
    version: int | None = None


def answer(query: DatabaseSchemaQuery, reader: Reader) -> dict[str, Any]:
    """Every table that this key may read."""
    context = reader.plain
    found = {name: find_table(name, context) for name in ("events", *TABLES)}
    readable = {
        name: table
        for name, table in found.items()
        if table is not None and table.readable(context)
    }
    return {"tables": {name: _table(name, one) for name, one in readable.items()}, "joins": []}


def _table(name: str, table: Table) -> dict[str, Any]:
    return {
        "type": "system" if name.startswith("system.") else "posthog",
        "id": name,
        "name": name,
        "fields": {field["name"]: field for field in _fields(table)},
        "row_count": None,
    }


def _fields(table: Table) -> Iterator[Field]:
    for name, column in table.columns.items():
        yield _field(name, _type(column))
    for name, link in table.links.items():
        if not link.hidden:
            target = TABLES.get(link.table)
            fields = list(target.columns) if target else []
            yield {**_field(name, "lazy_table"), "table": link.table, "fields": fields}
    for name, columns in table.virtual.items():
        yield {**_field(name, "virtual_table"), "table": table.name, "fields": list(columns)}


def _field(name: str, kind: str) -> Field:
    plain = name.replace("_", "a").isalnum() and not name[0].isdigit()
    return {
        "name": name,
        "hogql_value": name if plain else f"`{name}`",
        "type": kind,
        "schema_valid": True,
        "table": None,
        "fields": None,
        "chain": None,
        "id": None,
    }


def _type(column: Column) -> str:
    return _TYPES.get(column.kind, "unknown")


KIND = Kind("DatabaseSchemaQuery", DatabaseSchemaQuery, answer, bare=True)
