"""A node of the tree, and what is printed for it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tools.kinds import Kind

Node = dict[str, Any]
"""One node of the parser's tree."""

NUMBERS = frozenset([Kind.INTEGER, Kind.FLOAT])
TIMES = frozenset([Kind.DATE, Kind.DATETIME])


class Sql(NamedTuple):
    """A printed ClickHouse expression and what is known of its value."""

    text: str
    kind: Kind = Kind.UNKNOWN
    nullable: bool = True
    bare: str = ""
    """A DateTime column without its time zone, for comparisons that must find the partition."""
    scope: str = ""
    """For JSON: whose properties these are, as property definitions call it."""
    raw: str = ""
    """A typed property before its conversion, for functions that convert by themselves."""
    constant: bool = False


def common(values: Sequence[Sql]) -> Sql:
    """What is known of a column that holds all of these."""
    known = {(value.kind, value.scope) for value in values}
    kind, scope = known.pop() if len(known) == 1 else (Kind.UNKNOWN, "")
    return Sql("", kind, any(value.nullable for value in values), scope=scope)


def unfolded(value: Sql) -> Sql:
    """A column that holds NULL so far, of which its own query alone knows that it always will."""
    return value._replace(kind=Kind.UNKNOWN) if value.kind is Kind.NULL else value
