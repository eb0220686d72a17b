"""Feature flags through the API: made, listed, changed, deleted, brought back."""

import json

import pytest

from tests.flags_fixtures import FLAGS, opened


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("flags")) as project:
        yield project


PRO = {"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}


def groups(*filters, **more):
    return {"groups": [{"properties": list(filters), "rollout_percentage": 100}], **more}


def test_a_new_flag_has_every_field_of_posthogs(project):
    flag = project.made("fields", name="A flag", tags=["a"])
    assert {name: flag[name] for name in ("key", "name", "active", "deleted", "version")} == {
        "key": "fields",
        "name": "A flag",
        "active": True,
        "deleted": False,
        "version": 1,
    }
    assert flag["filters"] == {
        "groups": [
            {
                "aggregation_group_type_index": None,
                "properties": [],
                "rollout_percentage": 100,
            }
        ],
        "aggregation_group_type_index": None,
        "payloads": {},
    }
    assert (flag["created_by"]["email"], flag["status"], flag["tags"]) == (
        "you@localhost",
        "ACTIVE",
        ["a"],
    )
    assert {
        "experiment_set_metadata", "surveys", "features", "rollback_conditions", "can_edit",
        "evaluation_contexts", "usage_dashboard", "analytics_dashboards", "user_access_level",
        "is_remote_configuration", "has_encrypted_payloads", "evaluation_runtime", "archived",
        "bucketing_identifier", "last_called_at", "is_used_in_replay_settings", "updated_at",
        "last_modified_by", "ensure_experience_continuity", "performed_rollback",
    } <= set(flag)  # fmt: skip
    assert project.get(f"{flag['id']}/") == (200, flag)


def test_filters_are_replaced_whole_and_ignored_without_groups(project):
    number = project.made("whole", groups(PRO, payloads={"true": "1"}))["id"]
    ignored = project.patch(number, {"filters": {"payloads": {"true": "2"}}})[1]
    assert (ignored["filters"]["payloads"], ignored["version"]) == ({"true": "1"}, 2)
    replaced = project.patch(number, {"filters": {"groups": []}})[1]
    assert (replaced["filters"]["groups"], replaced["filters"]["payloads"]) == ([], {})


def test_a_stale_change_is_refused_only_if_it_says_what_it_saw(project):
    flag = project.made("stale")
    number = flag["id"]
    project.patch(number, {"name": "theirs"})
    blind = project.patch(number, {"name": "mine", "version": 1})
    assert (blind[0], blind[1]["version"]) == (200, 3)
    seeing = {"name": "ours", "version": 1, "original_flag": flag}
    said = "The feature flag was updated by you@localhost since you started editing it."
    assert project.patch(number, seeing) == (
        409,
        {
            "type": "server_error",
            "code": "conflict",
            "detail": f"{said} Please refresh and try again.",
            "attr": None,
        },
    )
    other = {"active": False, "name": flag["name"], "version": 1, "original_flag": flag}
    status, merged = project.patch(number, other)
    assert (status, merged["active"], merged["name"]) == (200, False, "mine")


def test_remote_configuration_reaches_everybody_and_hides_what_is_encrypted(project):
    flag = project.made(
        "remote",
        {"groups": [{"rollout_percentage": 0}], "payloads": {"true": '"secret"'}},
        is_remote_configuration=True,
        has_encrypted_payloads=True,
    )
    hidden = {"true": '"********* (encrypted)"'}
    assert flag["filters"]["groups"][0]["rollout_percentage"] == 100
    assert flag["filters"]["payloads"] == hidden
    assert project.values("ann")["remote"]["metadata"]["payload"] == hidden["true"]
    changed = project.patch(flag["id"], {"filters": {**flag["filters"]}, "name": "n"})[1]
    assert changed["filters"]["payloads"] == hidden
    assert project.get("remote/remote_config/") == (200, '"secret"')
    logged = json.dumps(project.get(f"{flag['id']}/activity/")[1])
    assert "secret" not in logged
    assert project.get("fields/remote_config/")[0] == 404


def test_nothing_is_destroyed(project):
    number = project.made("delete-me")["id"]
    status, body = project.ask("DELETE", f"{number}/")
    assert (status, body["code"]) == (405, "method_not_allowed")
    assert project.patch(number, {"deleted": True})[1]["status"] == "DELETED"
    assert project.get("?key=delete-me")[1]["count"] == 0
    assert project.get(f"{number}/")[1]["deleted"] is True
    assert "delete-me" not in project.values("ann")
    assert project.patch(number, {"deleted": False})[1]["deleted"] is False
    assert project.get("?key=delete-me")[1]["count"] == 1
    assert project.get("999999/")[0] == 404


def test_the_key_of_a_deleted_flag_can_be_used_again(project):
    first = project.made("again")["id"]
    project.patch(first, {"deleted": True})
    second = project.made("again")["id"]
    assert second != first
    assert project.get(f"{first}/")[0] == 404
    other = project.made("other")["id"]
    project.patch(second, {"deleted": True})
    assert project.patch(other, {"key": "again"})[1]["key"] == "again"


def test_a_project_elsewhere_and_the_old_word_for_it(project):
    assert project.get("/api/projects/77/feature_flags/")[0] == 404
    assert project.get(FLAGS.replace("projects", "environments"))[0] == 200
