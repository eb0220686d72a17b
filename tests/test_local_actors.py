"""Lists of persons and groups, and who is behind the points of insights."""

import json
from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, events, person_id, stream_project
from tools.local.bodies import ApiError

A_DAY = timedelta(days=1)
NAMES = {1: "ann", 2: "bob", 3: "cat", 4: "dan"}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("actors")) as made:
        yield made


def people():
    """Rows of the tables of persons, distinct ids and groups."""
    return {
        "persons": [
            {
                "id": person_id(number),
                "created_at": f"2026-01-0{number} 00:00:00",
                "properties": json.dumps({"email": f"{name}@x.org", "age": number * 10}),
                "is_identified": number % 2,
                "version": 1,
            }
            for number, name in NAMES.items()
        ],
        "person_distinct_ids": [
            {"distinct_id": one, "person_id": person_id(number), "version": 1}
            for number, name in NAMES.items()
            for one in (name, f"018f3f2a-0000-7000-8000-00000000000{number}", f"p{number}")
        ],
        "groups": [
            {
                "index": index,
                "key": key,
                "created_at": f"2026-01-0{place} 00:00:00",
                "updated_at": "2026-01-09 00:00:00",
                "properties": json.dumps({"name": key.title()}),
            }
            for index, key, place in ((0, "acme", 1), (0, "zeta", 2), (1, "acme", 3))
        ],
    }


def ids(body, place=0):
    return {row[place]["id"] for row in body["results"]}


def test_persons_are_listed_whole_with_the_newest_names_first(project):
    project.place("Europe/Berlin")
    project.load([], **people())
    body = project.ask("ActorsQuery", select=["person", "id", "created_at"], limit=3)
    assert body["columns"] == ["person", "id", "created_at"]
    assert [row[1] for row in body["results"]] == [person_id(number) for number in (4, 3, 2)]
    assert (body["hasMore"], body["limit"], body["offset"]) == (True, 3, 0)
    assert body["missing_actors_count"] == 0
    again = project.ask("HogQLQuery", query=body["hogql"])
    assert [row[1] for row in again["results"]] == [person_id(number) for number in (4, 3, 2, 1)]
    assert body["results"][0][0] == {
        "id": person_id(4),
        "properties": {"email": "dan@x.org", "age": 40},
        "is_identified": False,
        "created_at": "2026-01-04T00:00:00Z",
        "last_seen_at": None,
        "distinct_ids": ["dan", "p4", "018f3f2a-0000-7000-8000-000000000004"],
    }
    rest = project.ask("ActorsQuery", select=["id", "created_at"], limit=3, offset=3)
    assert [row[0] for row in rest["results"]] == [person_id(1)]
    assert rest["hasMore"] is False


SEARCHES = {"BOB@": {2}, "cat": {3}, person_id(4)[:36]: {4}, "018f3f2a": {1, 2, 3, 4}, "zz": set()}


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_looks_at_addresses_ids_and_distinct_ids(project, text):
    project.load([], **people())
    body = project.ask("ActorsQuery", search=text)
    assert body["columns"] == ["person", "id", "person.$delete"]
    assert ids(body) == {person_id(number) for number in SEARCHES[text]}


def test_persons_are_filtered_ordered_and_counted_as_written(project):
    project.load([], **people())
    body = project.ask(
        "ActorsQuery",
        select=["properties.email", "properties.age -- Age"],
        properties=[{"key": "email", "value": "b", "operator": "icontains", "type": "person"}],
        fixedProperties=[{"key": "age", "value": "20", "type": "person"}],
    )
    assert (body["results"], body["columns"][1]) == ([["bob@x.org", "20"]], "properties.age -- Age")
    body = project.ask("ActorsQuery", select=["id"], orderBy=["properties.email desc"], limit=1)
    assert body["results"] == [[person_id(4)]]
    body = project.ask("ActorsQuery", select=["id"], orderBy=["person"], limit=1)
    assert body["results"] == [[person_id(1)]]
    body = project.ask("ActorsQuery", select=["is_identified", "count()"], orderBy=["1"])
    assert sorted(body["results"]) == [[False, 2], [True, 2]]


def test_persons_come_from_hogql_by_its_column_of_ids(project):
    events = [Event("a", number, NOW) for number in (1, 1, 3)]
    project.load(events, **people())
    query = "SELECT person_id, count() AS times FROM events GROUP BY person_id"
    body = project.ask(
        "ActorsQuery",
        source={"kind": "HogQLQuery", "query": query},
        select=["person", "times"],
        orderBy=["times DESC"],
    )
    assert [(row[0]["id"], row[1]) for row in body["results"]] == [
        (person_id(1), 2),
        (person_id(3), 1),
    ]


WRONG = {
    "HogQLQuery of an ActorsQuery takes no placeholders": {
        "source": {"kind": "HogQLQuery", "query": "SELECT {x} AS id"}
    },
    "must have an id column": {
        "source": {"kind": "HogQLQuery", "query": "SELECT event FROM events"}
    },
    "TrendsQuery": {"source": {"kind": "TrendsQuery", "series": []}},
    "orderby": {"orderby": []},
    "nonsense": {"select": ["nonsense"]},
}


@pytest.mark.parametrize("said", WRONG)
def test_a_list_that_is_wrong_is_refused_by_name(project, said):
    with pytest.raises(ApiError, match=said):
        project.ask("ActorsQuery", **WRONG[said])


def series(name, **more):
    return {"kind": "EventsNode", "event": name, **more}


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stream=st.lists(events(days=3), max_size=20))
def test_the_persons_behind_a_days_number_are_as_many_as_it_says(project, stream):
    project.place("America/New_York")
    project.load(stream, **people())
    trend = {"kind": "TrendsQuery", "series": [series("a", math="dau")], "interval": "day"}
    (result,) = project.ask(**trend, dateRange={"date_from": "-2d"})["results"]
    for day, count in zip(result["days"], result["data"], strict=True):
        behind = {
            "kind": "InsightActorsQuery",
            "source": {**trend, "dateRange": {"date_from": "-2d"}},
            "day": day,
            "series": 0,
        }
        body = project.ask("ActorsQuery", source=behind, select=["person", "event_count"])
        assert len(ids(body)) == count
        own = defaultdict(int)
        for event in stream:
            if event.event == "a" and local_day(event) == day:
                own[person_id(event.person)] += 1
        assert {row[0]["id"]: row[1] for row in body["results"]} == own


def local_day(event):
    return (event.at - timedelta(hours=4)).strftime("%Y-%m-%d")


def test_who_came_back_is_listed_with_when(project):
    project.place("UTC")
    project.load(
        [Event("a", 1, NOW - 2 * A_DAY), Event("a", 1, NOW), Event("a", 2, NOW - 2 * A_DAY)],
        **people(),
    )
    entity = {"id": "a", "type": "events"}
    retention = {
        "kind": "RetentionQuery",
        "retentionFilter": {"targetEntity": entity, "returningEntity": entity, "totalIntervals": 3},
    }
    behind = {"kind": "InsightActorsQuery", "source": retention, "interval": 0}
    body = project.ask("ActorsQuery", source=behind, select=["person", "appearances"])
    found = {row[0]["id"]: row[1] for row in body["results"]}
    assert found == {person_id(1): [0, 2], person_id(2): [0]}


def test_groups_behind_a_number_are_shown_as_groups(project):
    project.place("UTC")
    project.load(
        [Event("a", 1, NOW, group="acme"), Event("a", 2, NOW, group="zeta")],
        **people(),
    )
    counted = series("a", math="unique_group", math_group_type_index=0)
    trend = {"kind": "TrendsQuery", "series": [counted]}
    behind = {"kind": "InsightActorsQuery", "source": trend, "day": "2026-04-02"}
    body = project.ask("ActorsQuery", source=behind, search="ac")
    assert (body["columns"], body["missing_actors_count"]) == (["group"], 0)
    assert body["results"] == [
        [
            {
                "id": "acme",
                "type": "group",
                "properties": {"name": "Acme"},
                "group_key": "acme",
                "group_type_index": 0,
                "created_at": "2026-01-01T00:00:00Z",
                "group_properties": {"name": "Acme"},
            }
        ]
    ]


def test_the_bare_ids_behind_a_point_can_be_asked_for(project):
    project.place("UTC")
    project.load([Event("a", 1, NOW), Event("a", 1, NOW)], **people())
    trend = {"kind": "TrendsQuery", "series": [series("a")]}
    body = project.ask("InsightActorsQuery", source=trend, day="2026-04-02")
    assert body["columns"][:2] == ["actor_id", "event_count"]
    assert [row[:2] for row in body["results"]] == [[person_id(1), 2]]


def test_groups_of_a_type_are_listed_by_name_or_as_selected(project):
    project.load([], **people())
    acme, zeta = ({"display_name": name, "key": name.lower()} for name in ("Acme", "Zeta"))
    body = project.ask("GroupsQuery", group_type_index=0)
    assert (body["kind"], body["columns"]) == ("GroupsQuery", ["group_name"])
    assert body["results"] == [[zeta], [acme]]
    selected = ["key", "group_name", "key", "properties.name"]
    body = project.ask("GroupsQuery", group_type_index=0, select=selected, orderBy=["group_name"])
    assert body["columns"] == ["key", "group_name", "properties.name"]
    assert body["results"] == [["acme", acme, "Acme"], ["zeta", zeta, "Zeta"]]
    filtered = [{"key": "name", "value": "Zeta", "type": "group", "group_type_index": 0}]
    body = project.ask("GroupsQuery", group_type_index=0, properties=filtered)
    assert body["results"] == [[zeta]]
    body = project.ask("GroupsQuery", group_type_index=0, select=["count()"])
    assert (body["columns"], body["results"]) == (["count()"], [[2]])


def test_groups_that_are_sought_come_by_how_close_their_names_are(project):
    known = {"index": 0, "created_at": "2026-01-01 00:00:00", "updated_at": "2026-01-01 00:00:00"}
    names = ["The acme", "Acme Inc", "ACME", "Other"]
    groups = [
        {**known, "key": f"k{number}", "properties": json.dumps({"name": name})}
        for number, name in enumerate(names)
    ]
    project.load([], groups=groups)
    body = project.ask("GroupsQuery", group_type_index=0, select=["key"], search="acme")
    assert body["results"] == [["k2"], ["k1"], ["k0"]]
    asked = {"select": ["key"], "search": "acme", "orderBy": ["key"]}
    body = project.ask("GroupsQuery", group_type_index=0, **asked)
    assert body["results"] == [["k0"], ["k1"], ["k2"]]


def test_those_who_took_a_step_and_those_who_were_lost_are_listed(project):
    project.place("UTC")
    project.load(
        [Event("a", 1, NOW - A_DAY), Event("b", 1, NOW), Event("a", 2, NOW - A_DAY)],
        **people(),
    )
    funnel = {"kind": "FunnelsQuery", "series": [series("a"), series("b")]}
    for step, number in ((2, 1), (-2, 2)):
        behind = {"kind": "FunnelsActorsQuery", "source": funnel, "funnelStep": step}
        body = project.ask("ActorsQuery", source=behind)
        assert ids(body) == {person_id(number)}
