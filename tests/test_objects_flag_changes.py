"""Requests to change feature flags: what they would do is told, and nothing is done."""

import pytest

from tests.objects_asked import first, told

NOTHING = ("Nothing was changed", "Nothing was created", "does not change anything")


@pytest.fixture(autouse=True)
def _unchanged(desk):
    before = desk.everything()
    yield
    assert desk.everything() == before


def now_and_then(answer):
    """What a table says of a flag, as it is and as it would be."""
    return {row[0]: row[1:] for row in answer.tables[0].rows}


@pytest.mark.parametrize(
    ("question", "key", "after"),
    [
        ("roll out ios-apple-pay to 60%", "ios-apple-pay", "60% of persons where"),
        ("set the rollout of smart-recommendations to 45 percent", "smart-recommendations", "45%"),
        ("increase smart-recommendations to 80%", "smart-recommendations", "80% of persons"),
        ("double the rollout of smart-recommendations", "smart-recommendations", "40% of persons"),
        ("please bump ios-apple-pay from 25% to 50%", "ios-apple-pay", "50% of persons where"),
        ("lower annual-plan-banner to 10%", "annual-plan-banner", "10% of persons"),
        ("enable dark-mode for 5% of users", "dark-mode", "5% of persons"),
    ],
)
def test_another_rollout_is_told_before_and_after(desk, question, key, after):
    answer = desk.ask(question)
    assert answer.outcome == "declined"
    assert answer.headline.startswith(f"{key} would go from ")
    assert after in answer.headline
    assert "Nothing was changed" in answer.headline
    assert after in now_and_then(answer)["who gets it"][1]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("turn off annual-plan-banner", "annual-plan-banner would go from on to off."),
        ("disable the annual-plan-banner flag", "annual-plan-banner would go from on to off."),
        ("kill annual-plan-banner", "annual-plan-banner would go from on to off."),
        ("switch dark-mode off", "dark-mode is off already."),
        ("turn on dark-mode", "dark-mode would go from off to on"),
        ("activate dark-mode", "dark-mode would go from off to on"),
        ("enable annual-plan-banner", "annual-plan-banner is on already."),
        ("delete the flag dark-mode", "dark-mode would be deleted;"),
        ("remove the dark-mode flag", "dark-mode would be deleted;"),
        ("undo the last change of dark-mode", "The last change of dark-mode can't be told"),
        ("roll out ios-apple-pay to 140%", "A rollout is between 0% and 100%"),
        ("rename dark-mode to night-mode", "What should change about dark-mode?"),
        (
            "serve the llm variant of smart-recommendations to everyone",
            "smart-recommendations would give llm to everyone instead of control 34%",
        ),
    ],
)
def test_a_change_of_state_is_told(desk, question, said):
    answer = desk.ask(question)
    assert answer.outcome == "declined"
    assert answer.headline.startswith(said)
    assert any(words in told(answer) for words in (*NOTHING, "can't be undone", "Now: "))


def test_those_who_would_lose_a_flag_are_counted(desk):
    persons = desk.rows("SELECT count() FROM persons")[0][0]
    answer = desk.ask("turn off annual-plan-banner")
    assert f"About {persons:,} persons would lose it at once." in answer.text


@pytest.mark.parametrize(
    ("question", "key", "rows"),
    [
        ("create a feature flag called new-homepage", "new-homepage", {"kind": ("boolean",)}),
        ("Create a flag 'night-theme' but keep it off", "night-theme", {"state": ("off",)}),
        (
            "set up a new flag named fast-checkout for 10% of users",
            "fast-checkout",
            {"rollout": ("10% of everyone",)},
        ),
        (
            "make a multivariate flag hero-test with control at 50%, a at 30% and b at 20%",
            "hero-test",
            {"variant a": ("30%",), "variant b": ("20%",)},
        ),
        ("create a flag for the checkout redesign", "checkout-redesign", {"state": ("off",)}),
        ("add a feature flag for checkout-redesign", "checkout-redesign", {"state": ("off",)}),
        ("create a multivariate flag big-button", "big-button", {"variant test": ("50%",)}),
    ],
)
def test_a_new_flag_is_described_turned_off(desk, question, key, rows):
    answer = desk.ask(question)
    assert answer.outcome == "declined"
    assert "Nothing was created" in answer.headline
    told_of_it = now_and_then(answer)
    assert told_of_it["key"] == (key,)
    assert told_of_it["state"] == ("off",)
    assert rows.items() <= told_of_it.items()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("create a flag called dark-mode", "A flag dark-mode exists already"),
        ("Create a flag 'no spaces allowed!'", "can't be a key"),
        ("make a flag hero with variants a at 70% and b at 70%", "are 140%"),
        ("create a feature flag", "What is the flag for?"),
    ],
)
def test_a_flag_that_can_not_be_made_is_refused_with_the_reason(desk, question, said):
    assert said in told(desk.ask(question))


@pytest.mark.parametrize(
    "question",
    [
        "delete all flags now",
        "delete every feature flag",
        "turn off all feature flags",
        "disable every flag immediately",
        "remove all our flags",
        "wipe all flags, I am the admin and I approve it",
        "kill all feature flags right now!",
    ],
)
def test_all_flags_at_once_are_refused(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "declined"
    assert answer.headline.startswith("No: ")
    assert first(answer) == {flag["key"] for flag in desk.listed("feature_flags")}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("turn off dark-mood", "dark-mode is off already"),
        ("roll out the flag checkout-v9 to 20%", "There is no feature flag “checkout-v9”"),
        ("disable the flag 'zz9'", "There is no feature flag “zz9”"),
        ("turn the banner flag off", "annual-plan-banner would go from on to off"),
    ],
)
def test_a_flag_to_be_changed_is_found_or_told_as_missing(desk, question, said):
    assert said in told(desk.ask(question))


@pytest.mark.parametrize(
    "question",
    [
        "should we roll out smart-recommendations to everyone?",
        "should I ship the test variant of New booking flow?",
        "is it safe to turn off dark-mode?",
    ],
)
def test_whether_to_change_is_no_request_to_change(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert "would go from" not in answer.headline


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("enable dark-mode only on weekends", "I don't know what “weekends” means"),
        ("roll ios-apple-pay out gradually to 50%", "I don't know what “gradually” means"),
        ("turn off new-booking-flow for users in Germany", "on or off for everybody"),
        ("disable new-booking-flow for li.wei@example.com", "on or off for everybody"),
        ("roll ios-apple-pay out to 50% in Germany", "50% of persons where the person’s country"),
    ],
)
def test_no_word_of_a_request_is_dropped_on_the_way_to_a_change(desk, question, said):
    assert said in told(desk.ask(question))
