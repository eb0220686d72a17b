"""What the API says around flags: their reach, their past, their say about one person."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.flags_fixtures import EVERYBODY, opened

PRO = {"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}
TEAM = {"key": "plan", "type": "group", "group_type_index": 0, "value": ["team"]}


@pytest.fixture
def project(tmp_path):
    with opened(tmp_path, now=datetime(2026, 3, 31, tzinfo=UTC)) as project:
        meta = project.home.meta
        meta.save_project(replace(meta.project, group_types=("company",)))
        yield project


def groups(*filters, share=100, **more):
    return {"groups": [{"properties": list(filters), "rollout_percentage": share}], **more}


def test_the_reach_of_a_condition_is_counted(project):
    ids = [project.add_person(f"user {at}", {"plan": plan, "age": at}) for at, plan in PLANS]
    for at, plan in enumerate(("team", "free", "team")):
        project.add_group(0, f"company {at}", {"plan": plan})
    values = [{"key": "plan", "type": "person", "operator": "exact", "value": "pro"}]
    project.home.meta.put_documents(
        {"cohort": [static(1), {**static(2), "is_static": False, "filters": wrapped(values)}]}
    )
    project.home.store.write(
        f"INSERT INTO cohort_people (cohort_id, person_id, version) VALUES (1, '{ids[0]}', 0)"
    )

    def reach(*filters, group=None):
        condition = {"properties": list(filters), "rollout_percentage": 10}
        sent = {"condition": condition, "group_type_index": group}
        status, body = project.post("user_blast_radius/", sent)
        assert status == 200, body
        return body["affected"], body["total"]

    assert reach() == (5, 5)
    assert reach(PRO) == (3, 5)
    assert reach(PRO, {"key": "age", "type": "person", "operator": "gt", "value": "2"}) == (1, 5)
    assert reach({"key": "plan", "type": "person", "operator": "is_not", "value": "pro"}) == (2, 5)
    assert reach({"key": "id", "type": "cohort", "operator": "in", "value": 1}) == (1, 5)
    assert reach({"key": "id", "type": "cohort", "operator": "in", "value": 2}) == (3, 5)
    assert reach(TEAM, group=0) == (2, 3)


PLANS = tuple(enumerate(("pro", "free", "pro", "free", "pro")))


def static(number):
    return {
        "id": number,
        "name": f"Cohort {number}",
        "is_static": True,
        "filters": {},
        "created_at": "2026-01-01T00:00:00Z",
    }


def wrapped(values):
    return {"properties": {"type": "OR", "values": [{"type": "AND", "values": values}]}}


NO_RADIUS = {
    "nothing": ({}, "Missing condition for which to get blast radius"),
    "a person's property of a group": (
        {"condition": {"properties": [PRO]}, "group_type_index": 0},
        "Invalid group type index for feature flag condition.",
    ),
    "another flag": (
        {"condition": {"properties": [{"key": "1", "type": "flag", "value": True}]}},
        "A condition on another flag has no blast radius: leave it out.",
    ),
    "no such cohort": (
        {"condition": {"properties": [{"key": "id", "type": "cohort", "value": 9}]}},
        "Cohort with id 9 does not exist",
    ),
}


@pytest.mark.parametrize(("body", "detail"), NO_RADIUS.values(), ids=NO_RADIUS)
def test_a_condition_without_a_reach_is_refused(project, body, detail):
    status, answer = project.post("user_blast_radius/", body)
    assert (status, answer["detail"]) == (400, detail)


def test_a_flag_is_tested_on_one_person(project):
    person = project.add_person("ann", {"plan": "pro", "secret": 1})
    number = project.made("pro", groups(PRO, payloads={"true": {"a": 1}}))["id"]
    status, found = project.post(f"{number}/test_evaluation/", {"distinct_id": "ann"})
    assert (status, found) == (
        200,
        {
            "flag_key": "pro",
            "result": True,
            "reason": "condition_match",
            "reason_description": "Matched condition set 1",
            "condition_index": 0,
            "payload": '{"a": 1}',
            "person_properties": {"plan": "pro"},
            "evaluation_distinct_id": "ann",
            "conditions": [
                {
                    "index": 0,
                    "properties": [
                        {
                            "key": "plan",
                            "operator": "exact",
                            "value": ["pro"],
                            "type": "person",
                            "actual_value": "pro",
                            "matched": True,
                            "explanation": "Property 'plan' equals [\"pro\"]",
                        }
                    ],
                    "rollout_percentage": 100.0,
                    "variant": None,
                    "matched": True,
                    "properties_matched": True,
                    "rollout_excluded": False,
                    "explanation": "Condition 0 matched and passed 100% rollout",
                }
            ],
        },
    )
    by_person = project.post(f"{number}/test_evaluation/", {"person_id": person})[1]
    assert (by_person["result"], by_person["evaluation_distinct_id"]) == (True, None)
    stranger = project.post(f"{number}/test_evaluation/", {"distinct_id": "bob"})[1]
    assert (stranger["result"], stranger["reason"]) == (False, "no_condition_match")
    assert stranger["conditions"][0]["explanation"] == "Condition 0 did not match properties"
    nobody = "00000000-0000-4000-8000-000000000000"
    assert project.post(f"{number}/test_evaluation/", {"person_id": nobody})[0] == 404
    assert project.post(f"{number}/test_evaluation/", {}) == (400, {"error": "Invalid parameters"})
    past = {"distinct_id": "ann", "timestamp": "2026-01-01T00:00:00Z"}
    assert project.post(f"{number}/test_evaluation/", past)[1]["attr"] == "timestamp"


def test_a_condition_that_excludes_by_its_rollout_says_so(project):
    project.add_person("ann", {"plan": "pro"})
    number = project.made("few", groups(PRO, share=0))["id"]
    found = project.post(f"{number}/test_evaluation/", {"distinct_id": "ann"})[1]["conditions"][0]
    assert (found["matched"], found["rollout_excluded"], found["explanation"]) == (
        False,
        True,
        "Condition 0 matched properties but was excluded by 0% rollout",
    )


def test_the_reasons_of_all_flags_are_said(project):
    project.made("on")
    project.made("off", active=False)
    project.made("team", groups(TEAM, aggregation_group_type_index=0))
    project.add_group(0, "acme", {"plan": "team"})
    status, found = project.get('evaluation_reasons/?distinct_id=ann&groups={"company": "acme"}')
    assert status == 200
    assert {key: one["value"] for key, one in found.items()} == {
        "on": True,
        "off": False,
        "team": True,
    }
    assert found["off"]["evaluation"] == {"reason": "disabled", "condition_index": None}
    some = project.get("evaluation_reasons/?distinct_id=ann&flag_keys=on")[1]
    assert list(some) == ["on"]
    assert project.get("evaluation_reasons/")[1]["attr"] == "distinct_id"
    assert project.get("evaluation_reasons/?distinct_id=a&groups=[")[1]["attr"] == "groups"
    mine = project.get("my_flags/")[1]
    assert {one["feature_flag"]["key"]: one["value"] for one in mine} == {
        "on": True,
        "off": False,
        "team": False,
    }


def test_a_flag_is_seen_as_it_was(project):
    flag = project.made("past", name="first")
    number = flag["id"]
    project.patch(number, {"name": "second", "filters": groups(PRO)})
    project.patch(number, {"name": "third", "tags": ["a"]})
    status, first = project.get(f"{number}/versions/1/")
    told = (first["name"], first["filters"], first["tags"])
    assert (status, *told) == (200, "first", flag["filters"], [])
    assert (first["version"], first["is_historical"], first["modified_by"]) == (1, True, 1)
    assert project.get(f"{number}/versions/3/")[1]["is_historical"] is False
    assert project.get(f"{number}/versions/4/")[0] == 404
    assert project.get(f"{number}/versions/x/")[0] == 404
    body = project.home.meta.document("feature_flag", number)
    project.home.meta.put_documents({"feature_flag": [{**body, "version": 9}]})
    assert project.get(f"{number}/versions/7/")[0] == 422
    hidden = project.made("remote", is_remote_configuration=True)["id"]
    assert project.get(f"{hidden}/versions/1/")[0] == 400


def test_what_happens_to_flags_is_logged(project):
    number = project.made("logged")["id"]
    project.patch(number, {"active": False})
    project.patch(number, {"deleted": True})
    project.patch(number, {"deleted": False})
    other = project.made("other")["id"]
    found = project.get(f"{number}/activity/")[1]
    assert [one["activity"] for one in found["results"]] == [
        "restored",
        "deleted",
        "updated",
        "created",
    ]
    entry = found["results"][2]
    assert (entry["scope"], entry["item_id"], entry["user"]["email"]) == (
        "FeatureFlag",
        str(number),
        "you@localhost",
    )
    assert entry["detail"]["name"] == "logged"
    changed = {one["field"]: (one["before"], one["after"]) for one in entry["detail"]["changes"]}
    assert changed == {"active": (True, False), "version": (1, 2)}
    every = project.get("activity/?limit=2&page=1")[1]
    assert [one["item_id"] for one in every["results"]] == [str(other), str(number)]
    assert (every["total_count"], every["previous"]) == (5, None)
    assert every["next"].endswith("?limit=2&page=2")
    (last,) = project.get("activity/?limit=2&page=3")[1]["results"]
    assert (last["activity"], last["item_id"]) == ("created", str(number))
    for far in ("limit=2&page=4", "limit=999999999999999&page=999999999999999"):
        beyond = project.get(f"activity/?{far}")[1]
        assert (beyond["results"], beyond["next"], beyond["total_count"]) == ([], None, 5)
    refused = project.limited("feature_flag:write").get("activity/")
    assert refused[1]["detail"] == "API key missing required scope 'activity_log:read'"


def test_many_flags_are_deleted_tagged_and_named_at_once(project):
    one, two, base = (project.made(key)["id"] for key in ("one", "two", "base"))
    asks = {"key": str(base), "type": "flag", "operator": "flag_evaluates_to", "value": True}
    project.made("above", groups(asks))
    named = project.post("bulk_keys/", {"ids": [one, str(two), "x"]})[1]
    assert named == {
        "keys": {str(one): "one", str(two): "two"},
        "warning": "Invalid flag IDs ignored: ['x']",
    }
    assert project.post("bulk_keys/", {"ids": ["x"]})[0] == 400
    sent = {"ids": [one, 777], "action": "add", "tags": ["b", "a"]}
    assert project.post("bulk_update_tags/", sent)[1] == {
        "updated": [{"id": one, "tags": ["a", "b"]}],
        "skipped": [{"id": 777, "reason": "Flag not found"}],
    }
    assert project.get('matching_ids/?tags=["a"]')[1] == {"ids": [one], "total": 1}
    status, gone = project.post("bulk_delete/", {"ids": [one, base, 777, "x"]})
    assert status == 200
    assert gone["deleted"] == [
        {
            "id": one,
            "key": "one",
            "rollout_state": "fully_rolled_out",
            "active_variant": None,
        }
    ]
    assert [(error["id"], error["reason"].split(":")[0]) for error in gone["errors"]] == [
        ("x", "Invalid flag ID format"),
        (777, "Flag not found"),
        (base, "Cannot delete because other flags depend on it"),
    ]
    assert project.get(f"{one}/activity/")[1]["results"][0]["activity"] == "deleted"
    searched = project.post("bulk_delete/", {"filters": {"search": "two"}})[1]
    assert [flag["key"] for flag in searched["deleted"]] == ["two"]


NOT_DELETED = {
    "nothing": ({}, "Must provide either filters or ids"),
    "both": ({"ids": [1], "filters": {"search": "x"}}, "Provide either filters or ids, not both"),
    "unknown": ({"filters": {"colour": "x", "a": 1}}, "Unknown filter keys: a, colour"),
}


@pytest.mark.parametrize(("body", "error"), NOT_DELETED.values(), ids=NOT_DELETED)
def test_a_deletion_that_says_not_what_is_refused(project, body, error):
    project.made("stays")
    assert project.post("bulk_delete/", body) == (400, {"error": error})
    assert project.get("")[1]["count"] == 1


def test_scopes_are_those_of_posthog(project):
    number = project.made("scoped")["id"]
    reading = project.limited("feature_flag:read")
    writing = project.limited("feature_flag:write")
    assert reading.get(f"{number}/status/")[0] == writing.get(f"{number}/")[0] == 200
    assert reading.patch(number, {"name": "x"})[1]["detail"] == (
        "API key missing required scope 'feature_flag:write'"
    )
    assert reading.post("", {"key": "x", "filters": EVERYBODY})[0] == 403
    for path in ("create_static_cohort_for_flag", "dashboard", "enrich_usage_dashboard"):
        status, body = project.post(f"{number}/{path}/", {})
        said = "This action does not support personal API key access"
        assert (status, body["detail"]) == (403, said)
    copy = "/api/organizations/@current/feature_flags/copy_flags/"
    assert project.post(copy, {"feature_flag_key": "scoped"})[1]["attr"] == "target_project_ids"
