"""What is known already of a group of events: which are stored, whose they are."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.local import ingest_sql
from tools.local.capture_event import Event
from tools.local.ingest_groups import Group, Groups
from tools.local.ingest_pending import Pending
from tools.local.meta import Meta, ProjectRow
from tools.local.persons_ids import person_id
from tools.local.persons_people import Known, People, Person, joined_with, mentioned
from tools.local.store import Store

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPES = {
    "uuids": "uuid UUID",
    "ids": "distinct_id String",
    "people": "id UUID",
    "keys": "`index` UInt8, key String",
}


@dataclass(frozen=True)
class Found:
    """The events that are new, and what the project knows of those they are about."""

    events: list[Event]
    people: People
    groups: Groups


@dataclass(frozen=True)
class Lookup:
    """Reads what is known."""

    pending: Pending
    meta: Meta
    store: Store
    project: ProjectRow

    def of(self, events: Sequence[Event]) -> Found:
        """What is known of these events."""
        fresh = self._fresh([event for event in events if event.stored])
        if not fresh:
            return Found([], People(self.project.id), Groups([]))
        return Found(fresh, self._people(fresh), self._groups(fresh))

    def _fresh(self, events: Sequence[Event]) -> list[Event]:
        """Those not stored yet; of two with the same id the first."""
        once = {event.uuid: event for event in reversed(events)}
        if not once:
            return []
        times = [event.timestamp for event in once.values()]
        stored = self._ask(
            "uuids",
            ({"uuid": uuid} for uuid in once),
            lambda asked: ingest_sql.known_uuids(asked, min(times), max(times)),
        )
        known = {uuid for (uuid,) in stored}
        return [event for uuid, event in reversed(once.items()) if uuid not in known]

    def _people(self, events: Sequence[Event]) -> People:
        asked = mentioned(events)
        rows = ({"distinct_id": distinct_id} for distinct_id in asked)
        ids = {
            distinct_id: Known(owner, version)
            for distinct_id, owner, version in self._ask("ids", rows, ingest_sql.known_ids)
        }
        # A person that is gone still has its version, above which a new one must begin.
        possible = {known.person_id for known in ids.values()}
        possible |= {person_id(self.project.id, distinct_id) for distinct_id in asked}
        persons = self._persons(possible)
        if any(joined_with(event) is not None for event in events):
            many = self._ask("people", ({"id": one} for one in possible), ingest_sql.ids_of_people)
            ids = {name: Known(owner, version) for name, owner, version in many} | ids
        return People(self.project.id, ids, persons, self._personless(asked))

    def _persons(self, possible: Iterable[str]) -> dict[str, Person]:
        found = self._ask("people", ({"id": one} for one in possible), ingest_sql.people)
        return {
            row[0]: Person(
                id=row[0],
                created_at=_EPOCH + timedelta(milliseconds=row[1]),
                properties=json.loads(row[2] or "{}"),
                identified=bool(row[3]),
                deleted=bool(row[4]),
                version=row[5],
            )
            for row in found
        }

    def _personless(self, asked: Iterable[str]) -> set[str]:
        if not self.meta.rows("SELECT 1 FROM personless LIMIT 1"):
            return set()
        among = "distinct_id IN (SELECT value FROM json_each(?))"
        found = self.meta.rows(
            f"SELECT distinct_id FROM personless WHERE {among}", json.dumps(list(asked))
        )
        return {row["distinct_id"] for row in found}

    def _groups(self, events: Sequence[Event]) -> Groups:
        groups = Groups(list(self.project.group_types))
        named = sorted({it for event in events if (it := groups.named(event)) is not None})
        if named:
            keys = ({"index": index, "key": key} for index, key in named)
            for index, key, created, updated, properties in self._ask(
                "keys", keys, ingest_sql.groups
            ):
                groups.known[index, key] = Group(
                    index,
                    key,
                    _EPOCH + timedelta(milliseconds=created),
                    _EPOCH + timedelta(milliseconds=updated),
                    json.loads(properties or "{}"),
                )
        return groups

    def _ask(self, name: str, rows: Iterable[Mapping[str, Any]], sql: Any) -> list[list[Any]]:
        path = self.pending.ask(name, rows)
        with self.store.file(path, "JSONEachRow", _SHAPES[name]) as asked:
            raw = self.store.read(sql(asked), "JSONCompactEachRow")
        return [json.loads(line) for line in raw.splitlines()]
