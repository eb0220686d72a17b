"""Questions about feature flags, against the flags as the API has them."""

import pytest

from tests.objects_asked import first, told

MAYA = "maya.okafor@example.com"


def keys(desk, keep=lambda flag: True):
    return {flag["key"] for flag in desk.listed("feature_flags") if keep(flag)}


def widest(flag):
    shares = [
        100 if g["rollout_percentage"] is None else g["rollout_percentage"] for g in groups(flag)
    ]
    return max(shares, default=0) if flag["active"] else 0


def groups(flag):
    return flag["filters"].get("groups") or []


@pytest.mark.parametrize(
    "question",
    [
        "list all feature flags",
        "how many feature flags do we have?",
        "what flags exist?",
        "show me our flags",
        "give me all the feature flags",
        "which flags do we have",
        "all feature flags please",
    ],
)
def test_all_flags_are_listed(desk, question):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert first(answer) == keys(desk)
    assert answer.headline.startswith(f"There are {len(keys(desk))} feature flags: ")


@pytest.mark.parametrize(
    ("question", "keep"),
    [
        ("which flags are on?", lambda f: f["active"]),
        ("show me the active feature flags", lambda f: f["active"]),
        ("what feature flags are live right now?", lambda f: f["active"]),
        ("list the enabled flags", lambda f: f["active"]),
        ("which flags are off?", lambda f: not f["active"]),
        ("which feature flags are disabled at the moment", lambda f: not f["active"]),
        ("show inactive flags", lambda f: not f["active"]),
        ("which flags are rolled out to less than 50%?", lambda f: widest(f) < 50),
        ("flags under 25 percent rollout", lambda f: widest(f) < 25),
        ("which flags are rolled out to at least 20%", lambda f: widest(f) >= 20),
        ("which flags are multivariate?", lambda f: f["filters"].get("multivariate")),
        ("list flags with variants", lambda f: f["filters"].get("multivariate")),
        (
            "which flags are group flags?",
            lambda f: f["filters"].get("aggregation_group_type_index") is not None,
        ),
    ],
)
def test_flags_are_listed_by_what_they_are(desk, question, keep):
    answer = desk.ask(question)
    assert answer.outcome == "answered"
    assert first(answer) == keys(desk, keep)
    assert f"{len(first(answer))} of {len(keys(desk))} feature flags" in answer.headline


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("is there a flag for apple pay?", "ios-apple-pay"),
        ("find flags related to recommendations", "smart-recommendations"),
        ("do we have a flag about dashboards", "team-dashboard"),
        ("which flags are about push", "kill-switch-push"),
    ],
)
def test_flags_are_found_by_what_they_are_about(desk, question, key):
    assert key in first(desk.ask(question))


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("is dark-mode on?", "dark-mode"),
        ("Is the dark mode flag enabled?", "dark-mode"),
        ("has ios-apple-pay been released?", "ios-apple-pay"),
        ("what is the state of kill-switch-push", "kill-switch-push"),
        ("explain the flag team-dashboard", "team-dashboard"),
        ("what are the rollout conditions of studio-insights-beta?", "studio-insights-beta"),
        ("how far is smart-recommendations rolled out", "smart-recommendations"),
        ("tell me about the annual-plan-banner flag", "annual-plan-banner"),
        ("is `new-bookng-flow` live?", "new-booking-flow"),
    ],
)
def test_one_flag_is_told_with_its_state_and_conditions(desk, question, key):
    answer, flag = desk.ask(question), desk.one("feature_flags", key)
    assert answer.outcome == "answered"
    assert answer.headline.startswith(f"{key} is {'on' if flag['active'] else 'off'}")
    assert [row[2] for row in answer.tables[0].rows] == [
        100 if one["rollout_percentage"] is None else one["rollout_percentage"]
        for one in groups(flag)
    ]
    assert flag["name"] in answer.text


def test_who_meets_a_condition_is_counted(desk):
    answer = desk.ask("how many users match the conditions of ios-apple-pay?")
    (row,) = desk.rows("SELECT countIf(properties.$os = 'iOS'), count() FROM persons")
    assert answer.tables[0].rows[0][3] == row[0]
    assert f"{row[0]:,} of {row[1]:,} persons meet it" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "how many users would see ios-apple-pay if I raise it to 50%?",
        "if we set ios-apple-pay to 50 percent how many people would get it",
        "how many persons will get ios-apple-pay if we bump it to 50%",
    ],
)
def test_the_reach_of_another_rollout_is_worked_out(desk, question):
    answer = desk.ask(question)
    ((meeting,),) = desk.rows("SELECT count() FROM persons WHERE properties.$os = 'iOS'")
    assert answer.outcome == "answered"
    assert f"{round(meeting * 0.5):,}" in answer.headline


@pytest.mark.parametrize(
    "question",
    [
        "who changed dark-mode last?",
        "when was the dark-mode flag last updated",
        "who touched dark-mode and when did it change?",
        "did someone edit dark-mode",
    ],
)
def test_who_changed_a_flag_is_told_with_the_day(desk, question):
    flag = desk.one("feature_flags", "dark-mode")
    answer = desk.ask(question)
    by = flag["last_modified_by"] or flag["created_by"]
    assert answer.headline.startswith(f"{by['first_name']} ")
    assert flag["updated_at"][:10] in answer.headline


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (f"does {MAYA} see dark-mode?", "No: dark-mode is false for "),
        (f"is {MAYA} in the annual-plan-banner flag", "Yes: annual-plan-banner is true for "),
        (f"what does {MAYA} get for annual-plan-banner", "Yes: annual-plan-banner is true for "),
        (
            "does nobody.here@example.com see dark-mode?",
            "No person has the e-mail nobody.here@example.com in this project.",
        ),
    ],
)
def test_what_one_person_gets_is_asked_of_the_project(desk, question, said):
    assert desk.ask(question).headline.startswith(said)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("is the flag dark-mood on?", "dark-mode"),
        ("what are the conditions of the flag new-bookin-flows?", "new-booking-flow"),
        (
            "who changed the flag 'zzz-nothing-like-it'?",
            "There is no feature flag “zzz-nothing-like-it”",
        ),
        ("explain the feature flag checkout-v9", "There is no feature flag “checkout-v9”"),
    ],
)
def test_a_flag_that_is_not_there_is_told_with_the_nearest(desk, question, said):
    assert said in told(desk.ask(question))


def test_trouble_with_a_flag_names_the_flags_that_nobody_sees(desk):
    answer = desk.ask("why does nobody see my flag?")
    assert answer.outcome == "asked"
    assert first(answer) == keys(desk, lambda flag: widest(flag) == 0)
    for choice in answer.choices:
        assert desk.ask(choice).outcome == "answered"
