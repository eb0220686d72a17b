"""The planner's own answers over the demo go through the same check."""

import pytest

from agent.answer import Answer
from agent.loop import Agent
from agent.planner import Planner
from tools.toolbox import Toolbox


@pytest.mark.parametrize(
    "question",
    [
        "Show the $pageview trend",
        "how many people logged in in the last 7 days",
        "signed_up by country in the last 30 days",
        "conversion from booking_started to booking_completed this month",
        "compare booking_completed this month with last month",
        "DAU/MAU in the last 14 days",
        "weekly retention by plan",
    ],
)
def test_the_planner_states_no_number_that_its_results_do_not_found(
    demo_tools: Toolbox, question: str
) -> None:
    *_, answer = Agent(Planner(), demo_tools).ask(question)
    assert isinstance(answer, Answer)
    assert answer.outcome == "answered", answer.headline
    assert any(letter.isdigit() for letter in answer.headline)
    assert answer.unmatched == ()
