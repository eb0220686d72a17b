"""Results by their names: rows that a model looks at again without passing them through itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeGuard

from pydantic import Field

from tools.base import Args
from tools.errors import InvalidArguments
from tools.query import QueryTable

Operator = Literal["=", "!=", ">", ">=", "<", "<=", "contains"]
Row = tuple[Any, ...]

TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda cell, value: str(cell) == str(value),
    "!=": lambda cell, value: str(cell) != str(value),
    ">": lambda cell, value: cell is not None and cell > value,
    ">=": lambda cell, value: cell is not None and cell >= value,
    "<": lambda cell, value: cell is not None and cell < value,
    "<=": lambda cell, value: cell is not None and cell <= value,
    "contains": lambda cell, value: str(value).lower() in str(cell).lower(),
}


class Table(Protocol):
    """What every result with rows has."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        ...

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows."""
        ...

    @property
    def whole(self) -> bool:
        """Whether there were no more."""
        ...


class Condition(Args):
    """What a row must have."""

    column: str
    """A column of the result."""

    operator: Operator = "="
    """How it is compared."""

    value: str | float
    """With what."""


class UseResult(Args):
    """Arguments of use_result."""

    result: str
    """The name of the result, such as r1."""

    where: tuple[Condition, ...] = ()
    """Conditions that rows must all meet."""

    versus: str | None = None
    """Another result of the same columns: rows alike in their words stand side by side, with the
    difference of their numbers and the change in per cent."""

    sort: str | None = None
    """The column to sort by, largest first."""

    ascending: bool = False
    """Smallest first instead."""

    offset: int = Field(default=0, ge=0)
    """Rows to pass over."""

    limit: int = Field(default=50, ge=1, le=1_000)
    """Rows to show at most."""


class Results:
    """The results of a conversation, by the names they were given."""

    def __init__(self) -> None:
        self._kept: dict[str, Table] = {}

    def keep(self, output: object) -> str:
        """Keep a result; its name, "" for what has no rows."""
        if not _is_table(output):
            return ""
        name = f"r{len(self._kept) + 1}"
        self._kept[name] = output
        return name

    def use(self, args: UseResult) -> QueryTable:
        """The rows that are asked for."""
        table = self._named(args.result)
        columns, rows, whole = table.columns, list(table.rows), table.whole
        if args.versus:
            other = self._named(args.versus)
            columns, rows = _beside(table, other)
            whole = whole and other.whole
        places = {name: place for place, name in enumerate(columns)}
        for one in args.where:
            rows = [row for row in rows if _meets(row[_place(places, one.column)], one)]
        if args.sort:
            rows.sort(key=_order(_place(places, args.sort)), reverse=not args.ascending)
        end = args.offset + args.limit
        whole = whole and len(rows) <= end
        return QueryTable(columns, tuple(rows[args.offset : end]), (), whole, "")

    def _named(self, name: str) -> Table:
        if name not in self._kept:
            known = ", ".join(self._kept) or "none yet"
            raise InvalidArguments(f"There is no result {name[:20]!r}; there are {known}.")
        return self._kept[name]


def _is_table(output: object) -> TypeGuard[Table]:
    return hasattr(output, "columns") and hasattr(output, "rows") and hasattr(output, "whole")


def _place(places: Mapping[str, int], column: str) -> int:
    if column not in places:
        raise InvalidArguments(f"There is no column {column!r}; there are {', '.join(places)}.")
    return places[column]


def _meets(cell: Any, one: Condition) -> bool:
    try:
        return TESTS[one.operator](cell, one.value)
    except TypeError:
        return TESTS[one.operator](str(cell), str(one.value))


def _order(place: int) -> Callable[[Row], tuple[bool, Any]]:
    """Numbers by their size, all else by its text, nothing first."""

    def key(row: Row) -> tuple[bool, Any]:
        cell = row[place]
        number = isinstance(cell, int | float)
        return (cell is not None, (number, cell if number else 0, "" if number else str(cell)))

    return key


def _beside(first: Table, second: Table) -> tuple[tuple[str, ...], list[Row]]:
    """Two tables row by row: the words they share, their numbers, difference and change."""
    if first.columns != second.columns:
        raise InvalidArguments("The results have different columns and can't be compared.")
    named = [i for i in range(len(first.columns)) if not _numeric([*first.rows, *second.rows], i)]
    counted = [i for i in range(len(first.columns)) if i not in named]
    others = {tuple(row[i] for i in named): row for row in second.rows}
    own = {tuple(row[i] for i in named): row for row in first.rows}
    columns = [first.columns[i] for i in named]
    for i in counted:
        name = first.columns[i]
        columns += [name, f"{name} (versus)", f"{name} difference", f"{name} change %"]
    rows = [
        (*key, *_compared(own.get(key), others.get(key), counted))
        for key in dict.fromkeys([*own, *others])
    ]
    return tuple(columns), rows


def _compared(one: Row | None, other: Row | None, counted: Sequence[int]) -> Iterator[Any]:
    for place in counted:
        here = one[place] if one else None
        there = other[place] if other else None
        if here is None or there is None:
            yield from (here, there, None, None)
        else:
            change = round(100 * (here - there) / there, 2) if there else None
            yield from (here, there, here - there, change)


def _numeric(rows: Sequence[Row], place: int) -> bool:
    found = [row[place] for row in rows if row[place] is not None]
    return bool(found) and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in found
    )
