"""A result as a language model reads it: few tokens, what was left out, and sums made by code."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from tools.fence import clean, fenced

ROWS = 100
"""Rows that are shown at most; the person gets all of them."""

CELLS = 1_500
NULLS = "what was counted may not have this property (list_properties tells)."
FEW = 3
"""So many rows a model sees through by itself."""

MEASURED = 6
"""Columns of numbers that are summed up at most."""

KINDS = (("Date", "time"), ("Int", "integer"), ("Float", "number"), ("Decimal", "number"))
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?")
TIME = re.compile(r"\d{4}-\d\d")
UNSUMMED = re.compile(
    r"people|person|user|uniq|distinct|visitor|session|share|rate|ratio|per|%|avg|mean|average"
    r"|median|change|diff|growth|\bp\d\d\b|min|max|first|last|id\b|year|month|week|day|hour|%",
    re.IGNORECASE,
)
"""Columns whose sum over rows would pass for something that it is not."""

Row = Sequence[Any]


def shown(
    columns: Sequence[str], rows: Sequence[Row], *, cut: str = "", types: Sequence[str] = ()
) -> str:
    """The first rows as fenced CSV, how many there are, and figures over all of them."""
    kept = rows[: max(1, min(ROWS, CELLS // max(1, len(columns))))]
    names = [f"{n}:{kind}" if kind else n for n, kind in _kinds(columns, types)]
    data = [_csv([names, *kept])]
    if len(rows) > FEW and (figures := list(_figures(columns, rows))):
        data.append(f"\nfigures over all {len(rows)} rows:\n" + "\n".join(figures))
    told = [fenced("\n".join(data)), _told(len(kept), len(rows), cut)]
    if empty := [i + 1 for i in range(len(columns)) if rows and _is_empty(rows, i)]:
        told.append(f"Column {', '.join(map(str, empty))} is null in every row: {NULLS}")
    return "\n".join(told)


def listing(rows: Sequence[Mapping[str, Any]]) -> str:
    """Objects as fenced CSV, moments by their day; a field that none of them has is left out."""
    every = dict.fromkeys(name for row in rows for name in row)
    columns = [name for name in every if any(row.get(name) not in (None, "") for row in rows)]
    lines = ([_day(row.get(name)) for name in columns] for row in rows)
    return fenced(_csv([columns, *lines]))


def _day(value: Any) -> Any:
    """A cell of a list: nothing for null, a day for a moment."""
    if value is None:
        return ""
    return value[:10] if isinstance(value, str) and MOMENT.fullmatch(value) else value


def _kinds(columns: Sequence[str], types: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place, name in enumerate(columns):
        said = types[place] if place < len(types) else ""
        yield name, next((kind for mark, kind in KINDS if mark in said), "text" if said else "")


def _told(kept: int, rows: int, cut: str) -> str:
    number = f"{rows} row{'' if rows == 1 else 's'}"
    seen = "" if kept == rows else f", of which the first {kept} are shown"
    return (
        f"{number}{seen}. {cut}"
        if cut
        else (
            f"{number}{seen}; nothing was cut." if rows else "No rows: nothing fits the conditions."
        )
    )


def _figures(columns: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    """The figures of each column of numbers."""
    labels = [row[0] for row in rows]
    if len(columns) > 1 and len(set(map(str, labels))) < len(labels):
        # A row is named by more than its first cell: figures over all of them would mix things.
        return
    start = 1 if len(columns) > 1 else 0
    measured = [i for i in range(start, len(columns)) if _is_measure([r[i] for r in rows])]
    ordered = start == 1 and _in_time(labels)
    for place in measured[:MEASURED]:
        found = _column(columns[place], rows, place, ordered)
        yield f"{_plain(columns[place])}: {', '.join(found)}"


def _column(name: str, rows: Sequence[Row], place: int, ordered: bool) -> Iterator[str]:
    found = [row for row in rows if row[place] is not None]
    values = [row[place] for row in found]
    if not UNSUMMED.search(name):
        yield f"sum {_number(sum(values))}"
    yield f"mean {_number(fmean(values))}"
    for word, row in (("min", min(found, key=_at(place))), ("max", max(found, key=_at(place)))):
        yield f"{word} {_number(row[place])}{_where(row, place)}"
    if ordered:
        first, last = values[0], values[-1]
        change = f" ({(last - first) / abs(first):+.1%})" if first else ""
        yield f"first {_number(first)}, last {_number(last)}{change}"


def _is_empty(rows: Sequence[Row], place: int) -> bool:
    return all(row[place] is None for row in rows)


def _at(place: int) -> Any:
    return lambda row: row[place]


def _where(row: Row, place: int) -> str:
    """The name of a row: its first cell."""
    return f" ({_plain(row[0])})" if place and row[0] is not None else ""


def _is_measure(values: Sequence[Any]) -> bool:
    kinds = {type(value) for value in values if value is not None}
    return set() < kinds <= {int, float}


def _in_time(values: Sequence[Any]) -> bool:
    """Whether the rows go on in time, each moment once."""
    texts = [str(value) for value in values]
    return texts == sorted(set(texts)) and all(map(TIME.match, texts))


def _number(value: float) -> str:
    if not float(value).is_integer():
        return f"{value:.6g}" if abs(value) < 1_000_000 else f"{value:.2f}"
    return str(int(value))


def _plain(value: Any) -> Any:
    """A cell of CSV; midnights without their zeros, null by its name."""
    if value is None:
        return "null"
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, bool | int):
        return value
    text = value if isinstance(value, str) else str(value)
    text = re.sub(r"^(\d{4}-\d\d-\d\d)[T ]00:00:00(?:\.0+)?(?:Z|\+00:00)?$", r"\1", text)
    return " ".join(clean(text).replace("<", "\\u003c").split("\n"))


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list(map(_plain, row)) for row in rows])
    return text.getvalue().rstrip("\n")
