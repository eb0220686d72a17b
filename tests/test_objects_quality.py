"""Questions about the quality of the data, and about what something means."""

import pytest

from agent.planner.glossary import Glossary
from tests.objects_asked import first, told


@pytest.mark.parametrize(
    "question",
    [
        "what data quality issues exist?",
        "audit our tracking data",
        "can I trust the data?",
        "is anything wrong with our tracking?",
        "data quality report please",
        "how clean is our data",
    ],
)
def test_every_check_is_reported(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert " of 6 checks found something: " in answer.headline
    assert "booked_class and booking_completed" in answer.text
    assert "booked_class (last 2026-03-01)" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "do we have duplicate bookings?",
        "are any bookings counted twice?",
        "are there duplicated booking_completed events",
    ],
)
def test_doubled_events_are_those_that_share_an_id(desk, question):
    ((more,),) = desk.rows(
        "SELECT count() - uniqExact(properties.booking_id) FROM events"
        " WHERE event = 'booking_completed'"
    )
    answer = desk.ask(question)
    assert answer.headline.startswith("Yes: booking_id on booking_completed")
    assert answer.tables[0].rows[0][2] == more


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("which events haven't fired in the last 90 days?", 90),
        ("events that stopped coming in", 90),
        ("are there any stale events?", 90),
        ("which events have not been seen for 60 days", 60),
        ("hide events that haven't fired in 90 days", 90),
    ],
)
def test_silent_events_are_those_not_seen_for_so_long(desk, question, days):
    query = (
        "SELECT event FROM events GROUP BY event"
        f" HAVING max(timestamp) < now() - INTERVAL {days} DAY"
    )
    answer = desk.ask(question)
    assert first(answer) == {row[0] for row in desk.rows(query)}
    assert answer.outcome == ("declined" if question.startswith("hide") else "answered")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what does booking_completed mean?", "booking_completed: “A class was booked."),
        ("what is the meaning of payment_failed", "payment_failed: “A payment was refused”"),
        ("define signed_up", "signed_up: “"),
        ("when is booking_started fired?", "booking_started: “The booking form of a class"),
        (
            "what is the difference between booking_started and booking_completed?",
            "booking_started: “The booking form of a class was opened”; booking_completed: ",
        ),
        ("how do we define activation?", "“activation” is described by the insight “Signup"),
        ("what does glorbness mean here?", "No definition of “glorbness” is recorded"),
        ("what does amount_usd mean?", "amount_usd"),
    ],
)
def test_a_meaning_is_what_the_project_says_of_it(desk, question, said):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert answer.headline.startswith(said)


@pytest.mark.parametrize(
    "question", ["what does regular mean?", "define regular", "what is a regular"]
)
def test_a_word_of_the_glossary_means_what_the_glossary_says(desk, question):
    words = Glossary(terms={"regular": "people who did booking_completed"}, path="glossary.toml")
    answer = desk.ask(question, glossary=words)
    assert answer.headline == "“regular” means people who did booking_completed."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("/remember our main KPI is monthly active users (MAU)", "Nothing was stored yet"),
        ("remember that a power user is someone with 10 bookings", "stored"),
        ("we don't run the referral campaign anymore", "nothing was stored"),
        ("forget what I told you", "nothing"),
    ],
)
def test_nothing_is_said_to_be_remembered(desk, question, said):
    answer = desk.ask(question)
    assert answer.outcome == "declined"
    assert said.lower() in told(answer).lower()


@pytest.mark.parametrize(
    ("question", "docs"),
    [
        ("how do I create a cohort in PostHog?", "posthog.com/docs/data/cohorts"),
        ("how do I set up a feature flag?", "posthog.com/docs/feature-flags"),
        ("how to install the PostHog SDK for Python", "posthog.com/docs/libraries/python"),
        ("what are PostHog's rate limits?", "posthog.com/docs/api"),
        ("how does session recording work in posthog?", "posthog.com/docs/session-replay"),
        ("what is the difference between trends and funnels?", "posthog.com/docs/product-analyt"),
        ("why are my events not showing up?", "posthog.com/docs/product-analytics/troublesh"),
        ("should this be a flag or an experiment?", "posthog.com/docs/experiments"),
    ],
)
def test_help_about_posthog_names_its_page(desk, question, docs):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert f"https://{docs}" in answer.text
