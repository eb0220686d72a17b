"""What is exported: rows of one source, in an order in which each of them has its own place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import TypeAdapter

from tools.literals import literal

PAGE = 50_000
"""The most rows that PostHog returns for one query."""

ALIAS = "hogloop"
"""How names begin that a page gives its keys and columns: a column of the rows would hide behind
an alias that is called alike."""

HOURS = PAGE
"""The most hours that a period can be cut into, which is more than five years."""


@dataclass(frozen=True)
class Column:
    """One column of the file."""

    name: str
    hogql: str
    json: str = ""
    """HogQL of the value as JSON, where `hogql` gives texts with their escapes left in."""


@dataclass(frozen=True)
class Key:
    """What tells rows apart and orders them; all keys together are unique."""

    hogql: str
    kind: Literal["text", "time", "number"] = "text"

    def value(self, value: Any) -> str:
        """A value of the key as HogQL."""
        if self.kind == "time":
            return f"toDateTime64({literal(plain_time(str(value)))}, 6, 'UTC')"
        return literal(value if self.kind == "number" else str(value))


@dataclass(frozen=True)
class Bounds:
    """A part of the time that is exported, from `start` up to and without `end`, in UTC."""

    start: str
    end: str

    def where(self) -> tuple[str, ...]:
        """The bounds as conditions."""
        return (
            f"timestamp >= toDateTime64({literal(self.start)}, 6, 'UTC')",
            f"timestamp < toDateTime64({literal(self.end)}, 6, 'UTC')",
        )


@dataclass(frozen=True)
class What:
    """The rows of an export."""

    kind: str
    """events, persons or query."""

    source: str
    """What stands after FROM."""

    columns: tuple[Column, ...]
    keys: tuple[Key, ...]
    where: tuple[str, ...] = ()
    bounds: Bounds | None = None
    """The period of what happens at a time; None for what has no time."""

    seen: str | None = None
    """The instant up to which PostHog must have stored a row; later ones are late."""

    held: tuple[str, ...] = ()
    """Properties that are left out unless they are named, because they may tell who somebody is."""

    unsettled: str = ""
    """Why the rows may be others for the next page, "" where they can't be."""

    def counting(self, bounds: Bounds | None = None, *, late: bool = False) -> str:
        """The query that counts the rows; with `late` only those that came after `seen`."""
        return f"SELECT count() FROM {self.source}{self._where(bounds, late=late)} LIMIT 1"

    def doubled(self) -> str:
        """The query that counts the rows that do not have their key for themselves."""
        keys = ", ".join(key.hogql for key in self.keys)
        return f"SELECT count() - count(DISTINCT {keys}) FROM {self.source} LIMIT 1"

    def by_hour(self) -> str:
        """The query that counts the rows of each hour."""
        return (
            f"SELECT toStartOfHour(timestamp) AS hour, count() AS n FROM {self.source}"
            f"{self._where()} GROUP BY hour ORDER BY hour LIMIT {HOURS}"
        )

    def page(self, bounds: Bounds | None, after: Sequence[Any] | None, size: int) -> str:
        """The query of one page: its keys, then its columns."""
        keys = [f"{key.hogql} AS {ALIAS}_key_{n}" for n, key in enumerate(self.keys)]
        columns = [f"{one.hogql} AS {ALIAS}_column_{n}" for n, one in enumerate(self.columns)]
        order = ", ".join(f"{ALIAS}_key_{n}" for n in range(len(self.keys)))
        more = (self._after(after),) if after is not None else ()
        ordered = f" ORDER BY {order}" if self.keys else ""
        return (
            f"SELECT {', '.join([*keys, *columns])} FROM {self.source}"
            f"{self._where(bounds, *more)}{ordered} LIMIT {size}"
        )

    def exact(self, types: Sequence[str]) -> "What":
        """The same with texts read from JSON, of columns that turned out to be texts.

        PostHog cuts the quotes off a property and leaves the backslashes within it.
        """
        columns = tuple(
            replace(one, hogql=one.json) if one.json and "String" in kind else replace(one, json="")
            for one, kind in zip(self.columns, types, strict=True)
        )
        return replace(self, columns=columns)

    def as_rows(self, page: list[list[Any]]) -> list[list[Any]]:
        """A page made into rows of the file, in its place: without keys, JSON read."""
        keys = len(self.keys)
        for row in page:
            del row[:keys]
            for n in self._of_json:
                row[n] = _read(row[n])
        return page

    @cached_property
    def _of_json(self) -> tuple[int, ...]:
        """Which columns come as JSON."""
        return tuple(n for n, one in enumerate(self.columns) if one.json)

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        return asdict(self)

    @classmethod
    def of_json(cls, body: Mapping[str, Any]) -> Self:
        """What `as_json` was made of."""
        return TypeAdapter(cls).validate_python(dict(body))

    def _after(self, values: Sequence[Any]) -> str:
        keys = ", ".join(key.hogql for key in self.keys)
        last = ", ".join(key.value(v) for key, v in zip(self.keys, values, strict=True))
        return f"tuple({keys}) > tuple({last})"

    def _where(self, bounds: Bounds | None = None, *more: str, late: bool = False) -> str:
        part = bounds or self.bounds
        within = part.where() if part else ()
        sign = ">" if late else "<="
        stored = f"created_at {sign} toDateTime64({literal(self.seen or '')}, 6, 'UTC')"
        found = [*self.where, *within, *((stored,) if self.seen else ()), *more]
        return f" WHERE {' AND '.join(found)}" if found else ""


def _read(text: Any) -> Any:
    """A property from its JSON; "" is one that is not there."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def plain_time(text: str) -> str:
    """A time as PostHog returns it in UTC, in the form that HogQL reads."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
