import json
import time

import pytest

from tests.local_fixtures import client, imported, new_key, write_lines

EVENT = {"event": "hit", "distinct_id": "a", "timestamp": "2026-01-01T00:00:00Z"}


@pytest.fixture
def get(shop):
    """One list of the shop's definitions."""

    def ask(path, **params):
        with client(shop) as http:
            answer = http.get(f"/api/projects/@current/{path}/", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def names(body):
    return [row["name"] for row in body["results"]]


def test_events_are_listed_with_when_they_were_seen(get):
    body = get("event_definitions")
    assert body["count"] == 2
    assert names(body) == ["purchase", "signup"]
    assert body["results"][0] | {"id": ""} == {
        "id": "",
        "name": "purchase",
        "description": "",
        "created_at": "2026-03-01T10:00:00.000000Z",
        "last_seen_at": "2026-03-28T10:00:00.000000Z",
        "last_updated_at": "2026-03-28T10:00:00.000000Z",
        "tags": [],
        "owner": None,
        "verified": False,
        "hidden": False,
        "is_action": False,
    }


def test_a_search_is_for_part_of_the_name_whatever_its_case(get):
    assert names(get("event_definitions", search="SIGN")) == ["signup"]
    assert names(get("property_definitions", search="aMo")) == ["amount"]


def test_a_list_comes_in_pages_that_link_to_each_other(get, shop):
    first = get("event_definitions", limit=1, search="u")
    assert (first["count"], names(first), first["previous"]) == (2, ["purchase"], None)
    with client(shop) as http:
        second = http.get(first["next"]).json()
        assert (names(second), second["next"]) == (["signup"], None)
        assert names(http.get(second["previous"]).json()) == ["purchase"]


def test_properties_have_types_and_know_their_events(get):
    body = get("property_definitions")
    types = {row["name"]: (row["property_type"], row["is_numerical"]) for row in body["results"]}
    assert types == {
        "amount": ("Numeric", True),
        "plan": ("String", False),
        "vip": ("Boolean", False),
    }
    asked = get("property_definitions", event_names=json.dumps(["signup"]))
    seen = {row["name"]: row["is_seen_on_filtered_events"] for row in asked["results"]}
    assert seen == {"plan": True, "amount": False, "vip": False}
    only = {"event_names": json.dumps(["signup"]), "filter_by_event_names": "true"}
    assert names(get("property_definitions", **only)) == ["plan"]


def test_sessions_have_properties_of_their_own(get):
    assert "$session_duration" in names(get("property_definitions", type="session"))
    assert names(get("property_definitions", type="person")) == []


@pytest.mark.parametrize(
    ("params", "attr"), [({"type": "planet"}, "type"), ({"event_names": "hit"}, "event_names")]
)
def test_a_parameter_that_makes_no_sense_is_refused(shop, params, attr):
    with client(shop) as http:
        answer = http.get("/api/projects/@current/property_definitions/", params=params)
    assert (answer.status_code, answer.json()["attr"]) == (400, attr)


TYPES = {
    "whole": ([1, 2.5, -3e10, None], "Numeric"),
    "numbers and text of numbers": ([1, "2.5"], "Numeric"),
    "text of numbers": (["007", "12"], "String"),
    "number and word": ([1, "two"], "String"),
    "truth": ([True, False, "true"], "Boolean"),
    "truth and number": ([True, 1], "String"),
    "day": (["2026-01-01"], "DateTime"),
    "instant": (["2026-01-01T10:00:00.5Z", "2026-01-01 10:00:00+02:00"], "DateTime"),
    "day and word": (["2026-01-01", "soon"], "String"),
    "list": ([[1, 2]], "String"),
    "object": ([{"a": 1}], "String"),
    "empty": ([""], "String"),
    "sign": (["-", "+1 (555)"], "String"),
    "utm_term": ([1], "String"),
}


def test_a_type_holds_for_every_value_of_the_property(new_project, tmp_path):
    project = new_project()
    events = [
        EVENT | {"properties": {name: value}}
        for name, (values, _) in TYPES.items()
        for value in values
    ]
    imported(project, write_lines(tmp_path / "types.jsonl", [*events, EVENT]))
    with client(project, new_key(project, "property_definition:read")) as http:
        body = http.get("/api/projects/@current/property_definitions/").json()
    found = {row["name"]: row["property_type"] for row in body["results"]}
    assert found == {name: kind for name, (_, kind) in TYPES.items()}


def test_people_can_give_a_property_its_type(new_project, tmp_path):
    project = new_project()
    lines = [EVENT | {"properties": {"size": value}} for value in (9, "10", "large", "")]
    imported(project, write_lines(tmp_path / "sizes.jsonl", lines))
    path = "/api/projects/@current/property_definitions/"
    above = "SELECT countIf(toFloat(properties.size) > 9), max(properties.size) FROM events"
    with client(project) as http:
        (found,) = http.get(path).json()["results"]
        one = f"{path}{found['id']}/"
        wrong = http.patch(one, json={"property_type": "Colour"})
        assert (wrong.status_code, wrong.json()["attr"]) == (400, "property_type")
        for kind, rows in (("Numeric", [[1, 10]]), (None, [[1, "large"]])):
            changed = http.patch(one, json={"property_type": kind}).json()
            assert changed["property_type"] == (kind or "String")
            assert changed["is_numerical"] is (kind == "Numeric")
            assert rows_of(http, above) == rows


def rows_of(http, query):
    asked = {"query": {"kind": "HogQLQuery", "query": query}}
    return http.post("/api/projects/@current/query/", json=asked).json()["results"]


def test_a_property_that_is_always_null_is_none(new_project, tmp_path):
    project = new_project()
    lines = [EVENT | {"properties": {"nothing": None}}]
    imported(project, write_lines(tmp_path / "null.jsonl", lines))
    with client(project) as http:
        assert http.get("/api/projects/@current/property_definitions/").json()["count"] == 0
        assert names(http.get("/api/projects/@current/event_definitions/").json()) == ["hit"]


def test_what_is_set_on_persons_is_a_person_property(new_project, tmp_path):
    project = new_project()
    lines = [EVENT | {"properties": {"$set": {"age": 7, "email": "a@example.com"}}}]
    imported(project, write_lines(tmp_path / "set.jsonl", lines))
    with client(project) as http:
        path = "/api/projects/@current/property_definitions/"
        body = http.get(path, params={"type": "person"}).json()
    assert {row["name"]: row["property_type"] for row in body["results"]} == {
        "age": "Numeric",
        "email": "String",
    }


def test_definitions_answer_in_a_few_milliseconds(shop):
    with client(shop) as http:
        http.get("/api/projects/@current/event_definitions/")
        started = time.perf_counter()
        for _ in range(10):
            http.get("/api/projects/@current/event_definitions/")
    assert (time.perf_counter() - started) / 10 < 0.1
