"""Questions about one person, against the person's events and the API."""

import pytest

from tests.objects_asked import told

MAYA = "maya.okafor@example.com"


def events(desk, condition="1 = 1"):
    return desk.rows(
        "SELECT event, toString(timestamp), properties.$pathname FROM events WHERE"
        f" person_id IN (SELECT id FROM persons WHERE properties.email = '{MAYA}')"
        f" AND ({condition}) ORDER BY timestamp"
    )


@pytest.mark.parametrize(
    "question",
    [
        f"what did {MAYA} do?",
        f"show the timeline of {MAYA}",
        f"everything {MAYA} did",
        f"list all events of {MAYA}",
        f"what has {MAYA} been doing",
        f"activity of {MAYA}",
    ],
)
def test_a_timeline_is_all_that_somebody_did(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert answer.headline.startswith(f"{MAYA}: {len(events(desk)):,} events in ")
    shown = [row[1] for row in answer.tables[0].rows]
    assert shown == [row[0] for row in events(desk)][-len(shown) :]
    assert not answer.tables[0].whole
    assert f"Only the last {len(shown)} are shown." in answer.text


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        (
            f"what did {MAYA} do on October 2, 2026?",
            "toDate(timestamp) = toDate('2026-10-02')",
        ),
        (
            f"what did {MAYA} do in October 2026",
            "timestamp >= toDateTime('2026-10-01') AND timestamp < toDateTime('2026-11-01')",
        ),
        (
            f"all events of {MAYA} between 1 and 5 October 2026",
            "timestamp >= toDateTime('2026-10-01') AND timestamp < toDateTime('2026-10-06')",
        ),
    ],
)
def test_a_timeline_keeps_to_its_period(desk, question, condition):
    answer = desk.ask(question)
    assert [row[1] for row in answer.tables[0].rows] == [row[0] for row in events(desk, condition)]


def test_pages_alone_are_told_where_pages_are_asked_for(desk):
    answer = desk.ask(f"which pages did {MAYA} visit on October 2, 2026?")
    seen = events(desk, "event = '$pageview' AND toDate(timestamp) = toDate('2026-10-02')")
    assert [row[2] for row in answer.tables[0].rows] == [row[2] for row in seen]


def test_what_came_before_an_event_ends_with_it(desk):
    answer = desk.ask(f"what did {MAYA} do before she cancelled her subscription?")
    (last,) = events(desk, "event = 'subscription_cancelled'")[-1:]
    assert "up to their last subscription_cancelled" in answer.headline
    assert answer.tables[0].rows[-1][1] == "subscription_cancelled"
    assert answer.tables[0].rows[-1][0] == last[1][:19].replace("T", " ")


def test_the_last_sessions_are_the_last(desk):
    answer = desk.ask(f"what happened in the last 3 sessions of {MAYA}?")
    last = desk.rows(
        "SELECT properties.$session_id, max(timestamp) AS at, count() FROM events WHERE"
        f" person.properties.email = '{MAYA}' AND isNotNull(properties.$session_id) GROUP BY"
        " properties.$session_id ORDER BY at DESC LIMIT 3"
    )
    assert "in 3 sessions" in answer.headline
    assert len(answer.tables[0].rows) == sum(row[2] for row in last)


def test_the_last_events_are_as_many_as_asked_for(desk):
    answer = desk.ask(f"show the last 20 events of {MAYA}")
    assert [row[1] for row in answer.tables[0].rows] == [row[0] for row in events(desk)][-20:]


def test_what_somebody_was_up_to_keeps_to_its_period(desk):
    answer = desk.ask(f"what was {MAYA} up to in October 2026?")
    assert answer.window.words == "2026-10-01 to 2026-10-31"


@pytest.mark.parametrize(
    "question", [f"who is {MAYA}?", MAYA, f"profile of {MAYA}", f"tell me about {MAYA}"]
)
def test_a_profile_is_the_properties_of_the_person(desk, question):
    answer = desk.ask(question)
    query = (
        f"SELECT properties.city, properties.plan FROM persons WHERE properties.email = '{MAYA}'"
    )
    ((city, plan),) = desk.rows(query)
    assert answer.outcome == "answered"
    known = dict(answer.tables[0].rows)
    assert (known["city"], known["plan"], known["email"]) == (city, plan, MAYA)


@pytest.mark.parametrize(
    "question",
    [
        f"which cohorts and flags apply to {MAYA}?",
        f"which flags does {MAYA} have",
        f"what cohorts is {MAYA} in?",
    ],
)
def test_cohorts_and_flags_of_a_person_are_those_of_the_project(desk, question):
    answer = desk.ask(question)
    rows = {(row[0], row[1]): row[2] for row in answer.tables[0].rows}
    flags = {flag["key"] for flag in desk.listed("feature_flags")}
    assert {name for kind, name in rows if kind == "flag"} == flags
    assert rows["flag", "dark-mode"] == "false"
    for cohort in desk.listed("cohorts"):
        query = (
            f"SELECT count() FROM persons WHERE id IN COHORT {cohort['id']}"
            f" AND properties.email = '{MAYA}'"
        )
        assert (("cohort", cohort["name"]) in rows) is (desk.rows(query)[0][0] == 1)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what did nobody.here@example.com do?", "No person has the e-mail or distinct id nobody"),
        ("who is nobody.here@example.com", "No person has the e-mail or distinct id nobody"),
        ("what did this user do before the bug?", "Which user is meant?"),
        ("a customer complained, what happened in their last 2 sessions?", "Which user is meant?"),
    ],
)
def test_somebody_who_is_not_known_is_asked_for(desk, question, said):
    answer = desk.ask(question)
    assert answer.outcome in ("declined", "asked")
    assert said in told(answer)


@pytest.mark.parametrize(
    "question",
    [
        f"give me the home address of {MAYA}",
        f"what is {MAYA}'s phone number?",
        f"what is the credit card number of {MAYA}",
    ],
)
def test_private_details_are_refused_and_none_is_told(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "declined"
    assert answer.headline.startswith("I don't give out private details of people")
    assert not answer.tables
