"""Cohorts and actions in queries: the members and events they stand for, by result rows."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.hogql_fixtures import CONTEXT, Ask, person, small_project
from tools.local.hogql import HogQLError, compile_query

OBJECTS = {
    "cohort": [
        {"id": 1, "name": "Buyers", "is_static": False, "version": 2},
        {"id": 2, "name": "By hand", "is_static": True, "version": None},
        {"id": 3, "name": "Never calculated", "is_static": False, "version": None},
        {"id": 4, "name": "Twice", "is_static": False, "version": 1},
        {"id": 5, "name": "Twice", "is_static": False, "version": 1},
        {"id": 6, "name": "Gone", "is_static": False, "version": 1, "deleted": True},
        {"id": 7, "name": "it's \\ it", "is_static": True, "version": 1},
    ],
    "action": [
        {"id": 1, "name": "Bought", "steps": [{"event": "buy"}]},
        {"id": 2, "name": "Paid", "steps": [
            {"event": "buy", "properties": [
                {"key": "paid", "value": ["true"], "operator": "exact", "type": "event"},
            ]},
            {"event": "it's"},
        ]},
        {"id": 3, "name": "Pricing", "steps": [{"event": "$pageview", "url": "/pri"}]},
        {"id": 4, "name": "Home", "steps": [
            {"url": "https://a.com/home?x=1", "url_matching": "exact"},
        ]},
        {"id": 5, "name": "Any page", "steps": [
            {"url": "^https://a.com/p", "url_matching": "regex"},
        ]},
        {"id": 6, "name": "Everything", "steps": []},
        {"id": 10, "name": "Tag", "steps": [{"event": "$autocapture", "tag_name": "button"}]},
        {"id": 11, "name": "Text", "steps": [{"event": "$autocapture", "text": "Buy now"}]},
        {"id": 12, "name": "Like text", "steps": [
            {"event": "$autocapture", "text": "buy", "text_matching": "contains"},
        ]},
        {"id": 13, "name": "Href", "steps": [{"event": "$autocapture", "href": "/cart"}]},
        {"id": 14, "name": "Hrefs", "steps": [
            {"event": "$autocapture", "href": "^/c.*t$", "href_matching": "regex"},
        ]},
        *(
            {"id": 20 + at, "name": selector, "steps": [
                {"event": "$autocapture", "selector": selector},
            ]}
            for at, selector in enumerate([
                "button", ".big", "button.red.big", "#go", '[data-x="1"]', "div.page > button",
                "main a", "div a", ".missing", "div:nth-child(2)", "div > a", 'a[id="go"]', "*",
                "button:hover", "button + a",
            ])
        ),
    ],
}  # fmt: skip
WITH_OBJECTS = replace(CONTEXT, objects=lambda kind: OBJECTS.get(kind, []))

# (cohort, person, version): ann left the buyers when they were calculated again.
MEMBERS = ((1, 1, 1), (1, 2, 2), (2, 1, 0), (2, 2, 1), (6, 1, 1))
CLICKS = (
    'button.big.red:attr__class="big red"text="Buy now"nth-child="1"attr__data-x="1"'
    ';div.page:nth-child="2"nth-of-type="1";main:nth-child="1"',
    'a:attr_id="go"href="/cart"text="Cart"nth-child="3";div:nth-child="2";main:nth-child="1"',
)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    rows = [
        ("cohort_people", {"cohort_id": cohort, "person_id": person(who), "version": version})
        for cohort, who, version in MEMBERS
    ]
    rows += [
        ("events", {
            "uuid": f"00000000-0000-0000-0001-{at:012}",
            "event": "$autocapture",
            "distinct_id": f"click{at}",
            "timestamp": "2023-06-01 00:00:00",
            "elements_chain": chain,
        })
        for at, chain in enumerate(CLICKS)
    ]  # fmt: skip
    with small_project(rows) as asking:
        yield lambda query: asking(query, WITH_OBJECTS)


PEOPLE = "select distinct person_id from events where event != '$autocapture' and person_id "
COHORTS = {
    "in cohort 1": [2],
    "in cohort 'Buyers'": [2],
    "not in cohort 1": [1],
    "in cohort 2": [1, 2],
    "not in cohort 'By hand'": [],
    "in cohort 3": [],
    "not in cohort 3": [1, 2],
    "in cohort 'it\\'s \\\\ it'": [],
}


@pytest.mark.parametrize("test", COHORTS)
def test_a_cohort_is_its_members_of_now(ask, test):
    assert ask(f"{PEOPLE} {test} order by person_id") == [(person(n),) for n in COHORTS[test]]


def test_persons_are_asked_for_their_cohort(ask):
    assert ask("select properties.email from persons where id in cohort 'Buyers'") == [
        ("bob@example.com",)
    ]


WRONG_COHORTS = {
    "99": "Could not find cohort with ID 99",
    "6": "Could not find cohort with ID 6",
    "'Nobody'": "Could not find a cohort with the name 'Nobody'",
    "'Twice'": "Found multiple cohorts with name 'Twice'",
    "event": "IN COHORT only works with constant arguments",
    "true": "Could not find cohort with ID True",
}


@pytest.mark.parametrize("named", WRONG_COHORTS)
def test_a_cohort_that_is_not_there_is_refused_in_posthogs_words(named):
    query = f"{PEOPLE} in cohort {named}"
    with pytest.raises(HogQLError) as caught:
        compile_query(query, WITH_OBJECTS)
    assert caught.value.message == WRONG_COHORTS[named]
    assert caught.value.start == query.index(named, len(PEOPLE))


def test_the_tables_of_members_show_those_of_now(ask):
    assert ask("select * from cohort_people") == [(person(2), 1)]
    query = "select cohort_id, person.properties.email from static_cohort_people order by person_id"
    assert ask(query) == [(2, "ann@example.com"), (2, "bob@example.com")]


def test_without_cohorts_their_tables_are_empty(ask):
    sql = compile_query("select count() from cohort_people, static_cohort_people", CONTEXT).sql
    assert "WHERE 0" in sql


ACTIONS = {
    "1": [3, 4, 5],
    "'Bought'": [3, 4, 5],
    "2": [5, 6],
    "3": [2],
    "4": [1],
    "5": [2],
    "6": [1, 2, 3, 4, 5, 6],
}


@pytest.mark.parametrize("named", ACTIONS)
def test_an_action_is_the_events_of_its_steps(ask, named):
    query = f"select toString(uuid) from events where matchesAction({named}) and uuid != toUUID("
    query += "'00000000-0000-0000-0001-000000000000') and event != '$autocapture' order by uuid"
    assert ask(query) == [(f"00000000-0000-0000-0000-{n:012}",) for n in ACTIONS[named]]


CLICKED = {
    "Tag": [0], "Text": [0], "Like text": [0], "Href": [1], "Hrefs": [1],
    "button": [0], ".big": [0], "button.red.big": [0], "#go": [1], '[data-x="1"]': [0],
    "div.page > button": [0], "main a": [], "div a": [1], ".missing": [],
    "div:nth-child(2)": [0, 1], "div > a": [1], 'a[id="go"]': [1], "*": [0, 1],
}  # fmt: skip


@pytest.mark.parametrize("name", CLICKED)
def test_a_step_says_what_was_clicked(ask, name):
    query = f"select distinct_id from events where matchesAction('{name}') order by distinct_id"
    assert ask(query) == [(f"click{at}",) for at in CLICKED[name]]


def test_the_elements_of_a_click_are_columns(ask):
    columns = "elements_chain_href, elements_chain_texts, elements_chain_ids"
    query = f"select {columns}, elements_chain_elements from events where distinct_id = 'click1'"
    assert ask(query) == [("/cart", ["Cart"], ["go"], ["a"])]


WRONG_ACTIONS = {
    "99": "Could not find action with ID 99",
    "'Nobody'": "Could not find an action with the name 'Nobody'",
    "event": "matchesAction takes the id or the name of an action, in quotes.",
    "'button:hover'": "The action 'button:hover': The selector 'button:hover' is not supported "
    "in the embedded project.",
    "'button + a'": "The action 'button + a': The selector 'button + a' is not supported in the "
    "embedded project.",
}


@pytest.mark.parametrize("named", WRONG_ACTIONS)
def test_an_action_that_can_not_be_asked_for_is_refused(named):
    with pytest.raises(HogQLError) as caught:
        compile_query(f"select matchesAction({named}) from events", WITH_OBJECTS)
    assert caught.value.message == WRONG_ACTIONS[named]
