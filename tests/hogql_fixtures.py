"""A small project in ClickHouse inside the test process, and what its rows are in plain Python."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tools.local import tables
from tools.local.hogql import Context, compile_query

Ask = Callable[..., list[tuple[Any, ...]]]

NEW_YORK = "America/New_York"
TYPES = {
    ("event", "amount"): "Numeric",
    ("event", "paid"): "Boolean",
    ("event", "when"): "DateTime",
    ("person", "age"): "Numeric",
}
CONTEXT = Context(
    timezone=NEW_YORK,
    week_start=1,
    property_types=TYPES,
    now=datetime(2024, 2, 2, 12, tzinfo=UTC),
    group_types=("company", "studio"),
)

# (number, event, time in UTC, distinct id, person, session, properties)
EVENTS = (
    (1, "$pageview", "2024-01-01 04:30:00", "ann", 1, "s1", {"b": "Chrome", "amount": 5}),
    (2, "$pageview", "2024-01-01 05:30:00", "ann", 1, "s1", {"b": "Safari", "amount": "7.5"}),
    (3, "buy", "2024-01-02 00:00:00", "bob", 2, "", {"b": None, "amount": "oops"}),
    (4, "buy", "2024-02-01 00:00:00", "cat-old", 3, "s2", {"amount": -2, "paid": False}),
    (5, "buy", "2024-02-01 15:00:00", "bob", 2, "s3", {"b": "", "paid": True, "amount": 10}),
    (
        6,
        "it's",
        "2024-02-02 11:59:59",
        "ann",
        1,
        "s3",
        {"b": 'a"q', "when": "2024-01-02T03:04:05Z"},
    ),
)
URLS = {1: "https://a.com/home?x=1", 2: "https://a.com/pricing"}
# (person, version, is_deleted, properties): bob's second version is the one that counts.
PERSONS = (
    (1, 1, 0, {"email": "ann@example.com", "age": "31"}),
    (2, 1, 0, {"email": "old@example.com"}),
    (2, 2, 0, {"email": "bob@example.com"}),
    (3, 1, 1, {"email": "gone@example.com"}),
)


def person(number: int) -> str:
    """The id of a person."""
    return f"10000000-0000-0000-0000-{number:012}"


@contextmanager
def clickhouse() -> Iterator[Any]:
    """A session on an empty project; ClickHouse runs in this process, once at a time."""
    from chdb.session import Session

    session = Session()
    try:
        for statement in tables.ALL:
            name = re.search(r"EXISTS (\w+)", statement)
            assert name is not None
            session.query(f"DROP TABLE IF EXISTS {name[1]}")
            session.query(statement)
        yield session
    finally:
        session.close()


@contextmanager
def small_project(more: Iterable[tuple[str, Mapping[str, object]]] = ()) -> Iterator[Ask]:
    """The rows above and some more, behind a function from HogQL to result rows."""
    with clickhouse() as session:
        _fill(session)
        for table, row in more:
            insert(session, table, **row)
        yield lambda query, context=CONTEXT, *values, **given: _rows(
            session, compile_query(query, context, *values, **given).sql
        )


def _rows(session: Any, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in json.loads(session.query(sql, "JSONCompact").bytes())["data"]]


def _fill(session: Any) -> None:
    for number, event, time, distinct_id, owner, visit, properties in EVENTS:
        known = {**properties, **({"$current_url": URLS[number]} if number in URLS else {})}
        insert(
            session,
            "events",
            uuid=f"00000000-0000-0000-0000-{number:012}",
            event=event,
            timestamp=time,
            distinct_id=distinct_id,
            person_id=person(owner),
            person_created_at="2023-12-01 00:00:00",
            properties=json.dumps(known),
            person_properties=json.dumps({"plan": "pro"} if owner == 1 else {}),
            **{"$session_id": visit, "$group_0": "acme" if owner == 1 else ""},
        )
    for owner, version, deleted, properties in PERSONS:
        insert(
            session,
            "persons",
            id=person(owner),
            created_at=f"2023-12-0{owner} 00:00:00",
            properties=json.dumps(properties),
            is_identified=int(owner == 1),
            is_deleted=deleted,
            version=version,
        )
    overrides = "person_distinct_id_overrides"
    insert(session, overrides, distinct_id="cat-old", person_id=person(1), version=1, is_deleted=0)
    groups = {"index": 0, "key": "acme", "properties": json.dumps({"name": "Acme"})}
    insert(session, "groups", created_at="2023-01-01 00:00:00", updated_at="2023-01-01", **groups)


def insert(session: Any, table: str, **row: object) -> None:
    """Write one row."""
    names = ", ".join(f"`{name}`" for name in row)
    session.query(f"INSERT INTO {table} ({names}) FORMAT JSONEachRow {json.dumps(row)}")
