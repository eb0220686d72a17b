"""Questions through the loop, the tools and a real worker, against sums done here in Python."""

from collections import Counter
from statistics import median
from typing import Any

import pytest

from agent.answer import Answer
from agent.loop import Agent
from agent.planner import Planner
from tests.local_fixtures import EVENTS
from tools.client import PostHog, unix_socket
from tools.local.connect import LocalProject
from tools.toolbox import Toolbox

PURCHASES = [event for event in EVENTS if event["event"] == "purchase"]
SIGNUPS = [event for event in EVENTS if event["event"] == "signup"]
AMOUNTS = [event["properties"]["amount"] for event in PURCHASES]
BY_DAY = Counter(event["timestamp"][:10] for event in SIGNUPS)
BY_PLAN = Counter(event["properties"]["plan"] for event in PURCHASES)
VIPS = [event for event in PURCHASES if event["properties"]["vip"]]


def ask(project: LocalProject, question: str) -> Answer:
    """One question about March 2026, the only month with events."""
    posthog = PostHog(
        host="http://embedded",
        key=project.key,
        project_id=project.project_id,
        transport=unix_socket(project.socket),
    )
    *_, answer = Agent(Planner(), Toolbox(posthog)).ask(f"{question} in March 2026")
    posthog.close()
    assert isinstance(answer, Answer)
    return answer


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("how many purchases were there", [(len(PURCHASES),)]),
        ("how many people signed up", [(len({e["distinct_id"] for e in SIGNUPS}),)]),
        ("total amount of purchases", [(sum(AMOUNTS),)]),
        ("average purchase amount", [(sum(AMOUNTS) / len(AMOUNTS),)]),
        ("median purchase amount", [(median(AMOUNTS),)]),
        ("highest purchase amount", [(max(AMOUNTS),)]),
        ("purchases by plan", sorted(BY_PLAN.items())),
        ("vip purchases", [(len(VIPS),)]),
        ("purchases with an amount over 50", [(len([a for a in AMOUNTS if a > 50]),)]),
        (
            "what share of purchases are vip",
            [(len(VIPS), len(PURCHASES), round(100 * len(VIPS) / len(PURCHASES), 2))],
        ),
        (
            "signups per day",
            [(f"2026-03-{day:02}", BY_DAY[f"2026-03-{day:02}"]) for day in range(1, 32)],
        ),
    ],
)
def test_a_question_gets_the_figures_that_python_gets(
    shop: LocalProject, question: str, rows: list[tuple[Any, ...]]
) -> None:
    answer = ask(shop, question)
    assert answer.outcome == "answered", answer.headline
    assert [tuple(map(_rounded, row)) for row in answer.tables[0].rows] == [
        tuple(map(_rounded, row)) for row in rows
    ]


def test_a_period_without_data_is_told_apart_from_a_zero(shop: LocalProject) -> None:
    posthog = PostHog(host="http://embedded", key=shop.key, transport=unix_socket(shop.socket))
    *_, answer = Agent(Planner(), Toolbox(posthog)).ask("how many signups in 2019?")
    posthog.close()
    assert isinstance(answer, Answer)
    assert answer.outcome == "declined"
    assert answer.headline.startswith("There is no ")


def _rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value
