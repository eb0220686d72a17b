"""EventsQuery: pages of events."""

import json
from datetime import timedelta

import pytest

from tests.streams import NOW, Event, person_id, stream_project
from tools.local.bodies import ApiError

AN_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("events")) as made:
        yield made


@pytest.fixture
def loaded(project):
    project.place("Europe/Berlin")
    stream = [
        Event("a", 1, NOW - AN_HOUR, {"plan": "pro", "amount": 3}),
        Event("b", 2, NOW - 2 * AN_HOUR, {"plan": "free"}),
        Event("a", 2, NOW - 3 * AN_HOUR, {"plan": "free", "amount": 4}),
        Event("a", 3, NOW - 30 * AN_HOUR, {"plan": "old"}),
        Event("a", 3, NOW + AN_HOUR, {"plan": "future"}),
    ]
    persons = [
        {
            "id": person_id(1),
            "created_at": "2026-01-01 00:00:00",
            "properties": json.dumps({"email": "ann@x.org"}),
            "version": 1,
        }
    ]
    names = [{"distinct_id": "p1", "person_id": person_id(1), "version": 1}]
    project.load(stream, persons=persons, person_distinct_ids=names)
    return project


def plans(body):
    return [row[0] for row in body["results"]]


def test_the_last_day_is_listed_newest_first(loaded):
    body = loaded.ask("EventsQuery", select=["properties.plan", "timestamp"])
    assert body["results"] == [
        ["pro", "2026-04-02T13:30:00+02:00"],
        ["free", "2026-04-02T12:30:00+02:00"],
        ["free", "2026-04-02T11:30:00+02:00"],
    ]
    assert body["columns"] == ["properties.plan", "timestamp"]
    assert body["types"] == ["Nullable(String)", "DateTime64(6, 'Europe/Berlin')"]
    assert (body["limit"], body["offset"], body["hasMore"]) == (100, 0, False)


BOUNDS = {
    "all of the past": ({"after": "all"}, ["pro", "free", "free", "old"]),
    "two days": ({"after": "-2d"}, ["pro", "free", "free", "old"]),
    "until an hour": ({"before": "2026-04-02T11:00:00Z"}, ["free", "free"]),
    "the future": ({"before": "2027-01-01"}, ["future", "pro", "free", "free"]),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_time_is_bounded_as_asked(loaded, name):
    bounds, expected = BOUNDS[name]
    body = loaded.ask("EventsQuery", select=["properties.plan", "timestamp"], **bounds)
    assert plans(body) == expected


FILTERS = {
    "an event": ({"event": "b"}, 1),
    "events": ({"events": ["a", "b"]}, 3),
    "a person": ({"personId": person_id(2)}, 2),
    "a property": ({"properties": [{"key": "plan", "value": "pro", "type": "event"}]}, 1),
    "a fixed one": ({"fixedProperties": [{"key": "amount", "operator": "is_set"}]}, 2),
    "hogql": ({"where": ["properties.plan = 'free'", "event != 'b'"]}, 1),
    "an aggregation": ({"where": ["count() > 5"]}, 0),
}


@pytest.mark.parametrize("name", FILTERS)
def test_events_are_filtered(loaded, name):
    asked, count = FILTERS[name]
    select = ["event", "count()"] if name == "an aggregation" else ["event", "timestamp"]
    assert len(loaded.ask("EventsQuery", select=select, **asked)["results"]) == count


def test_a_whole_event_and_its_person_are_shown_as_objects(loaded):
    body = loaded.ask("EventsQuery", select=["*", "person", "person_display_name -- Person"])
    event, person, name = body["results"][0]
    assert (event["event"], event["properties"]) == ("a", {"plan": "pro", "amount": 3})
    assert event["timestamp"] == "2026-04-02T13:30:00+02:00"
    assert event["team_id"] == 1
    assert person == {
        "uuid": person_id(1),
        "created_at": "2026-01-01T00:00:00Z",
        "properties": {"email": "ann@x.org"},
        "distinct_id": "p1",
    }
    assert name == {"display_name": "p1", "id": person_id(1), "distinct_id": "p1"}
    assert body["results"][1][1] == {"distinct_id": "p2"}
    assert loaded.ask("EventsQuery", select=[])["columns"] == ["*"]


def test_columns_are_aggregated_over_the_others(loaded):
    body = loaded.ask("EventsQuery", select=["event", "count()", "sum(properties.amount) AS total"])
    assert body["results"] == [["a", 2, 7], ["b", 1, None]]
    assert body["columns"] == ["event", "count()", "total"]


def test_pages_follow_each_other_in_the_order_asked_for(loaded):
    asked = {"select": ["properties.plan", "uuid"], "orderBy": ["timestamp ASC"], "limit": 2}
    first = loaded.ask("EventsQuery", **asked)
    second = loaded.ask("EventsQuery", **asked, offset=2)
    assert (plans(first), first["hasMore"]) == (["free", "free"], True)
    assert (plans(second), second["hasMore"]) == (["pro"], False)


WRONG = {
    "source": {"source": {}},
    "actionSteps": {"actionSteps": []},
    "personId is the uuid": {"personId": "ann"},
    "is no date": {"after": "yesterdayish"},
    "nonsense": {"where": ["nonsense = 1"]},
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_or_not_done_is_refused_by_name(loaded, said):
    with pytest.raises(ApiError, match=said):
        loaded.ask("EventsQuery", select=["event"], **WRONG[said])
