"""How long sessions last, as it is noted while events come in; judged in Python."""

import random
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.capture_fixtures import said, send
from tests.local_fixtures import client, imported, rows, write_lines
from tools.local.connect import health
from tools.local.folder import open_meta
from tools.local.session_spread import FACT, longest

START = datetime(2026, 3, 1, tzinfo=UTC)


def session(at, number=0):
    """An id as PostHog's SDKs make one: its first half is a time."""
    milliseconds = int(at.timestamp() * 1000)
    return str(UUID(int=milliseconds << 80 | 7 << 76 | 1 << 63 | number))


def event(at, visit):
    return {**said("hit", "a", **{"$session_id": visit}), "timestamp": at.isoformat()}


def noted(project):
    with open_meta(project) as meta:
        return meta.fact(FACT), longest(meta)


def measured(project):
    deadline = time.monotonic() + 30
    while noted(project)[0] is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return noted(project)


def spread(stream):
    """The events of each visit, and the longest of them in seconds."""
    visits = {}
    for one in stream:
        at = datetime.fromisoformat(one["timestamp"])
        visits.setdefault(one["properties"]["$session_id"], []).append(at)
    return max((max(times) - min(times)).total_seconds() for times in visits.values())


@pytest.fixture
def project(new_project):
    made = new_project()
    health(made)
    measured(made)
    return made


def stream(chance, count, minutes):
    for number in range(count):
        began = START + timedelta(hours=3 * number)
        visit = session(began, number)
        for _ in range(5):
            yield event(began + timedelta(seconds=chance.randint(-5, 60 * minutes)), visit)


def test_no_session_is_longer_than_what_is_noted(project, tmp_path):
    assert noted(project) == ([0, 0], 2)
    chance, seen = random.Random(1), []
    for minutes in (1, 30, 10, 600):
        more = list(stream(chance, 5, minutes))
        send(project, *more)
        seen += more
        (least, most), seconds = noted(project)
        assert spread(seen) < seconds <= (most - least) / 1000 + 2
        assert seconds <= 60 * 600 + 5 + 2
    late = list(stream(chance, 5, 900))
    imported(project, write_lines(tmp_path / "late.jsonl", late))
    _, seconds = measured(project)
    assert spread([*seen, *late]) < seconds <= 60 * 900 + 5 + 2


def test_what_is_noted_of_events_sent_is_what_all_of_them_say(project, tmp_path):
    chance = random.Random(2)
    send(project, *stream(chance, 20, 45), said("hit", "nobody"))
    (least, most), _ = noted(project)
    imported(project, write_lines(tmp_path / "none.jsonl", [said("hit", "b")]))
    first, last = measured(project)[0]
    assert [min(0, first), max(0, last)] == [least, most]


@pytest.mark.parametrize("visit", ["s1", str(UUID(int=4 << 76)), "019e8486-a2ef-73ca-8b8c"])
def test_a_session_whose_id_tells_no_time_leaves_the_length_unknown(project, tmp_path, visit):
    first = event(START, session(START))
    send(project, first, event(START, visit))
    assert noted(project) == ([], None)
    send(project, event(START, session(START)))
    assert noted(project) == ([], None)
    imported(project, write_lines(tmp_path / "more.jsonl", [first]))
    assert measured(project) == ([], None)


def test_queries_read_by_what_is_noted_and_see_whole_sessions(project):
    began = START + timedelta(hours=23)
    visit = session(began)
    send(project, event(began, visit), event(began + timedelta(hours=2), visit))
    query = "SELECT $session_duration FROM sessions WHERE $start_timestamp < '2026-03-02'"
    assert rows(project, query) == [[7200]]
    with client(project) as http:
        asked = {"query": {"kind": "HogQLQuery", "query": query}}
        sql = http.post("/api/projects/@current/query/", json=asked).json()["clickhouse"]
    assert "toIntervalSecond(7202)" in sql
