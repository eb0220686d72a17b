"""Dates written as text, read here once so that ClickHouse compares like with like."""

import re
from datetime import UTC, date, datetime

from tools.local.hogql.literals import instant, string

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")


def moment(text: str, timezone: str) -> str | None:
    """A DateTime64 for a text in ISO form; without an offset it is the project's local time."""
    value = _read(text)
    if value is None:
        return None
    if value.tzinfo is not None:
        return instant(value, timezone)
    return f"toDateTime64('{value:%Y-%m-%d %H:%M:%S.%f}', 6, {string(timezone)})"


def day(text: str) -> str | None:
    """A Date for a text that is a day and nothing more."""
    value = _read(text) if _DAY.fullmatch(text) else None
    return None if value is None else f"toDate('{text}')"


def conversion(text: str, timezone: str) -> str:
    """What toDateTime('…') means for a constant: strict forms fast, any other form by guessing."""
    zone = string(timezone)
    if _read(text) and (_DAY.fullmatch(text) or _SECOND.fullmatch(text)):
        return f"toDateTime({string(text)}, {zone})"
    return moment(text, timezone) or f"parseDateTime64BestEffort({string(text)}, 6, {zone})"


def local_day(now: datetime) -> date:
    """The date of an instant as ClickHouse's own today() gives it: in UTC."""
    return now.astimezone(UTC).date()


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
