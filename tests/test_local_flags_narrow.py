"""Routes that change one thing of a flag and send none of its targeting.

The cases are those of PostHog's own tests of these actions.
"""

import pytest

from tests.flags_fixtures import opened

TARGETING = {
    "groups": [
        {
            "properties": [
                {
                    "key": "email",
                    "type": "person",
                    "value": "@example.com",
                    "operator": "icontains",
                }
            ],
            "rollout_percentage": 10,
            "description": "internal users",
        },
        {"properties": [], "rollout_percentage": 5},
    ],
    "multivariate": {
        "variants": [
            {"key": "control", "rollout_percentage": 60, "name": "Control"},
            {"key": "test", "rollout_percentage": 40},
        ]
    },
    "payloads": {"control": '{"copy": "a"}'},
}
BOOLEAN = {"groups": [TARGETING["groups"][0]], "payloads": {"true": '"on"'}}
ACTIONS = [
    ("set_release_condition_rollout", {"condition_index": 0, "rollout_percentage": 25}),
    ("roll_out_to_everyone", {"variant_key": "test"}),
]


@pytest.fixture
def project(tmp_path):
    with opened(tmp_path) as project:
        yield project


def act(project, flag, action, **body):
    return project.post(f"{flag['id']}/{action}/", body)


def read(project, flag):
    return project.get(f"{flag['id']}/")[1]


@pytest.mark.parametrize("index", [0, 1])
def test_a_rollout_changes_only_its_condition(project, index):
    flag = project.made("a", TARGETING)
    status, after = act(
        project, flag, ACTIONS[0][0], condition_index=index, rollout_percentage=25, version=1
    )
    assert status == 200
    shares = [one["rollout_percentage"] for one in after["filters"]["groups"]]
    assert shares == ([25, 5] if index == 0 else [10, 25])
    flag["filters"]["groups"][index]["rollout_percentage"] = 25
    assert after["filters"] == flag["filters"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"condition_index": 2, "rollout_percentage": 25}, "It has 2"),
        ({"condition_index": -1, "rollout_percentage": 25}, "greater than or equal to 0"),
        ({"condition_index": 0, "rollout_percentage": 101}, "less than or equal to 100"),
    ],
)
def test_a_rollout_that_can_not_be_is_refused(project, body, said):
    flag = project.made("a", TARGETING)
    status, answer = act(project, flag, ACTIONS[0][0], **body, version=1)
    assert status == 400
    assert said in answer["detail"]
    assert read(project, flag) == flag


def test_everyone_comes_before_the_conditions_of_a_flag_with_one_value(project):
    flag = project.made("a", BOOLEAN)
    status, after = act(project, flag, "roll_out_to_everyone", version=1)
    first, *others = after["filters"]["groups"]
    assert (status, first["properties"], first["rollout_percentage"]) == (200, [], 100)
    assert others == flag["filters"]["groups"]
    assert after["filters"]["payloads"] == {"true": '"on"'}


def test_everyone_gets_the_variant_that_is_named(project):
    flag = project.made("a", TARGETING)
    after = act(project, flag, "roll_out_to_everyone", variant_key="test", version=1)[1]
    shares = {
        one["key"]: one["rollout_percentage"]
        for one in after["filters"]["multivariate"]["variants"]
    }
    assert shares == {"control": 0, "test": 100}
    assert len(after["filters"]["groups"]) == 3


@pytest.mark.parametrize(
    ("filters", "variant", "said"),
    [
        (TARGETING, None, "control, test"),
        (TARGETING, "green", "has no variant 'green'"),
        (BOOLEAN, "test", "has no variants"),
    ],
)
def test_a_variant_has_to_be_one_of_the_flags(project, filters, variant, said):
    flag = project.made("a", filters)
    body = {"variant_key": variant} if variant else {}
    status, answer = act(project, flag, "roll_out_to_everyone", **body, version=1)
    assert status == 400
    assert said in answer["detail"]
    assert read(project, flag) == flag


@pytest.mark.parametrize(("action", "body"), ACTIONS)
def test_another_version_is_refused_and_a_fresh_one_taken(project, action, body):
    flag = project.made("a", TARGETING)
    project.patch(flag["id"], {"name": "renamed"})
    status, answer = act(project, flag, action, **body, version=1)
    assert (status, answer["code"]) == (409, "conflict")
    assert "changed since version 1" in answer["detail"]
    status, after = act(project, flag, action, **body, version=2)
    assert (status, after["name"], after["version"]) == (200, "renamed", 3)


@pytest.mark.parametrize(("action", "body"), ACTIONS)
def test_what_is_so_already_is_not_written_again(project, action, body):
    flag = project.made("a", TARGETING)
    assert act(project, flag, action, **body, version=1)[1]["version"] == 2
    assert act(project, flag, action, **body, version=2)[1]["version"] == 2


@pytest.mark.parametrize(("action", "body"), ACTIONS)
def test_who_may_not_change_flags_changes_none(project, action, body):
    flag = project.made("a", TARGETING)
    status, answer = act(project.limited("feature_flag:read"), flag, action, **body, version=1)
    assert status == 403
    assert "feature_flag:write" in answer["detail"]
    project.patch(flag["id"], {"deleted": True})
    status, answer = act(project, flag, action, **body, version=2)
    assert status == 400
    assert "has been deleted" in answer["error"]


@pytest.mark.parametrize(("action", "body"), ACTIONS)
def test_a_policy_asks_for_approval_but_not_for_what_is_stale(project, action, body):
    flag = project.made("a", TARGETING)
    project.home.meta.remember("approval_policies", {"feature_flag.update": "approval"})
    status, answer = act(project, flag, action, **body, version=7)
    assert (status, answer["code"]) == (409, "conflict")
    status, answer = act(project, flag, action, **body, version=1)
    assert (status, answer["code"]) == (409, "approval_required")
    assert read(project, flag)["version"] == 1


def test_a_flag_is_switched_and_put_away_without_its_targeting(project):
    flag = project.made("a", TARGETING)
    seen = []
    for action in ("disable", "disable", "enable", "archive", "archive", "unarchive", "unarchive"):
        status, after = act(project, flag, action)
        assert (status, after["filters"]) == (200, flag["filters"])
        seen.append((after["active"], after["archived"], after["version"]))
    assert seen == [
        (False, False, 2),
        (False, False, 2),
        (True, False, 3),
        (False, True, 4),
        (False, True, 4),
        (False, False, 5),
        (False, False, 5),
    ]


def test_an_archived_flag_is_not_switched_on(project):
    flag = project.made("a")
    act(project, flag, "archive")
    status, answer = act(project, flag, "enable")
    assert status == 400
    assert "archived" in answer["detail"]
