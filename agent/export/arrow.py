"""Parquet, through the one door to pyarrow outside the embedded project."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from agent.errors import SettingsError

WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)")


class ArrowParts:
    """Parts are Parquet files, and the whole has their row groups one after the other."""

    def __init__(self, names: Sequence[str], types: Sequence[str]) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise SettingsError(
                "Parquet needs pyarrow: pip install 'hogloop[export]', or use --format csv."
            ) from None
        self._arrow: Any = pyarrow
        fields = [(name, self._type(kind)) for name, kind in zip(names, types, strict=True)]
        self._schema = pyarrow.schema(fields)

    def part(self, rows: Iterator[list[list[Any]]], path: Path) -> int:
        """Write the rows of a part; how many they are."""
        count = 0
        with self._writer(path) as file:
            for page in rows:
                file.write_table(self._table(page))
                count += len(page)
        return count

    def whole(self, parts: Sequence[Path], path: Path, rows: int) -> None:
        """The parts as one file, a row group in memory at a time."""
        with self._writer(path) as file:
            for part in parts:
                found = self._arrow.parquet.ParquetFile(part)
                for number in range(found.num_row_groups):
                    file.write_table(found.read_row_group(number))

    def _writer(self, path: Path) -> Any:
        return self._arrow.parquet.ParquetWriter(path, self._schema, compression="zstd")

    def _table(self, page: list[list[Any]]) -> Any:
        none: list[tuple[Any, ...]] = [() for _ in self._schema]
        columns = list(zip(*page, strict=True)) if page else none
        arrays = [
            self._array(values, field.type)
            for values, field in zip(columns, self._schema, strict=True)
        ]
        return self._arrow.Table.from_arrays(arrays, schema=self._schema)

    def _array(self, values: Sequence[Any], kind: Any) -> Any:
        types = self._arrow.types
        if types.is_timestamp(kind):
            return self._arrow.array(values, self._arrow.string()).cast(kind)
        if types.is_string(kind):
            return self._texts(values, kind)
        if types.is_boolean(kind):
            return self._arrow.array([None if v is None else bool(v) for v in values], kind)
        return self._arrow.array(values, kind)

    def _texts(self, values: Sequence[Any], kind: Any) -> Any:
        """Texts as they are, which nearly all are; else each of them made one."""
        try:
            return self._arrow.array(values, kind)
        except (self._arrow.ArrowException, UnicodeError):
            return self._arrow.array([_text(value) for value in values], kind)

    def _type(self, kind: str) -> Any:
        """The type of ClickHouse as one of Parquet; what has no like is text."""
        while found := WRAPPED.fullmatch(kind):
            kind = found[1]
        arrow = self._arrow
        if kind.startswith("DateTime"):
            return arrow.timestamp("us", tz="UTC")
        if kind.startswith("Bool"):
            return arrow.bool_()
        if re.fullmatch(r"U?Int(8|16|32|64)", kind):
            return getattr(arrow, kind.lower())()
        return arrow.float64() if kind.startswith("Float") else arrow.string()


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()
