"""Dates in the conditions of flags and in properties, as the flags service reads them.

A text without a zone is in the project's; a number is seconds since 1970; `-7d` counts back.
"""

import re
from datetime import UTC, datetime

from tools.local.dates import Interval, earlier

_RELATIVE = re.compile(r"-?(\d{1,4})([hdwmy])")
_UNITS: dict[str, Interval] = {"h": "hour", "d": "day", "w": "week", "m": "month", "y": "year"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def moment(value: object, now: datetime) -> datetime | None:
    """The instant a value means, None when it means none; `now` is in the project's zone."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _seconds(float(value))
    if not isinstance(value, str):
        return None
    if found := _RELATIVE.fullmatch(value):
        return _before(now, int(found[1]), _UNITS[found[2]])
    if _NUMBER.fullmatch(value):
        return _seconds(float(value))
    return _written(value.strip(), now)


def _before(now: datetime, count: int, unit: Interval) -> datetime | None:
    try:
        return earlier(now, unit, count)
    except (ValueError, OverflowError):
        return None


def _seconds(value: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _written(text: str, now: datetime) -> datetime | None:
    text = re.sub(r" (?:UTC|utc)$", "Z", text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=now.tzinfo) if at.tzinfo is None else at
