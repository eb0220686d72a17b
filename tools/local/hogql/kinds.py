"""A node of the tree, and what is printed for it."""

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
