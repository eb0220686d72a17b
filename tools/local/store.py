"""The rows of a project in ClickHouse: the only module that imports chdb."""

import os
import queue
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chdb import ChdbError
from chdb.session import Session

from tools.local import tables
from tools.local.failures import StoreError

READERS = 4
MAX_SECONDS = 60
MAX_ROWS = 100_000
MAX_BYTES = 256 * 1024 * 1024
TOO_LARGE = "Limit for result exceeded, max bytes: 256.00 MiB."
_ERROR = re.compile(
    r"Code: (\d+)\. DB::Exception: (.*?)(?:: In scope .*)?\s*\(([A-Z][A-Z0-9_]+)\)\s*$", re.DOTALL
)
_SHARED = {
    "session_timezone": "'UTC'",
    "max_partitions_per_insert_block": 0,
    "schema_inference_make_columns_nullable": 0,
}
_READING = {
    "transform_null_in": 1,
    "max_execution_time": MAX_SECONDS,
    "max_result_rows": MAX_ROWS,
    "max_result_bytes": MAX_BYTES,
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_denormals": 0,
    "output_format_json_quote_decimals": 1,
    "output_format_decimal_trailing_zeros": 1,
    "output_format_json_named_tuples_as_objects": 0,
    "output_format_json_escape_forward_slashes": 0,
    "output_format_json_validate_utf8": 1,
    "date_time_output_format": "'iso'",
}


class Store:
    """One ClickHouse folder: several readers at once, one writer.

    Only SQL printed by the HogQL compiler, or written in this package, may come here.
    """

    def __init__(self, folder: Path) -> None:
        self._path = str(folder)
        self._writer = self._session(_SHARED)
        self._writing = threading.Lock()
        self._readers: queue.LifoQueue[Any] = queue.LifoQueue()
        for statement in tables.ALL:
            self.write(statement)
        self._reading = {
            **_SHARED,
            **_READING,
            "max_memory_usage": _half_of_memory(),
            "readonly": 2,
        }
        for _ in range(READERS):
            self._readers.put(self._session(self._reading))

    def close(self) -> None:
        """Give the folder back."""
        while not self._readers.empty():
            self._readers.get().close()
        self._writer.close()

    def read(self, sql: str, form: str = "JSONCompact") -> bytes:
        """The result of one statement that can change nothing."""
        with self._reader() as session:
            return _run(session, sql, form)

    def write(self, sql: str) -> None:
        """Run one statement that changes something; writers wait for each other."""
        with self._writing:
            _run(self._writer, sql, "Null")

    def write_beside(self, sql: str) -> None:
        """Run one long statement that other writers need not wait for."""
        session = self._session(_SHARED)
        try:
            _run(session, sql)
        finally:
            session.close()

    def _session(self, settings: dict[str, Any]) -> Any:
        session: Any = Session(self._path)  # type: ignore[no-untyped-call]
        _run(session, "SET " + ", ".join(f"{key}={value}" for key, value in settings.items()))
        return session

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        session = self._readers.get()
        try:
            yield session
        except StoreError:
            # The next answer of a session that failed begins with the rest of the failed one.
            session.close()
            session = self._session(self._reading)
            raise
        finally:
            self._readers.put(session)


def _run(session: Any, sql: str, form: str = "Null") -> bytes:
    try:
        result = session.query(sql, form)
    except ChdbError as error:
        raise _typed(str(error)) from None
    if result.size() > MAX_BYTES:
        # ClickHouse's own limit counts a constant once, however many rows repeat it.
        raise StoreError(396, "TOO_MANY_ROWS_OR_BYTES", TOO_LARGE)
    written: bytes = result.bytes()
    return written


def _typed(text: str) -> StoreError:
    """ClickHouse's code, name and sentence, without its stack."""
    found = _ERROR.search(text)
    if not found:
        return StoreError(0, "UNKNOWN", text)
    return StoreError(int(found[1]), found[3], found[2])


def _half_of_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
