"""What makes queries fast, made in the background: columns of hot properties and of persons.

A column holds exactly what PostHog's expression reads from the JSON, so answers stay the same.
"""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterable

from tools.local import person_column, session_spread
from tools.local.activity import Activity
from tools.local.definitions import properties as defined
from tools.local.failures import StoreError
from tools.local.import_sql import quoted
from tools.local.meta import Meta
from tools.local.store import Store
from tools.local.turns import Turns

FACT = "filled_columns"
COLUMNS = 30
FEWEST = 100_000
"""Rows below which reading the JSON is fast enough."""

END = "KILL MUTATION WHERE database = currentDatabase() AND table = 'events' ASYNC"
PATIENCE = 10.0
"""Seconds that closing waits."""

log = logging.getLogger(__name__)


class Materialiser:
    """Keeps the columns of hot properties filled; at most one thread of it runs."""

    def __init__(self, meta: Meta, store: Store, activity: Activity, filling: Turns) -> None:
        self._meta = meta
        self._store = store
        self._activity = activity
        self._filling = filling
        self._running = threading.Lock()
        self._closed = threading.Event()

    def start(self) -> None:
        """Fill what is not filled, beside everything else; safe to call at any time."""
        known = columns(self._meta) and person_column.is_filled(self._meta)
        if not (known and session_spread.is_measured(self._meta)):
            threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """End what is being filled: ClickHouse must not work when its process ends."""
        self._closed.set()
        deadline = time.monotonic() + PATIENCE
        while not self._running.acquire(timeout=0.1) and time.monotonic() < deadline:
            try:
                self._store.write_beside(END)
            except StoreError as error:
                log.warning("columns are still being filled: %s", error)
                return

    def _run(self) -> None:
        with self._running:
            if self._closed.is_set():
                return
            self._activity.begin()
            try:
                self._make()
            except StoreError as error:
                # Queries read the JSON instead: slower, never wrong.
                if not self._closed.is_set():
                    log.warning("properties stay in JSON: %s", error)
            finally:
                self._activity.end()

    def _make(self) -> None:
        """The columns of properties come last; what was made too early is made again before."""
        for again in (True, False):
            before = self._generation()
            self._measure_sessions()
            self._fill_persons(before)
            if not again or self._generation() == before:
                self._fill(before)
                return

    def _generation(self) -> object:
        """A number of what is there, once nobody is adding more of it."""
        with self._filling:
            return self._meta.fact("generation")

    def _measure_sessions(self) -> None:
        with self._filling:
            if not session_spread.is_measured(self._meta):
                session_spread.measure(self._meta, self._store)

    def _fill_persons(self, before: object) -> None:
        is_filled = person_column.is_filled(self._meta) or not self._count(person_column.COUNT)
        if is_filled or self._is_small():
            return
        self._store.write(person_column.ADD)
        self._store.write_beside(person_column.FILL)
        with self._filling:
            if self._meta.fact("generation") == before:
                self._meta.remember(person_column.FACT, True)

    def _fill(self, before: object) -> None:
        keys = self._keys()
        if not keys or columns(self._meta):
            return
        mark = _mark(keys)
        added = ", ".join(
            f"ADD COLUMN IF NOT EXISTS {_column(key)} Nullable(String)" for key in keys
        )
        self._store.write(f"ALTER TABLE events {added}, ADD COLUMN IF NOT EXISTS {mark} Bool")
        filled = ", ".join(f"{_column(key)} = {expression(key)}" for key in keys)
        update = f"ALTER TABLE events UPDATE {filled}, {mark} = 1 WHERE NOT {mark} "
        update += "SETTINGS mutations_sync = 1"
        self._store.write_beside(update)
        self._finish(keys, before, mark, update)

    def _finish(self, keys: list[str], before: object, mark: str, update: str) -> None:
        """Use the columns; rows that came in meanwhile are filled first, unless they are many."""
        with self._filling:
            if self._meta.fact("generation") != before:
                if self._count(f"SELECT count() FROM events WHERE NOT {mark}") > FEWEST:
                    return
                self._store.write(update)
            self._meta.remember(FACT, {key: _column(key) for key in keys})
            log.info("%d properties have columns", len(keys))

    def _keys(self) -> list[str]:
        """The properties on most rows; those of last time while they are still among them."""
        if self._is_small():
            return []
        found = [row for row in defined(self._meta) if row.type == "event" and row.scalar]
        found.sort(key=lambda row: -row.seen)
        wanted = [row.name for row in found[:COLUMNS]]
        last: list[str] = self._meta.fact("materialised_keys") or []
        if set(wanted[: COLUMNS // 2]) <= set(last):
            return last
        self._meta.remember("materialised_keys", wanted)
        return wanted

    def _is_small(self) -> bool:
        return self._count("SELECT count() FROM events") < FEWEST

    def _count(self, sql: str) -> int:
        return int(self._store.read(sql, "TSV"))


def columns(meta: Meta) -> dict[str, str]:
    """The column of each property that has one whose every row is filled."""
    found: dict[str, str] = meta.fact(FACT) or {}
    return found


def written_too(meta: Meta) -> dict[str, str]:
    """The columns in use with what a new row holds in them, so that they stay filled."""
    known = columns(meta)
    if not known:
        return {}
    mark = _mark(known)
    return {name: expression(key) for key, name in known.items()} | {mark: "1"}


def outdate(
    meta: Meta, *, properties: bool = True, persons: bool = True, sessions: bool = True
) -> None:
    """Before rows are added: do without what is known of those there until it is made again."""
    with meta.transaction():
        if properties:
            meta.remember(FACT, {})
        if persons:
            meta.remember(person_column.FACT, False)
        if sessions:
            meta.remember(session_spread.FACT, None)
        meta.remember("generation", (meta.fact("generation") or 0) + 1)


def expression(key: str) -> str:
    """PostHog's reading of a property."""
    raw = f"JSONExtractRaw(properties, {quoted(key)})"
    return f"replaceRegexpAll(nullIf(nullIf({raw}, ''), 'null'), '^\"|\"$', '')"


def _column(key: str) -> str:
    return f"mat_{_hash(key)}"


def _mark(keys: Iterable[str]) -> str:
    """The column that says of a row that the columns of all these keys are filled."""
    return f"all_{_hash(json.dumps(sorted(keys)))}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
