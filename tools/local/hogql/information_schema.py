"""`system.information_schema`: which tables there are for the caller, with which columns."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tools.kinds import Kind
from tools.local.hogql.context import Context
from tools.local.hogql.schema import Column, Link, Table
from tools.local.hogql.system_tables import documents_table

Row = Mapping[str, Any]
Tables = Callable[[Context], Iterable[Table]]
"""All tables but these, as one context sees them."""

_DESCRIPTIONS = {
    "events": "What people did: one row an event, with its properties and its person.",
    "persons": "People as they are now, with their properties.",
    "sessions": "Visits: one row for all events with the same $session_id.",
    "groups": "Companies, studios and other groups that events belong to.",
    "person_distinct_ids": "Which person each distinct_id belongs to.",
    "person_distinct_id_overrides": "The distinct_ids whose person changed by merging.",
    "cohort_people": "The members of dynamic cohorts.",
    "static_cohort_people": "The members of static cohorts.",
    "numbers": "The numbers from 0 on; numbers(n) gives n of them.",
}
_SCHEMA = "system.information_schema."
_TABLES = (
    "table_catalog table_schema table_name table_type description:text? row_count:int "
    "certification:text?"
)
_COLUMNS = (
    "table_schema table_name column_name ordinal_position:int data_type is_nullable:bool "
    "is_array:bool field_kind description:text? null_fraction:float min_value:text? max_value:text?"
)
_RELATIONSHIPS = (
    "source_table source_column target_table target_column:text? relationship_kind via:text? "
    "confidence:float reasoning:text? id:text? status:text?"
)
_JOINED = re.compile(r"\{t\}\.`?([\w$]+)|^\{(\w+)\}")
_TARGET = re.compile(r"\{j\.([\w$]+)\}")


def information_tables(tables: Tables) -> tuple[Table, ...]:
    """The tables about tables; they list themselves too."""

    def seen(context: Context) -> Iterator[Table]:
        for table in (*tables(context), *ours):
            if table.readable(context):
                yield table

    def each(describe: Callable[[Table], Iterable[Row]]) -> Callable[[Context], Iterable[Row]]:
        return lambda context: [row for table in seen(context) for row in describe(table)]

    ours = tuple(
        documents_table(f"{_SCHEMA}{name}", "", columns, each(describe))
        for name, columns, describe in (
            ("tables", _TABLES, _table),
            ("columns", _COLUMNS, _columns),
            ("relationships", _RELATIONSHIPS, _relationships),
        )
    )
    return ours


def _sort(name: str) -> tuple[str, str]:
    """The schema and the type of a table."""
    if name.startswith(_SCHEMA):
        return "information_schema", "information_schema"
    return ("system", "system") if name.startswith("system.") else ("public", "posthog")


def _table(table: Table) -> Iterator[Row]:
    schema, kind = _sort(table.name)
    yield {
        "table_catalog": table.name,
        "table_schema": schema,
        "table_name": table.name,
        "table_type": kind,
        "description": _DESCRIPTIONS.get(table.name),
    }


def _columns(table: Table) -> Iterator[Row]:
    schema, _ = _sort(table.name)
    for position, (name, column) in enumerate(_named(table), 1):
        yield {
            "table_schema": schema,
            "table_name": table.name,
            "column_name": name,
            "ordinal_position": position,
            "data_type": column.kind.value,
            "is_nullable": column.nullable,
            "is_array": column.kind is Kind.ARRAY,
            "field_kind": "column",
        }


def _named(table: Table) -> Iterator[tuple[str, Column]]:
    yield from table.columns.items()
    for parent, columns in table.virtual.items():
        for name, column in columns.items():
            yield f"{parent}.{name}", column


def _relationships(table: Table) -> Iterator[Row]:
    for link in table.links.values():
        if not link.hidden:
            yield _relationship(table, link)


def _relationship(table: Table, link: Link) -> Row:
    joined = _JOINED.search(link.on)
    target = _TARGET.search(link.on)
    return {
        "source_table": table.name,
        "source_column": (joined[1] or joined[2]) if joined else "",
        "target_table": link.table,
        "target_column": target[1] if target else None,
        "relationship_kind": "lazy_join",
    }
