"""All events or sessions of an interval as files, in parts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from tools.local.hogql import compile_tree, nodes
from tools.local.hogql.kinds import Node
from tools.local.home import Home
from tools.local.queries.reader import Reader
from tools.local.results import read_result

Model = Literal["events", "sessions"]
Form = Literal["JSONLines", "Parquet"]
PART = 50_000
"""Rows of one file."""

COMPRESSIONS: Mapping[str, Sequence[str]] = {
    "JSONLines": ("gzip", "brotli", "zstd", "lz4"),
    "Parquet": ("zstd", "lz4", "snappy", "gzip", "brotli"),
}
_SELECTS: Mapping[str, str] = {
    "events": (
        "SELECT toString(uuid) AS uuid, event, toString(properties) AS properties, distinct_id, "
        "toString(person_id) AS person_id, toString(person.properties) AS person_properties, "
        "elements_chain, created_at, timestamp FROM events WHERE {test} "
        "ORDER BY timestamp, uuid LIMIT {limit} OFFSET {offset}"
    ),
    "sessions": (
        "SELECT session_id, distinct_id, $start_timestamp, $end_timestamp, $session_duration, "
        "$entry_current_url, $end_current_url, $pageview_count, $autocapture_count, $is_bounce, "
        "$channel_type FROM sessions WHERE {test} "
        "ORDER BY $start_timestamp, session_id LIMIT {limit} OFFSET {offset}"
    ),
}
_TIMES = {"events": "timestamp", "sessions": "$start_timestamp"}
_JSON = ("properties", "person_properties")


@dataclass(frozen=True)
class Extract:
    """What is to be written."""

    model: Model
    form: Form
    compression: str | None
    start: datetime
    end: datetime
    """The first instant after."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    @property
    def suffix(self) -> str:
        """How its files are called."""
        if self.form == "Parquet":
            return "parquet"
        return f"jsonl.{self.compression}" if self.compression else "jsonl"


@dataclass(frozen=True)
class Part:
    """One file."""

    content: bytes
    rows: int


def parts(extract: Extract, home: Home) -> Iterator[Part]:
    """The files; one without rows where there are none."""
    offset = 0
    while True:
        part = _part(extract, home, offset)
        if part.rows or not offset:
            yield part
        if part.rows < PART:
            return
        offset += PART


def _part(extract: Extract, home: Home, offset: int) -> Part:
    reader = Reader.of(home)
    tree = nodes.query(
        _SELECTS[extract.model],
        test=_test(extract, reader),
        limit=nodes.constant(PART),
        offset=nodes.constant(offset),
    )
    sql = compile_tree(tree, replace(reader.context, max_limit=PART)).sql
    if extract.form == "Parquet":
        method = extract.compression or "none"
        written = home.store.read(
            f"{sql} SETTINGS output_format_parquet_compression_method = '{method}'", "Parquet"
        )
        return Part(written, _rows_of(written))
    lines, types = read_result(home.store.read(sql))
    names = [name for name, _ in types]
    text = "".join(_line(dict(zip(names, line, strict=True))) for line in lines)
    return Part(_compressed(text.encode(), extract.compression), len(lines))


def _test(extract: Extract, reader: Reader) -> Node:
    at = nodes.field(_TIMES[extract.model])
    tests = [
        nodes.compare(">=", at, reader.moment(extract.start)),
        nodes.compare("<", at, reader.moment(extract.end)),
    ]
    event = nodes.field("event")
    if extract.include:
        tests.append(nodes.compare("in", event, nodes.constant(tuple(extract.include))))
    if extract.exclude:
        tests.append(nodes.compare("not in", event, nodes.constant(tuple(extract.exclude))))
    return nodes.all_of(tests)


def _line(row: dict[str, Any]) -> str:
    for name in _JSON:
        if name in row:
            row[name] = json.loads(row[name] or "{}")
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def _compressed(raw: bytes, method: str | None) -> bytes:
    if method is None:
        return raw
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, method) as out:
        out.write(raw)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _rows_of(written: bytes) -> int:
    from pyarrow.parquet import ParquetFile

    rows: int = ParquetFile(pa.BufferReader(written)).metadata.num_rows
    return rows
