"""ClickHouse's JSON as PostHog's: the same values, times in the zone of their column."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tools.local.bodies import invalid

Convert = Callable[[Any], Any]
_WRAPPER = re.compile(r"(Nullable|LowCardinality|Array|Tuple|Map)\((.*)\)$", re.DOTALL)
_DICTIONARY = re.compile(r"LowCardinality\((Nullable\(\w+\)|\w+)\)")
_TIME = re.compile(r"DateTime(?:64)?(?:\((?:\d+)?(?:, )?(?:'([^']+)')?\))?$")
_NAMED = re.compile(r"(?:`(?:[^`\\]|\\.)*`|[A-Za-z_]\w*) (?=\w)")


def read_result(raw: bytes) -> tuple[list[list[Any]], list[list[str]]]:
    """Rows and `[name, type]` pairs of a JSONCompact answer written with ISO times."""
    answer = json.loads(raw)
    types = [[column["name"], _plain(column["type"])] for column in answer["meta"]]
    for name, kind in types:
        if "AggregateFunction(" in kind:
            raise invalid(f"{name} is the state of an aggregation; finish it by its -Merge form.")
    converts = [converter(kind) for _, kind in types]
    rows: list[list[Any]] = answer["data"]
    changed = [(n, convert) for n, convert in enumerate(converts) if convert]
    for row in rows if changed else ():
        for n, convert in changed:
            if row[n] is not None:
                row[n] = convert(row[n])
    return rows, types


def _plain(kind: str) -> str:
    """A type as PostHog's tables have it, whose texts are not kept in dictionaries."""
    return _DICTIONARY.sub(r"\1", kind) if "LowCardinality" in kind else kind


def converter(kind: str) -> Convert | None:
    """How values of a ClickHouse type change on their way out, None when they don't."""
    if "DateTime" not in kind:
        return None
    if found := _TIME.match(kind):
        return _clock(found[1])
    if found := _WRAPPER.match(kind):
        return _wrapped(found[1], [_NAMED.sub("", part, count=1) for part in _split(found[2])])
    return None


def _wrapped(outer: str, inner: list[str]) -> Convert | None:
    converts = [converter(part) for part in inner]
    if outer == "Tuple":
        return lambda values: _row(values, converts)
    if outer == "Map":
        return lambda values: {key: _one(value, converts[1]) for key, value in values.items()}
    if outer == "Array":
        return lambda values: [_one(value, converts[0]) for value in values]
    return converts[0]


def _row(values: list[Any], converts: list[Convert | None]) -> list[Any]:
    return [_one(value, convert) for value, convert in zip(values, converts, strict=True)]


def _one(value: Any, convert: Convert | None) -> Any:
    return value if convert is None or value is None else convert(value)


def _clock(zone: str | None) -> Convert:
    """ClickHouse's ISO times are UTC; a column without a zone stays without one, as in PostHog."""
    if zone is None:
        return lambda text: _short(text)[:-1]
    if zone in ("UTC", "Etc/UTC", "GMT"):
        return _short
    place = ZoneInfo(zone)
    return lambda text: datetime.fromisoformat(text).astimezone(place).isoformat()


def _short(text: str) -> str:
    """No fraction of a second where it is nought, else microseconds: Python's isoformat."""
    if "." not in text:
        return text
    seconds, fraction = text[:-1].split(".")
    micros = fraction[:6].ljust(6, "0")
    return f"{seconds}Z" if micros == "000000" else f"{seconds}.{micros}Z"


def _split(text: str) -> list[str]:
    """The comma-separated parts of a type's arguments, at the outermost level."""
    parts, depth, start, quote = [], 0, 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'`":
            quote = char
        elif char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        else:
            depth += (char == "(") - (char == ")")
    return [*parts, text[start:].strip()]
