"""The members of a static cohort from an uploaded CSV file, read as PostHog reads it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tools.local.bodies import ApiError, invalid

Naming = Literal["person_id", "distinct_id", "email"]
_HEADERS: tuple[tuple[Naming, tuple[str, ...]], ...] = (
    ("person_id", ("person_id", "person-id", "person .id")),
    ("distinct_id", ("distinct_id", "distinct-id")),
    ("email", ("email", "e-mail")),
)
EMPTY = "CSV file is empty. Please upload a CSV file with at least one row of data."
NO_COLUMN = (
    "Multi-column CSV must contain at least one column with a supported ID header: 'person_id', "
    "'Person .id' (PostHog export format), 'distinct_id', 'distinct-id', or 'email'. "
    "Found columns: {columns}"
)
NO_IDS = (
    "CSV file contains no valid person IDs, distinct IDs, or email addresses. Please ensure your "
    "file has data rows with person IDs, distinct IDs, or email addresses."
)
ENCODING = "CSV file encoding is not supported. Please save your file as UTF-8 and try again."
FORMAT = "CSV file format is invalid. Please check your file format and try again."


@dataclass(frozen=True)
class Upload:
    """Who is named in a file, and how."""

    naming: Naming
    values: tuple[str, ...]
    header: str
    """The name of the column, which for addresses is that of the person property."""


def read_upload(raw: bytes) -> Upload:
    """Who is named in a file; raises PostHog's refusal of what names nobody."""
    try:
        rows = csv.reader(raw.decode("utf-8-sig").splitlines())
        first = next((row for row in rows if row), None)
        if first is None:
            raise _wrong(EMPTY)
        found = _single(first, rows) if _one_column(first) else _column(first, rows)
    except UnicodeDecodeError:
        raise _wrong(ENCODING) from None
    except csv.Error:
        raise _wrong(FORMAT) from None
    if not found.values:
        raise _wrong(NO_IDS)
    return found


def _single(first: list[str], rows: Iterator[list[str]]) -> Upload:
    """A column of distinct ids without a header, unless its first line is another one."""
    naming = _naming(first[0])
    if naming in ("person_id", "email"):
        return Upload(naming, _cells(rows, 0), first[0].strip())
    return Upload("distinct_id", (*_cells(iter([first]), 0), *_cells(rows, 0)), "")


def _column(first: list[str], rows: Iterator[list[str]]) -> Upload:
    named = [_naming(header) for header in first]
    for naming, _ in _HEADERS:
        if naming in named:
            at = named.index(naming)
            return Upload(naming, _cells(rows, at), first[at].strip())
    columns = ", ".join(header for header in first if header.strip())
    raise _wrong(NO_COLUMN.format(columns=columns or "none"))


def _cells(rows: Iterator[list[str]], at: int) -> tuple[str, ...]:
    return tuple(row[at].strip() for row in rows if len(row) > at and row[at].strip())


def _naming(header: str) -> Naming | None:
    plain = header.strip().lower()
    return next((naming for naming, headers in _HEADERS if plain in headers), None)


def _one_column(row: list[str]) -> bool:
    return sum(bool(cell.strip()) for cell in row) <= 1


def _wrong(said: str) -> ApiError:
    return invalid(said, attr="csv")
