"""Values from data as text for a terminal: readable, and unable to steer it."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

NOTHING = "(none)"
PLAIN_NUMBERS = re.compile(r"(^|_|\b)(id|year|zip|code)$", re.IGNORECASE)
PERIOD = re.compile(r"\d{4}(-(\d\d|Q\d))?")
"""A year, a month or a quarter."""

ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")


def safe(text: str) -> str:
    """The text in lines, without anything that moves the cursor or reorders letters."""
    lines = (
        "".join(" " if c == "\t" else c for c in line if c == "\t" or _visible(c))
        for line in text.splitlines()
    )
    return "\n".join(lines)


def one_line(value: Any) -> str:
    """A value as safe text in one line."""
    return " ".join(safe(str(value)).split("\n"))


def column(name: str, values: Sequence[Any]) -> list[str]:
    """A column's values as text, formatted alike."""
    if is_numeric(values):
        return _numbers(values, plain=bool(PLAIN_NUMBERS.search(name)))
    if is_time(values) and ISO.fullmatch(values[0]):
        return _times(values)
    return [NOTHING if value is None else one_line(_plain(value)) for value in values]


def is_numeric(values: Sequence[Any]) -> bool:
    """Whether all values that are there are numbers."""
    present = [value for value in values if value is not None]
    return bool(present) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in present
    )


def is_time(values: Sequence[Any]) -> bool:
    """Whether all values are times as PostHog writes them, or all of them months, say."""
    texts = all(isinstance(value, str) for value in values)
    return texts and any(values and all(map(form.fullmatch, values)) for form in (ISO, PERIOD))


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Cn")


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _numbers(values: Sequence[Any], *, plain: bool) -> list[str]:
    """Numbers with separators, and with as many decimals as the largest of them needs."""
    if plain:
        return [NOTHING if value is None else str(value) for value in values]
    whole = all(value is None or value == int(value) for value in values)
    largest = max(abs(value) for value in values if value is not None)
    decimals = 0 if whole else 2 if largest > 1 else 4
    return [NOTHING if value is None else f"{value:,.{decimals}f}" for value in values]


def _times(values: Sequence[str]) -> list[str]:
    """Dates alone where every time is midnight, else to the minute."""
    times = [datetime.fromisoformat(value) for value in values]
    midnight = all(time.hour == time.minute == time.second == 0 for time in times)
    return [f"{time:%Y-%m-%d}" if midnight else f"{time:%Y-%m-%d %H:%M}" for time in times]
