"""Each question asked in a conversation of its own, and its answer judged."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.answer import Answer
from agent.errors import AgentError
from agent.evaluation.cells import Truth, holds
from agent.evaluation.judge import faults
from agent.evaluation.questions import Question
from agent.loop import Agent
from agent.messages import Assistant
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
    tokens: int = 0
    marks: int = 0
    """Numbers of the answer that nothing founds."""

    cost: float | None = None
    """In US dollars; None where no price is known."""

    @property
    def misleads(self) -> bool:
        """Whether it is wrong and nothing in it says that it may be."""
        return self.verdict == "wrong" and not self.marks


def judged(agent: Agent, questions: Iterable[Question]) -> Iterator[Judged]:
    """Ask each question afresh and judge the answer as it comes."""
    for question in questions:
        fresh = agent.afresh()
        began = time.perf_counter()
        answer: Answer | None = None
        try:
            answer = _asked(fresh, question)
            verdict, why = _judge(fresh, question, answer)
        except (AgentError, TurnError, ToolError) as error:
            verdict, why = "failed", str(error)
        yield _judged(question, verdict, why, answer, time.perf_counter() - began)


def _judged(
    question: Question,
    verdict: Verdict,
    why: str,
    answer: Answer | None,
    seconds: float,
) -> Judged:
    if answer is None:
        return Judged(question, verdict, why, seconds)
    spent, marks = answer.input_tokens + answer.output_tokens, len(answer.unmatched)
    return Judged(question, verdict, why, seconds, spent, marks, answer.dollars)


def _asked(agent: Agent, question: Question) -> Answer:
    for before in question.before:
        _ask(agent, before)
    return _ask(agent, question.text)


def _judge(agent: Agent, question: Question, answer: Answer) -> tuple[Verdict, str]:
    if answer.outcome == "failed":
        return "failed", answer.headline
    if question.plan == DECLINED:
        return ("right" if answer.outcome != "answered" else "wrong"), answer.headline
    if answer.outcome != "answered":
        return answer.outcome, answer.headline
    if question.rows:
        return _by_rows(answer, question.rows)
    if question.plan is None or question.plan.startswith("Q "):
        return "unjudged", answer.headline
    plan = _plan(agent)
    if plan is None:
        return _by_truth(agent, question.plan, answer)
    found = [faults(plan, one, clock_of(agent.messages)) for one in question.plan.split(" | ")]
    best = min(found, key=len)
    return ("wrong", "; ".join(best)) if best else ("right", answer.headline)


def _by_truth(agent: Agent, plan: str, answer: Answer) -> tuple[Verdict, str]:
    """Whether a language model's answer holds the rows of one of the gold plans."""
    rows = Truth(agent.tools).rows(plan, answer)
    if not rows:
        return "unjudged", answer.headline
    if any(holds(answer, one) for one in rows):
        return "right", answer.headline
    return "wrong", f"{answer.headline} lacks {rows[0][0] if rows[0] else 'nothing'}"


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
