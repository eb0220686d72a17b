"""Questions of a file judged against a real worker's answers, right, wrong and refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.evaluation.questions import load
from agent.evaluation.run import judged, table
from agent.loop import Agent
from agent.planner import Planner
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
    assert [row[:2] for row in table(results)] == [("counts", "1"), ("all questions", "1")]


def test_a_line_that_is_no_question_is_named(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"text": "how many?"}\n{"txt": 1}\n', "utf-8")
    with pytest.raises(SettingsError, match=r"^Line 2 of .* is no question: write "):
        load(file)
