"""The project's taxonomy: which events there are, with which properties of which types.

Every row counts, none is sampled: a property seen once is known. A property has the type that
people gave it, else the one that all of its values have; each value's shape is one letter: n a
number, m a number in quotes, b a boolean, d a date in quotes, s other text, o a list or an object.
"""

import json
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from tools.local.meta import Meta
from tools.local.store import Store

SESSION_TYPES = {
    "$channel_type": "String",
    "$end_current_url": "String",
    "$end_pathname": "String",
    "$end_timestamp": "DateTime",
    "$entry_current_url": "String",
    "$entry_pathname": "String",
    "$entry_referring_domain": "String",
    "$entry_utm_campaign": "String",
    "$entry_utm_content": "String",
    "$entry_utm_medium": "String",
    "$entry_utm_source": "String",
    "$entry_utm_term": "String",
    "$is_bounce": "Boolean",
    "$autocapture_count": "Numeric",
    "$num_uniq_urls": "Numeric",
    "$pageview_count": "Numeric",
    "$screen_count": "Numeric",
    "$session_duration": "Numeric",
    "$start_timestamp": "DateTime",
}
_ALWAYS_TEXT = ("utm_", "$feature/", "$feature_flag_response", "$survey_response")
_NOT_PROPERTIES = ("$set", "$set_once", "$unset", "$groups", *(f"$group_{n}" for n in range(5)))
"""What events say of persons and groups; PostHog lists none of it."""

# Compared as numbers: 34 is a quote, 91 and 123 open a list and an object, 102 and 116 are f and t.
_SHAPE = """multiIf(
  ascii(value) IN (91, 123), 'o',
  ascii(value) IN (102, 116), 'b',
  ascii(value) = 110, '',
  ascii(value) != 34, 'n',
  value IN ('"true"', '"false"'), 'b',
  NOT ascii(substring(value, 2, 1)) BETWEEN 43 AND 57, 's',
  match(value, '^"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][-+:.0-9Z]*)?"$'), 'd',
  isNotNull(toFloat64OrNull(substring(value, 2, length(value) - 2))), 'm',
  's')"""


@dataclass(frozen=True)
class Property:
    """A property definition."""

    type: str
    """event, person, group or session."""

    group_index: int
    """Which group type; -1 for the other types."""

    name: str
    property_type: str
    """String, Numeric, Boolean, DateTime or, where people say so, Duration."""

    seen: int
    """On how many rows."""

    scalar: bool
    """Whether it never holds a list or an object."""


def observe_events(meta: Meta, store: Store, source: str = "events") -> None:
    """Learn from the rows of a table shaped like events."""
    events = _lines(
        store,
        "SELECT event, formatDateTime(min(timestamp), '%FT%H:%i:%S.%fZ'), "
        f"formatDateTime(max(timestamp), '%FT%H:%i:%S.%fZ') FROM {source} GROUP BY event",
    )
    pairs = _lines(store, _pairs(group="event", source=source))
    with meta.transaction() as db:
        db.executemany(
            "INSERT INTO event_definitions VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "first_seen = min(first_seen, excluded.first_seen), "
            "last_seen = max(last_seen, excluded.last_seen)",
            events,
        )
        db.executemany(
            "INSERT OR IGNORE INTO event_properties VALUES (?, ?)",
            sorted({(event, key) for event, key, _, _ in pairs}),
        )
        for _, key, shape, count in pairs:
            _note(db, "event", -1, key, shape, count)


def observe_persons(meta: Meta, store: Store, source: str = "persons") -> None:
    """Learn from the rows of a table shaped like persons."""
    pairs = _lines(store, _pairs("0 AS none", source))
    with meta.transaction() as db:
        for _, key, shape, count in pairs:
            _note(db, "person", -1, key, shape, count)


def observe_groups(meta: Meta, store: Store, source: str = "groups") -> None:
    """Learn from the rows of a table shaped like groups."""
    pairs = _lines(store, _pairs(group="`index`", source=source))
    with meta.transaction() as db:
        for index, key, shape, count in pairs:
            _note(db, "group", index, key, shape, count)


def forget(meta: Meta) -> None:
    """Know nothing, as in a new project."""
    with meta.transaction() as db:
        for table in ("event_definitions", "property_definitions", "event_properties"):
            db.execute(f"DELETE FROM {table}")


def properties(meta: Meta) -> list[Property]:
    """Every property definition but those of sessions, by type and name."""
    found = meta.rows("SELECT * FROM property_definitions ORDER BY type, group_index, name")
    given = {
        (note.get("type", "event"), note["name"]): note.get("property_type")
        for note in meta.documents("property_definition")
    }
    return [
        Property(
            type=row["type"],
            group_index=row["group_index"],
            name=row["name"],
            property_type=given.get((row["type"], row["name"]))
            or _type(row["name"], set(row["shapes"])),
            seen=row["seen"],
            scalar="o" not in row["shapes"],
        )
        for row in found
    ]


def _pairs(group: str, source: str) -> str:
    """Counts by key and shape of value; rows alike in all of their keys are counted first."""
    return f"""
SELECT {group}, key, shape, sum(rows) FROM (
  SELECT {group}, arrayMap(pair -> pair.1, pairs) AS keys,
    arrayMap(pair -> ({_SHAPE.replace("value", "pair.2")}), pairs) AS shapes, count() AS rows
  FROM (SELECT {group}, JSONExtractKeysAndValuesRaw(properties) AS pairs FROM {source})
  GROUP BY ALL
) ARRAY JOIN keys AS key, shapes AS shape
WHERE shape != '' AND key NOT IN {_NOT_PROPERTIES}
GROUP BY ALL"""


def _note(db: Connection, kind: str, index: int, name: str, shape: str, count: int) -> None:
    db.execute(
        "INSERT INTO property_definitions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "seen = seen + excluded.seen, shapes = CASE WHEN instr(shapes, excluded.shapes) "
        "THEN shapes ELSE shapes || excluded.shapes END",
        (kind, index, name, shape, count),
    )


def _type(name: str, shapes: set[str]) -> str:
    if name.startswith(_ALWAYS_TEXT):
        return "String"
    if shapes <= {"n", "m"} and "n" in shapes:
        return "Numeric"
    return {"b": "Boolean", "d": "DateTime"}.get("".join(shapes), "String")


def _lines(store: Store, sql: str) -> list[list[Any]]:
    raw = store.read(sql, "JSONCompactEachRow")
    return [json.loads(line) for line in raw.splitlines()]
