"""The statements that take a group of events in: constant but for sources and instants."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tools.local.hogql.literals import identifier, instant

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "events": (
        "uuid",
        "event",
        "properties",
        "timestamp",
        "distinct_id",
        "person_id",
        "person_created_at",
        "person_properties",
        "elements_chain",
        "created_at",
        "$session_id",
        "$window_id",
        *(f"$group_{index}" for index in range(5)),
    ),
    "persons": ("id", "created_at", "properties", "is_identified", "is_deleted", "version"),
    "person_distinct_ids": ("distinct_id", "person_id", "version"),
    "person_distinct_id_overrides": ("distinct_id", "person_id", "version"),
    "groups": ("index", "key", "created_at", "updated_at", "properties"),
}
"""What a group of events may add rows to, in the order of writing."""

_DAY = timedelta(days=1)
_IDS = """(
  SELECT distinct_id, person_id, version FROM person_distinct_ids WHERE {0}
  UNION ALL SELECT distinct_id, person_id, version FROM person_distinct_id_overrides WHERE {0})"""
_NEWEST = (
    "SELECT distinct_id, argMax(person_id, version) AS person, max(version) FROM {} GROUP BY 1"
)


def known_uuids(asked: str, first: datetime, last: datetime) -> str:
    """Which of the events are stored already, a day more or less."""
    span = f"{instant(first - _DAY, 'UTC')} AND {instant(last + _DAY, 'UTC')}"
    among = f"uuid IN (SELECT uuid FROM {asked})"
    return f"SELECT DISTINCT uuid FROM events WHERE timestamp BETWEEN {span} AND {among}"


def known_ids(asked: str) -> str:
    """Whose the distinct ids are."""
    return _NEWEST.format(_IDS.format(f"distinct_id IN (SELECT distinct_id FROM {asked})"))


def ids_of_people(asked: str) -> str:
    """Every distinct id of some persons."""
    people = f"(SELECT id FROM {asked})"
    ever = _IDS.format(f"person_id IN {people}")
    every = _IDS.format(f"distinct_id IN (SELECT distinct_id FROM {ever})")
    return f"{_NEWEST.format(every)} HAVING person IN {people}"


def people(asked: str) -> str:
    """The persons as they are."""
    return (
        "SELECT id, toUnixTimestamp64Milli(created_at), properties, is_identified, is_deleted, "
        f"version FROM persons FINAL WHERE id IN (SELECT id FROM {asked})"
    )


def groups(asked: str) -> str:
    """The groups as they are."""
    return (
        "SELECT `index`, key, toUnixTimestamp64Milli(created_at), "
        "toUnixTimestamp64Milli(updated_at), properties FROM groups FINAL "
        f"WHERE (`index`, key) IN (SELECT `index`, key FROM {asked})"
    )


def insert(table: str, source: str, also: Mapping[str, str], *, again: bool) -> str:
    """Write the rows of a source; `also` are further columns with their expressions.

    A statement that runs again leaves out the events that it stored the first time.
    """
    names = [identifier(name) for name in COLUMNS[table]]
    into = ", ".join([*names, *(identifier(name) for name in also)])
    values = ", ".join([*names, *also.values()])
    guard = _unless_stored(source) if again and table == "events" else ""
    return f"INSERT INTO {table} ({into}) SELECT {values} FROM {source}{guard}"


def _unless_stored(source: str) -> str:
    first, last = (f"(SELECT {way}(timestamp) FROM {source})" for way in ("min", "max"))
    stored = f"SELECT uuid FROM events WHERE timestamp BETWEEN {first} AND {last}"
    return f" WHERE uuid NOT IN ({stored})"
