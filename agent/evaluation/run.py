"""Each question asked in a conversation of its own, and its answer judged."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.answer import Answer
from agent.errors import AgentError
from agent.evaluation.judge import faults
from agent.evaluation.questions import Question
from agent.loop import Agent
from agent.messages import Assistant, System
from agent.planner.plan import Plan, Reply
from agent.planner.world import clock_of
from tools.errors import ToolError, TurnError

Verdict = Literal["right", "wrong", "asked", "declined", "failed", "unjudged"]
VERDICTS: tuple[Verdict, ...] = ("right", "wrong", "asked", "declined", "failed", "unjudged")


DECLINED = "DECLINE"
"""The gold plan of a question that must not be answered."""


@dataclass(frozen=True)
class Judged:
    """What came of one question."""

    question: Question
    verdict: Verdict
    why: str
    seconds: float


def judged(agent: Agent, questions: Iterable[Question]) -> Iterator[Judged]:
    """Ask each question afresh and judge the answer as it comes."""
    rules = [m.text for m in agent.messages if isinstance(m, System)]
    for question in questions:
        fresh = Agent(agent.model, agent.toolbox, system=rules[0] if rules else "")
        began = time.perf_counter()
        try:
            verdict, why = _judge(fresh, question)
        except (AgentError, TurnError, ToolError) as error:
            verdict, why = "failed", str(error)
        yield Judged(question, verdict, why, time.perf_counter() - began)


def table(results: Sequence[Judged]) -> list[tuple[str, ...]]:
    """Verdicts by intent, the sum last."""
    intents = sorted({one.question.intent or "all" for one in results})
    rows = [
        _row(name, [r for r in results if (r.question.intent or "all") == name]) for name in intents
    ]
    return [*rows, _row("all questions", results)]


def _row(name: str, results: Sequence[Judged]) -> tuple[str, ...]:
    count = Counter(one.verdict for one in results)
    return (name, str(len(results)), *(str(count[verdict] or "") for verdict in VERDICTS))


def _judge(agent: Agent, question: Question) -> tuple[Verdict, str]:
    for before in question.before:
        _ask(agent, before)
    answer = _ask(agent, question.text)
    if answer.outcome == "failed":
        return "failed", answer.headline
    if question.plan == DECLINED:
        return ("right" if answer.outcome != "answered" else "wrong"), answer.headline
    if answer.outcome != "answered":
        return answer.outcome, answer.headline
    if question.rows:
        return _by_rows(answer, question.rows)
    plan = _plan(agent)
    if question.plan is None or question.plan.startswith("Q ") or plan is None:
        return "unjudged", answer.headline
    found = [faults(plan, one, clock_of(agent.messages)) for one in question.plan.split(" | ")]
    best = min(found, key=len)
    return ("wrong", "; ".join(best)) if best else ("right", answer.headline)


def _ask(agent: Agent, text: str) -> Answer:
    *_, last = agent.ask(text)
    assert isinstance(last, Answer)
    return last


def _plan(agent: Agent) -> Plan | None:
    """What the built-in planner read; None of a language model."""
    drafts = [m.draft for m in agent.messages if isinstance(m, Assistant) and m.draft]
    plan = drafts[-1].plan if drafts else None
    return None if plan is None or isinstance(plan, Reply) else plan


def _by_rows(answer: Answer, gold: Sequence[Sequence[Any]]) -> tuple[Verdict, str]:
    """Whether each gold row stands in a row of the tables, or in the headline."""
    said = [[_cell(cell) for cell in row] for table in answer.tables for row in table.rows]
    said.append([_cell(word.strip(".,:;()%")) for word in answer.headline.split()])
    missing = [row for row in gold if not any(_holds(one, row) for one in said)]
    return (
        ("wrong", f"{answer.headline} lacks {missing[0]}")
        if missing
        else ("right", answer.headline)
    )


def _holds(row: Sequence[Any], wanted: Sequence[Any]) -> bool:
    return all(_cell(cell) in row for cell in wanted)


def _cell(value: Any) -> Any:
    """Numbers to two decimals, whatever they are written with; texts as they are."""
    try:
        return round(float(str(value).replace(",", "")), 2)
    except ValueError:
        return value
