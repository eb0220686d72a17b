"""What an expression is: enough typing to compare, convert and name values as PostHog does."""

from enum import Enum
from typing import Any, NamedTuple

Node = dict[str, Any]
"""One node of the parser's tree."""


class Kind(Enum):
    """The family of a value's type."""

    STRING = "String"
    JSON = "JSON"
    INTEGER = "Integer"
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    DATE = "Date"
    DATETIME = "DateTime"
    UUID = "UUID"
    INTERVAL = "Interval"
    ARRAY = "Array"
    TUPLE = "Tuple"
    NULL = "Null"
    UNKNOWN = "unknown"


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
