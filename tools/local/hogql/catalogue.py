"""The tables a query may read, by name."""

from collections.abc import Iterator, Mapping

from tools.kinds import Kind
from tools.local.hogql.cohort_tables import COHORT_TABLES
from tools.local.hogql.context import Context
from tools.local.hogql.information_schema import information_tables
from tools.local.hogql.persons import GROUPS, MODES, OVERRIDES, PERSON_DISTINCT_IDS, PERSONS
from tools.local.hogql.schema import Column, Link, Table
from tools.local.hogql.sessions import SESSIONS
from tools.local.hogql.system_tables import SYSTEM_TABLES

__all__ = ["NUMBERS", "TABLES", "Column", "Link", "Table", "find_table"]

NUMBERS = Table("numbers", "numbers", {"number": Column(Kind.INTEGER)})
TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        *(PERSONS, SESSIONS, GROUPS, PERSON_DISTINCT_IDS, OVERRIDES),
        *(*COHORT_TABLES, *SYSTEM_TABLES),
    )
}
"""Every table but events, whose columns depend on how persons are found."""


def _visible(context: Context) -> Iterator[Table]:
    yield MODES[context.persons_mode]
    yield from TABLES.values()
    yield NUMBERS


INFORMATION: Mapping[str, Table] = {table.name: table for table in information_tables(_visible)}
"""The tables about all others."""


def find_table(name: str, context: Context) -> Table | None:
    """The table of a name as this query sees it."""
    if name == "events":
        return MODES[context.persons_mode]
    return TABLES.get(name) or INFORMATION.get(name)


def queryable() -> list[str]:
    """The names a query may read from, for messages."""
    return ["events", *(name for name in TABLES if "." not in name), "numbers"]
