from dataclasses import dataclass

import pytest

from agent.answer import Draft
from agent.desk import Desk
from agent.loop import Agent
from agent.messages import Assistant, Delta, ToolCall, ToolResult, User
from agent.mixed import Mixed, is_certain
from agent.planner.english.windows import Span
from agent.planner.plan import Reply, Scope, Series, Trends
from tests.fakes import FakePostHog, ScriptedModel, call, rows
from tools.toolbox import Toolbox

PLAN = Trends(Scope(Span(None, None, "all time")), (Series(("signed_up",)),))
PEOPLE = "SELECT count() AS n FROM events"
KNOWN = Draft("answered", "12 people signed up.", plan=PLAN)
UNKNOWN = Draft("declined", "I don't know that word.", plan=Reply("declined", "I don't"))


@dataclass
class Reader:
    """A planner that looks something up, then says what it is told to say."""

    draft: Draft
    name: str = "built-in planner"

    def complete(self, messages, tools):
        yield from ()
        turn = messages[max(i for i, m in enumerate(messages) if isinstance(m, User)) :]
        if not any(isinstance(m, ToolResult) for m in turn):
            return Assistant(tool_calls=(ToolCall("a", "run_hogql", {"query": PEOPLE}),))
        return Assistant(self.draft.headline, draft=self.draft)


def agent_of(draft, *replies):
    fake = FakePostHog(answers={PEOPLE: rows(["n"], [12])})
    model = ScriptedModel(*replies)
    desk = Desk(Toolbox(fake.client()), lambda question: None)
    return Agent(Mixed(Reader(draft), model), desk, clock=lambda: 0.0), model


def answer_of(agent, question):
    *_, answer = (m for m in agent.ask(question) if not isinstance(m, Delta))
    return answer


def test_what_the_planner_is_certain_of_costs_no_tokens():
    agent, model = agent_of(KNOWN)
    answer = answer_of(agent, "how many people signed up?")
    assert (answer.headline, answer.model) == ("12 people signed up.", "built-in planner")
    assert answer.input_tokens == 0
    assert model.asked == []


def test_the_rest_is_for_the_model_which_is_not_told_what_the_planner_looked_up():
    ask = call("run_hogql", query=f"{PEOPLE} LIMIT 3")
    agent, model = agent_of(UNKNOWN, ask, "I can't measure that.")
    answer = answer_of(agent, "how many unicorns signed up?")
    assert (answer.model, answer.headline) == ("scripted", "I can't measure that.")
    assert model.asked[0] == (User("how many unicorns signed up?"),)
    assert [type(m) for m in model.asked[1]] == [User, Assistant, ToolResult]


def test_what_goes_on_from_an_answer_of_the_model_is_for_the_model():
    agent, model = agent_of(UNKNOWN, "I can't measure that.", "Nor that.")
    answer_of(agent, "how many unicorns?")
    agent.model._planner = Reader(KNOWN)
    assert answer_of(agent, "and last month?").headline == "Nor that."
    assert len(model.asked) == 2


def test_the_model_knows_what_the_planner_answered_before():
    agent, model = agent_of(KNOWN, "I can't.")
    answer_of(agent, "how many people signed up?")
    agent.model._planner = Reader(UNKNOWN)
    answer_of(agent, "and unicorns?")
    texts = [getattr(m, "text", "") for m in model.asked[0] if not hasattr(m, "headline")]
    assert texts == ["how many people signed up?", "12 people signed up.", "and unicorns?"]


@pytest.mark.parametrize(
    ("draft", "question"),
    [
        (UNKNOWN, "how many?"),
        (Draft("asked", "Which?", plan=PLAN), "how many?"),
        (Draft("answered", "12.", plan=None), "how many?"),
        (Draft("answered", "12.", assumptions=("“x” is read as y",), plan=PLAN), "how many?"),
        (KNOWN, "how many " + "very " * 20 + "active people?"),
        (KNOWN, "how many last week, no wait, last month?"),
    ],
)
def test_what_rests_on_a_choice_is_not_certain(draft, question):
    assert not is_certain(draft, question)
    assert is_certain(KNOWN, "how many people signed up last week?")
