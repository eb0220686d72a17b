"""The only place that writes names and values into SQL."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\b": "\\b",
    "\f": "\\f",
    "\r": "\\r",
    "\n": "\\n",
    "\t": "\\t",
    "\0": "\\0",
    "\a": "\\a",
    "\v": "\\v",
}
_SPECIAL = re.compile("[\\\\'\b\f\r\n\t\0\a\v]")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME_ESCAPES = {**_ESCAPES, "`": "\\`"}
_NAME_SPECIAL = re.compile("[\\\\`'\b\f\r\n\t\0\a\v]")


def string(value: str) -> str:
    """A ClickHouse string literal."""
    return f"'{_SPECIAL.sub(lambda match: _ESCAPES[match.group()], value)}'"


def identifier(name: str) -> str:
    """A ClickHouse name, quoted whatever it is."""
    if _PLAIN_NAME.fullmatch(name):
        return f"`{name}`"
    return f"`{_NAME_SPECIAL.sub(lambda match: _NAME_ESCAPES[match.group()], name)}`"


def literal(value: Any) -> str:
    """A ClickHouse literal of a plain Python value."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, str):
        return string(value)
    return _rich(value)


def constant_value(node: Mapping[str, Any]) -> Any:
    """The value of a Constant; the parsers write as text what JSON has no number for."""
    value = node.get("value")
    if node.get("value_type") != "number":
        return value
    text = str(value)
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def number(value: float) -> str:
    """A ClickHouse number, infinite ones included."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return repr(value)


def instant(value: datetime, timezone: str) -> str:
    """A DateTime64 literal of that instant, shown in a time zone."""
    moment = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    exact = f"toDateTime64('{moment}', 6, 'UTC')"
    return exact if timezone == "UTC" else f"toTimeZone({exact}, {string(timezone)})"


def _rich(value: Any) -> str:
    if isinstance(value, datetime):
        return instant(value, "UTC")
    if isinstance(value, date):
        return f"toDate('{value.isoformat()}')"
    if isinstance(value, UUID):
        return f"toUUID('{value}')"
    if isinstance(value, Sequence):
        return f"[{', '.join(literal(item) for item in value)}]"
    raise TypeError(f"{type(value).__name__} has no literal")
