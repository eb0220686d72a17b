"""Streams of events, by hypothesis or by hand, in a small project inside the test process."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tools.local.folder import create_project
from tools.local.home import Home, open_home
from tools.local.queries.reader import Reader
from tools.local.queries.run import run

NOW = datetime(2026, 4, 2, 12, 30, tzinfo=UTC)
"""The clock of every project here: summer time begins within three weeks before it."""

VISITS = tuple(f"01958000-0000-7000-8000-{number:012}" for number in (1, 2, 3))
"""Session ids in the form that PostHog knows sessions by."""

TYPES = {"amount": "n", "vip": "b", "when": "d", "utm_source": "s"}
"""Event properties that the project has definitions of, with the letter of their shape."""

_TABLES = ("events", "persons", "person_distinct_ids", "person_distinct_id_overrides", "groups")


@dataclass(frozen=True)
class Event:
    """One event of a stream; people and distinct ids go by numbers."""

    event: str
    person: int
    at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    session: str = ""
    group: str = ""
    """The key of the first group type, company."""

    distinct_id: str = ""
    """p1 for person 1, unless it says otherwise."""

    person_properties: Mapping[str, Any] = field(default_factory=dict)
    person_since: datetime = NOW - timedelta(days=365)

    def row(self, number: int) -> dict[str, Any]:
        """The event as a row of ClickHouse."""
        return {
            "uuid": f"00000000-0000-4000-8000-{number:012}",
            "event": self.event,
            "timestamp": _time(self.at),
            "distinct_id": self.distinct_id or f"p{self.person}",
            "person_id": person_id(self.person),
            "person_created_at": _time(self.person_since),
            "properties": json.dumps(self.properties),
            "person_properties": json.dumps(self.person_properties),
            "$session_id": self.session,
            "$group_0": self.group,
        }


@dataclass(frozen=True)
class StreamProject:
    """An open project whose events change from example to example."""

    home: Home

    def place(self, timezone: str, *, week_start: int = 1) -> None:
        """Move the project to a time zone."""
        meta = self.home.meta
        meta.save_project(replace(meta.project, timezone=timezone, week_start=week_start))

    def load(
        self, events: Sequence[Event], *, merged: Mapping[str, int] | None = None, **tables: Any
    ) -> None:
        """Put these events in the place of all; `merged` distinct ids belong to another person.

        Rows of other tables go in by the name of their table.
        """
        overrides = [
            {"distinct_id": one, "person_id": person_id(other), "version": 1}
            for one, other in (merged or {}).items()
        ]
        rows = {
            "events": [event.row(number) for number, event in enumerate(events)],
            "person_distinct_id_overrides": overrides,
            **tables,
        }
        for table in _TABLES:
            self.home.store.write(f"TRUNCATE TABLE {table}")
            if rows.get(table):
                lines = "\n".join(json.dumps(row) for row in rows[table])
                self.home.store.write(f"INSERT INTO {table} FORMAT JSONEachRow {lines}")

    def ask(self, kind: str, **query: Any) -> dict[str, Any]:
        """The answer to one typed query."""
        return run({"kind": kind, **query}, Reader.of(self.home))


def person_id(number: int) -> str:
    """The id of a person."""
    return f"10000000-0000-0000-0000-{number:012}"


@contextmanager
def stream_project(folder: Path) -> Iterator[StreamProject]:
    """An empty project; ClickHouse runs in this process, for one project at a time."""
    made = create_project(folder, "streams", now=NOW)
    home = open_home(made.folder, stop=lambda: None)
    try:
        home.meta.save_project(replace(home.meta.project, group_types=("company",)))
        with home.meta.transaction() as db:
            rows = [("event", -1, name, shape, 1) for name, shape in TYPES.items()]
            db.executemany("INSERT INTO property_definitions VALUES (?, ?, ?, ?, ?)", rows)
        yield StreamProject(home)
    finally:
        home.close()


def moments(days: int = 14) -> st.SearchStrategy[datetime]:
    """Times before NOW, many of them alike, at midnight or at the edge of an hour."""
    minutes = st.sampled_from((0, 0, 1, 30, 59))
    hours = st.integers(0, days * 24)
    return st.builds(
        lambda hour, minute: NOW.replace(minute=minute) - timedelta(hours=hour), hours, minutes
    )


def events(
    names: Sequence[str] = ("a", "b", "c"), *, days: int = 14, people: int = 4, **fields: Any
) -> st.SearchStrategy[Event]:
    """Single events; further fields of Event by strategies of their own."""
    return st.builds(
        Event,
        event=st.sampled_from(names),
        person=st.integers(1, people),
        at=moments(days),
        **fields,
    )


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
