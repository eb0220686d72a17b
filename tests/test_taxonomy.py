import json

import pytest

from tests.fakes import FakePostHog, envelope, rows
from tools.taxonomy import Definitions, ProjectFacts
from tools.toolbox import Toolbox

EVENTS = [
    {
        "name": "signed_up",
        "description": "New here",
        "created_at": "2026-01-01",
        "last_seen_at": "2026-03-01",
    },
    {
        "name": "$pageview",
        "description": "",
        "created_at": "2026-01-01",
        "last_seen_at": "2026-03-02",
    },
]
PERIOD = "SELECT min(timestamp), max(timestamp), count() FROM events"


def run(fake, tool, **arguments):
    return Toolbox(fake.client()).run(tool, arguments)


def test_a_project_is_described_with_the_period_of_its_events():
    span = ["2026-01-01T00:00:00Z", "2026-03-02T00:00:00Z", 12]
    fake = FakePostHog(answers={PERIOD: rows(["a", "b", "c"], span)})
    facts = run(fake, "describe_project")
    assert facts == ProjectFacts(1, "Shop", "UTC", 1, None, *span)
    assert "kept out" not in facts.for_model()


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (rows(["a", "b", "c"], ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 0]), 0),
        (envelope(504, "error", "Query has hit the max execution time."), None),
    ],
    ids=["no events", "too many to count"],
)
def test_a_project_without_a_known_period_says_so(answer, known):
    facts = run(FakePostHog(answers={PERIOD: answer}), "describe_project")
    assert (facts.first_event, facts.last_event, facts.events) == (None, None, known)


def test_a_frozen_project_says_what_time_it_is():
    project = {"id": 1, "name": "Demo", "timezone": "UTC", "now": "2026-03-02T12:00:00Z"}
    fake = FakePostHog(project=project, answers={PERIOD: rows(["a", "b", "c"], [None, None, 0])})
    facts = run(fake, "describe_project")
    assert (facts.now, facts.week_start_day) == ("2026-03-02T12:00:00Z", 0)


def test_events_are_listed_with_what_matters_of_them():
    fake = FakePostHog(events=[e | {"id": "x", "owner": "y"} for e in EVENTS])
    assert run(fake, "list_events") == Definitions(tuple(EVENTS), whole=True)


def test_events_are_searched_by_posthog():
    fake = FakePostHog(events=EVENTS)
    found = run(fake, "list_events", search="sign")
    assert [row["name"] for row in found.rows] == ["signed_up"]
    assert fake.requests[-1].url.params["search"] == "sign"


@pytest.mark.parametrize(
    ("limit", "names", "whole"),
    [(2, 2, True), (1, 1, False), (0, 1, False), (-5, 1, False)],
)
def test_a_list_says_whether_there_is_more(limit, names, whole):
    found = run(FakePostHog(events=EVENTS), "list_events", limit=limit)
    assert (len(found.rows), found.whole) == (names, whole)
    assert ("There are more: search by name." in found.for_model()) is not whole


def test_properties_are_asked_for_by_kind_and_event():
    fake = FakePostHog(
        properties=[
            {"name": "plan", "property_type": "String", "description": "", "kind": "person"},
            {"name": "amount", "property_type": "Numeric", "description": ""},
        ]
    )
    found = run(fake, "list_properties", kind="person", event='say "hi"')
    assert found.rows == ({"name": "plan", "property_type": "String", "description": ""},)
    params = fake.requests[-1].url.params
    assert json.loads(params["event_names"]) == ['say "hi"']
    assert (params["filter_by_event_names"], params["type"]) == ("true", "person")


def test_values_are_counted_most_frequent_first():
    answer = rows(["value", "count"], ["pro", 9], ["free", 4])
    fake = FakePostHog(answers={"properties.plan": answer})
    found = run(fake, "property_values", property="plan", event="signed_up")
    assert found.rows == (("pro", 9), ("free", 4))
    assert fake.queries() == [
        "SELECT properties.plan AS value, count() AS count FROM events "
        "WHERE event = 'signed_up' AND isNotNull(properties.plan) "
        "GROUP BY value ORDER BY count DESC, value\nLIMIT 51"
    ]


def test_names_and_searches_enter_a_query_only_as_literals():
    fake = FakePostHog(answers={"": rows(["value", "count"])})
    run(fake, "property_values", property="a'] OR 1=1 --", search="50%_\\'", event="x' OR '1")
    assert fake.queries() == [
        "SELECT properties['a\\'] OR 1=1 --'] AS value, count() AS count FROM events "
        "WHERE event = 'x\\' OR \\'1' AND "
        "properties['a\\'] OR 1=1 --'] ILIKE '%50\\\\%\\\\_\\\\\\\\\\'%' "
        "GROUP BY value ORDER BY count DESC, value\nLIMIT 51"
    ]


def test_a_text_is_looked_for_in_every_property():
    answer = rows(["property", "value", "count"], ["plan", "pro", 9])
    fake = FakePostHog(answers={"JSONExtractKeysAndValuesRaw": answer})
    assert run(fake, "property_values", search="pro", kind="person").rows == (("plan", "pro", 9),)
    assert "FROM persons WHERE properties ILIKE '%pro%'" in fake.queries()[0]
