"""Values and names as HogQL text: the only way text of a person or of data enters a query."""

import re
from datetime import date, datetime

SIMPLE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\0": "\\0",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
    "\a": "\\a",
}


def literal(value: str | int | float | bool | None) -> str:
    """A HogQL constant."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + "".join(ESCAPES.get(c, c) for c in value) + "'"


def moment(value: datetime | date) -> str:
    """A point in time, in the project's zone, as HogQL."""
    text = value.strftime("%Y-%m-%d %H:%M:%S" if isinstance(value, datetime) else "%Y-%m-%d")
    return (
        f"toDateTime({literal(text)})"
        if isinstance(value, datetime)
        else f"toDate({literal(text)})"
    )


def path(*chain: str) -> str:
    """A field or property path; a name that is no plain identifier goes in brackets as a string."""
    first, *rest = chain
    return first + "".join(
        f".{name}" if SIMPLE.fullmatch(name) else f"[{literal(name)}]" for name in rest
    )
