"""The rows that a group of events becomes, in every table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tools.local.capture_event import Event, text_of
from tools.local.ingest_groups import COLUMNS, Groups
from tools.local.ingest_lookup import Found
from tools.local.persons_people import DELETED, Owner, People

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Taken:
    """What is to be written."""

    tables: Mapping[str, Sequence[Row]]
    groups: Groups
    personless: set[str]
    """Distinct ids whose events stand under no person."""


def rows(found: Found, now: datetime) -> Taken:
    """Let every event have its effect, in the order in which they came."""
    before = set(found.people.personless)
    events = [_row(event, found, now) for event in found.events]
    ids = list(_ids(found.people))
    written = {
        "events": events,
        "persons": list(_persons(found.people)),
        "person_distinct_ids": ids,
        "person_distinct_id_overrides": [row for row in ids if row["version"] > 0],
        "groups": found.groups.rows(now, _instant),
    }
    return Taken(written, found.groups, found.people.personless - before)


def _row(event: Event, found: Found, now: datetime) -> Row:
    owner = found.people.take(event)
    found.groups.identify(event)
    groups = found.groups.columns(event)
    properties = {**event.properties, **groups}
    return {
        "uuid": event.uuid,
        "event": event.name,
        "properties": text_of(properties),
        "timestamp": _instant(event.timestamp),
        "distinct_id": event.distinct_id,
        **_owner(owner),
        "elements_chain": event.elements_chain,
        "created_at": _instant(now),
        "$session_id": _text(properties.get("$session_id")),
        "$window_id": _text(properties.get("$window_id")),
        **{name: groups.get(name, "") for name in COLUMNS},
    }


def _owner(owner: Owner) -> Row:
    return {
        "person_id": owner.id,
        "person_created_at": _instant(owner.created_at),
        "person_properties": text_of(owner.properties),
    }


def _persons(people: People) -> Iterator[Row]:
    for person in people.persons.values():
        if person.changed:
            yield {
                "id": person.id,
                "created_at": _instant(person.created_at),
                "properties": text_of(person.properties),
                "is_identified": int(person.identified),
                "is_deleted": int(person.deleted),
                "version": person.version + (DELETED if person.deleted else 1),
            }


def _ids(people: People) -> Iterator[Row]:
    for distinct_id, known in people.ids.items():
        if known.changed:
            yield {
                "distinct_id": distinct_id,
                "person_id": known.person_id,
                "version": known.version,
            }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _text(value: Any) -> str:
    return "" if value is None else text_of(value)
