"""Questions about what is tracked, against the events of the project."""

import pytest

from tests.objects_asked import first, told

OWN = "event NOT LIKE '$%'"


def counts(desk, event):
    """How many of an event there are in all and in 30 days, the first and the last day."""
    query = (
        "SELECT count(), countIf(timestamp >= now() - INTERVAL 30 DAY), toString(toDate(min("
        f"timestamp))), toString(toDate(max(timestamp))) FROM events WHERE event = '{event}'"
    )
    return tuple(desk.rows(query)[0])


def events(desk, condition="1 = 1"):
    return {row[0] for row in desk.rows(f"SELECT DISTINCT event FROM events WHERE {condition}")}


@pytest.mark.parametrize(
    "question",
    [
        "what events do we track?",
        "list all events",
        "show me all events with their 30-day volume",
        "which events are there",
        "what is tracked?",
        "what events does this project capture?",
    ],
)
def test_all_events_are_listed_with_their_volume(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert first(answer) == events(desk)
    shown = {row[0]: (row[2], row[1], row[3], row[4]) for row in answer.tables[0].rows}
    assert shown["booking_completed"] == counts(desk, "booking_completed")


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("list all events containing 'payment'", "event LIKE '%payment%'"),
        ("which events start with 'booking'?", "event LIKE '%booking%'"),
        ("what events are related to onboarding", "event LIKE 'onboarding%'"),
        ("show events about gift cards", "event LIKE 'gift_card%'"),
    ],
)
def test_events_are_listed_by_what_they_are_about(desk, question, condition):
    assert first(desk.ask(question)) == events(desk, condition)


@pytest.mark.parametrize(
    ("question", "event"),
    [
        ("do we track angry clicks?", "$rageclick"),
        ("is there an event for gift cards?", "gift_card_purchased"),
        ("do we have an event for reviews?", "review_submitted"),
        ("are we tracking sign ups", "signed_up"),
        ("which event marks a completed booking?", "booking_completed"),
        ("do you capture page views", "$pageview"),
    ],
)
def test_whether_something_is_tracked_is_told_with_its_counts(desk, question, event):
    answer = desk.ask(question)
    total, recent, begun, ended = counts(desk, event)
    assert answer.headline.startswith(f"Yes: {event}")
    assert f"{total:,} events, {recent:,} of them in the last 30 days" in answer.headline
    assert f"first seen {begun}, last seen {ended}" in answer.headline


@pytest.mark.parametrize(
    ("question", "event"),
    [
        ("since when do we track gift cards?", "gift_card_purchased"),
        ("when did we start tracking review_submitted?", "review_submitted"),
        ("how long have we been tracking booking_completed", "booking_completed"),
        ("when was booking_completed first seen?", "booking_completed"),
    ],
)
def test_since_when_is_the_first_day(desk, question, event):
    answer = desk.ask(question)
    assert answer.headline.startswith(f"{event} is tracked since {counts(desk, event)[2]} ")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("is booked_class still coming in?", "No, booked_class has not come in since {}"),
        ("did booked_class stop firing?", "No, booked_class has not come in since {}"),
        ("is booking_completed still tracked", "Yes, booking_completed still comes in"),
    ],
)
def test_whether_something_still_comes_in_is_told(desk, question, said):
    last = counts(desk, "booked_class")[3]
    assert desk.ask(question).headline.startswith(said.format(last))


@pytest.mark.parametrize(
    ("question", "near"),
    [
        ("how many 'Profile Finished' events did we have?", "onboarding_completed"),
        ("do we track profile_finished?", "onboarding_completed"),
        ("is there an event for clicks that do nothing?", "$rageclick"),
        ("do we track bokings_completed", "booking_completed"),
        ("is there an event called 'payment_suceeded'?", "payment_succeeded"),
    ],
)
def test_an_event_that_is_not_tracked_is_told_with_the_nearest(desk, question, near):
    answer = desk.ask(question)
    assert near in told(answer)
    assert not answer.headline.startswith("Yes: profile")
    for choice in answer.choices:
        assert desk.ask(choice).outcome == "answered"


@pytest.mark.parametrize(
    ("question", "name", "holder"),
    [
        ("which property holds the user's email?", "email", "person"),
        ("what property has the search text?", "query", "event"),
        ("is there a property for the amount in usd?", "amount_usd", "event"),
        ("where is the city of a user stored?", "city", "person"),
        ("which field tells the app version", "app_version", "person"),
    ],
)
def test_the_property_that_holds_something_is_named(desk, question, name, holder):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert (name, holder) in {(row[0], row[1]) for row in answer.tables[0].rows}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("is country stored on the event or on the person?", "On the person: country"),
        ("is amount_usd a person or event property?", "On the event."),
    ],
)
def test_where_a_property_is_stored_is_told(desk, question, said):
    assert said.lower() in desk.ask(question).headline.lower()


@pytest.mark.parametrize(
    ("question", "query"),
    [
        (
            "what values does category have?",
            "SELECT properties.category, count() FROM events WHERE timestamp >= now() - INTERVAL 30"
            " DAY GROUP BY 1",
        ),
        (
            "list the possible values of $browser",
            "SELECT properties.$browser, count() FROM events WHERE timestamp >= now() - INTERVAL 30"
            " DAY GROUP BY 1",
        ),
        (
            "what are the distinct values of the plan property?",
            "SELECT properties.plan, count() FROM persons GROUP BY 1",
        ),
    ],
)
def test_values_of_a_property_are_counted(desk, question, query):
    answer = desk.ask(question)
    found = {row[0]: row[1] for row in desk.rows(query)}
    assert dict(answer.tables[0].rows) == found
    assert f"has {len(found) - (None in found)} values: " in answer.headline


@pytest.mark.parametrize(
    "question",
    [
        "what properties does booking_completed have?",
        "list all properties of booking_completed",
        "schema of booking_completed",
        "which properties are on booking_completed",
    ],
)
def test_the_properties_of_an_event_are_listed(desk, question):
    query = (
        "SELECT DISTINCT arrayJoin(JSONExtractKeys(properties)) FROM events"
        " WHERE event = 'booking_completed'"
    )
    held = {row[0] for row in desk.rows(query) if not row[0].startswith("$")}
    shown = {name for name in first(desk.ask(question)) if not name.startswith("$")}
    assert shown == held


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what properties do persons have?", "lifetime_bookings"),
        ("which properties look like personal data?", "email"),
        ("find all properties that look like PII", "email"),
        ("what projects do I have access to?", "One: Stretchwell (project 1"),
        ("what tables are available?", "hogloop can query 6 tables of Stretchwell"),
    ],
)
def test_the_rest_of_the_schema_is_told(desk, question, said):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert said in told(answer)
