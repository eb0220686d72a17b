"""The ledger of changes: every step of every change, each line holding the hash of the one before.

It is a table of `journal.db`. Nothing is ever changed or removed in it; a line that was, or a line
that is missing in between, shows in `verify`. A cut end shows only against a head noted elsewhere.
"""

import fcntl
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from agent.journal import JournalError
from tools.changes.change import Change, Outcome, canonical
from tools.errors import ChangeRefused

FIRST = "0" * 64
TABLE = """
CREATE TABLE IF NOT EXISTS ledger (
  n INTEGER PRIMARY KEY,
  time TEXT NOT NULL,
  change TEXT NOT NULL,
  step TEXT NOT NULL,
  who TEXT NOT NULL,
  body TEXT NOT NULL,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class Entry:
    """One step of a change."""

    n: int
    time: str
    change: str
    """The change's id."""

    step: Outcome
    who: str
    body: Mapping[str, Any]
    prev: str
    hash: str


class Ledger:
    """Steps of changes in `journal.db`; several processes may write at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def propose(self, change: Change, who: str) -> None:
        """Note a new proposal."""
        body = {"change": change.as_json(), "hash": change.hash}
        with self._writing() as database:
            _append(database, change.id, Outcome.PROPOSED, who, body)

    def advance(
        self, change_id: str, before: Outcome, after: Outcome, who: str, body: Mapping[str, Any]
    ) -> None:
        """Note a step, unless the change is not where it was thought to be: then it is refused.

        Of two processes that take the same step one wins.
        """
        with self._writing() as database:
            last = _last(database, change_id)
            if last is None or last.step is not before:
                said = f"is {last.step} already" if last else "is not known"
                raise ChangeRefused(f"The change {change_id} {said}.")
            _append(database, change_id, after, who, body)

    def last(self, change_id: str) -> Entry | None:
        """The latest step of a change."""
        with self._open() as database:
            return _last(database, change_id)

    def change(self, change_id: str) -> Change | None:
        """The change as it was proposed, if its content still has the hash that was noted."""
        with self._open() as database:
            row = database.execute(
                "SELECT * FROM ledger WHERE change = ? AND step = ? ORDER BY n LIMIT 1",
                (change_id, Outcome.PROPOSED),
            ).fetchone()
        if row is None:
            return None
        body = _entry(row).body
        found = Change.of_json(body["change"])
        if found.hash != body["hash"] or found.id != change_id:
            raise ChangeRefused(f"The change {change_id} is not what was noted: `audit verify`.")
        return found

    def latest(self, limit: int = 50) -> list[Entry]:
        """The latest step of each change, the newest change first."""
        with self._open() as database:
            rows = database.execute(
                "SELECT l.* FROM ledger AS l JOIN (SELECT max(n) AS n, min(n) AS first FROM ledger"
                " GROUP BY change) AS m ON m.n = l.n ORDER BY m.first DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [_entry(row) for row in rows]

    def steps(self, change_id: str) -> list[Entry]:
        """Every step of a change, the first one first."""
        with self._open() as database:
            rows = database.execute(
                "SELECT * FROM ledger WHERE change = ? ORDER BY n", (change_id,)
            ).fetchall()
        return [_entry(row) for row in rows]

    def verify(self, head: str = "") -> str:
        """The hash of the last line, or `JournalError` naming the line at which the chain breaks.

        With a head that was noted before, that line must still be there.
        """
        with self._open() as database:
            rows = database.execute("SELECT * FROM ledger ORDER BY n").fetchall()
        hashes = [FIRST]
        for n, row in enumerate(rows, 1):
            if not _follows(row, n, hashes[-1]):
                raise JournalError(
                    f"The ledger is broken at line {n}: it was changed by something else than"
                    " hogloop."
                )
            hashes.append(row[-1])
        if head and head not in hashes:
            raise JournalError("The ledger lacks the line with that head: its end was cut off.")
        return hashes[-1]

    @contextmanager
    def alone(self, *, wait: bool = True) -> Iterator[bool]:
        """While no other process makes or settles a change; whether that is so."""
        with self._lock() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def _lock(self) -> TextIO:
        path = self.path.with_name("changes.lock")
        try:
            return path.open("a")
        except OSError as error:
            raise JournalError(
                f"{path} can't be written ({error}): check the folder. Without it nothing is "
                "changed."
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else writes in, on the disk when it ends."""
        with self._open() as database:
            database.execute("PRAGMA synchronous = FULL")
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
            with closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as database:
                database.execute(TABLE)
                yield database
        except (OSError, sqlite3.Error) as error:
            raise JournalError(
                f"The journal {self.path} can't be used ({error}): check the folder and the disk. "
                "Without it nothing is changed."
            ) from error


def _append(
    database: sqlite3.Connection, change_id: str, step: Outcome, who: str, body: Mapping[str, Any]
) -> None:
    row = database.execute("SELECT n, hash FROM ledger ORDER BY n DESC LIMIT 1").fetchone()
    n, prev = (row[0] + 1, row[1]) if row else (1, FIRST)
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    entry = Entry(n, time, change_id, step, who, body, prev, "")
    database.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (n, time, change_id, step, who, canonical(dict(body)), prev, _hash(entry)),
    )


def _last(database: sqlite3.Connection, change_id: str) -> Entry | None:
    row = database.execute(
        "SELECT * FROM ledger WHERE change = ? ORDER BY n DESC LIMIT 1", (change_id,)
    ).fetchone()
    return _entry(row) if row else None


def _entry(row: tuple[Any, ...]) -> Entry:
    n, time, change, step, who, body, prev, found = row
    try:
        return Entry(n, time, change, Outcome(step), who, json.loads(body), prev, found)
    except (ValueError, TypeError):
        raise JournalError(f"Line {n} of the ledger can't be read: `audit verify`.") from None


def _follows(row: tuple[Any, ...], n: int, prev: str) -> bool:
    """Whether a line is as it was written, after the line before."""
    try:
        entry = _entry(row)
        return (entry.n, entry.prev, entry.hash) == (n, prev, _hash(entry))
    except (JournalError, ChangeRefused, ValueError, TypeError):
        return False


def _hash(entry: Entry) -> str:
    parts = [entry.n, entry.time, entry.change, entry.step, entry.who, dict(entry.body), entry.prev]
    return hashlib.sha256(canonical(parts).encode()).hexdigest()
