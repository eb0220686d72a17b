import time
from uuid import uuid4

import pytest

from tests.capture_fixtures import send
from tests.local_fixtures import client, imported, rows, write_lines
from tools.local.connect import health

EVENT = {"event": "hit", "distinct_id": "a", "timestamp": "2026-01-01T00:00:00Z"}
VALUES = ["text", "", None, 5, 1.5, True, 'say "hi"', "back\\slash", "é", "null", "007"]
QUERY = (
    "SELECT properties.mixed, count(), count(properties.mixed), uniq(properties.mixed), "
    "countIf(properties.mixed = ''), countIf(properties.mixed != 'text') "
    "FROM events GROUP BY 1 ORDER BY 1"
)


@pytest.fixture
def big(new_project, tmp_path):
    project = new_project()
    events = [
        EVENT | {"properties": {"mixed": VALUES[n % len(VALUES)], "n": n}} for n in range(101_000)
    ]
    imported(project, write_lines(tmp_path / "big.jsonl", events))
    return project


def filled(project):
    deadline = time.monotonic() + 60
    while not health(project)["materialised"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def sql(project, query):
    with client(project) as http:
        asked = {"query": {"kind": "HogQLQuery", "query": query}}
        return http.post("/api/projects/@current/query/", json=asked).json()["clickhouse"]


def test_properties_become_columns_and_no_answer_changes(big, tmp_path):
    from_json = rows(big, QUERY)
    filled(big)
    assert "JSONExtractRaw" not in sql(big, QUERY)
    assert rows(big, QUERY) == from_json
    more = [EVENT | {"properties": {"mixed": "late"}, "timestamp": "2025-01-01"}]
    imported(big, write_lines(tmp_path / "more.jsonl", more))
    assert ["late", 1, 1, 1, 0, 1] in rows(big, QUERY)
    filled(big)
    assert "JSONExtractRaw" not in sql(big, QUERY)
    assert ["late", 1, 1, 1, 0, 1] in rows(big, QUERY)
    assert len(rows(big, QUERY)) == len(from_json) + 1


def test_events_that_are_captured_fill_the_columns_and_keep_them_in_use(big):
    before = rows(big, QUERY)
    send(big, {**EVENT, "uuid": str(uuid4()), "properties": {"mixed": "before", "$set": {"a": 1}}})
    filled(big)
    for value in VALUES:
        send(big, {**EVENT, "uuid": str(uuid4()), "properties": {"mixed": value, "n": "after"}})
    assert "JSONExtractRaw" not in sql(big, QUERY)
    late = "SELECT properties.mixed FROM events WHERE properties.n = 'after' GROUP BY 1 ORDER BY 1"
    assert rows(big, late) == [row[:1] for row in before]
    assert ["before", 1, 1, 1, 0, 1] in rows(big, QUERY)


def test_a_small_project_is_left_as_it_is(shop):
    assert health(shop)["materialised"] == 0
    assert "JSONExtractRaw" in sql(shop, "SELECT properties.plan FROM events")
