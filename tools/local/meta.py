"""What a project knows besides its rows: a small SQLite file in the project's folder."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS project (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, timezone TEXT NOT NULL, week_start INTEGER NOT NULL,
  now TEXT, group_types TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS keys (
  id TEXT PRIMARY KEY, label TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, mask TEXT NOT NULL,
  scopes TEXT NOT NULL, teams TEXT NOT NULL, created_at TEXT NOT NULL, last_used_at TEXT
);
CREATE TABLE IF NOT EXISTS documents (
  kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS activity ON documents (
  json_extract(body, '$.scope'), json_extract(body, '$.item_id'), CAST(id AS INTEGER)
) WHERE kind = 'activity_log';
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event_definitions (
  name TEXT PRIMARY KEY, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS property_definitions (
  type TEXT NOT NULL, group_index INTEGER NOT NULL, name TEXT NOT NULL,
  shapes TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (type, group_index, name)
);
CREATE TABLE IF NOT EXISTS event_properties (
  event TEXT NOT NULL, property TEXT NOT NULL, PRIMARY KEY (event, property)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class ProjectRow:
    """The project as its own file describes it."""

    id: int
    name: str
    timezone: str
    week_start: int
    """0 Sunday, 1 Monday."""

    now: datetime | None
    """Where the project's clock stands still; None for the real clock."""

    group_types: tuple[str, ...]
    created_at: str


class Meta:
    """One connection to a project's `meta.db`, safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.RLock()
        self._within = False
        self._db = sqlite3.connect(folder / "meta.db", timeout=10, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the statements, or none; one within another is a part of it."""
        with self._lock:
            if self._within:
                yield self._db
                return
            self._within = True
            try:
                with self._db:
                    # At once, so that no other process writes between what is read and written.
                    self._db.execute("BEGIN IMMEDIATE")
                    yield self._db
            finally:
                self._within = False

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """The rows of a SELECT."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    @property
    def version(self) -> tuple[int, int]:
        """Another pair after every change, of this process or of another one."""
        with self._lock:
            (others,) = self._db.execute("PRAGMA data_version").fetchone()
            return self._db.total_changes, others

    @property
    def project(self) -> ProjectRow:
        """The project as it is now."""
        row = dict(self.rows("SELECT * FROM project")[0])
        row["now"] = datetime.fromisoformat(row["now"]) if row["now"] else None
        row["group_types"] = tuple(json.loads(row["group_types"]))
        return ProjectRow(**row)

    def save_project(self, project: ProjectRow) -> None:
        """Write the project's own row."""
        row = (
            project.id,
            project.name,
            project.timezone,
            project.week_start,
            project.now.isoformat() if project.now else None,
            json.dumps(project.group_types),
            project.created_at,
        )
        with self.transaction() as db:
            db.execute("DELETE FROM project")
            db.execute("INSERT INTO project VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def set_clock(self, now: datetime | None) -> None:
        """Stop the project's clock at an instant, or set it going."""
        self.save_project(replace(self.project, now=now))

    def fact(self, name: str) -> Any:
        """A remembered value, None when there is none."""
        found = self.rows("SELECT value FROM facts WHERE name = ?", name)
        return json.loads(found[0]["value"]) if found else None

    def remember(self, name: str, value: object) -> None:
        """Keep a value under a name."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def documents(self, kind: str) -> list[dict[str, Any]]:
        """Every object of a kind, by id."""
        found = self.rows(
            "SELECT body FROM documents WHERE kind = ? ORDER BY CAST(id AS INTEGER), id", kind
        )
        return [json.loads(row["body"]) for row in found]

    def document(self, kind: str, key: int | str) -> dict[str, Any] | None:
        """One object of a kind, None when there is none of this id."""
        found = self.rows("SELECT body FROM documents WHERE kind = ? AND id = ?", kind, str(key))
        return json.loads(found[0]["body"]) if found else None

    def add_document(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Write a new object; its `id` is the next number of its kind."""
        with self.transaction() as db:
            sql = "SELECT coalesce(max(CAST(id AS INTEGER)), 0) + 1 FROM documents WHERE kind = ?"
            made = {"id": db.execute(sql, (kind,)).fetchone()[0], **body}
            self.put_documents({kind: [made]})
        return made

    def remove_document(self, kind: str, key: int | str) -> None:
        """Forget one object."""
        with self.transaction() as db:
            db.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, str(key)))

    def put_documents(self, documents: dict[str, list[dict[str, Any]]]) -> None:
        """Write objects by kind, over those of the same id."""
        rows = [
            (kind, str(body["id"]), json.dumps(body))
            for kind, bodies in documents.items()
            for body in bodies
        ]
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", rows)


def utc_now() -> str:
    """This instant as PostHog writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
