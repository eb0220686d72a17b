"""The tables a query may read, by name."""

from collections.abc import Mapping

from tools.kinds import Kind
from tools.local.hogql.cohort_tables import COHORT_TABLES
from tools.local.hogql.context import Context
from tools.local.hogql.persons import GROUPS, MODES, OVERRIDES, PERSON_DISTINCT_IDS, PERSONS
from tools.local.hogql.schema import Column, Link, Table
from tools.local.hogql.sessions import SESSIONS

__all__ = ["NUMBERS", "TABLES", "Column", "Link", "Table", "find_table"]

NUMBERS = Table("numbers", "numbers", {"number": Column(Kind.INTEGER)})
TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        *(PERSONS, SESSIONS, GROUPS, PERSON_DISTINCT_IDS, OVERRIDES),
        *COHORT_TABLES,
    )
}
"""Every table but events, whose columns depend on how persons are found."""


def find_table(name: str, context: Context) -> Table | None:
    """The table of a name as this query sees it."""
    return MODES[context.persons_mode] if name == "events" else TABLES.get(name)


def queryable() -> list[str]:
    """The names a query may read from, for messages."""
    return ["events", *(name for name in TABLES if "." not in name), "numbers"]
