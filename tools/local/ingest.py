"""Takes events in: many requests in one insert, answered when everything is stored."""

import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.local import ingest_sql, tables
from tools.local.capture_event import Event
from tools.local.definitions import observe_events, observe_groups, observe_persons
from tools.local.failures import StoreError
from tools.local.ingest_clock import Clock
from tools.local.ingest_lookup import Lookup
from tools.local.ingest_pending import Pending
from tools.local.ingest_rows import Taken, rows
from tools.local.materialise import outdate, written_too
from tools.local.meta import Meta
from tools.local.session_spread import widen
from tools.local.store import Store
from tools.local.turns import Turns

PATIENCE = 10.0
"""Seconds that a request waits for an import; then its sender is to try again."""

BUSY = "The project is being filled from a file: send again in a minute."
FAILED = "The events that came together with others failed: send them again."

UNREADABLE = ("CANNOT_PARSE", "CANNOT_CONVERT", "INCORRECT_DATA", "TYPE_MISMATCH")
"""How ClickHouse's errors begin that no second try can mend."""

SCHEMA = "CREATE TABLE IF NOT EXISTS personless (distinct_id TEXT PRIMARY KEY) WITHOUT ROWID"
_LEARNT = {"events": observe_events, "persons": observe_persons, "groups": observe_groups}

log = logging.getLogger(__name__)


class NotStored(Exception):
    """Nothing of a request was acknowledged; the text says why and what to do."""


@dataclass(eq=False)
class _Waiting:
    """A request whose events are to be stored."""

    events: Sequence[Event]
    done: bool = False
    failure: NotStored | None = None


class Ingest:
    """Stores the events of one project."""

    def __init__(
        self,
        folder: Path,
        meta: Meta,
        store: Store,
        filling: Turns,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._folder = folder
        self._meta = meta
        self._store = store
        self._filling = filling
        self._patience = patience
        self._pending = Pending(folder)
        self._queue: list[_Waiting] = []
        self._queueing = threading.Lock()
        self._clock = Clock()
        with meta.transaction() as db:
            db.execute(SCHEMA)
        self._finish_the_last()

    def now(self) -> datetime:
        """When an event that comes in now comes in, by the project's clock."""
        return self._meta.project.now or datetime.now(UTC)

    def take(self, events: Sequence[Event]) -> None:
        """Store events; whoever comes first does it for all who wait."""
        waiting = _Waiting(events)
        with self._queueing:
            self._queue.append(waiting)
        if not self._filling.acquire(timeout=self._patience):
            self._give_up(waiting)
        else:
            try:
                self._take_all(waiting)
            finally:
                self._filling.release()
        if waiting.failure:
            raise waiting.failure

    def _give_up(self, waiting: _Waiting) -> None:
        with self._queueing:
            if waiting in self._queue:
                self._queue.remove(waiting)
        waiting.failure = NotStored(BUSY)

    def _take_all(self, waiting: _Waiting) -> None:
        if waiting.done:
            return
        with self._queueing:
            group, self._queue[:] = list(self._queue), []
        failure: NotStored | None = NotStored(FAILED)
        try:
            failure = self._try([event for each in group for event in each.events])
        finally:
            # Also where it ends by a bug of ours: whoever waits must not take it for stored.
            for each in group:
                each.failure, each.done = failure, True

    def _try(self, events: Sequence[Event]) -> NotStored | None:
        try:
            self._write(again=True)
            self._take(events)
        except (StoreError, OSError, sqlite3.Error) as error:
            log.error("events could not be stored: %s", error)
            self._set_aside(error)
            reason = str(error).rstrip(".")
            return NotStored(f"The project can't be written ({reason}): check the disk.")
        return None

    def _take(self, events: Sequence[Event]) -> None:
        self._clock.look(log)
        project = self._meta.project
        found = Lookup(self._pending, self._meta, self._store, project).of(events)
        if not found.events:
            return
        taken = rows(found, self.now())
        self._note(taken)
        self._pending.put(taken.tables)
        self._write(again=False)

    def _note(self, taken: Taken) -> None:
        """What must be known before the rows are there; to know too much does no harm."""
        taken.groups.learn(self._meta)
        widen(self._meta, taken.tables["events"])
        if taken.personless:
            with self._meta.transaction() as db:
                many = [(distinct_id,) for distinct_id in taken.personless]
                db.executemany("INSERT OR IGNORE INTO personless VALUES (?)", many)

    def _write(self, *, again: bool) -> None:
        """Write the group that is pending, if there is one, to the end."""
        if not self._pending.exists():
            return
        there = self._pending.tables()
        also = written_too(self._meta)
        merged = "person_distinct_id_overrides" in there
        if merged or not also:
            outdate(self._meta, properties=not also, persons=merged, sessions=False)
        for table, names in ingest_sql.COLUMNS.items():
            if table in there:
                self._insert(table, names, also if table == "events" else {}, again)
        self._pending.done()

    def _insert(
        self, table: str, names: Sequence[str], also: Mapping[str, str], again: bool
    ) -> None:
        path, shape = self._pending.path / table, tables.shape(table, names)
        with self._store.file(path, "JSONEachRow", shape) as source:
            self._store.write(ingest_sql.insert(table, source, also, again=again))
            if table in _LEARNT:
                _LEARNT[table](self._meta, self._store, source)

    def _finish_the_last(self) -> None:
        """Complete what a process that died had begun."""
        try:
            self._write(again=True)
        except (StoreError, OSError) as error:
            # Nobody was told that these events are stored: their sender sends them again.
            log.error("a group of events is not complete: %s", error)
            self._set_aside(error)

    def _set_aside(self, error: Exception) -> None:
        """Let a group that can never be written stand in nobody's way."""
        if isinstance(error, StoreError) and error.name.startswith(UNREADABLE):
            now = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
            self._pending.set_aside(self._folder / "rejects" / f"events-{now}")
