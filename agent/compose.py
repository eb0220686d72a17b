"""A finished turn as an Answer: from the planner's draft, or from a language model's words."""

from collections.abc import Sequence

from agent.answer import Answer, AnswerTable, Draft, Outcome
from agent.limits import Budget
from agent.messages import Assistant, Message, ToolResult, User
from agent.numbers import unfounded
from tools.client import Project
from tools.query import QueryTable

HEADLINE = 200
REFUSALS = ("I can't", "I can\u2019t", "I cannot", "I can not")


def compose(
    messages: Sequence[Message], project: Project, host: str, model: str, budget: Budget
) -> Answer:
    """The answer to the last question of a conversation."""
    question, turn = _turn(messages)
    reply = turn[-1]
    assert isinstance(reply, Assistant)
    draft = reply.draft or _draft(reply.text.strip(), turn, messages)
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
        error=draft.error,
        input_tokens=budget.usage.input_tokens,
        output_tokens=budget.usage.output_tokens,
        steps=budget.steps,
        seconds=budget.seconds,
    )


def _turn(messages: Sequence[Message]) -> tuple[str, Sequence[Message]]:
    """The last question and what was said after it."""
    start = max(i for i, message in enumerate(messages) if isinstance(message, User))
    asked = messages[start]
    assert isinstance(asked, User)
    return asked.text, messages[start + 1 :]


def _draft(text: str, turn: Sequence[Message], messages: Sequence[Message]) -> Draft:
    """A language model's words as a draft; its tables are those it was given."""
    tables = tuple(AnswerTable(t.columns, t.rows, t.whole) for t in _tables(turn))
    if not text:
        return Draft("failed", "The model gave no answer.", tables=tables, error="EmptyReply")
    headline = text.splitlines()[0][:HEADLINE]
    cells = [cell for table in tables for row in table.rows for cell in row]
    said = [m.text for m in messages if isinstance(m, User | ToolResult)]
    said += [table.query for table in _tables(turn)]
    invented, entirely = unfounded(headline, cells, said)
    if entirely:
        told = f"The model stated {', '.join(invented)}, which no result holds: ask again."
        return Draft("failed", told, tables=tables, error="UnfoundedNumbers")
    invented, _ = unfounded(text, cells, said)
    noted = (f"The model worked out by itself: {', '.join(invented)}.",) if invented else ()
    return Draft(_outcome(text, turn), headline, text, tables, assumptions=noted)


def _outcome(text: str, turn: Sequence[Message]) -> Outcome:
    """What a language model's words amount to: numbers, a question back, or a refusal."""
    if _tables(turn):
        return "answered"
    if text.endswith("?"):
        return "asked"
    looked = any(isinstance(m, ToolResult) and m.error is None for m in turn)
    return "answered" if looked and not text.startswith(REFUSALS) else "declined"


def _tables(turn: Sequence[Message]) -> list[QueryTable]:
    """The query results of the turn that answer something, in order."""
    return [
        message.output
        for message in turn
        if isinstance(message, ToolResult)
        and message.name == "run_hogql"
        and isinstance(message.output, QueryTable)
    ]
