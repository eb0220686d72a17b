"""What an expression is: enough typing to compare, convert and name values as PostHog does."""

from enum import Enum


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
