"""A real language model: as it was recorded, and live where HOGLOOP_TEST_MODEL_URL names one."""

import os
from contextlib import closing
from datetime import datetime

import pytest

from agent.briefing import brief
from agent.desk import Desk
from agent.evaluation.cells import Truth, holds
from agent.loop import Agent
from agent.messages import Assistant, Delta, ToolResult
from agent.openai_model import OpenAIModel
from tests.cassettes import recorder
from tests.fakes import FakePostHog, rows
from tools.query import run_hogql
from tools.taxonomy import list_events
from tools.toolbox import Toolbox

URL = os.environ.get("HOGLOOP_TEST_MODEL_URL")
MODEL = os.environ.get("HOGLOOP_TEST_MODEL", "local")
QUESTION = "How many people signed up last week?"
SYSTEM = (
    "Answer from the tools, in one sentence. Such as: SELECT count(DISTINCT person_id) AS people "
    "FROM events WHERE event = 'paid' AND timestamp >= toDateTime('2026-03-01') AND timestamp < "
    "toDateTime('2026-03-05'). Events: paid, signed_up. Last week is from 2026-03-02 on, before "
    "2026-03-09."
)
live = pytest.mark.skipif(not URL, reason="HOGLOOP_TEST_MODEL_URL names no model")


def model():
    return closing(OpenAIModel(MODEL, base_url=URL or "http://127.0.0.1:9/v1"))


def test_a_small_real_model_measures_and_answers():
    name = "test_a_small_real_model_measures_and_answers.yaml"
    fake = FakePostHog(answers={"": rows(["people"], [37])}, events=[{"name": "signed_up"}])
    toolbox = Toolbox(fake.client(), (list_events, run_hogql))
    with recorder(name, recording=bool(URL)), model() as small:
        agent = Agent(small, toolbox, system=SYSTEM, clock=lambda: 0.0)
        turn = [m for m in agent.ask(QUESTION) if not isinstance(m, Delta)]
    asked = [call.name for m in turn if isinstance(m, Assistant) for call in m.tool_calls]
    assert "run_hogql" in asked
    assert any(isinstance(m, ToolResult) and not m.error for m in turn)
    answer = turn[-1]
    assert (answer.outcome, answer.tables[-1].rows) == ("answered", ((37,),))
    assert "37" in answer.headline
    assert (answer.input_tokens > 0, answer.output_tokens > 0) == (True, True)


@live
@pytest.mark.parametrize(
    ("question", "plan"),
    [
        (QUESTION, "T signed_up:unique r=last_week | T signed_up:total r=last_week"),
        ("bookings by category last month", "T booking_completed:total bd=category r=last_month"),
        ("what is the capital of Australia?", "DECLINE"),
    ],
)
def test_a_live_model_is_right_or_says_that_it_is_not_sure(demo_tools, question, plan):
    now = datetime.fromisoformat(demo_tools.project.now)
    desk = Desk(demo_tools, lambda asked: pytest.fail("nothing is to be looked into"))
    with model() as one:
        *_, answer = Agent(one, desk, system=brief(demo_tools, now)).ask(question)
    if plan == "DECLINE" or answer.outcome != "answered":
        assert answer.outcome != "answered"
    else:
        gold = Truth(demo_tools).rows(plan, answer)
        assert answer.unmatched or any(holds(answer, one) for one in gold)
