"""Questions of a file judged against a real worker's answers, right, wrong and refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.desk import Desk
from agent.errors import SettingsError
from agent.evaluation.questions import Question, load
from agent.evaluation.run import judged
from agent.evaluation.tables import by_intent, side_by_side, wilson
from agent.loop import Agent
from agent.messages import ToolCall
from agent.planner import Planner
from tests.fakes import ScriptedModel, call
from tests.local_fixtures import EVENTS
from tools.client import PostHog, unix_socket
from tools.local.connect import LocalProject
from tools.toolbox import Toolbox

PURCHASES = sum(event["event"] == "purchase" for event in EVENTS)
MARCH = "r=2026-03-01..2026-03-31"
ASKED = "how many purchases in March 2026?"


@pytest.fixture
def agent(shop: LocalProject) -> Iterator[Agent]:
    posthog = PostHog(
        host="http://embedded",
        key=shop.key,
        project_id=shop.project_id,
        transport=unix_socket(shop.socket),
    )
    yield Agent(Planner(), Toolbox(posthog))
    posthog.close()


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ({"text": ASKED, "gold_plan": f"T purchase:total {MARCH}"}, "right"),
        (
            {"text": ASKED, "gold_plan": f"T signup:total {MARCH} | T purchase:total {MARCH}"},
            "right",
        ),
        ({"text": ASKED, "gold_plan": f"T purchase:total {MARCH} bd=plan?"}, "right"),
        ({"text": ASKED, "gold_plan": f"T signup:total|purchase:total {MARCH}"}, "right"),
        (
            {
                "text": "vip purchases in March 2026",
                "gold_plan": f"T signup:total|purchase:total{{vip=true}} {MARCH}",
            },
            "right",
        ),
        (
            {
                "text": "funnel from signup to purchase within 2 weeks in March 2026",
                "gold_plan": f"F signup>purchase {MARCH} win=14d|1w",
            },
            "right",
        ),
        (
            {
                "text": "funnel from signup to purchase within 3 weeks in March 2026",
                "gold_plan": f"F signup>purchase {MARCH} win=14d|1w",
            },
            "wrong",
        ),
        ({"text": ASKED, "gold_plan": f"T signup:total {MARCH}"}, "wrong"),
        ({"text": ASKED, "gold_plan": f"T purchase:unique {MARCH}"}, "wrong"),
        ({"text": ASKED, "gold_plan": f"T purchase:total bd=plan {MARCH}"}, "wrong"),
        ({"text": ASKED, "gold_plan": "T purchase:total r=2026-02-01..2026-02-28"}, "wrong"),
        ({"text": ASKED, "gold_plan": f"F signup>purchase {MARCH}"}, "wrong"),
        ({"text": ASKED, "gold": [[PURCHASES]]}, "right"),
        ({"text": ASKED, "gold": [[PURCHASES + 1]]}, "wrong"),
        ({"text": ASKED}, "unjudged"),
        ({"text": "how many unicorns did we sell?", "gold_plan": "T x:total"}, "declined"),
        ({"text": "how many unicorns did we sell?", "gold_plan": "DECLINE"}, "right"),
        ({"text": ASKED, "gold_plan": "DECLINE"}, "wrong"),
        (
            {
                "text": "and signups?",
                "multi_turn_context": [ASKED],
                "gold_plan": f"T signup:total {MARCH}",
            },
            "right",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.get("gold_plan", "rows")),
)
def test_a_question_is_judged_by_what_its_answer_asked_for(
    agent: Agent, tmp_path: Path, question: dict[str, object], verdict: str
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps({"intent": "counts", **question}) + "\n", "utf-8")
    results = list(judged(agent, load(file)))
    assert [one.verdict for one in results] == [verdict], results[0].why
    assert [row[:2] for row in by_intent(results)] == [("counts", "1"), ("all questions", "1")]


QUERY = "SELECT count() AS n FROM events WHERE event = 'purchase' AND timestamp >= toDateTime('2026-03-01') AND timestamp < toDateTime('2026-04-01')"  # noqa: E501
SHOWN = {"series": [{"events": ["purchase"]}], "date_from": "2026-03-01", "date_to": "2026-03-31"}
SPLIT = {**SHOWN, "breakdown": [{"property": "vip", "of": "event"}]}


@pytest.mark.parametrize(
    ("asked", "words", "plan", "verdict"),
    [
        (call("run_hogql", query=QUERY), "{n} purchases in March.", "purchase:total", "right"),
        (call("run_trends", **SHOWN), "{n} purchases in March.", "purchase:total", "right"),
        (call("run_hogql", query=QUERY), "{n} purchases in March.", "signup:total", "wrong"),
        (call("run_trends", **SPLIT), "By VIP:", "purchase:total bd=vip", "right"),
        (call("run_trends", **SHOWN), "{n} purchases.", "purchase:total bd=vip", "wrong"),
        (call("run_trends", **SHOWN), "{n} purchases.", "purchase:total cmp=prev", "unjudged"),
    ],
)
def test_a_language_model_is_judged_by_the_rows_of_its_answer(
    agent: Agent, asked: ToolCall, words: str, plan: str, verdict: str
) -> None:
    said = words.format(n=PURCHASES)
    model = ScriptedModel(asked, said, said)
    desk = Desk(agent.toolbox.toolbox, lambda question: None)
    question = Question("1", ASKED, plan=f"T {plan} {MARCH}")
    (one,) = judged(Agent(model, desk), [question])
    assert one.verdict == verdict, one.why


def test_models_stand_side_by_side_with_the_interval_of_their_shares(agent: Agent) -> None:
    asked = [Question("1", ASKED, plan=f"T purchase:total {MARCH}")] * 2
    (line,) = side_by_side({"built-in": list(judged(agent, asked))})
    assert line[:4] == ("built-in", "2", "2 (100%, 34%–100%)", "0 (0%, 0%–66%)")


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (5, 10, 0.2366, 0.7634), (0, 40, 0.0, 0.0876), (40, 40, 0.9124, 1.0)],
)
def test_shares_have_the_interval_of_wilson(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=0.0001)


def test_a_line_that_is_no_question_is_named(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"text": "how many?"}\n{"txt": 1}\n', "utf-8")
    with pytest.raises(SettingsError, match=r"^Line 2 of .* is no question: write "):
        load(file)
