"""A flag is copied only to projects that the policy names, and never over what is there."""

import json

import httpx
import pytest

from agent.writing.policy import Policy
from tests.writing_fixtures import desk
from tools.changes.change import Outcome, Risk
from tools.errors import ChangeRefused

GROUP = {"properties": [], "rollout_percentage": 30}
COPIES = "/api/projects/2/feature_flags/"


class Elsewhere:
    """Another project of the same PostHog, as far as copies of flags go."""

    def __init__(self, at):
        self.flags, self.lost = [], False
        at.wire.fault = self.answer

    def answer(self, request, served):
        path = request.url.path
        if path.endswith("/feature_flags/copy_flags/"):
            sent = json.loads(request.content)
            body = {"key": sent["feature_flag_key"], "active": not sent["disable_copied_flag"]}
            self.flags.append({"id": 9, "deleted": False, **body})
            if self.lost:
                raise httpx.ReadTimeout("lost")
            return httpx.Response(200, json={"success": self.flags, "failed": []})
        if path == COPIES:
            alive = [one for one in self.flags if not one["deleted"]]
            return httpx.Response(200, json={"results": alive, "next": None})
        if path.startswith(COPIES):
            if request.method == "PATCH":
                self.flags[0] |= json.loads(request.content)
            return httpx.Response(200, json=self.flags[0])
        return served()


@pytest.fixture
def at(tmp_path):
    with desk(tmp_path) as first:
        first.project.made("new-page", {"groups": [GROUP], "payloads": {}})
        at = first.keyed("feature_flag:write", "project:read", "group:read", teams=())
        at.gate.policy = Policy(copy_to=(2,), trusted_keys=(at.posthog.grants.key_id,))
        yield at


@pytest.mark.parametrize("lost", [False, True])
def test_a_flag_is_copied_switched_off_and_the_copy_can_be_deleted(at, lost):
    elsewhere = Elsewhere(at)
    elsewhere.lost = lost
    done = at.do("copy_flag", key="new-page", project=2)
    assert (done.outcome, done.object_id, done.page) == (Outcome.APPLIED, 9, "")
    (sent,) = at.wire.sent
    organization = at.posthog.project.organization
    assert sent.url.path == f"/api/organizations/{organization}/feature_flags/copy_flags/"
    assert organization
    assert elsewhere.flags[0]["active"] is False
    assert done.change.risk is Risk.HIGH
    back = at.gate.undo(done.change.id)
    assert back.outcome is Outcome.APPLIED
    assert elsewhere.flags[0]["deleted"] is True


def test_a_copy_goes_only_where_the_policy_says(at):
    Elsewhere(at)
    at.gate.policy = at.gate.policy.model_copy(update={"copy_to": (3,)})
    with pytest.raises(ChangeRefused, match="names no project 2 in copy_to"):
        at.do("copy_flag", key="new-page", project=2)
    assert at.wire.sent == []


def test_a_flag_of_another_project_is_not_overwritten(at):
    Elsewhere(at).flags.append({"id": 4, "key": "new-page", "active": True, "deleted": False})
    with pytest.raises(ChangeRefused, match="which a copy would overwrite"):
        at.do("copy_flag", key="new-page", project=2)
    assert at.wire.sent == []


def test_a_flag_that_came_meanwhile_is_not_overwritten(at):
    there = Elsewhere(at)
    came = {"id": 4, "key": "new-page", "active": True, "deleted": False}
    at.person.first = lambda: there.flags.append(came)
    assert at.do("copy_flag", key="new-page", project=2).outcome is Outcome.STALE
    assert at.wire.sent == []


def test_a_key_of_one_project_can_not_copy(at):
    limited = at.keyed("feature_flag:write", "project:read", "group:read")
    limited.gate.policy = Policy(copy_to=(2,))
    with pytest.raises(ChangeRefused, match="only with a key that is not limited"):
        limited.do("copy_flag", key="new-page", project=2)


def test_the_embedded_project_knows_the_route_and_has_nowhere_to_copy_to(at):
    body = {"feature_flag_key": "new-page", "from_project": 1, "target_project_ids": [2]}
    path = f"/api/organizations/{at.posthog.project.organization}/feature_flags/copy_flags/"
    for scope, status, said in (
        ("feature_flag:read", 403, "feature_flag:write"),
        ("feature_flag:write", 400, "project"),
    ):
        found, answer = at.project.limited(scope).post(path, body)
        assert (found, said in answer["detail"]) == (status, True), answer
