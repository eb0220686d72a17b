"""Questions about cohorts and requests for new ones, against the API and HogQL."""

import pytest

from tests.objects_asked import first, told

MAYA = "maya.okafor@example.com"


def size(desk, name):
    return desk.rows(f"SELECT count() FROM persons WHERE id IN COHORT '{name}'")[0][0]


@pytest.mark.parametrize(
    "question",
    [
        "what cohorts do we have?",
        "list all cohorts",
        "show my cohorts",
        "how many cohorts are there?",
        "which cohorts exist",
        "cohorts",
    ],
)
def test_all_cohorts_are_listed(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert first(answer) == {cohort["name"] for cohort in desk.listed("cohorts")}
    assert answer.headline.startswith(f"There are {len(first(answer))} cohorts: ")


@pytest.mark.parametrize(
    ("question", "static"),
    [("which cohorts are static?", True), ("list the dynamic cohorts", False)],
)
def test_cohorts_are_listed_by_kind(desk, question, static):
    kept = {one["name"] for one in desk.listed("cohorts") if one["is_static"] is static}
    assert first(desk.ask(question)) == kept


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("how big is the Power bookers cohort?", "Power bookers"),
        ("how many people are in Beta testers?", "Beta testers"),
        ("size of the cohort At risk", "At risk"),
        ("How many users does the Trialists cohort have", "Trialists"),
        ("number of people in Paying members", "Paying members"),
        ("what is the size of iOS users", "iOS users"),
        ("how many members are in the power bookers cohort right now", "Power bookers"),
    ],
)
def test_the_size_of_a_cohort_is_that_of_the_project(desk, question, name):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    people = size(desk, name)
    assert answer.headline.startswith(f"{name} has {people:,} person{'s' * (people != 1)}, as ")
    assert answer.tables[0].rows[0][3] == people


@pytest.mark.parametrize(
    ("question", "name", "words"),
    [
        ("how is At risk defined?", "At risk", "did booking_completed in the last 90 days"),
        ("what is the definition of Power bookers", "Power bookers", "at least 8 times"),
        ("who counts as a Power bookers member?", "Power bookers", "at least 8 times"),
        ("explain the cohort iOS users", "iOS users", "iOS"),
        ("what are the criteria of Internal users?", "Internal users", "email contains"),
        ("what makes someone part of Beta testers?", "Beta testers", "a fixed list"),
    ],
)
def test_a_cohort_is_defined_in_words(desk, question, name, words):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert answer.headline.startswith(name)
    assert words in answer.headline
    assert f"{size(desk, name):,} person" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "what uses the Beta testers cohort?",
        "what would break if I delete Beta testers?",
    ],
)
def test_what_uses_a_cohort_is_told(desk, question):
    assert "Used by the flag studio-insights-beta." in told(desk.ask(question))


@pytest.mark.parametrize("email", [MAYA, "li.wei@example.com"])
def test_whether_somebody_is_in_a_cohort_is_looked_up(desk, email):
    query = (
        "SELECT count() FROM persons WHERE id IN COHORT 'Beta testers'"
        f" AND properties.email = '{email}'"
    )
    inside = desk.rows(query)[0][0] == 1
    answer = desk.ask(f"is {email} in the Beta testers cohort?")
    assert answer.headline.startswith(f"{'Yes' if inside else 'No'}, {email} is ")


@pytest.mark.parametrize(
    "question",
    ["how did the At risk cohort grow over the last 8 weeks?", "growth of Power bookers per month"],
)
def test_the_past_sizes_of_a_cohort_are_not_made_up(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "declined"
    assert "can't be told, because it is dynamic" in answer.headline


def test_an_overlap_of_two_cohorts_is_counted(desk):
    answer = desk.ask("how many Power bookers are also in Paying members?")
    query = (
        "SELECT count() FROM persons WHERE id IN COHORT 'Power bookers'"
        " AND id IN COHORT 'Paying members'"
    )
    assert answer.outcome == "answered"
    assert answer.headline.startswith(f"{desk.rows(query)[0][0]:,} person")
    assert answer.tables[0].rows[0][0] == desk.rows(query)[0][0]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("how big is the cohort Power boookers?", "Power bookers has "),
        ("how is the cohort 'Nonesuch people' defined?", "There is no cohort “Nonesuch people”"),
        ("how many people are in the cohort 'Betta tester'?", "Beta testers"),
        ("delete the cohort 'Nonesuch people'", "There is no cohort “Nonesuch people”"),
    ],
)
def test_a_cohort_that_is_not_there_is_told_with_the_nearest(desk, question, said):
    assert said in told(desk.ask(question))


@pytest.fixture
def unchanged(desk):
    before = desk.everything()
    yield
    assert desk.everything() == before


@pytest.mark.parametrize(
    ("question", "kind", "condition"),
    [
        (
            "create a cohort of everyone on the unlimited plan",
            "dynamic",
            "properties.plan = 'unlimited'",
        ),
        (
            "make a cohort called 'British' for people who live in the UK",
            "dynamic",
            "properties.country = 'United Kingdom'",
        ),
        (
            "cohort of members who signed up in the last 90 days",
            "dynamic",
            "id IN (SELECT person_id FROM events WHERE event = 'signed_up' AND timestamp >="
            " toStartOfDay(now() - INTERVAL 90 DAY))",
        ),
        (
            "save the people who never did booking_completed as a cohort",
            "dynamic",
            "id NOT IN (SELECT person_id FROM events WHERE event = 'booking_completed')",
        ),
        (
            "new cohort: users who booked at least 5 times in the last 60 days",
            "dynamic",
            "id IN (SELECT person_id FROM events WHERE event = 'booking_completed' AND timestamp >="
            " toStartOfDay(now() - INTERVAL 60 DAY) GROUP BY person_id HAVING count() >= 5)",
        ),
        (
            "cohort of people who signed up between 1 and 31 January 2026",
            "static",
            "id IN (SELECT person_id FROM events WHERE event = 'signed_up' AND timestamp >="
            " toDateTime('2026-01-01') AND timestamp < toDateTime('2026-02-01'))",
        ),
    ],
)
def test_a_new_cohort_is_described_with_how_many_would_be_in_it(
    desk, unchanged, question, kind, condition
):
    answer = desk.ask(question)
    inside, total = desk.rows(f"SELECT countIf({condition}), count() FROM persons")[0]
    assert answer.outcome == "declined"
    assert answer.headline.startswith(f"A {kind} cohort “")
    assert "Nothing was created" in answer.headline
    rows = dict(answer.tables[0].rows)
    assert rows["kind"] == kind
    assert rows["people now"] == f"{inside:,} of {total:,}"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("create a cohort 'Power bookers' of people on plan plus", "exists already"),
        (
            f"make a static cohort with {MAYA} and nobody.here@example.com",
            "Not found in this project: nobody.here@example.com.",
        ),
        ("create a cohort of glorbs with zapped frims", "not understood"),
        ("delete the cohort Beta testers", "but the flag studio-insights-beta uses it"),
        ("delete all cohorts", "No: "),
        ("rename the cohort At risk to 'Slipping away'", "Slipping away"),
        ("change Power bookers to 10 or more bookings instead of 8", "at least 10 times"),
    ],
)
def test_a_change_of_cohorts_is_only_told(desk, unchanged, question, said):
    answer = desk.ask(question)
    assert answer.outcome in ("declined", "asked")
    assert said in told(answer)
