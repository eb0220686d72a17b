"""Questions about experiments and requests for new ones, against the API and HogQL."""

import pytest

from tests.demo_fixtures import run
from tests.objects_asked import first, told

FLOW = "New booking flow"


def names(desk, keep=lambda one: True):
    return {one["name"] for one in desk.listed("experiments") if keep(one)}


def running(one):
    return bool(one["start_date"]) and not one["end_date"]


def over(one):
    return bool(one["end_date"])


@pytest.mark.parametrize(
    ("question", "keep"),
    [
        ("what experiments are running?", running),
        ("list active experiments", running),
        ("which a/b tests are live", running),
        ("any tests running right now?", running),
        ("which experiments are finished?", over),
        ("show past experiments", over),
        ("what experiments do we have", lambda one: True),
        ("list all experiments", lambda one: True),
        ("how many experiments are there", lambda one: True),
    ],
)
def test_experiments_are_listed_by_state(desk, question, keep):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert first(answer) == names(desk, keep)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("what are the results of New booking flow?", FLOW),
        ("how is the new booking flow experiment doing?", FLOW),
        ("did the new booking flow win?", FLOW),
        ("should we ship the New booking flow experiment?", FLOW),
        ("did new-booking-flow increase bookings?", FLOW),
        ("summarize the results of the Smart recommendations experiment", "Smart recommendations"),
        ("is Smart recommendations significant yet", "Smart recommendations"),
        ("how did our latest experiment perform", "Smart recommendations"),
        ("conversion difference between control and test in new booking flow experiment", FLOW),
    ],
)
def test_results_are_those_of_posthogs_own_test(desk, question, name):
    answer = desk.ask(question)
    facts = run(desk.tools, "get_experiment", name=name)
    assert answer.outcome == "answered"
    assert answer.headline.startswith(f"{name}: ")
    assert {(row[1], row[2]) for row in answer.tables[0].rows} == {
        (variant.variant, variant.exposures)
        for result in facts.results
        for variant in result.variants
    }
    assert "too few to decide anything" in answer.text


def test_exposures_are_the_people_who_were_asked_the_flag(desk):
    query = (
        "SELECT uniqExact(person_id) FROM events WHERE event = '$feature_flag_called' AND"
        " properties.$feature_flag = 'new-booking-flow' AND properties.$feature_flag_response IN"
        " ('control', 'test') AND timestamp >= toDateTime('2026-06-01') AND timestamp <"
        " toDateTime('2026-07-13')"
    )
    answer = desk.ask("results of New booking flow")
    assert f"{desk.rows(query)[0][0]} people exposed" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "is the traffic split of smart-recommendations as configured?",
        "how many exposures does each variant of Smart recommendations have",
        "check the sample ratio of the Smart recommendations experiment",
    ],
)
def test_the_split_is_compared_with_what_was_configured(desk, question):
    answer = desk.ask(question)
    flag = desk.one("feature_flags", "smart-recommendations")
    shares = {
        one["key"]: one["rollout_percentage"] for one in flag["filters"]["multivariate"]["variants"]
    }
    assert {row[0]: row[1] for row in answer.tables[0].rows} == shares


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "my experiment has 46 exposures, is that enough to ship the test variant?",
            "Wait: 46 exposures are far too few",
        ),
        (
            "the experiment is significant after 36 hours with 250 exposures per variant, should I"
            " ship it?",
            "Not yet: significance after 36 hours is early",
        ),
    ],
)
def test_told_numbers_get_advice_and_no_change(desk, question, said):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert answer.headline.startswith(said)


@pytest.mark.parametrize(
    "question",
    [
        "what sample size do I need to detect a 2-point lift in booking_completed?",
        "how many users do we need per variant to detect a 2 point lift in booking conversion",
        "How long must an experiment run to find a 2 point uplift in bookings?",
    ],
)
def test_a_sample_size_follows_from_the_baseline(desk, question):
    query = (
        "SELECT uniqIf(person_id, event = 'booking_completed') / uniq(person_id) FROM events"
        " WHERE timestamp >= now() - INTERVAL 30 DAY AND timestamp < now()"
    )
    share = desk.rows(query)[0][0]
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    needed = 16 * share * (1 - share) / 0.02**2
    assert answer.tables[0].rows[0][2] == pytest.approx(needed, abs=1)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("results of the experiment 'Purple pricing'", "Purple pricing"),
        ("stop the experiment 'Purple pricing'", "Purple pricing"),
    ],
)
def test_an_experiment_that_is_not_there_is_told_with_those_there_are(desk, question, name):
    answer = desk.ask(question)
    assert f"There is no experiment “{name}” in this project." in told(answer)
    assert FLOW in told(answer)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("end the New booking flow experiment", "New booking flow would be ended."),
        ("delete the experiment New booking flow", "New booking flow would be deleted"),
        ("duplicate the experiment New booking flow", "A draft “New booking flow (copy)” would"),
        ("rename experiment 'New booking flow' to 'One step'", "would be called “One step”"),
        (
            "change the split of Smart recommendations to 50/25/25",
            "would go from 34/33/33 to 50/25/25, which bends a running experiment",
        ),
        (
            "change the split of Smart recommendations to 50/50",
            "2 shares are told for 3 variants",
        ),
        (
            "create an A/B test for our pricing page that measures conversion to booking_started",
            "would be created with control 50% and test 50%, measured by booking_started",
        ),
        (
            "set up an experiment with a 70/30 split for a new red button",
            "would be created with control 70% and test 30%",
        ),
        ("Test a new headline on our landing page to see if it gets more signups", "signed_up"),
        ("create an experiment with variants a at 70% and b at 50%", "add up to 120%"),
    ],
)
def test_a_change_of_experiments_is_only_told(desk, question, said):
    before = desk.everything()
    answer = desk.ask(question)
    assert answer.outcome == "declined"
    assert said in told(answer)
    assert "Nothing was" in told(answer)
    assert desk.everything() == before
