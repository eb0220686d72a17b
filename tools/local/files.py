"""Files of events, whatever their form, as slices of JSON lines of bounded size."""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tools.errors import LocalProjectError

SLICE = 16 * 1024 * 1024
LONGEST = 64 * 1024 * 1024
SNIFFED = 1000
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?([eE][-+]?\d{1,2})?$")
_KINDS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True)
class Slice:
    """Some JSON lines of a file, the number of the first, and how far the file has been read."""

    first: int
    lines: bytes
    bytes_read: int
    bytes_total: int


def slices(path: Path) -> Iterator[Slice]:
    """Cut a file into slices; a CSV's first row after the header is line 2, as in an editor."""
    kind, compression = _form(path)
    try:
        if kind == "parquet":
            yield from _parquet(path)
        else:
            yield from _text(path, kind, compression)
    except UnicodeDecodeError as error:
        raise LocalProjectError(f"{path.name} can't be read: it is not UTF-8 text.") from error
    except (OSError, pa.ArrowException, csv.Error) as error:
        reason = str(error).rstrip(".")
        raise LocalProjectError(f"{path.name} can't be read: {reason}.") from error


def _form(path: Path) -> tuple[str, str | None]:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compression = _COMPRESSIONS.get(suffixes[-1]) if suffixes else None
    kept = suffixes[:-1] if compression else suffixes
    kind = _KINDS.get(kept[-1]) if kept else None
    if kind is None or (kind == "parquet" and compression):
        raise LocalProjectError(
            f"{path.name} is of no known kind: import .jsonl, .csv (also .gz or .zst) or .parquet."
        )
    return kind, compression


def _text(path: Path, kind: str, compression: str | None) -> Iterator[Slice]:
    total = path.stat().st_size
    with pa.OSFile(str(path)) as raw:
        stream = pa.CompressedInputStream(raw, compression) if compression else raw
        blocks = _blocks(stream)
        first = 1
        if kind == "csv":
            first, blocks = 2, _packed(_csv_rows(stream))
        for block in blocks:
            yield Slice(first, block, raw.tell(), total)
            first += block.count(b"\n")


def _blocks(stream: Any) -> Iterator[bytes]:
    """Blocks that end at the end of a line."""
    rest = b""
    while chunk := stream.read(SLICE):
        at = chunk.rfind(b"\n") + 1
        if at:
            yield rest + chunk[:at]
            rest = chunk[at:]
        else:
            rest += chunk
        if len(rest) > LONGEST:
            raise LocalProjectError(f"A line is longer than {LONGEST >> 20} MB: are these lines?")
    if rest:
        yield rest + b"\n"


def _packed(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Rows as JSON lines, some ten thousand at a time."""
    lines = (_line(row) for row in rows)
    while batch := b"".join(itertools.islice(lines, 10_000)):
        yield batch


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n"


def _plain(value: object) -> object:
    """What JSON has no word for, as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _csv_rows(stream: Any) -> Iterator[dict[str, Any]]:
    """Rows of a CSV; a column whose first thousand values are numbers holds numbers."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        first = text.readline()
        rows = itertools.chain([first], text)
        reader = csv.DictReader(rows, restkey="(beyond the header)", delimiter=_delimiter(first))
        reader.fieldnames = _distinct(reader.fieldnames or ())
        head = list(itertools.islice(reader, SNIFFED))
        names = reader.fieldnames or ()
        numeric = {name for name in names if _numbers(row.get(name) for row in head)}
        for row in itertools.chain(head, reader):
            yield {key: _cell(cell, key in numeric) for key, cell in row.items() if cell != ""}
    finally:
        # Whoever opened the stream still asks how far it has been read.
        text.detach()


def _delimiter(header: str) -> str:
    """What stands most often in the header: a comma, or what spreadsheets write instead."""
    return max(",;\t|", key=header.count)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, a repeated one with its number, so that no column hides another."""
    return [
        f"{name} ({count})" if (count := names[: i + 1].count(name)) > 1 else name
        for i, name in enumerate(names)
    ]


def _numbers(cells: Iterable[str | None]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.match(cell) for cell in filled)


def _cell(value: Any, numeric: bool) -> Any:
    if not isinstance(value, str):
        return value
    if numeric and _NUMBER.match(value):
        return float(value) if {".", "e", "E"} & set(value) else int(value)
    return {"true": True, "false": False}.get(value.lower(), value)


def _parquet(path: Path) -> Iterator[Slice]:
    total = path.stat().st_size
    with pq.ParquetFile(path) as file:
        rows, done = file.metadata.num_rows or 1, 0
        for batch in file.iter_batches(batch_size=10_000):
            lines = b"".join(_line(_filled(row)) for row in batch.to_pylist())
            yield Slice(done + 1, lines, total * (done + batch.num_rows) // rows, total)
            done += batch.num_rows


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
