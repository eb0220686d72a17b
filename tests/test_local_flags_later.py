"""Changes of flags that are made later: scheduled ones, and those that wait for approval."""

from datetime import UTC, datetime

import pytest

from tests.flags_fixtures import EVERYBODY, opened

PLAN = "/api/projects/@current/scheduled_changes/"
REQUESTS = "/api/projects/@current/change_requests/"


@pytest.fixture
def project(tmp_path):
    with opened(tmp_path, now=datetime(2026, 3, 31, 12, tzinfo=UTC)) as project:
        yield project


def later(flag, operation, value, at="2026-04-01T09:00:00Z", **more):
    return {
        "record_id": str(flag["id"]),
        "model_name": "FeatureFlag",
        "payload": {"operation": operation, "value": value},
        "scheduled_at": at,
        **more,
    }


def test_a_scheduled_change_is_made_when_its_hour_has_come(project):
    flag = project.made("later")
    status, planned = project.post(PLAN, later(flag, "update_status", False))
    assert (status, planned["executed_at"], planned["created_by"]["id"]) == (201, None, 1)
    assert project.get(f"{flag['id']}/")[1]["active"] is True
    assert "later" in project.values("ann")
    project.home.meta.set_clock(datetime(2026, 4, 1, 9, 0, 1, tzinfo=UTC))
    assert "later" not in project.values("ann")
    shown = project.get(f"{flag['id']}/")[1]
    assert (shown["active"], shown["version"]) == (False, 2)
    done = project.get(f"{PLAN}{planned['id']}/")[1]
    assert (done["executed_at"], done["failure_reason"]) == ("2026-04-01T09:00:01Z", None)
    project.patch(flag["id"], {"active": True})
    assert project.get(f"{flag['id']}/")[1]["active"] is True


def test_conditions_and_variants_can_be_scheduled_in_their_order(project):
    flag = project.made("grows", {"groups": [{"rollout_percentage": 10}]})
    more = {"groups": [{"properties": [], "rollout_percentage": 50}]}
    variants = {"variants": [{"key": "a", "rollout_percentage": 100}], "payloads": {"a": "1"}}
    project.post(PLAN, later(flag, "update_variants", variants, "2026-04-02T00:00:00+02:00"))
    project.post(PLAN, later(flag, "add_release_condition", more, "2026-04-01T00:00:00Z"))
    project.home.meta.set_clock(datetime(2026, 5, 1, tzinfo=UTC))
    filters = project.get(f"{flag['id']}/")[1]["filters"]
    assert [one["rollout_percentage"] for one in filters["groups"]] == [10, 50]
    assert (filters["multivariate"]["variants"][0]["key"], filters["payloads"]) == ("a", {"a": "1"})
    told = project.get(f"{flag['id']}/activity/")[1]["results"]
    assert [{change["field"] for change in one["detail"]["changes"]} for one in told[:2]] == [
        {"filters", "version"},
        {"filters", "version"},
    ]


def test_a_scheduled_change_that_is_wrong_by_then_fails_with_a_reason(project):
    base = project.made("base")
    asks = {"key": str(base["id"]), "type": "flag", "operator": "flag_evaluates_to", "value": True}
    project.post(PLAN, later(base, "update_status", False))
    project.made("above", {"groups": [{"properties": [asks]}]})
    project.home.meta.set_clock(datetime(2026, 5, 1, tzinfo=UTC))
    (failed,) = project.get(PLAN)[1]["results"]
    assert "because other flags depend on it" in failed["failure_reason"]
    assert project.get(f"{base['id']}/")[1]["active"] is True


def test_scheduled_changes_are_listed_and_taken_back(project):
    one, two = project.made("one"), project.made("two")
    first = project.post(PLAN, later(one, "update_status", False))[1]
    second = project.post(PLAN, later(two, "update_status", False, "2026-03-31T13:00:00Z"))[1]
    listed = project.get(PLAN)[1]["results"]
    assert [change["id"] for change in listed] == [second["id"], first["id"]]
    some = project.get(f"{PLAN}?model_name=FeatureFlag&record_id={one['id']}")[1]["results"]
    assert [change["id"] for change in some] == [first["id"]]
    assert project.ask("DELETE", f"{PLAN}{first['id']}/") == (204, None)
    assert project.get(f"{PLAN}{first['id']}/")[0] == 404
    assert project.get(PLAN)[1]["count"] == 1


NOT_PLANNED = {
    "recurring": ({"is_recurring": True}, "is_recurring"),
    "no such flag": ({"record_id": "99"}, "record_id"),
    "another kind": ({"model_name": "Cohort"}, "model_name"),
    "an hour without a zone": ({"scheduled_at": "2026-04-01T09:00:00"}, "scheduled_at"),
    "an operation we lack": ({"payload": {"operation": "x", "value": 1}}, "payload__operation"),
    "groups that are no list": (
        {"payload": {"operation": "add_release_condition", "value": {"groups": 5}}},
        "payload",
    ),
    "a switch that is a text": (
        {"payload": {"operation": "update_status", "value": "on"}},
        "payload",
    ),
}


@pytest.mark.parametrize(("fields", "attr"), NOT_PLANNED.values(), ids=NOT_PLANNED)
def test_what_cant_be_scheduled_is_refused_by_name(project, fields, attr):
    body = {**later(project.made("f"), "update_status", True), **fields}
    status, answer = project.post(PLAN, body)
    assert (status, answer["attr"]) == (400, attr)


def gated(project, **policies):
    names = {f"feature_flag.{name}": how for name, how in policies.items()}
    project.home.meta.remember("approval_policies", names)


def test_a_change_that_needs_approval_is_asked_for_and_not_made(project):
    flag = project.made("gated")
    number = flag["id"]
    gated(project, disable="approval")
    status, body = project.patch(number, {"active": False, "name": "x"})
    assert (status, body["code"], body["status"], body["resource_type"], body["resource_id"]) == (
        409,
        "approval_required",
        "approval_required",
        "feature_flag",
        number,
    )
    assert not {"type", "attr"} & set(body)
    assert body["change_request"]["intent"]["gated_changes"] == {"active": False, "name": "x"}
    again = project.patch(number, {"active": False})[1]
    assert (again["code"], again["change_request_id"]) == (
        "change_request_pending",
        body["change_request_id"],
    )
    assert project.get(f"{number}/")[1] == flag
    listed = project.get(REQUESTS)[1]
    assert (listed["count"], listed["results"][0]["state"]) == (1, "pending")
    assert project.get(f"{REQUESTS}{body['change_request_id']}/")[0] == 200
    assert project.get(f"{REQUESTS}nothing/")[0] == 404
    assert project.limited("feature_flag:write").get(REQUESTS)[0] == 403
    assert project.patch(number, {"name": "free"})[0] == 200


def test_a_policy_may_deny_and_several_policies_conflict(project):
    number = project.made("gated", active=False)["id"]
    gated(project, enable="deny")
    status, body = project.patch(number, {"active": True})
    assert (status, body["detail"]) == (
        403,
        "This action is not allowed by approval policy: feature_flag.enable",
    )
    gated(project, enable="approval", update="approval")
    both = {"active": True, "filters": {"groups": [{"rollout_percentage": 5}]}}
    status, body = project.patch(number, both)
    assert (status, body["code"], body["conflicting_policies"]) == (
        400,
        "policy_conflict",
        ["feature_flag.enable", "feature_flag.update"],
    )
    assert project.get(f"{number}/")[1]["active"] is False
    assert project.get(REQUESTS)[1]["count"] == 0


def test_a_new_flag_may_need_approval_too(project):
    gated(project, enable="approval")
    status, body = project.post("", {"key": "new", "filters": EVERYBODY})
    assert (status, body["code"], body["resource_id"]) == (409, "approval_required", None)
    assert project.get("")[1]["count"] == 0


def test_every_route_sees_a_scheduled_change_whose_hour_has_come(project):
    flag = project.made("f")
    project.post(PLAN, later(flag, "update_status", False))
    project.home.meta.set_clock(datetime(2026, 5, 1, tzinfo=UTC))
    said = project.get(f"{flag['id']}/status/")[1]["reason"]
    assert said == "Flag is disabled (not evaluated for staleness)"


def test_a_request_for_approval_does_not_tell_what_is_encrypted(project):
    secret = {"is_remote_configuration": True, "has_encrypted_payloads": True}
    number = project.made("f", {**EVERYBODY, "payloads": {"true": '"old"'}}, **secret)["id"]
    gated(project, update="approval")
    body = project.patch(number, {"filters": {**EVERYBODY, "payloads": {"true": '"new"'}}})[1]
    assert body["code"] == "approval_required"
    kept = str(body) + str(project.get(REQUESTS)[1])
    assert "old" not in kept
    assert "new" not in kept
