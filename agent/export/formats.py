"""Rows as files: CSV, JSON lines, Parquet and XLSX; a part each, and the parts as one file."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import SettingsError
from agent.export.arrow import ArrowParts

FORMULA = ("=", "+", "-", "@", "\t", "\r")
XLSX_ROWS = 1_048_576
FORMATS = ("csv", "jsonl", "parquet", "xlsx")


@dataclass(frozen=True)
class Shape:
    """The columns of a file and ClickHouse's types of them."""

    names: tuple[str, ...]
    types: tuple[str, ...]


def format_of(name: str | None, output: Path | None) -> str:
    """The format that is named, else that of the file's ending, else CSV."""
    found = (name or (output.suffix if output else "") or ".csv").lstrip(".").lower()
    found = {"json": "jsonl", "ndjson": "jsonl"}.get(found, found)
    if found not in FORMATS:
        raise SettingsError(f"There is no format {found!r}; there are {', '.join(FORMATS)}.")
    return found


class Lines:
    """CSV and JSON lines: parts are text, and the whole is one part after the other."""

    def __init__(self, shape: Shape, *, as_json: bool) -> None:
        self._shape = shape
        self._json = as_json

    def part(self, rows: Iterator[list[list[Any]]], path: Path) -> int:
        """Write the rows of a part; how many they are."""
        count = 0
        with path.open("w", encoding="utf-8", newline="") as file:
            for page in rows:
                file.write(self._text(page))
                count += len(page)
        return count

    def whole(self, parts: Sequence[Path], path: Path, rows: int) -> None:
        """The parts as one file."""
        with path.open("wb") as file:
            if not self._json:
                file.write(_csv([self._shape.names]).encode())
            for part in parts:
                with part.open("rb") as found:
                    shutil.copyfileobj(found, file, 1 << 20)

    def _text(self, page: list[list[Any]]) -> str:
        if self._json:
            names = self._shape.names
            return "".join(
                json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n"
                for row in page
            )
        return _csv([[cell(value) for value in row] for row in page])


class Workbook(Lines):
    """XLSX: parts are JSON lines, and the whole is a sheet of them."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape, as_json=True)

    def whole(self, parts: Sequence[Path], path: Path, rows: int) -> None:
        """The parts as one sheet, if a sheet can hold them."""
        if rows >= XLSX_ROWS:
            raise SettingsError(
                f"{rows:,} rows do not fit into a sheet, which has {XLSX_ROWS:,}: use --format csv."
            )
        try:
            from openpyxl import Workbook as Book
        except ImportError:
            raise _missing("openpyxl") from None
        book = Book(write_only=True)
        sheet = book.create_sheet("export")
        sheet.append(list(self._shape.names))
        for part in parts:
            with part.open(encoding="utf-8") as file:
                for line in file:
                    sheet.append([cell(value) for value in json.loads(line).values()])
        book.save(path)


Writer = Lines | ArrowParts


def writer(name: str, shape: Shape) -> Writer:
    """What writes the parts and the whole of a format."""
    if name == "xlsx":
        return Workbook(shape)
    if name == "parquet":
        return ArrowParts(shape.names, shape.types)
    return Lines(shape, as_json=name == "jsonl")


def cell(value: Any) -> Any:
    """A value that a spreadsheet takes for text or a number, never for a formula."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _missing(library: str) -> SettingsError:
    return SettingsError(f"This format needs {library}: pip install 'hogloop[export]'.")
