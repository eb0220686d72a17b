"""The rows of a project in a folder, through chDB: the only module that imports it."""

import itertools
import os
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chdb import ChdbError
from chdb.session import Session

from tools.local import tables
from tools.local.failures import StoreError
from tools.local.import_sql import quoted
from tools.local.store import MAX_BYTES, PROGRESS, READING, SHARED, STOP, typed

READERS = 4
SELF_DESCRIBING = ("Arrow", "Parquet")
"""Formats that tell the types of their columns; of others ClickHouse would guess them."""

TOO_LARGE = "Limit for result exceeded, max bytes: 256.00 MiB."


class ChdbStore:
    """One ClickHouse folder: several readers at once, one writer.

    Only SQL printed by the HogQL compiler, or written in this package, may come here.
    """

    def __init__(self, folder: Path) -> None:
        self._path = str(folder)
        self._changes = itertools.count(1)
        self.written = 0
        self._writer = self._session(SHARED)
        self._writing = threading.Lock()
        self._readers: queue.LifoQueue[Any] = queue.LifoQueue()
        for statement in tables.ALL:
            self.write(statement)
        self._reading = {
            **SHARED,
            **READING,
            "max_memory_usage": _half_of_memory(),
            "readonly": 2,
        }
        for _ in range(READERS):
            self._readers.put(self._session(self._reading))

    def close(self) -> None:
        """Give the folder back."""
        while not self._readers.empty():
            _close(self._readers.get())
        self._writer.close()

    def read(self, sql: str, form: str = "JSONCompact") -> bytes:
        """The result of one statement that can change nothing."""
        with self._reader() as session:
            return _run(session, sql, form)

    def write(self, sql: str) -> None:
        """Run one statement that changes something; writers wait for each other."""
        try:
            with self._writing:
                _run(self._writer, sql, "Null")
        finally:
            # A statement that failed may have written a part.
            self.written = next(self._changes)

    def write_beside(self, sql: str) -> None:
        """Run one long statement that other writers need not wait for."""
        try:
            self._beside(sql)
        finally:
            self.written = next(self._changes)

    def stop(self, mark: str) -> None:
        """End what runs under this mark, waiting for nobody."""
        self._beside(STOP.format(mark=mark))

    def progress(self, mark: str) -> bytes:
        """The columns of PROGRESS for what runs under this mark, waiting for nobody."""
        return self._beside(PROGRESS.format(mark=mark), "JSONCompact")

    def _beside(self, sql: str, form: str = "Null") -> bytes:
        session = self._session(SHARED)
        try:
            return _run(session, sql, form)
        finally:
            session.close()

    @contextmanager
    def file(self, path: Path, form: str, shape: str) -> Iterator[str]:
        """What SQL calls the rows of a file while it is being read."""
        parts = [str(path), form, *([] if form in SELF_DESCRIBING else [shape])]
        yield f"file({', '.join(map(quoted, parts))})"

    def _session(self, settings: dict[str, Any]) -> Any:
        session: Any = Session(self._path)  # type: ignore[no-untyped-call]
        _run(session, "SET " + ", ".join(f"{key}={value}" for key, value in settings.items()))
        return session

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        session = self._readers.get()
        try:
            session = session or self._session(self._reading)
            yield session
        except StoreError:
            # The next answer of a session that failed begins with the rest of the failed one.
            _close(session)
            session = None
            raise
        finally:
            self._readers.put(session)


def _close(session: Any) -> None:
    if session is not None:
        session.close()


def _run(session: Any, sql: str, form: str = "Null") -> bytes:
    try:
        result = session.query(sql, form)
    except ChdbError as error:
        raise typed(str(error)) from None
    if result.size() > MAX_BYTES:
        # ClickHouse's own limit counts a constant once, however many rows repeat it.
        raise StoreError(396, "TOO_MANY_ROWS_OR_BYTES", TOO_LARGE)
    written: bytes = result.bytes()
    return written


def _half_of_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
