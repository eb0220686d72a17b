"""Questions through the loop, the tools and a real worker, against sums done here in Python."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.local_fixtures import EVENTS, asked, conversation, imported, write_lines
from tools.local.connect import LocalProject

PURCHASES = [event for event in EVENTS if event["event"] == "purchase"]
SIGNUPS = [event for event in EVENTS if event["event"] == "signup"]
AMOUNTS = [event["properties"]["amount"] for event in PURCHASES]
BY_DAY = Counter(event["timestamp"][:10] for event in SIGNUPS)
BY_PLAN = Counter(event["properties"]["plan"] for event in PURCHASES)
VIPS = [event for event in PURCHASES if event["properties"]["vip"]]


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
    answer = asked(shop, f"{question} in March 2026")
    assert answer.outcome == "answered", answer.headline
    asked_for = [row[: len(rows[0])] for row in answer.tables[0].rows]
    assert [tuple(map(_rounded, row)) for row in asked_for] == [
        tuple(map(_rounded, row)) for row in rows
    ]


def test_daily_over_monthly_people_are_counted_day_by_day(shop: LocalProject) -> None:
    answer = asked(shop, "DAU/MAU in March 2026")
    assert answer.outcome == "answered", answer.headline
    daily = {str(row[0]): row[1] for row in answer.tables[0].rows}
    for day in ("2026-03-05", "2026-03-20"):
        people = {e["distinct_id"] for e in EVENTS if e["timestamp"][:10] == day}
        assert daily[day] == len(people)


def test_who_did_it_in_one_period_and_not_in_another(shop: LocalProject) -> None:
    asked_for = "the first 10 days of March 2026 but not in the last 10 days of March 2026"
    answer = asked(shop, f"how many people signed up in {asked_for}")
    assert answer.outcome == "answered", answer.headline
    signed = [
        {e["distinct_id"] for e in SIGNUPS if first <= e["timestamp"][:10] <= last}
        for first, last in (("2026-03-01", "2026-03-10"), ("2026-03-22", "2026-03-31"))
    ]
    assert len(signed[0] - signed[1]) in answer.tables[0].rows[0]


def test_a_period_without_data_is_told_apart_from_a_zero(shop: LocalProject) -> None:
    answer = asked(shop, "how many signups in 2019?")
    assert answer.outcome == "declined"
    assert answer.headline.startswith("There is no ")


def test_in_a_project_that_lives_now_is_one_moment_of_a_turn(
    new_project: Callable[..., LocalProject], tmp_path: Path
) -> None:
    hours = [datetime.now(UTC) - timedelta(hours=n) for n in range(1, 40, 3)]
    events = [{"event": "ping", "distinct_id": "a", "timestamp": at.isoformat()} for at in hours]
    project = new_project()
    imported(project, write_lines(tmp_path / "pings.jsonl", events))
    answer = asked(project, "how many pings in the last 7 days?")
    assert (answer.outcome, answer.tables[0].rows) == ("answered", ((len(hours),),))


def test_a_lifecycle_claims_no_split(shop: LocalProject) -> None:
    for question in ("lifecycle of signup in March 2026", "stickiness of signup in March 2026"):
        _, answer = conversation(shop, question, "by plan?")
        assert answer.outcome == "declined" or "plan" in answer.tables[0].columns, answer.headline


def _rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value
