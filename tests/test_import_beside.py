"""Imported events beside captured ones: the same persons, the same groups."""

from tests.capture_fixtures import said, send
from tests.flags_fixtures import opened
from tests.local_fixtures import EVENTS, imported, rows, write_lines
from tools.local.folder import open_meta


def test_groups_get_the_place_of_their_type(new_project, tmp_path):
    project = new_project()
    kinds = [{"company": "acme", "team": 7}, {"team": "blue"}, {"$group_0": "own"}, {}]
    events = [
        EVENTS[0]
        | {"uuid": str(number), "event": f"e{number}"}
        | {"properties": kind if "$group_0" in kind else {"$groups": kind}}
        for number, kind in enumerate(kinds)
    ]
    imported(project, write_lines(tmp_path / "grouped.jsonl", events))
    query = "SELECT $group_0, $group_1, $group_2 FROM events ORDER BY event"
    assert rows(project, query) == [["acme", "7", ""], ["", "blue", ""], ["own", "", ""], [""] * 3]
    with open_meta(project) as meta:
        assert meta.project.group_types == ("company", "team")


def test_events_that_are_sent_meanwhile_are_stored_between_two_slices(tmp_path):
    lines = [EVENTS[0] | {"uuid": f"{n}", "properties": {"pad": "x" * 1000}} for n in range(40_000)]
    path = write_lines(tmp_path / "long.jsonl", lines)
    with opened(tmp_path) as project:
        steps = project.home.importer.run(path, {})
        assert next(steps).stored < 40_000
        sent = {"token": project.token, **said("meanwhile", "ann")}
        assert project.post("/e/", sent) == (200, {"status": "Ok"})
        assert list(steps)[-1].stored == 40_000
        query = "SELECT count(), countIf(event = 'meanwhile') FROM events"
        asked = {"query": {"kind": "HogQLQuery", "query": query}}
        _, answer = project.post("/api/projects/@current/query/", asked)
        assert answer["results"] == [[40_001, 1]]


def test_who_is_known_stays_the_same_person(new_project, tmp_path):
    project = new_project()
    send(project, said("captured", "anon"), said("captured", "user"))
    send(project, said("$identify", "user", **{"$anon_distinct_id": "anon"}))
    again = [
        {**EVENTS[0], "uuid": str(number), "event": "imported", "distinct_id": who}
        for number, who in enumerate(("anon", "user", "stranger"))
    ]
    imported(project, write_lines(tmp_path / "again.jsonl", again))
    send(project, said("captured", "stranger"))
    query = "SELECT DISTINCT distinct_id, toString(person_id) FROM events ORDER BY distinct_id"
    found = rows(project, query)
    assert [who for who, _ in found] == ["anon", "stranger", "user"]
    assert found[0][1] == found[2][1] != found[1][1]
    assert rows(project, "SELECT count() FROM persons") == [[2]]
