import json
from datetime import timedelta

import pytest

from tests.objects_fixtures import NOW, Event, api, ids, people, person_id

STREAM = [
    Event("a", 1, NOW - timedelta(hours=1), {"plan": "x"}, person_properties={"name": "Ann"}),
    Event("b", 2, NOW - timedelta(hours=2), {"plan": "y"}),
    Event("a", 2, NOW - timedelta(days=9), {"plan": "z"}),
]
FIRM = {
    "index": 0,
    "key": "acme",
    "created_at": "2026-01-01 00:00:00",
    "updated_at": "2026-01-01 00:00:00",
    "properties": json.dumps({"name": "Acme", "seats": 3}),
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with api(tmp_path_factory.mktemp("persons")) as made:
        yield made


@pytest.fixture
def ask(opened):
    """A client of a project with these rows and no others."""
    opened.project.load(
        STREAM,
        persons=[*people(1, 2, plan="pro"), *people(3)],
        person_distinct_ids=ids(1, 2, 3),
        groups=[FIRM, {**FIRM, "key": "bolt", "properties": '{"name":"Bolt"}'}],
    )
    return opened


def listed(ask, query=""):
    return [one["distinct_ids"][0] for one in ask.get(f"persons/?{query}")["results"]]


def test_persons_are_listed_newest_first_in_pages_without_a_count(ask):
    page = ask.get("persons/?limit=2")
    assert [one["distinct_ids"] for one in page["results"]] == [["p3"], ["p2"]]
    assert set(page) == {"results", "next", "previous"}
    rest = ask.get(page["next"].removeprefix("http://localhost"))
    assert [one["distinct_ids"] for one in rest["results"]] == [["p1"]]
    assert (rest["next"], bool(rest["previous"])) == (None, True)


def test_persons_are_searched_and_filtered(ask):
    assert listed(ask, "search=p1@ex") == ["p1"]
    assert listed(ask, f"search={person_id(2)[-6:]}") == ["p2"]
    assert listed(ask, "search=p3") == ["p3"]
    assert listed(ask, "distinct_id=p2") == ["p2"]
    assert listed(ask, "email=p3@example.com") == ["p3"]
    plan = json.dumps([{"key": "plan", "value": ["pro"]}])
    assert listed(ask, f"properties={plan}") == ["p2", "p1"]
    said = ask.refused("GET", "persons/?properties={")
    assert said == (400, "properties must be a JSON list of filters.")


def test_what_is_searched_is_never_read_as_a_query(ask):
    assert listed(ask, "search=' OR 1=1 --") == []
    assert listed(ask, "distinct_id=') OR 1=1 --") == []
    assert ask.refused("GET", "persons/') OR 1=1 --/") == (404, "Not found.")


def test_a_person_is_found_by_id_and_by_distinct_id(ask):
    found = ask.get(f"persons/{person_id(1)}/")
    assert found == ask.get("persons/p1/")
    assert (found["name"], found["is_identified"]) == ("p1@example.com", True)
    assert found["properties"] == {"email": "p1@example.com", "plan": "pro"}
    assert found["created_at"] == "2026-01-01T00:00:00Z"
    assert ask.refused("GET", "persons/nobody/") == (404, "Not found.")


def test_a_property_of_a_person_is_set_and_taken_away(ask):
    value = {"a": [1, None, "é"]}
    status, _ = ask("POST", "persons/p1/update_property/", {"key": "extra", "value": value})
    assert status == 202
    assert ask.get("persons/p1/")["properties"]["extra"] == value
    ask.post("persons/p1/delete_property/", {"$unset": "extra"})
    assert "extra" not in ask.get("persons/p1/")["properties"]
    assert ask.get("persons/p2/")["properties"]["plan"] == "pro"


def test_a_deleted_person_is_gone_and_its_events_stay(ask):
    assert ask("DELETE", "persons/p2/").status == 202
    assert ask.refused("GET", f"persons/{person_id(2)}/") == (404, "Not found.")
    assert listed(ask) == ["p3", "p1"]
    assert len(ask.get("events/?distinct_id=p2")["results"]) == 2
    said = ask.refused("DELETE", "persons/p1/?delete_events=true")
    assert said == (400, "Events are kept in the embedded project: leave delete_events out.")


def test_persons_are_not_split(ask):
    said = ask.refused("POST", "persons/p1/split/", {})
    assert said == (400, "Persons are not split in the embedded project: import the events again.")


def test_values_of_a_person_property_are_counted(ask):
    assert ask.get("persons/values/?key=plan") == [{"name": "pro", "count": 2}]
    assert ask.get("persons/values/?key=plan&value=zzz") == []
    assert ask.refused("GET", "persons/values/") == (400, "You must provide a key")


def test_the_cohorts_of_a_person_are_listed(ask):
    made = ask.post(
        "cohorts/",
        {"name": "One", "is_static": True, "_create_static_person_ids": [person_id(1)]},
    )
    found = ask.get(f"persons/cohorts/?person_id={person_id(1)}")
    assert found == {"results": [{"id": made["id"], "name": "One", "count": 1}]}
    assert ask.get(f"persons/cohorts/?person_id={person_id(3)}") == {"results": []}


WRITES = (
    ("POST", "persons/p1/update_property/", "person"),
    ("DELETE", "persons/p1/", "person"),
    ("POST", "groups/update_property/?group_type_index=0&group_key=acme", "group"),
)


@pytest.mark.parametrize(("method", "path", "kind"), WRITES)
def test_writing_needs_the_write_scope(ask, method, path, kind):
    said = ask.refused(method, path, {"key": "x", "value": 1}, scopes=(f"{kind}:read",))
    assert said == (403, f"API key missing required scope '{kind}:write'")


def test_groups_are_listed_searched_and_found(ask):
    found = ask.get("groups/?group_type_index=0")
    assert [one["group_key"] for one in found["results"]] == ["acme", "bolt"]
    assert found["next"] is None
    searched = ask.get("groups/?group_type_index=0&search=BOL")["results"]
    assert [one["group_properties"] for one in searched] == [{"name": "Bolt"}]
    one = ask.get("groups/find/?group_type_index=0&group_key=acme")
    assert one["group_properties"] == {"name": "Acme", "seats": 3}
    assert ask.refused("GET", "groups/find/?group_type_index=0&group_key=x") == (404, "Not found.")
    assert ask.refused("GET", "groups/") == (400, "group_type_index is required")


def test_a_property_of_a_group_is_set_and_taken_away(ask):
    which = "group_type_index=0&group_key=acme"
    changed = ask.post(f"groups/update_property/?{which}", {"key": "seats", "value": 4})
    assert changed["group_properties"] == {"name": "Acme", "seats": 4}
    left = ask.post(f"groups/delete_property/?{which}", {"$unset": "seats"})
    assert left["group_properties"] == {"name": "Acme"}
    values = ask.get("groups/property_values/?group_type_index=0&key=name")
    assert sorted(one["name"] for one in values) == ["Acme", "Bolt"]


def test_types_of_groups_get_names(ask):
    (kind,) = ask.get("groups_types/")
    assert (kind["group_type"], kind["group_type_index"]) == ("company", 0)
    sent = [{"group_type_index": 0, "name_plural": "firms"}]
    (named,) = ask.patch("groups_types/update_metadata/", sent)
    assert (named["name_plural"], named["name_singular"]) == ("firms", None)
    said = ask.refused("PATCH", "groups_types/update_metadata/", [{"group_type_index": 3}])
    assert said == (400, "There is no group type 3.")


def test_events_are_listed_latest_first(ask):
    page = ask.get("events/?limit=2")
    assert [one["event"] for one in page["results"]] == ["a", "b"]
    first = page["results"][0]
    assert first["properties"] == {"plan": "x"}
    assert first["person"] == {"distinct_ids": ["p1"], "properties": {"name": "Ann"}}
    rest = ask.get(page["next"].removeprefix("http://localhost"))
    assert [one["properties"]["plan"] for one in rest["results"]] == ["z"]
    assert ask.get(f"events/{first['id']}/") == first
    assert ask.refused("GET", "events/x/") == (404, "Event not found.")


def test_events_are_filtered(ask):
    def plans(query):
        return [one["properties"]["plan"] for one in ask.get(f"events/?{query}")["results"]]

    assert plans("event=a") == ["x", "z"]
    assert plans("event=a&after=-1d") == ["x"]
    assert plans("before=-1d") == ["z"]
    assert plans(f"person_id={person_id(2)}") == ["y", "z"]
    assert plans('orderBy=["timestamp"]') == ["z", "y", "x"]
    chosen = json.dumps([{"key": "plan", "value": ["y"], "type": "event"}])
    assert plans(f"properties={chosen}") == ["y"]
    said = ask.refused("GET", "events/?where=1")
    assert said == (400, "Ask a query for events by where: POST query/.")


def test_values_of_an_event_property_are_those_of_the_last_week(ask):
    assert ask.get("events/values/?key=plan") == [{"name": "x"}, {"name": "y"}]
    assert ask.get("events/values/?key=plan&event_name=b") == [{"name": "y"}]
    assert ask.get("events/values/?key=custom_event&value=B") == [{"name": "b"}]
