"""What there is to ask about: events, properties, values, tables."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, events, person_id, stream_project
from tools.local.bodies import ApiError

A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("taxonomy")) as made:
        yield made


PLANS = st.fixed_dictionaries({}, optional={"plan": st.sampled_from(["x", "y", "z", ""])})


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stream=st.lists(events(days=60, properties=PLANS), max_size=20))
def test_events_and_values_are_counted_over_thirty_days(project, stream):
    project.load(stream)
    recent = [event for event in stream if NOW - event.at <= 30 * A_DAY]
    counts = Counter(event.event for event in recent)
    body = project.ask("TeamTaxonomyQuery")
    expected = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    assert [(row["event"], row["count"]) for row in body["results"]] == expected
    values = Counter(
        event.properties["plan"]
        for event in recent
        if event.event == "a" and event.properties.get("plan")
    )
    body = project.ask("EventTaxonomyQuery", event="a", properties=["plan"], maxPropertyValues=2)
    ranked = [value for value, _ in sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))]
    row = {"property": "plan", "sample_values": ranked[:2], "sample_count": len(values)}
    assert body["results"] == ([row] if values else [])


def test_an_event_shows_its_properties_with_values(project):
    properties = [
        {"plan": plan, "$ip": "1.2.3.4", "n": number}
        for plan, number in zip("aab", "123", strict=True)
    ]
    project.load(
        [Event("buy", 1, NOW - A_DAY * days, one) for days, one in enumerate(properties, 1)]
    )
    body = project.ask("EventTaxonomyQuery", event="buy")
    latest = [
        {"property": "n", "sample_values": ["1", "2", "3"], "sample_count": 3},
        {"property": "plan", "sample_values": ["a", "b"], "sample_count": 2},
    ]
    assert body["results"] == latest
    assert (body["hasMore"], body["limit"], body["offset"]) == (False, 500, 0)
    body = project.ask("EventTaxonomyQuery", event="buy", limit=1, offset=1)
    assert (body["results"], body["hasMore"]) == (latest[1:], False)
    assert project.ask("EventTaxonomyQuery", event="buy", limit=1)["hasMore"] is True
    assert project.ask("EventTaxonomyQuery", event="none")["results"] == []
    with pytest.raises(ApiError, match="event or actionId"):
        project.ask("EventTaxonomyQuery")


def test_only_properties_with_values_are_told_of_those_asked_for(project):
    properties = [{"plan": 'say "x"', "n": 5}, {"plan": "y", "n": 6}, {"plan": "y", "n": 7}]
    project.load([Event("buy", 1, NOW - A_DAY, one) for one in properties])
    body = project.ask("EventTaxonomyQuery", event="buy", properties=["plan", "none", "n"])
    assert body["results"] == [
        {"property": "n", "sample_values": ["5", "6", "7"], "sample_count": 3},
        {"property": "plan", "sample_values": ["y", 'say "x"'], "sample_count": 2},
    ]


def test_events_that_say_little_about_a_product_are_not_listed(project):
    names = ["buy", "$autocapture", "$pageleave", "$set", "$feature_flag_called", "$groupidentify"]
    project.load([Event(name, 1, NOW - A_DAY) for name in names])
    body = project.ask("TeamTaxonomyQuery")
    assert body["results"] == [{"event": "buy", "count": 1}]
    assert (body["hasMore"], body["limit"], body["offset"]) == (False, 500, 0)


def test_persons_and_groups_show_their_latest_values(project):
    persons = [
        {
            "id": person_id(number),
            "created_at": f"2026-01-0{number} 00:00:00",
            "properties": json.dumps({"plan": plan} if plan else {}),
            "version": 1,
        }
        for number, plan in enumerate(["a", "b", "a", ""], 1)
    ]
    group = {"index": 0, "key": "acme", "created_at": "2026-01-01 00:00:00"}
    known = {"updated_at": "2026-01-01 00:00:00", "properties": json.dumps({"size": 3})}
    project.load([], persons=persons, groups=[{**group, **known}])
    asked = {"properties": ["plan", "none"]}
    assert project.ask("ActorsPropertyTaxonomyQuery", **asked)["results"] == [
        {"sample_values": ["a", "b"], "sample_count": 2},
        {"sample_values": [], "sample_count": 0},
    ]
    body = project.ask("ActorsPropertyTaxonomyQuery", properties=["size"], groupTypeIndex=0)
    assert body["results"] == [{"sample_values": ["3"], "sample_count": 1}]
    body = project.ask("ActorsPropertyTaxonomyQuery", properties=["size"], groupTypeIndex=1)
    assert body["results"] == [{"sample_values": [], "sample_count": 0}]


def test_the_schema_names_tables_columns_and_what_they_lead_to(project):
    body = project.ask("DatabaseSchemaQuery")
    assert set(body) == {"tables", "joins"}
    fields = body["tables"]["events"]["fields"]
    assert fields["timestamp"]["type"] == "datetime"
    assert fields["properties"]["type"] == "json"
    assert fields["$session_id"]["hogql_value"] == "`$session_id`"
    assert fields["session"]["type"] == "lazy_table"
    assert "$channel_type" in fields["session"]["fields"]
    assert "properties" in fields["person"]["fields"]
    assert fields["event"] == {
        "name": "event",
        "hogql_value": "event",
        "type": "string",
        "schema_valid": True,
        "table": None,
        "fields": None,
        "chain": None,
        "id": None,
    }


def test_every_column_of_the_schema_can_be_asked_for(project):
    tables = project.ask("DatabaseSchemaQuery")["tables"]
    for table in ("events", "persons", "sessions", "groups", "person_distinct_ids"):
        plain = [
            field["hogql_value"]
            for field in tables[table]["fields"].values()
            if field["type"] not in ("lazy_table", "virtual_table")
        ]
        query = f"SELECT {', '.join(plain)} FROM {table}"
        assert project.ask("HogQLQuery", query=query)["error"] is None
