"""Budgets: of a question, and of a person's day, which a restart does not forgive."""

from datetime import UTC, datetime

import pytest

from agent.errors import LimitReached
from agent.limits import Limits
from agent.loop import Agent
from agent.messages import Assistant, Usage
from agent.spending import Daily, DailyPurse
from tests.fakes import FakePostHog, ScriptedModel, call, rows
from tools.toolbox import Toolbox

MONDAY, TUESDAY = (datetime(2026, 11, day, tzinfo=UTC) for day in (23, 24))
QUERY = "SELECT count() FROM events"


def purse(tmp_path, now=MONDAY, who="ann", **limits):
    return DailyPurse(tmp_path / "journal.db", who, Daily(**limits), lambda: now)


def test_a_day_that_is_used_up_stays_so_after_a_restart_and_ends_with_the_day(tmp_path):
    for _ in range(3):
        purse(tmp_path, model_calls=3).spend(model_calls=1)
    with pytest.raises(LimitReached, match="Today's 3 model calls are used up"):
        purse(tmp_path, model_calls=3).spend(model_calls=1)
    purse(tmp_path, who="bob", model_calls=3).spend(model_calls=1)
    purse(tmp_path, now=TUESDAY, model_calls=3).spend(model_calls=1)


def agent(tmp_path, *script, **limits):
    answers = {"count()": rows(["n"], *[[n] for n in range(5)])}
    box = Toolbox(FakePostHog(answers=answers).client())
    bounds = Limits(purse=purse(tmp_path, **limits), price=lambda usage: usage.output_tokens / 20)
    return Agent(ScriptedModel(*script), box, limits=bounds)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"model_calls": 2}, "2 model calls"),
        ({"tokens": 1}, "1 tokens"),
        ({"queries": 1}, "1 queries"),
        ({"rows": 4}, "4 rows"),
        ({"dollars": 0.02}, r"0\.02 dollars"),
    ],
)
def test_every_kind_of_spending_is_counted(tmp_path, limits, said):
    script = [call("run_hogql", query=f"{QUERY} LIMIT {n}") for n in range(2, 6)]
    answer = Assistant("5", usage=Usage(10, 1))
    found = list(agent(tmp_path, *script, answer).ask("How many?"))[-1]
    assert (found.headline, found.dollars) == ("5", 0.05)
    with pytest.raises(LimitReached, match=said):
        list(agent(tmp_path, "again", **limits).ask("?"))


def test_a_model_that_repeats_itself_is_stopped(tmp_path):
    again = [call("run_hogql", query=QUERY)] * 6
    asked = agent(tmp_path, *again, "never")
    with pytest.raises(LimitReached, match="made the same call 4 times"):
        list(asked.ask("How many?"))
    assert len(asked.toolbox.posthog.events_seen) == 0
    assert sum(isinstance(message, Assistant) for message in asked.messages) == 4


def test_a_journal_that_can_not_be_written_keeps_nobody_from_asking(tmp_path):
    (tmp_path / "journal.db").mkdir()
    purse(tmp_path, model_calls=0).spend(model_calls=1)
