"""Whose event it was, in each of PostHog's four ways, with persons that were merged."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.hogql_fixtures import CONTEXT, Ask, person, small_project
from tools.local.hogql import HogQLError, compile_query

DISTINCT_IDS = {"ann": 1, "bob": 2, "cat-old": 1}
VISITOR = {
    "$initial_utm_source": "newsletter",
    "$initial_utm_medium": "email",
    "$initial_referring_domain": "www.google.com",
}
ON_EVENTS = "person_id_override_properties_on_events"
JOINED = "person_id_override_properties_joined"
OWN = "person_id_no_override_properties_on_events"


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    rows = [
        ("person_distinct_ids", {"distinct_id": name, "person_id": person(who), "version": 1})
        for name, who in DISTINCT_IDS.items()
    ]
    gone = {"distinct_id": "gone", "person_id": person(2), "version": 2, "is_deleted": 1}
    rows += [
        ("person_distinct_ids", gone),
        ("persons", {"id": person(9), "version": 1, "created_at": "2023-12-01 00:00:00",
                     "properties": json.dumps(VISITOR)}),
    ]  # fmt: skip
    with small_project(rows) as asking:
        yield lambda query, mode=ON_EVENTS: asking(query, replace(CONTEXT, persons_mode=mode))


# Event 4 was sent as person 3, who was merged into ann: 1.
IDS = {
    ON_EVENTS: [1, 1, 2, 1, 2, 1],
    JOINED: [1, 1, 2, 1, 2, 1],
    OWN: [1, 1, 2, 3, 2, 1],
    "disabled": [1, 1, 2, 1, 2, 1],
}


@pytest.mark.parametrize("mode", IDS)
def test_each_way_finds_the_person_of_an_event(ask, mode):
    assert ask("select person_id from events order by uuid", mode) == [
        (person(number),) for number in IDS[mode]
    ]
    assert ask("select person.id from events order by uuid", mode)[:3] == [
        (person(1),), (person(1),), (person(2),),
    ]  # fmt: skip
    unmerged = ask("select event_person_id from events where distinct_id = 'cat-old'", mode)
    assert unmerged == [(person(3),)]


EMAILS = {
    JOINED: ["ann@example.com", "bob@example.com", "ann@example.com"],
    "disabled": ["ann@example.com", "bob@example.com", "ann@example.com"],
    ON_EVENTS: [None, None, None],
    OWN: [None, None, None],
}


@pytest.mark.parametrize("mode", EMAILS)
def test_joined_properties_are_those_of_now(ask, mode):
    query = "select person.properties.email from events where event = 'buy' or event = 'it\\'s' "
    rows = ask(f"{query} order by uuid limit 4", mode)
    assert [rows[3][0], rows[0][0], rows[1][0]] == EMAILS[mode]


@pytest.mark.parametrize(("mode", "plan"), [(ON_EVENTS, "pro"), (OWN, "pro"), (JOINED, None)])
def test_properties_on_events_are_those_of_the_time(ask, mode, plan):
    query = "select distinct person.properties.plan, poe.properties.plan from events"
    assert ask(f"{query} where distinct_id = 'ann'", mode) == [(plan, "pro")]


UNMERGED = replace(CONTEXT, person_of_event=lambda: "person_id")


def test_where_nobody_was_merged_the_events_own_person_is_read_without_a_join(ask):
    for query in ("select person_id from events", "select person.id, poe.id from events"):
        assert "JOIN" in compile_query(query, CONTEXT).sql
        assert "JOIN" not in compile_query(query, UNMERGED).sql
    joined = compile_query("select person.is_identified from events", UNMERGED).sql
    assert "overrides" not in joined


def test_a_query_about_no_persons_does_not_ask_whether_any_were_merged():
    def person_of_event():
        raise AssertionError("asked")

    context = replace(CONTEXT, person_of_event=person_of_event)
    compile_query("select event, distinct_id from events", context)


ROWS = {
    "select distinct_id, person_id from person_distinct_ids order by distinct_id": [
        ("ann", person(1)), ("bob", person(2)), ("cat-old", person(1)),
    ],
    "select distinct_id, person.properties.email from person_distinct_ids"
    " where distinct_id = 'bob'":
        [("bob", "bob@example.com")],
    "select distinct_id, person.properties.email from person_distinct_id_overrides":
        [("cat-old", "ann@example.com")],
    "select id, pdi.distinct_id from persons where properties.email = 'ann@example.com'"
    " order by pdi.distinct_id": [(person(1), "ann"), (person(1), "cat-old")],
    "select distinct pdi.person_id, pdi.person.properties.email from events"
    " where distinct_id = 'cat-old'": [(person(1), "ann@example.com")],
    "select distinct goe_0.key from events where distinct_id = 'ann'": [("acme",)],
    "select $virt_initial_channel_type, $virt_initial_referring_domain_type from persons"
    " where properties.$initial_utm_medium = 'email'": [("Email", "Search")],
    "select distinct person.$virt_initial_channel_type from events": [("Unknown",)],
    "select count() from events where person.$virt_initial_channel_type = 'Unknown' and"
    " poe.$virt_initial_channel_type != 'Direct'": [(6,)],
}  # fmt: skip


@pytest.mark.parametrize("query", ROWS)
def test_what_leads_from_one_to_the_other(ask, query):
    assert ask(query) == ROWS[query]


def test_group_properties_at_the_time_of_an_event_are_refused(ask):
    with pytest.raises(HogQLError, match="Unable to resolve field: properties on goe_0"):
        ask("select goe_0.properties.name from events")
