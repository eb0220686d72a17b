"""What may be written into a flag, with PostHog's words for what may not."""

import pytest

from tests.flags_fixtures import EVERYBODY, opened


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("flags")) as project:
        project.home.meta.put_documents({"cohort": COHORTS})
        yield project


COHORTS = [
    {
        "id": number,
        "name": name,
        "is_static": static,
        "filters": {"properties": {"type": "OR", "values": values}},
        "created_at": "2026-01-01T00:00:00Z",
    }
    for number, name, static, values in (
        (1, "Pro", False, [{"key": "plan", "type": "person", "value": "pro"}]),
        (2, "Active", False, [{"key": "$pageview", "type": "behavioral"}]),
        (3, "Nested", False, [{"key": "id", "type": "cohort", "value": 2}]),
        (4, "Frozen", True, [{"key": "$pageview", "type": "behavioral"}]),
    )
]
PRO = {"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}


def groups(*filters, **more):
    return {"groups": [{"properties": list(filters), "rollout_percentage": 100}], **more}


def refused(answer):
    status, body = answer
    return status, body["code"], body["attr"], body["detail"]


WRONG_KEYS = {
    "none": ({}, "required", "This field is required."),
    "null": ({"key": None}, "null", "This field may not be null."),
    "empty": ({"key": ""}, "blank", "This field may not be blank."),
    "blank": (
        {"key": "a b"},
        "invalid_key",
        "Only letters, numbers, hyphens (-) & underscores (_) are allowed.",
    ),
    "taken": ({"key": "taken"}, "unique", "There is already a feature flag with this key."),
}


@pytest.mark.parametrize(("fields", "code", "detail"), WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_key_that_is_wrong_is_refused(project, fields, code, detail):
    if fields.get("key") == "taken" and not project.get("?key=taken")[1]["count"]:
        project.made("taken")
    answer = project.post("", {"filters": EVERYBODY, **fields})
    assert refused(answer) == (400, code, "key", detail)


def variants(*shares):
    listed = [{"key": f"v{at}", "rollout_percentage": share} for at, share in enumerate(shares)]
    return {"variants": listed}


def condition(operator, value="1", **more):
    return groups({"key": "k", "type": "person", "operator": operator, "value": value, **more})


INVALID = "invalid_input"
WRONG_FILTERS = {
    "no groups": (
        {"groups": []},
        INVALID,
        "Feature flags must have at least one condition set (group).",
    ),
    "a version": (
        groups(version=2),
        "reserved_config_version",
        "filters.version is reserved. Remove it from the request.",
    ),
    "a share above 100": (
        {"groups": [{"rollout_percentage": 101}]},
        INVALID,
        "groups[0].rollout_percentage: Ensure this value is less than or equal to 100.",
    ),
    "a share that is a text": (
        {"groups": [{"rollout_percentage": "50"}]},
        INVALID,
        "groups[0].rollout_percentage: A valid number is required.",
    ),
    "a share that is true": (
        {"groups": [{"rollout_percentage": True}]},
        INVALID,
        "groups[0].rollout_percentage: A valid number is required.",
    ),
    "a filter without a key": (
        groups({"type": "person", "value": "x"}),
        INVALID,
        "groups[0].properties[0].key: This field is required.",
    ),
    "a variant without a share": (
        groups(multivariate={"variants": [{"key": "a", "rollout_percentage": None}]}),
        INVALID,
        "multivariate.variants[0].rollout_percentage: A valid number is required.",
    ),
    "variants that are not 100": (
        groups(multivariate=variants(50, 49)),
        INVALID,
        "Invalid variant definitions: Variant rollout percentages must sum to 100.",
    ),
    "a variant that is not there": (
        {"groups": [{"variant": "gone"}], "multivariate": variants(100)},
        INVALID,
        "Filters are not valid (variant override does not exist)",
    ),
    "a group filter for persons": (
        groups({"key": "k", "type": "group", "group_type_index": 0, "value": "x"}),
        INVALID,
        "Filters are not valid (can only use person, cohort, and flag properties)",
    ),
    "a person filter for groups": (
        groups(PRO, aggregation_group_type_index=0),
        INVALID,
        "Filters are not valid (can only use group properties)",
    ),
    "a filter for other groups": (
        groups(
            {"key": "k", "type": "group", "group_type_index": 1, "value": "x"},
            aggregation_group_type_index=0,
        ),
        INVALID,
        "Filters are not valid (can only use group properties)",
    ),
    "no such cohort": (
        groups({"key": "id", "type": "cohort", "value": 77}),
        "cohort_does_not_exist",
        "Cohort with id 77 does not exist",
    ),
    "a cohort of events": (
        groups({"key": "id", "type": "cohort", "value": 2}),
        "behavioral_cohort_found",
        "Cohort 'Active' with filters on events cannot be used in feature flags.",
    ),
    "a cohort that asks one of events": (
        groups({"key": "id", "type": "cohort", "value": 3}),
        "behavioral_cohort_found",
        "Cohort 'Active' with filters on events cannot be used in feature flags.",
    ),
    "between": (
        condition("between", ["1", "2"]),
        "unsupported_operator",
        "Operator 'between' is not supported in feature flags.",
    ),
    "in, of a person": (
        condition("in"),
        "invalid_operator",
        "Operator in is only supported on cohort properties.",
    ),
    "a flag that is equal": (
        groups({"key": "1", "type": "flag", "operator": "exact", "value": True}),
        "invalid_operator",
        "Flag properties must use the 'flag_evaluates_to' operator",
    ),
    "a date that is none": (
        condition("is_date_before", "soon"),
        "invalid_date",
        "Invalid date value: soon",
    ),
    "a number to be above": (
        condition("gt", 5),
        "invalid_value",
        "Invalid value for operator gt: 5",
    ),
    "a text of many": (
        condition("icontains_multi", "x"),
        "invalid_value",
        "Operator icontains_multi requires a list of values.",
    ),
    "no version": (
        condition("semver_gt", "latest"),
        "invalid_value",
        "Invalid semver value for operator semver_gt: latest.",
    ),
    "a broken pattern": (
        condition("regex", "("),
        "invalid_value",
        "groups[0].properties[0].value: invalid regex pattern",
    ),
    "a pattern that looks ahead": (
        condition("regex", "(?=a)"),
        "invalid_value",
        "groups[0].properties[0].value: the embedded project runs regular expressions without "
        "lookaround and backreferences: write the pattern without them.",
    ),
    "a payload for false": (
        groups(payloads={"false": "1"}),
        INVALID,
        "Payload keys must be 'true' for boolean flags",
    ),
    "a payload for no variant": (
        groups(payloads={"true": "1"}, multivariate=variants(100)),
        INVALID,
        "Payload keys must match a variant key for multivariate flags",
    ),
    "a payload that is no JSON": (
        groups(payloads={"true": "{"}),
        INVALID,
        "Payload value is not valid JSON",
    ),
    "a flag that is not there": (
        groups({"key": "4711", "type": "flag", "operator": "flag_evaluates_to", "value": True}),
        INVALID,
        "Flag dependency references non-existent flag with ID 4711",
    ),
    "a flag by its key": (
        groups({"key": "other", "type": "flag", "operator": "flag_evaluates_to", "value": True}),
        INVALID,
        "Flag dependencies must reference flag IDs (integers), not flag keys. "
        "Invalid reference: 'other'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("filters", "code", "detail"), WRONG_FILTERS.values(), ids=WRONG_FILTERS)
def test_filters_that_are_wrong_are_refused(project, filters, code, detail):
    answer = project.post("", {"key": "wrong", "filters": filters})
    assert refused(answer) == (400, code, "filters", detail)
    assert project.get("?key=wrong")[1]["count"] == 0


def test_filters_are_kept_in_todays_words(project):
    sent = {
        **groups(
            {"key": "age", "type": "person", "operator": "min", "value": "18", "label": "Age"},
            {"key": 3, "type": "person", "value": "x"},
            {"key": "id", "type": "cohort", "operator": "in", "value": 4},
            payloads={"true": {"a": [1, None]}},
        ),
        "super_groups": [],
        "holdout_groups": None,
    }
    found = project.made("todays", sent)["filters"]
    assert found["groups"][0]["properties"] == [
        {"key": "age", "type": "person", "operator": "gte", "value": "18", "label": "Age"},
        {"key": "3", "type": "person", "value": "x"},
        {"key": "id", "type": "cohort", "operator": "in", "value": 4, "cohort_name": "Frozen"},
    ]
    assert found["payloads"] == {"true": '{"a": [1, null]}'}
    assert not {"super_groups", "holdout_groups"} & set(found)


def test_groups_that_are_none_are_refused_of_remote_configuration_too(project):
    body = {"key": "r", "filters": {"groups": 1}, "is_remote_configuration": True}
    assert refused(project.post("", body)) == (
        400,
        INVALID,
        "filters",
        "groups: Input should be a valid list",
    )


def test_filters_beyond_their_size_are_refused(project):
    answer = project.post("", {"key": "big", "filters": condition("exact", "x" * 600_000)})
    assert refused(answer)[:3] == (400, INVALID, "filters")
    assert "exceed maximum size of 512 KB" in answer[1]["detail"]


TOGETHER = {
    "device and continuity": (
        {"bucketing_identifier": "device_id", "ensure_experience_continuity": True},
        "Cannot enable 'persist across authentication steps' when using device ID bucketing. "
        "These features are incompatible.",
    ),
    "encrypted and not remote": (
        {"has_encrypted_payloads": True},
        "Encrypted payloads require the flag to be a remote configuration.",
    ),
    "archived and active": (
        {"archived": True},
        "Cannot archive an enabled feature flag. Disable it first, or send active: false in the "
        "same request.",
    ),
}


@pytest.mark.parametrize(("fields", "detail"), TOGETHER.values(), ids=TOGETHER)
def test_fields_that_cant_go_together_are_refused(project, fields, detail):
    answer = project.post("", {"key": "together", "filters": EVERYBODY, **fields})
    assert refused(answer) == (400, INVALID, None, detail)


def test_what_we_do_not_do_is_refused_by_name(project):
    body = {"key": "usage", "filters": EVERYBODY, "_should_create_usage_dashboard": True}
    assert refused(project.post("", body))[2] == "_should_create_usage_dashboard"
    assert project.post("", {**body, "_should_create_usage_dashboard": False})[0] == 201
