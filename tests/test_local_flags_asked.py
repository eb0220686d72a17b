"""The routes by which SDKs ask for flags: keys, versions, and what the store knows of who asks."""

import base64
import gzip
import json
from dataclasses import replace

import pytest

from tests.flags_fixtures import EVERYBODY, opened

COMPANY = {"key": "plan", "type": "group", "group_type_index": 0, "value": ["team"]}
PRO = {"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}
FROZEN = {"key": "id", "type": "cohort", "operator": "in", "value": 1}
BEHAVING = {"key": "id", "type": "cohort", "operator": "in", "value": 2}
NOT_PRO = {"key": "plan", "type": "person", "operator": "is_not", "value": ["pro"]}


def groups(*filters, **more):
    return {"groups": [{"properties": list(filters), "rollout_percentage": 100}], **more}


def cohort(number, *values, static=False):
    return {
        "id": number,
        "name": f"Cohort {number}",
        "is_static": static,
        "filters": {"properties": {"type": "AND", "values": list(values)}},
        "created_at": "2026-01-01T00:00:00Z",
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("flags")) as project:
        meta = project.home.meta
        meta.save_project(replace(meta.project, group_types=("company", "studio")))
        meta.put_documents({"cohort": [cohort(1, static=True), cohort(2)]})
        ann = project.add_person("ann", {"plan": "pro"})
        project.add_person("bob", {"plan": "free"})
        project.add_group(0, "acme", {"plan": "team"})
        project.home.store.write(
            f"INSERT INTO cohort_people (cohort_id, person_id, version) VALUES (1, '{ann}', 0)"
        )
        project.made("everybody", {**EVERYBODY, "payloads": {"true": [1]}})
        project.made("nobody", {"groups": [{"rollout_percentage": 0}]})
        project.made("pro", groups(PRO))
        project.made("not-pro", groups(NOT_PRO))
        project.made("frozen", groups(FROZEN))
        project.made("team", groups(COMPANY, aggregation_group_type_index=0))
        project.made("off", active=False)
        variants = [{"key": "blue", "rollout_percentage": 100}]
        project.made("coloured", {**EVERYBODY, "multivariate": {"variants": variants}})
        yield project


def on(flags):
    return {key for key, flag in flags.items() if flag["enabled"]}


ALWAYS = {"everybody", "coloured"}


def test_what_the_store_knows_of_a_person_decides(project):
    assert on(project.values("ann")) == {*ALWAYS, "pro", "frozen"}
    assert on(project.values("bob")) == {*ALWAYS, "not-pro"}
    assert on(project.values("stranger")) == {*ALWAYS, "not-pro"}


def test_what_a_request_says_comes_before_what_the_store_knows(project):
    told = project.values("bob", person_properties={"plan": "pro"})
    assert on(told) == {*ALWAYS, "pro"}


def test_an_id_that_was_merged_belongs_to_the_other_person(project):
    person = project.add_person("merged-old", {"plan": "free"})
    project.home.store.write(
        "INSERT INTO persons (id, created_at, properties, is_identified, is_deleted, version) "
        f"VALUES ('{person}', now(), '{{}}', 0, 1, 2)"
    )
    project.home.store.write(
        "INSERT INTO person_distinct_id_overrides (distinct_id, person_id, version) "
        "SELECT 'merged-old', person_id, 1 FROM person_distinct_ids WHERE distinct_id = 'ann'"
    )
    assert "pro" in on(project.values("merged-old"))


def test_a_group_is_asked_by_its_key(project):
    assert "team" in on(project.values("bob", groups={"company": "acme"}))
    assert "team" not in on(project.values("bob", groups={"company": "other"}))
    told = {"groups": {"company": "other"}, "group_properties": {"company": {"plan": "team"}}}
    assert "team" in on(project.values("bob", **told))
    unknown = project.values("bob", groups={"nonsense": "acme", "company": ["acme"]})
    assert unknown["team"]["reason"]["code"] == "no_group_type"


def test_each_version_has_its_shape(project):
    body = {"api_key": project.token, "distinct_id": "ann"}

    def ask(path):
        status, answer = project.post(path, body)
        assert status == 200, answer
        return answer

    first = ask("/flags/")
    assert (first["featureFlags"]["coloured"], first["featureFlags"]["nobody"]) == ("blue", False)
    assert first["featureFlagPayloads"] == {"everybody": "[1]"}
    assert "off" not in first["featureFlags"]
    second = ask("/flags?v=2")
    assert (second["errorsWhileComputingFlags"], len(second["requestId"])) == (False, 36)
    assert isinstance(second["evaluatedAt"], int)
    assert second["flags"]["everybody"] == {
        "key": "everybody",
        "enabled": True,
        "variant": None,
        "reason": {
            "code": "condition_match",
            "condition_index": 0,
            "description": "Matched condition set 1",
        },
        "metadata": {
            "id": 1,
            "version": 1,
            "description": None,
            "payload": "[1]",
            "has_experiment": False,
        },
    }
    assert ask("/flags/?v=3")["flags"] == second["flags"]
    fourth = ask("/flags/?v=4")["flags"]
    assert {key: flag["value"] for key, flag in fourth.items()} == first["featureFlags"]
    assert fourth["coloured"]["metadata"]["config_version"] == 1
    enabled = {key for key, value in first["featureFlags"].items() if value}
    assert set(ask("/decide/")["featureFlags"]) == enabled
    assert set(ask("/decide/?v=2")["featureFlags"]) == enabled
    third = ask("/decide/?v=3")
    assert third["featureFlags"] == first["featureFlags"]
    assert third["supportedCompression"] == ["gzip", "gzip-js"]
    assert ask("/decide/?v=4")["flags"] == second["flags"]
    assert "supportedCompression" in ask("/flags/?v=2&config=true")


def test_a_request_may_be_compressed_or_a_form(project):
    sent = json.dumps({"token": project.token, "distinct_id": "ann"}).encode()
    form = {"data": base64.b64encode(sent)}
    zipped = {"data": gzip.compress(sent), "headers": {"Content-Encoding": "gzip"}}
    for options in (zipped, {"data": form}, {"data": sent}):
        status, answer = project.ask("POST", "/flags/?v=2", **options)
        assert (status, "flags" in answer) == (200, True)


def test_only_the_projects_own_key_opens_the_flags(project):
    for token in ("phc_other", project.key, None, 5):
        status, body = project.post("/flags/?v=2", {"token": token, "distinct_id": "ann"})
        assert (status, body["type"], body["code"]) == (
            401,
            "authentication_error",
            "invalid_api_key",
        )


WRONG = {
    "no id": ({}, "distinct_id"),
    "an empty id": ({"distinct_id": ""}, "distinct_id"),
    "groups that are a list": ({"distinct_id": "a", "groups": ["acme"]}, "groups"),
}


@pytest.mark.parametrize(("body", "attr"), WRONG.values(), ids=WRONG)
def test_a_request_that_is_wrong_is_refused_by_name(project, body, attr):
    status, answer = project.post("/flags/?v=2", {"token": project.token, **body})
    assert (status, answer["type"], answer["attr"]) == (400, "validation_error", attr)


def test_only_the_flags_that_are_asked_for_are_said(project):
    asked = project.values("ann", flag_keys_to_evaluate=["pro", "off", "unknown"])
    assert set(asked) == {"pro"}
    assert project.values("ann", disable_flags=True) == {}
    assert on(project.values(12, flag_keys_to_evaluate=["everybody"])) == {"everybody"}


def test_flags_of_one_runtime_or_context_are_for_those(project):
    made = [
        project.made("on-servers", evaluation_runtime="server"),
        project.made("on-clients", evaluation_runtime="client"),
        project.made("in-docs", evaluation_contexts=["docs", "blog"]),
    ]

    def said(agent, **body):
        sent = {"token": project.token, "distinct_id": "ann", **body}
        answer = project.post("/flags/?v=2", sent, headers={"User-Agent": agent})[1]
        return {key for key in answer["flags"] if key.startswith(("on-", "in-"))}

    assert said("posthog-python/7.91.1") == {"on-servers", "in-docs"}
    assert said("Mozilla/5.0") == {"on-clients", "in-docs"}
    assert said("something else") == {"in-docs"}
    assert said("Mozilla/5.0", evaluation_runtime="server") == {"on-servers", "in-docs"}
    assert said("posthog-python/7", evaluation_contexts=["app"]) == {"on-servers"}
    assert said("posthog-python/7", evaluation_contexts=["blog"]) == {"on-servers", "in-docs"}
    for flag in made:
        project.patch(flag["id"], {"deleted": True})


def test_a_flag_stays_what_it_was_when_a_visitor_logs_in(project):
    half = {"groups": [{"rollout_percentage": 50}]}
    flag = project.made("kept", half, ensure_experience_continuity=True)
    for number in range(20):
        visitor, known = f"visitor {number}", f"known {number}"
        before = project.values(visitor)["kept"]["enabled"]
        project.add_person(known, {})
        told = project.values(known, **{"$anon_distinct_id": visitor})["kept"]["enabled"]
        later = project.values(known)["kept"]["enabled"]
        assert [told, later] == [before, before]
    # Somebody who comes from elsewhere later keeps what they had.
    again = project.values("known 0", **{"$anon_distinct_id": "another visitor"})
    assert again["kept"]["enabled"] == project.values("visitor 0")["kept"]["enabled"]
    project.patch(flag["id"], {"deleted": True})


def test_a_flag_that_cant_be_decided_fails_alone(project):
    body = {**project.home.meta.document("feature_flag", 1), "id": 500, "key": "broken"}
    meta = project.home.meta
    behavioural = {"key": "$pageview", "type": "behavioral", "value": "performed_event"}
    meta.put_documents({"cohort": [cohort(2, behavioural)]})
    meta.put_documents({"feature_flag": [{**body, "filters": groups(BEHAVING)}]})
    sent = {"token": project.token, "distinct_id": "ann"}
    old = project.post("/flags/", sent)[1]
    assert old["errorsWhileComputingFlags"] is True
    assert "broken" not in old["featureFlags"]
    broken = project.post("/flags/?v=4", sent)[1]["flags"]["broken"]
    assert (broken["value"], broken["failed"], broken["reason"]["code"]) == (
        None,
        True,
        "cohort_filters_parsing_error",
    )
    meta.remove_document("feature_flag", 500)


def test_definitions_need_a_personal_key_and_the_projects(project):
    path = f"/flags/definitions?token={project.token}&send_cohorts"
    assert project.limited("feature_flag:read").get(path)[0] == 200
    assert project.limited("query:read").get(path)[1]["detail"] == (
        "API key missing required scope 'feature_flag:read'"
    )
    assert project.get("/flags/definitions?token=phc_other")[0] == 401
    assert project.get(path, headers={"Authorization": ""})[1]["code"] == "not_authenticated"
    same = project.get("/api/feature_flag/local_evaluation/?send_cohorts")
    assert same == project.get(path) == project.get("local_evaluation/")


def test_definitions_say_what_an_sdk_must_know(project):
    dynamic = cohort(3, PRO)
    project.home.meta.put_documents({"cohort": [dynamic]})
    base = project.made("base", groups({**FROZEN, "value": 3}))
    asks = {"key": str(base["id"]), "type": "flag", "operator": "flag_evaluates_to", "value": True}
    above = project.made("above", groups(asks))
    top = project.made("top", groups({**asks, "key": str(above["id"])}))
    body = project.get("/flags/definitions")[1]
    assert body["group_type_mapping"] == {"0": "company", "1": "studio"}
    assert body["cohorts"] == {"3": dynamic["filters"]["properties"]}
    flags = {flag["key"]: flag for flag in body["flags"]}
    assert flags["off"]["active"] is False
    found = flags["top"]["filters"]["groups"][0]["properties"][0]
    assert (found["key"], found["dependency_chain"]) == ("above", ["base", "above"])
    assert {"id", "version", "has_experiment", "bucketing_identifier"} <= set(flags["top"])
    for flag in (top, above, base):
        assert project.patch(flag["id"], {"deleted": True})[0] == 200
    assert "base" not in {flag["key"] for flag in project.get("/flags/definitions")[1]["flags"]}


def test_lists_in_lists_without_end_meet_no_filter(project):
    deep = "[" * 900 + "]" * 900
    body = (
        f'{{"token": "{project.token}", "distinct_id": "a", "person_properties": {{"plan": %s}}}}'
    )
    status, answer = project.ask("POST", "/flags/?v=2", data=body % deep)
    assert (status, answer["flags"]["pro"]["enabled"]) == (200, False)
    assert project.ask("POST", "/flags/?v=2", data=body % ("[" * 9000))[0] == 400
