"""Whose an event is today, read from a column; judged by who was merged into whom, in Python."""

import time
from collections import Counter

import pytest

from tests.capture_fixtures import said, send
from tests.local_fixtures import client, imported, rows, write_lines
from tools.local.person_column import TODAY

BY_PERSON = "SELECT toString(person_id), count() FROM events GROUP BY 1"
OWN = "SELECT toString(event_person_id), count() FROM events GROUP BY 1"


def day(number, **more):
    at = f"2026-01-{1 + number % 28:02}T10:00:00Z"
    return {"event": "hit", "distinct_id": f"anon-{number % 50}", "timestamp": at, **more}


@pytest.fixture
def big(new_project, tmp_path):
    project = new_project()
    events = [day(number) for number in range(101_000)]
    imported(project, write_lines(tmp_path / "big.jsonl", events))
    return project


def sql(project):
    with client(project) as http:
        asked = {"query": {"kind": "HogQLQuery", "query": BY_PERSON}}
        return http.post("/api/projects/@current/query/", json=asked).json()["clickhouse"]


def filled(project):
    deadline = time.monotonic() + 60
    while TODAY not in sql(project):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def counted(project, query=BY_PERSON):
    return dict(rows(project, query))


def test_merges_move_into_the_column_and_no_answer_changes(big, tmp_path):
    own = counted(big, OWN)
    people = dict(
        rows(big, "SELECT distinct_id, toString(event_person_id) FROM events GROUP BY 1, 2")
    )
    assert counted(big) == own
    assert TODAY not in sql(big)
    assert "JOIN" not in sql(big)

    def expected(merged, more=()):
        found = Counter()
        for who, person in people.items():
            found[people[merged.get(who, who)]] += own[person]
        return found + Counter(more)

    for who in ("anon-1", "anon-2"):
        send(big, said("$merge_dangerously", "anon-0", alias=who))
    merged = {"anon-1": "anon-0", "anon-2": "anon-0"}
    sent = {people["anon-0"]: 2}
    assert "JOIN" in sql(big)
    assert counted(big) == expected(merged, sent)

    # A row whose file names the person that the merge did away with.
    late = [day(1, person_id=people["anon-1"], timestamp="2025-12-01"), day(7)]
    imported(big, write_lines(tmp_path / "late.jsonl", late))
    filled(big)
    sent = {people["anon-0"]: 3, people["anon-7"]: 1}
    assert "JOIN" not in sql(big)
    assert counted(big) == expected(merged, sent)
    assert counted(big, OWN) == Counter(own) + Counter(
        {people["anon-0"]: 2, people["anon-1"]: 1, people["anon-7"]: 1}
    )

    send(big, said("hit", "anon-2"), said("hit", "anon-3"))
    assert TODAY in sql(big)
    sent = {people["anon-0"]: 4, people["anon-3"]: 1, people["anon-7"]: 1}
    assert counted(big) == expected(merged, sent)

    send(big, said("$merge_dangerously", "anon-9", alias="anon-0"))
    assert "JOIN" in sql(big)
    merged = dict.fromkeys(("anon-0", "anon-1", "anon-2"), "anon-9")
    sent = {people["anon-9"]: 5, people["anon-3"]: 1, people["anon-7"]: 1}
    assert counted(big) == expected(merged, sent)
    imported(big, write_lines(tmp_path / "last.jsonl", [day(9, timestamp="2025-11-01")]))
    filled(big)
    assert counted(big) == expected(merged, sent | {people["anon-9"]: 6})
