"""The bot's memory: one SQLite file, `slack.db`, that any thread of the process may use."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.journal import JournalError

TABLES = """
CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, time REAL NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, thread TEXT NOT NULL,
  user TEXT NOT NULL, channel TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, place TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS open_jobs ON jobs (state, id);
CREATE INDEX IF NOT EXISTS spent ON jobs (user, time);
CREATE TABLE IF NOT EXISTS threads (
  thread TEXT PRIMARY KEY, transcript TEXT NOT NULL, time REAL NOT NULL);
CREATE TABLE IF NOT EXISTS links (
  team TEXT NOT NULL, user TEXT NOT NULL, mail TEXT NOT NULL, code TEXT NOT NULL,
  time REAL NOT NULL, PRIMARY KEY (team, user));
CREATE TABLE IF NOT EXISTS cards (
  change TEXT PRIMARY KEY, channel TEXT NOT NULL, ts TEXT NOT NULL, asker TEXT NOT NULL,
  open INTEGER NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS feedback (
  receipt TEXT NOT NULL, user TEXT NOT NULL, said TEXT NOT NULL, time REAL NOT NULL,
  PRIMARY KEY (receipt, user));
CREATE TABLE IF NOT EXISTS refused (
  time REAL NOT NULL, team TEXT NOT NULL, user TEXT NOT NULL, channel TEXT NOT NULL,
  entry TEXT NOT NULL, reason TEXT NOT NULL);
"""


class Database:
    """The file, opened at its first use; what can't be written there is a `JournalError`."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self._path = path
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._open:
                self._open.close()
            self._open = None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, on the disk when it ends."""
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def one(self, query: str, *values: object) -> Any:
        """The first row, or None."""
        with self._reading() as connection:
            return connection.execute(query, values).fetchone()

    def all(self, query: str, *values: object) -> list[Any]:
        """Every row."""
        with self._reading() as connection:
            return connection.execute(query, values).fetchall()

    def write(self, statement: str, *values: object) -> None:
        """One statement in a transaction of its own."""
        with self.writing() as connection:
            connection.execute(statement, values)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._open is None:
                    self._open = _opened(self._path)
                yield self._open
            except (OSError, sqlite3.Error) as error:
                raise JournalError(
                    f"{self._path} can't be used ({error}): check the folder and the disk."
                ) from error


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    # One process has the file, and one sync a commit keeps acknowledgements quick.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(TABLES)
    return connection
