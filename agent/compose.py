"""A finished turn as an Answer: from the planner's draft, or from a language model's words."""

from collections.abc import Iterator, Sequence
from typing import Any

from agent.answer import Answer, AnswerTable, Draft, Outcome, Window
from agent.limits import Budget
from agent.messages import Assistant, Message, System, ToolResult, User
from agent.numbers import unfounded
from agent.periods import asked, fit, measured, told, words
from tools.client import Project
from tools.insights import InsightTable
from tools.query import QueryTable

Result = QueryTable | InsightTable

HEADLINE = 200
REFUSALS = ("I can't", "I can\u2019t", "I cannot", "I can not")


def compose(
    messages: Sequence[Message], project: Project, host: str, model: str, budget: Budget
) -> Answer:
    """The answer to the last question of a conversation."""
    question, turn = _turn(messages)
    reply = turn[-1]
    assert isinstance(reply, Assistant)
    draft = reply.draft or _draft(reply.text.strip(), turn, messages, project)
    return Answer(
        question=question,
        outcome=draft.outcome,
        headline=draft.headline,
        text=draft.text,
        tables=draft.tables,
        queries=tuple(table.query for table in _tables(turn)),
        window=draft.window,
        project_id=project.id,
        project_name=project.name,
        project_host=host,
        model=model,
        assumptions=draft.assumptions,
        choices=draft.choices,
        suggestions=draft.suggestions,
        error=draft.error,
        input_tokens=budget.usage.input_tokens,
        output_tokens=budget.usage.output_tokens,
        tokens_estimated=budget.usage.estimated,
        steps=budget.steps,
        seconds=budget.seconds,
    )


def _turn(messages: Sequence[Message]) -> tuple[str, Sequence[Message]]:
    """The last question and what was said after it."""
    start = max(i for i, message in enumerate(messages) if isinstance(message, User))
    asked = messages[start]
    assert isinstance(asked, User)
    return asked.text, messages[start + 1 :]


def _draft(
    text: str, turn: Sequence[Message], messages: Sequence[Message], project: Project
) -> Draft:
    """A language model's words as a draft; its tables are those it was given."""
    tables = tuple(AnswerTable(t.columns, t.rows, t.whole) for t in _tables(turn))
    if not text:
        return Draft("failed", "The model gave no answer.", tables=tables, error="EmptyReply")
    headline = text.splitlines()[0][:HEADLINE]
    window = measured(_behind(headline, _tables(turn)), project)
    said = [m.text for m in messages if isinstance(m, User | ToolResult)]
    said += [str(table.query) for table in _tables(turn)]
    cells = [cell for table in tables for cell in _cells(table)]
    invented, entirely = unfounded(headline, cells, said)
    if entirely:
        found = f"The model stated {', '.join(invented)}, which no result holds: ask again."
        return Draft("failed", found, "", tables, window, error="UnfoundedNumbers")
    other, apart = _other_period(messages, window, project)
    if apart:
        return Draft("failed", f"{other}: ask again.", "", tables, window, error="OtherPeriod")
    invented, _ = unfounded(text, cells, said)
    noted = [f"The model worked out by itself: {', '.join(invented)}."] if invented else []
    noted += [f"{other}."] if other else []
    return Draft(_outcome(text, turn), headline, text, tables, window, tuple(noted))


def _behind(headline: str, tables: Sequence[Result]) -> Iterator[str | dict[str, Any]]:
    """The queries whose results hold what the headline states; all of them when none does."""
    holding = [t for t in tables if not unfounded(headline, _cells(t), (str(t.query),))[0]]
    yield from (table.query for table in holding or tables)


def _other_period(
    messages: Sequence[Message], window: Window | None, project: Project
) -> tuple[str, bool]:
    """What to say when another period was measured than was asked for, and whether they are apart.

    Periods that lie apart can't answer one another; any other difference is for people to judge.
    """
    rules = next((m.text for m in messages if isinstance(m, System)), "")
    periods = told(rules, project)
    question, _ = _turn(messages)
    name = asked(question, periods)
    if name is None or window is None:
        return "", False
    found = fit(name, periods[name], window)
    wanted = words(periods[name], project)
    said = f"The model measured {window.words}, not {name} ({wanted})"
    return ("" if found == "same" else said), found == "apart"


def _cells(table: AnswerTable | Result) -> list[Any]:
    return [cell for row in table.rows for cell in row]


def _outcome(text: str, turn: Sequence[Message]) -> Outcome:
    """What a language model's words amount to: numbers, a question back, or a refusal."""
    if _tables(turn):
        return "answered"
    if text.endswith("?"):
        return "asked"
    looked = any(isinstance(m, ToolResult) and m.error is None for m in turn)
    return "answered" if looked and not text.startswith(REFUSALS) else "declined"


def _tables(turn: Sequence[Message]) -> list[Result]:
    """The query results of the turn that answer something, in order."""
    return [
        message.output
        for message in turn
        if isinstance(message, ToolResult)
        and message.name.startswith("run_")
        and isinstance(message.output, Result)
    ]
