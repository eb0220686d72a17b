import threading
import time
from contextlib import closing
from uuid import uuid4

import pytest

from tests.capture_fixtures import send
from tests.local_fixtures import client, imported, rows, write_lines
from tools.local.activity import Activity
from tools.local.connect import health
from tools.local.failures import StoreError
from tools.local.folder import create_project
from tools.local.materialise import END, Materialiser, columns
from tools.local.meta import Meta

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


def test_a_project_with_one_property_gets_its_column(new_project, tmp_path):
    project = new_project()
    events = [EVENT | {"properties": {"only": n % 7}} for n in range(101_000)]
    imported(project, write_lines(tmp_path / "events.jsonl", events))
    filled(project)
    query = "SELECT uniq(properties.only) FROM events"
    assert "JSONExtractRaw" not in sql(project, query)
    assert rows(project, query) == [[7]]


def test_a_small_project_is_left_as_it_is(shop):
    assert health(shop)["materialised"] == 0
    assert "JSONExtractRaw" in sql(shop, "SELECT properties.plan FROM events")


class SlowStore:
    """A store that fills columns until it is told to stop."""

    def __init__(self):
        self.filling, self.told, self.stopped = (threading.Event() for _ in range(3))

    def read(self, sql, form="JSONCompact"):
        return b"[0, 0, 0, 0]" if form == "JSONCompactEachRow" else b"200000"

    def write(self, sql):
        pass

    def write_beside(self, sql):
        if sql == END:
            self.told.set()
            return
        self.filling.set()
        assert self.told.wait(30)
        self.stopped.set()
        raise StoreError(341, "UNFINISHED", "Mutation mutation_1.txt was killed.")


def test_nothing_is_filled_any_longer_once_a_project_is_closed(tmp_path, caplog):
    store = SlowStore()
    with closing(Meta(create_project(tmp_path, "shop").folder)) as meta:
        with meta.transaction() as db:
            db.execute("INSERT INTO property_definitions VALUES ('event', -1, 'n', 'n', 1)")
        hot = Materialiser(meta, store, Activity(), threading.Lock())
        hot.start()
        assert store.filling.wait(30)
        hot.close()
        assert store.stopped.is_set()
        assert columns(meta) == {}
    assert caplog.text == ""
