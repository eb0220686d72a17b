"""One question, all the way: what goes out to the model and to PostHog, and what comes back."""

import os
from contextlib import contextmanager

import httpx
import pytest
import yaml
from vcr.errors import CannotOverwriteExistingCassetteException

from agent.answer import Answer
from agent.loop import Agent
from agent.messages import Assistant, Delta, System, ToolResult, User
from agent.openai_model import OpenAIModel
from tests.cassettes import recorder
from tests.fakes import HOST, KEY, FakeOpenAI, FakePostHog, calls, rows, says
from tools.client import PostHog
from tools.toolbox import Toolbox

QUESTION = "How many people signed up last week?"
SYSTEM = "Answer from the tools. It is Wednesday 2026-03-11 in UTC; weeks begin on Monday."
WEEK = (
    "SELECT count(DISTINCT person_id) AS people FROM events WHERE event = 'signed_up' "
    "AND timestamp >= toDateTime('2026-03-02 00:00:00') "
    "AND timestamp < toDateTime('2026-03-09 00:00:00')"
)
SCRIPT = (
    calls("list_events", search="sign"),
    calls("run_hogql", id="call_2", query=WEEK),
    says("37 people signed up last week (2 to 8 March 2026, UTC)."),
)
EVENT = {
    "name": "signed_up",
    "description": "An account was made",
    "created_at": "2026-01-05T09:00:00Z",
    "last_seen_at": "2026-03-11T08:55:00Z",
}


@contextmanager
def services(recording):
    """A model and PostHog: played, or (while recording) real ones if keys are set, else doubles."""
    if recording and "OPENAI_API_KEY" in os.environ:
        model = OpenAIModel(
            os.environ["HOGLOOP_MODEL"],
            key=os.environ["OPENAI_API_KEY"],
            base_url=os.environ.get("OPENAI_BASE_URL"),
        )
        host = os.environ.get("POSTHOG_HOST", HOST)
        yield model, PostHog(host=host, key=os.environ["POSTHOG_PERSONAL_API_KEY"])
    elif recording:
        answers = {"count(DISTINCT person_id)": rows(["people"], [37])}
        posthog = FakePostHog(answers=answers, events=[EVENT, {"name": "$pageview"}])
        with FakeOpenAI(*SCRIPT).serving() as server:
            yield OpenAIModel("scripted", base_url=server.base_url), posthog.client()
    else:
        yield OpenAIModel("scripted", base_url="http://127.0.0.1:9/v1"), PostHog(host=HOST, key=KEY)


def test_a_question_is_answered_over_the_wire(cassette):
    with services(cassette) as (model, posthog):
        agent = Agent(model, Toolbox(posthog), system=SYSTEM, clock=lambda: 0.0)
        turn = [m for m in agent.ask(QUESTION) if not isinstance(m, Delta)]
        model.close()
        posthog.close()
    assert [type(m) for m in turn] == [
        User,
        *(Assistant, ToolResult) * 2,
        Assistant,
        Answer,
    ]
    answer = turn[-1]
    assert (answer.outcome, answer.project_host) == ("answered", HOST)
    assert (answer.steps, answer.input_tokens > 0, answer.output_tokens > 0) == (3, True, True)
    (people,) = answer.tables
    assert str(people.rows[0][0]) in answer.headline


def test_a_changed_question_is_not_the_recorded_one(request):
    if request.config.getoption("--record"):
        pytest.skip("nothing is compared while recording")
    name = f"{test_a_question_is_answered_over_the_wire.__name__}.yaml"
    with recorder(name, recording=False), services(False) as (model, posthog):
        agent = Agent(model, Toolbox(posthog), system=SYSTEM)
        try:
            with pytest.raises(CannotOverwriteExistingCassetteException):
                list(agent.ask("How many people left last week?"))
        finally:
            model.close()
            posthog.close()
    assert agent.messages == [System(SYSTEM), User("How many people left last week?")]


def test_a_cassette_keeps_no_key_no_cookie_and_no_project(tmp_path):
    secret = "phx" + "_verysecret"

    def answer(request):
        headers = {"set-cookie": "session=abc", "x-request-id": "1"}
        return httpx.Response(200, headers=headers, json={"scopes": ["*"], "value": secret})

    path = tmp_path / "made.yaml"
    transport = httpx.MockTransport(answer)
    client = PostHog(host=HOST, key=secret, project_id=4711, transport=transport)
    with recorder(str(path), recording=True):
        client.query({"kind": "HogQLQuery", "query": f"SELECT '{secret}'"})
    kept = path.read_text()
    for hidden in (secret, "4711", "session", "authorization", "x-request-id", "user-agent"):
        assert hidden not in kept.lower()
    (request,) = [i["request"] for i in yaml.safe_load(kept)["interactions"]]
    assert request["uri"] == f"{HOST}/api/projects/1/query/"
    assert request["headers"] == {"content-type": ["application/json"]}
