"""PostHog's own SDK, and OpenFeature through it, against the embedded project."""

import random

import pytest
from openfeature import api
from openfeature.contrib.provider.posthog import PostHogProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from posthog import Posthog
from posthog.feature_flags import _hash, _holdout_hash

from tests.flags_fixtures import opened, served
from tests.random_flags import GROUP_TYPES, random_cohorts, random_flags, random_person
from tools.local.flags.hashing import holdout_place, place


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("flags")) as project:
        row = project.home.meta.project
        project.home.meta.save_project(type(row)(**{**vars(row), "group_types": GROUP_TYPES}))
        yield project


@pytest.fixture(scope="module")
def url(project):
    with served(project) as url:
        yield url


@pytest.fixture
def sdk(project, url):
    """The SDK with a personal key: it evaluates flags itself."""
    client = Posthog(
        project.token, host=url, secret_key=project.key, poll_interval=3600, send=False
    )
    yield client
    client.shutdown()


@pytest.fixture
def thin(project, url):
    """The SDK without one: it asks the server."""
    client = Posthog(project.token, host=url, send=False)
    yield client
    client.shutdown()


def test_ids_have_the_place_that_the_sdk_gives_them():
    rng = random.Random(1)
    for _ in range(500):
        key, one = rng.choice(["a", "new-flow", "ünï"]), f"user {rng.random()} ü"
        assert place(key, one) == _hash(key, one)
        assert place(key, one, "variant") == _hash(key, one, salt="variant")
        assert holdout_place(one) == _holdout_hash(one)


def test_the_sdk_and_the_server_agree_on_thousands_of_flags_and_persons(project, sdk):
    rng = random.Random(20261123)
    project.home.meta.put_documents({"cohort": random_cohorts(rng)})
    flags = random_flags(rng, 80)
    project.home.meta.put_documents({"feature_flag": flags})
    sdk.load_feature_flags()
    judged, wrong, seen = 0, [], set()
    for number in range(40):
        person = random_person(rng, number)
        said = project.values(**person)
        for flag in flags:
            local = sdk.get_feature_flag_result(
                flag["key"],
                person["distinct_id"],
                groups=person["groups"],
                person_properties=person["person_properties"],
                group_properties=person["group_properties"],
                device_id=person["device_id"],
                only_evaluate_locally=True,
                send_feature_flag_events=False,
            )
            if local is None:
                continue
            judged += 1
            ours = said.get(flag["key"], {"enabled": False, "variant": None})
            seen.add(ours["variant"] or ours["enabled"])
            if (ours["enabled"], ours["variant"]) != (local.enabled, local.variant):
                wrong.append((flag["filters"], person, ours, local))
    assert wrong[:1] == []
    assert judged >= 3000
    assert {True, False, "control", "test", "holdout-7"} <= seen


def test_the_sdk_without_a_personal_key_gets_the_same_values_and_payloads(project, thin, sdk):
    payload = {"color": "blue", "sizes": [1, 2]}
    variants = [{"key": "only", "rollout_percentage": 100}]
    project.made(
        "painted",
        {
            "groups": [{"rollout_percentage": 100}],
            "multivariate": {"variants": variants},
            "payloads": {"only": payload},
        },
    )
    sdk.load_feature_flags()
    for client in (thin, sdk):
        found = client.get_feature_flag_result("painted", "ann", send_feature_flag_events=False)
        assert (found.enabled, found.variant, found.payload) == (True, "only", payload)
    remote = thin.get_feature_flag_result("painted", "ann", send_feature_flag_events=False)
    assert remote.reason == "Matched condition set 1"
    unknown = thin.get_feature_flag_result("unknown", "ann", send_feature_flag_events=False)
    assert unknown is None


def test_the_sdk_is_told_when_nothing_has_changed(project, sdk):
    project.made("tagged-once")
    sdk.load_feature_flags()
    tag, known = sdk._flags_etag, sdk.feature_flags
    sdk.load_feature_flags()
    assert (sdk._flags_etag, sdk.feature_flags) == (tag, known)
    project.made("tagged-twice")
    sdk.load_feature_flags()
    assert sdk._flags_etag != tag
    assert "tagged-twice" in [flag["key"] for flag in sdk.feature_flags]


def test_the_sdk_reads_remote_configuration(project, sdk):
    project.made(
        "limits",
        {"groups": [{}], "payloads": {"true": {"rate": 5}}},
        is_remote_configuration=True,
        has_encrypted_payloads=True,
    )
    assert sdk.get_remote_config_payload("limits") == '{"rate": 5}'


def test_openfeature_answers_every_type_through_the_sdk(project, thin):
    numbers = [{"key": "42", "rollout_percentage": 100}]
    project.made("of-on")
    project.made("of-off", {"groups": [{"rollout_percentage": 0}]})
    project.made(
        "of-number",
        {"groups": [{"rollout_percentage": 100}], "multivariate": {"variants": numbers}},
    )
    project.made("of-object", {"groups": [{}], "payloads": {"true": {"a": 1}}})
    wanted = {"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}
    project.made("of-pro", {"groups": [{"properties": [wanted]}]})
    api.set_provider(PostHogProvider(thin, send_feature_flag_events=False))
    try:
        client = api.get_client()
        ann = EvaluationContext("ann", {"plan": "pro"})
        assert client.get_boolean_value("of-on", False, ann) is True
        assert client.get_boolean_value("of-off", True, ann) is False
        assert client.get_string_value("of-number", "", ann) == "42"
        assert client.get_integer_value("of-number", 0, ann) == 42
        assert client.get_object_value("of-object", {}, ann) == {"a": 1}
        assert client.get_boolean_value("of-pro", False, ann) is True
        assert client.get_boolean_value("of-pro", True, EvaluationContext("bob", {})) is False
        missing = client.get_boolean_details("of-none", True, ann)
        assert (missing.value, missing.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    finally:
        api.clear_providers()
