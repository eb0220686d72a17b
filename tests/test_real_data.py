"""Questions on real event data, in ../shared beside the project; nothing of it is kept here."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.answer import Answer
from tests.local_fixtures import asked, imported
from tools.local.connect import LocalProject, open_project, stop_worker
from tools.local.folder import create_project

SHARED = Path(__file__).parents[2] / "shared"
QUESTIONS = SHARED / "questions" / "real_data_dev.jsonl"

pytestmark = pytest.mark.skipif(
    not QUESTIONS.exists(),
    reason="NOT CHECKED: the real event data is not beside the project (../shared/data)",
)

Rows = list[list[Any]]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, LocalProject]]:
    """One embedded project for each data set there are questions about."""
    home = tmp_path_factory.mktemp("real")
    made = {}
    for name in ("online_retail", "web_access_log"):
        create_project(home, name)
        made[name] = open_project(home, name)
        imported(made[name], SHARED / "data" / name / "events.jsonl.gz")
    yield made
    for project in made.values():
        stop_worker(project)


def test_twelve_of_fifteen_questions_on_a_shop_are_right_and_none_is_wrong(
    projects: dict[str, LocalProject],
) -> None:
    judged = _judged("online_retail", projects)
    assert [row for row in judged if row[1] == "wrong"] == []
    assert [verdict for _, verdict in judged].count("right") >= 12


def test_no_question_on_a_web_site_is_answered_wrongly(projects: dict[str, LocalProject]) -> None:
    judged = _judged("web_access_log", projects)
    assert [row for row in judged if row[1] == "wrong"] == []
    assert [verdict for _, verdict in judged].count("right") >= 3


def _judged(name: str, projects: dict[str, LocalProject]) -> list[tuple[str, str]]:
    """Each question of a data set with its verdict: right, wrong, or the outcome it had."""
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    about = [row for row in rows if row["dataset"] == name]
    assert about
    return [
        (row["text"], _verdict(asked(projects[name], row["text"]), row["gold"])) for row in about
    ]


def _verdict(answer: Answer, gold: Rows) -> str:
    if answer.outcome != "answered":
        return answer.outcome
    said = [[_cell(cell) for cell in row] for table in answer.tables for row in table.rows]
    headline = [_cell(word.strip(".,:;()%")) for word in answer.headline.split()]
    found = all(any(_holds(row, wanted) for row in [*said, headline]) for wanted in gold)
    return "right" if found else "wrong"


def _holds(row: list[Any], wanted: list[Any]) -> bool:
    return all(_cell(cell) in row for cell in wanted)


def _cell(value: Any) -> Any:
    """Numbers to two decimals, whatever they are written with; pages without a slash at the end."""
    try:
        return round(float(str(value).replace(",", "")), 2)
    except ValueError:
        return str(value).rstrip("/") or value
