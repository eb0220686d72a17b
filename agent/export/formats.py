"""Rows as files: CSV, JSON lines, Parquet and XLSX; a part each, and the parts as one file."""

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import SettingsError
from agent.export.arrow import ArrowParts

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
XLSX_ROWS = 1_048_576
XLSX_LETTERS = 32_767
"""The most that a cell of a sheet holds."""

EXACT = 10**15
"""From here on a sheet rounds whole numbers."""

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LENIENT = "backslashreplace"
"""How halves of letters are written, which JavaScript leaves where it cuts a text."""

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
        with path.open("w", encoding="utf-8", newline="", errors=LENIENT) as file:
            for page in rows:
                file.write(self._text(page))
                count += len(page)
        return count

    def whole(self, parts: Sequence[Path], path: Path, rows: int) -> None:
        """The parts as one file."""
        with path.open("wb") as file:
            if not self._json:
                head = _csv([[cell(name) for name in self._shape.names]])
                file.write(head.encode(errors=LENIENT))
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
        try:
            from openpyxl import Workbook as Book
        except ImportError:
            raise _missing("openpyxl") from None
        self._book: Any = Book

    def whole(self, parts: Sequence[Path], path: Path, rows: int) -> None:
        """The parts as one sheet, if a sheet can hold them."""
        refuse_too_long("xlsx", rows)
        book = self._book(write_only=True)
        sheet = book.create_sheet("export")
        with closing(sheet):
            sheet.append([_in_sheet(name) for name in self._shape.names])
            for part in parts:
                with part.open(encoding="utf-8") as file:
                    for line in file:
                        sheet.append([_in_sheet(value) for value in json.loads(line).values()])
        book.save(path)


Writer = Lines | ArrowParts


def writer(name: str, shape: Shape) -> Writer:
    """What writes the parts and the whole of a format."""
    if name == "xlsx":
        return Workbook(shape)
    if name == "parquet":
        return ArrowParts(shape.names, shape.types)
    return Lines(shape, as_json=name == "jsonl")


def refuse_too_long(form: str, rows: int) -> None:
    """Refuse more rows than a format holds."""
    if form == "xlsx" and rows >= XLSX_ROWS:
        raise SettingsError(
            f"{rows:,} rows do not fit into a sheet, which has {XLSX_ROWS:,}: use --format csv."
        )


def _in_sheet(value: Any) -> Any:
    """A cell whose whole content a sheet can hold, as Excel writes letters that XML lacks."""
    found = cell(value)
    if isinstance(found, int) and abs(found) >= EXACT:
        return str(found)
    if not isinstance(found, str):
        return found
    text = NOT_IN_XML.sub(lambda one: f"_x{ord(one[0]):04X}_", _lenient(found))
    if len(text) > XLSX_LETTERS:
        raise SettingsError(
            f"A value has {len(text):,} letters, and a cell of a sheet holds {XLSX_LETTERS:,}: "
            "use --format csv."
        )
    return text


def _lenient(text: str) -> str:
    return text.encode("utf-8", LENIENT).decode()


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
