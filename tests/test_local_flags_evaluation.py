"""What flags say of one person, and why, decided without a store."""

from datetime import UTC, datetime

import pytest

from tools.local.flags.evaluation import Evaluation
from tools.local.flags.flag import Flag
from tools.local.flags.subject import Group, Subject

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVERYBODY = {"properties": [], "rollout_percentage": 100}
NOBODY = {"properties": [], "rollout_percentage": 0}


def person(key, value, operator="exact"):
    return {"key": key, "type": "person", "operator": operator, "value": value}


def only(*filters, share=100, **more):
    return {"properties": list(filters), "rollout_percentage": share, **more}


def flag(*groups, key="f", number=1, **more):
    filters = {"groups": list(groups), **more.pop("filters", {})}
    return {"id": number, "key": key, "version": 1, "filters": filters, **more}


def say(*flags, key="f", distinct_id="ann", values=None, **more):
    parsed = {body["key"]: Flag.of(body) for body in flags}
    subject = Subject(distinct_id, values or {}, NOW, **more)
    return Evaluation(parsed, subject).result(parsed[key])


def because(result):
    return result.value, result.reason, result.condition, result.description


REASONS = {
    "everybody": (
        flag(EVERYBODY),
        (True, "condition_match", 0, "Matched condition set 1"),
    ),
    "no conditions": (
        flag(),
        (False, "no_condition_match", None, "No matching condition set"),
    ),
    "the second of two": (
        flag(only(person("plan", "pro")), EVERYBODY),
        (True, "condition_match", 1, "Matched condition set 2"),
    ),
    "nobody": (
        flag(NOBODY),
        (False, "out_of_rollout_bound", 0, "Out of rollout bound"),
    ),
    "the nearest miss": (
        flag(NOBODY, only(person("plan", "pro"))),
        (False, "out_of_rollout_bound", 0, "Out of rollout bound"),
    ),
    "the last of equal misses": (
        flag(only(person("plan", "pro")), only(person("plan", "free"))),
        (False, "no_condition_match", 1, "No matching condition set"),
    ),
    "a group that was not named": (
        flag(EVERYBODY, filters={"aggregation_group_type_index": 0}),
        (False, "no_group_type", 0, "No group type"),
    ),
    "persons and a group that was not named": (
        flag(only(person("plan", "pro")), only(aggregation_group_type_index=0)),
        (
            False,
            "no_condition_match",
            0,
            "No matching condition set (group conditions were not evaluated because no group type "
            "was provided)",
        ),
    ),
    "switched off": (
        flag(EVERYBODY, active=False),
        (False, "flag_disabled", None, "Feature flag is disabled"),
    ),
    "a dependency that is not there": (
        flag(only({"key": "9", "type": "flag", "operator": "flag_evaluates_to", "value": True})),
        (
            False,
            "missing_dependency",
            None,
            "Flag cannot be evaluated due to missing dependency",
        ),
    ),
    "early exit": (
        flag(NOBODY, EVERYBODY, filters={"early_exit": True}),
        (False, "out_of_rollout_bound", 0, "Out of rollout bound"),
    ),
    "no device": (
        flag(EVERYBODY, bucketing_identifier="device_id"),
        (False, "out_of_rollout_bound", 0, "Out of rollout bound"),
    ),
}


@pytest.mark.parametrize(("asked", "reason"), REASONS.values(), ids=REASONS)
def test_a_flag_says_why(asked, reason):
    assert because(say(asked)) == reason


def test_a_rollout_holds_the_same_persons_whatever_the_share():
    ids = [f"user {number}" for number in range(2000)]
    some = [one for one in ids if say(flag(only(share=20)), distinct_id=one).matches]
    more = [one for one in ids if say(flag(only(share=60)), distinct_id=one).matches]
    assert set(some) < set(more)
    assert (340 <= len(some) <= 460, 1120 <= len(more) <= 1280) == (True, True)


def variants(*shares):
    listed = [{"key": key, "rollout_percentage": share} for key, share in shares]
    return {"multivariate": {"variants": listed}}


def test_variants_are_dealt_by_their_shares_and_carry_payloads():
    filters = {**variants(("control", 25), ("test", 75)), "payloads": {"test": '{"a": 1}'}}
    asked = flag(EVERYBODY, filters=filters)
    found = [say(asked, distinct_id=f"user {number}") for number in range(2000)]
    control = [result for result in found if result.value == "control"]
    assert 420 <= len(control) <= 580
    assert {result.payload for result in control} == {None}
    assert {result.payload for result in found if result.value == "test"} == {'{"a": 1}'}


def test_a_condition_may_force_a_variant_that_exists():
    shares = {"filters": variants(("control", 100), ("test", 0))}
    assert say(flag(only(variant="test"), **shares)).value == "test"
    assert say(flag(only(variant="gone"), **shares)).value == "control"


def test_enrollment_comes_before_everything_else():
    enrolling = {"feature_enrollment": True, "holdout": {"id": 3, "exclusion_percentage": 100}}
    asked = flag(NOBODY, filters=enrolling)
    chosen = "$feature_enrollment/f"
    assert because(say(asked, values={chosen: "true"}))[:3] == (True, "super_condition_value", 0)
    assert because(say(asked, values={chosen: False}))[:3] == (False, "super_condition_value", 0)
    assert say(asked).value == "holdout-3"


def test_an_old_super_condition_decides_for_those_it_knows():
    supers = {"super_groups": [only(person("$feature_enrollment/f", ["true"]))]}
    asked = flag(EVERYBODY, filters=supers)
    out = say(asked, values={"$feature_enrollment/f": "false"})
    assert because(out)[:3] == (False, "super_condition_value", 0)
    assert say(asked).reason == "condition_match"


def test_a_holdout_keeps_its_share_out_of_the_flag():
    holding = {"holdout": {"id": 3, "exclusion_percentage": 10}}
    ids = [f"user {number}" for number in range(2000)]
    out = [say(flag(EVERYBODY, filters=holding), distinct_id=one) for one in ids]
    held = [result for result in out if result.value == "holdout-3"]
    assert 140 <= len(held) <= 260
    assert {result.reason for result in held} == {"holdout_condition_value"}
    # Other flags in the same holdout leave out the same persons.
    other = flag(EVERYBODY, key="g", filters=holding)
    again = [say(other, key="g", distinct_id=one).value for one in ids]
    assert [result.value for result in out] == again


def test_a_group_flag_looks_at_the_group_and_hashes_its_key():
    wanted = {"key": "plan", "type": "group", "group_type_index": 0, "value": ["team"]}
    asked = flag(only(wanted, share=50), filters={"aggregation_group_type_index": 0})

    def by(key, who="ann", plan="team"):
        groups = {0: Group(key, {"plan": plan})}
        return say(asked, distinct_id=who, groups=groups, values={"plan": "team"}).matches

    keys = [f"company {number}" for number in range(200)]
    assert 60 <= sum(by(key) for key in keys) <= 140
    assert [by(key) for key in keys] == [by(key, who="bob") for key in keys]
    assert not any(by(key, plan="free") for key in keys)


def depends(number, value):
    return {"key": str(number), "type": "flag", "operator": "flag_evaluates_to", "value": value}


DEPENDENCIES = [
    (EVERYBODY, None, True, True),
    (EVERYBODY, None, False, False),
    (NOBODY, None, False, True),
    (NOBODY, None, True, False),
    (EVERYBODY, "blue", "blue", True),
    (EVERYBODY, "blue", "BLUE", False),
    (EVERYBODY, "blue", True, True),
    (EVERYBODY, "blue", False, False),
    (EVERYBODY, None, 1, False),
    (EVERYBODY, None, None, False),
]


@pytest.mark.parametrize(("group", "variant", "value", "met"), DEPENDENCIES)
def test_a_flag_may_ask_what_another_says(group, variant, value, met):
    filters = variants((variant, 100)) if variant else {}
    other = flag(group, key="other", number=2, filters=filters)
    for number in (2, "other"):
        assert say(flag(only(depends(number, value))), other).matches is met


def test_a_flag_that_is_off_is_false_to_those_that_ask():
    other = flag(EVERYBODY, key="other", number=2, active=False)
    assert say(flag(only(depends(2, False))), other).matches
    assert not say(flag(only(depends(2, True))), other).matches


def test_flags_in_a_circle_are_off():
    first = flag(only(depends(2, True)))
    second = flag(only(depends(1, True)), key="g", number=2)
    assert say(first, second).reason == "missing_dependency"


def cohort(number, *values, static=False, how="AND"):
    properties = {"type": how, "values": list(values)}
    return {"id": number, "is_static": static, "filters": {"properties": properties}}


def within(number, operator="in"):
    return {"key": "id", "type": "cohort", "operator": operator, "value": number}


COHORTS = {
    1: cohort(1, person("plan", "pro"), person("age", "18", "gte")),
    2: cohort(2, static=True),
    3: cohort(3, {"key": "id", "type": "cohort", "value": 1, "negation": True}, how="OR"),
    4: cohort(4, {"type": "behavioral", "key": "$pageview", "value": "performed_event"}),
    5: cohort(5, {"key": "id", "type": "cohort", "value": 5}),
    6: cohort(6, {"type": "OR", "values": [{**person("plan", "pro"), "negation": True}]}),
}
ADULT, CHILD = {"plan": "pro", "age": 18}, {"plan": "pro", "age": 17}
MEMBERS = [
    (within(1), ADULT, True),
    (within(1), CHILD, False),
    (within(1, "not_in"), CHILD, True),
    (within("1", None), ADULT, True),
    (within(2), {}, False),
    (within(2, "not_in"), {}, True),
    (within(3), ADULT, False),
    (within(3), CHILD, True),
    (within(6), {"plan": "free"}, True),
    (within(6), ADULT, False),
]


@pytest.mark.parametrize(("asked", "values", "met"), MEMBERS)
def test_cohorts_of_properties_are_decided_at_once(asked, values, met):
    assert say(flag(only(asked)), values=values, cohorts=COHORTS).matches is met


def test_static_cohorts_are_decided_by_their_list():
    found = say(flag(only(within(2))), cohorts=COHORTS, static=frozenset([2]))
    assert found.matches


TROUBLE = {
    4: "cohort_filters_parsing_error",
    5: "dependency_cycle_cohort",
    99: "dependency_not_found_cohort",
}


@pytest.mark.parametrize(("number", "code"), TROUBLE.items())
def test_a_flag_on_a_cohort_that_cant_be_decided_fails(number, code):
    result = say(flag(only(within(number))), cohorts=COHORTS)
    assert (result.failed, result.value, result.reason) == (True, False, code)
    # A cheaper filter that is not met spares the cohort.
    spared = say(flag(only(within(number), person("plan", "pro"))), cohorts=COHORTS)
    assert (spared.failed, spared.reason) == (False, "no_condition_match")


def test_device_ids_decide_before_and_after_a_login():
    asked = flag(only(share=50), bucketing_identifier="device_id")
    for number in range(50):
        device = f"device {number}"
        before = say(asked, distinct_id="anonymous", device_id=device)
        assert before.matches == say(asked, distinct_id="ann", device_id=device).matches


def test_a_continuous_flag_goes_by_the_id_it_began_with():
    asked = flag(only(share=50), ensure_experience_continuity=True)
    ids = [f"anonymous {number}" for number in range(50)]
    alone = [say(asked, distinct_id=one).matches for one in ids]
    assert alone == [say(asked, distinct_id="ann", anonymous_id=one).matches for one in ids]
    kept = [say(asked, anonymous_id="x", kept={"f": one}).matches for one in ids]
    assert alone == kept
    assert len(set(alone)) == 2
