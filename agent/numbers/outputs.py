"""What tools put out, as results: tables as they are, lists of objects by their fields."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from agent.answer import AnswerTable, Window
from agent.messages import Message, ToolResult
from agent.numbers.dates import instant
from agent.numbers.results import Result
from tools.changes.change import Done
from tools.changes.kinds import page_of

DEEP = 3
"""How deep objects within objects are read."""


def results(turn: Iterable[Message], tables: Sequence[AnswerTable] = ()) -> list[Result]:
    """The results that a turn measured, and the tables that an answer makes of them."""
    shown = [Result(t.columns, t.rows, whole=t.whole) for t in tables]
    found = [one for m in turn if _measured(m) for one in _read(m)]
    return [*found, *(one for one in shown if all(one.rows != other.rows for other in found))]


def objects(turn: Iterable[Message]) -> list[Result]:
    """The flags, cohorts and other objects that a turn read."""
    return [one for m in turn if isinstance(m, ToolResult) and not _measured(m) for one in _read(m)]


def _measured(message: Message) -> TypeGuard[ToolResult]:
    if not isinstance(message, ToolResult) or message.error:
        return False
    return hasattr(message.output, "columns") and hasattr(message.output, "rows")


def period(window: Window | None) -> list[tuple[float, float]]:
    """The period of an answer in days, where both its sides are known."""
    if window is None or window.start is None or window.end is None:
        return []
    start, end = (instant(side[:16].replace("T", " ")) for side in (window.start, window.end))
    return [(start, end)] if start is not None and end is not None else []


def _read(message: ToolResult) -> Iterator[Result]:
    """A table as it is, else the lists and objects of the JSON that a model reads."""
    output = message.output
    if hasattr(output, "columns") and hasattr(output, "rows"):
        rows = tuple(map(tuple, output.rows))
        yield Result(tuple(output.columns), rows, _about(getattr(output, "query", "")))
        yield from _returned(tuple(output.columns), rows)
        return
    if isinstance(output, Done):
        yield from _changed(output)
        return
    if listed := getattr(output, "rows", ()):
        yield from _tables([row for row in listed if isinstance(row, Mapping)], DEEP)
        return
    text = message.text.partition("<data>\n")[2].partition("\n</data>")[0]
    try:
        body = json.loads(text)
    except ValueError:
        return
    yield from _tables(body, DEEP)


def _returned(columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
    """The shares of each cohort that came back, which a table of retention has as counts."""
    place = columns.index("size") if {"cohort", "size"} <= set(columns) else 0
    if not place:
        return
    names = (*columns[:place], *(f"{name} %" for name in columns[place + 1 :]))
    shares = (
        (*row[:place], *(None if n is None else 100 * n / row[place] for n in row[place + 1 :]))
        for row in rows
        if row[place]
    )
    yield Result(names, tuple(shares))


def _changed(done: Done) -> Iterator[Result]:
    """A change as its card told it."""
    change = done.change
    page = page_of(change, done.now, done.object_id)
    yield Result(("id", "headline", "page"), ((change.id, change.headline, page),))
    rows = tuple((one.what, one.now, one.after) for one in change.differences)
    yield Result(("what", "now", "after"), rows)


def _about(query: Any) -> str:
    return query if isinstance(query, str) else json.dumps(query, default=str).replace('"', "'")


def _tables(body: Any, deep: int) -> Iterator[Result]:
    """One result of each list of objects, and of each object."""
    objects = body if isinstance(body, list) else [body]
    flat = [dict(_fields(one)) for one in objects if isinstance(one, Mapping)]
    columns = tuple(dict.fromkeys(name for one in flat for name in one))
    if columns:
        yield Result(columns, tuple(tuple(one.get(name) for name in columns) for one in flat))
    if not deep:
        return
    for one in objects:
        for value in one.values() if isinstance(one, Mapping) else ():
            if isinstance(value, list | Mapping):
                yield from _tables(value, deep - 1)


def _fields(one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of an object that are no objects themselves."""
    yield from (
        (name, value) for name, value in one.items() if isinstance(value, str | int | float)
    )
