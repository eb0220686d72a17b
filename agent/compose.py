"""A finished turn as an Answer: from the planner's draft, or from a language model's words."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from agent.answer import Answer, AnswerTable, Draft, Outcome, Unmatched, Window
from agent.desk.asking import Asked, Findings
from agent.limits import Budget
from agent.messages import Assistant, Message, System, ToolResult, User
from agent.numbers import Unmatched as Found
from agent.numbers import unmatched
from agent.numbers.mentions import mentions
from agent.numbers.outputs import objects, period, results
from agent.numbers.results import Result as Ground
from agent.periods import asked, beside, fit, measured, told, words
from agent.turns import current_turn, last_question
from tools.insights import InsightTable
from tools.project import Project
from tools.query import QueryTable

Result = QueryTable | InsightTable

CODED = re.compile(r"\nfigures over|\n</data>")
"""Where the rows of a result end and what code made of them begins."""

HEADLINE = 200
REFUSALS = ("I can't", "I can\u2019t", "I cannot", "I can not")


def compose(
    messages: Sequence[Message], project: Project, host: str, model: str, budget: Budget
) -> Answer:
    """The answer to the last question of a conversation."""
    turn = current_turn(messages)
    said = turn[-1]
    reply = said if isinstance(said, Assistant) else Assistant()
    draft = reply.draft or _asked(turn) or _draft(reply.text.strip(), turn, messages, project)
    coded = reply.draft is not None
    stated = draft.outcome == "answered" or (not coded and _states(draft))
    marked = _marked(draft, messages, coded=coded) if stated else ()
    return Answer(
        question=last_question(messages),
        outcome=draft.outcome,
        headline=draft.headline,
        text=draft.text,
        tables=draft.tables,
        queries=tuple(query for query in _queries(turn)),
        window=draft.window,
        project_id=project.id,
        project_name=project.name,
        project_host=host,
        model=model,
        assumptions=draft.assumptions,
        choices=draft.choices,
        suggestions=draft.suggestions,
        error=draft.error,
        unmatched=marked,
        input_tokens=budget.usage.input_tokens,
        output_tokens=budget.usage.output_tokens,
        tokens_estimated=budget.usage.estimated,
        dollars=budget.dollars,
        steps=budget.steps,
        seconds=budget.seconds,
    )


def _states(draft: Draft) -> bool:
    """Whether words that measured nothing pose as an answer all the same."""
    return draft.outcome == "declined" and not draft.text.startswith(REFUSALS)


def is_over(messages: Sequence[Message]) -> bool:
    """Whether a turn has its last word: a reply without calls, or a question to the person."""
    said = messages[-1]
    return (isinstance(said, Assistant) and not said.tool_calls) or _asked(messages) is not None


def _asked(turn: Sequence[Message]) -> Draft | None:
    """The question that a model asks the person in its last calls."""
    for message in reversed(turn):
        if not isinstance(message, ToolResult):
            return None
        if isinstance(message.output, Asked):
            return Draft("asked", message.output.question, choices=message.output.choices)
    return None


def _draft(
    text: str, turn: Sequence[Message], messages: Sequence[Message], project: Project
) -> Draft:
    """A language model's words as a draft; its tables are those it was given."""
    tables = tuple(AnswerTable(t.columns, t.rows, t.whole) for t in _tables(turn))
    tables += tuple(table for found in _findings(turn) for table in found.tables)
    if not text:
        return Draft(
            "failed", "The model gave no answer: ask again.", tables=tables, error="EmptyReply"
        )
    headline = text.splitlines()[0][:HEADLINE]
    window = measured(_behind(headline, _tables(turn)), project)
    stated = Draft("answered", headline, tables=tables, window=window)
    invented = _unfounded(headline, messages, stated)
    if invented and len(invented) == len(mentions(headline)):
        numbers = ", ".join(one.text for one in invented)
        told = f"The model stated {numbers}, which no result holds: ask again."
        return Draft("failed", told, "", tables, window, error="UnfoundedNumbers")
    other, apart = _other_period(messages, window, project)
    if apart:
        return Draft("failed", f"{other}: ask again.", "", tables, window, error="OtherPeriod")
    noted = (f"{other}.",) if other else ()
    return Draft(_outcome(text, turn), headline, text, tables, window, noted)


def _marked(draft: Draft, messages: Sequence[Message], *, coded: bool) -> tuple[Unmatched, ...]:
    """The numbers of an answer's words that nothing founds, whoever wrote them."""
    again = draft.text.startswith(draft.headline)
    text = draft.text if again else f"{draft.headline}\n{draft.text}"
    head, shift = len(draft.headline), 0 if again else len(draft.headline) + 1
    return tuple(
        Unmatched("headline", one.start, one.end, one.text)
        if one.end <= head
        else Unmatched("text", one.start - shift, one.end - shift, one.text)
        for one in _unfounded(text, messages, draft, coded=coded)
    )


def _unfounded(
    text: str, messages: Sequence[Message], draft: Draft, *, coded: bool = False
) -> list[Found]:
    """The numbers of a text that are in no result of the turn, and in no object it read."""
    turn, said, periods = _grounds(messages), _said(messages), period(draft.window)
    found, known = results(turn, draft.tables), objects(turn)
    if coded:
        if not found:
            return []
        return unmatched(text, [*found, *known], [*said, draft.stated], periods, coded=True)
    missing = unmatched(text, found, said, periods)
    if not missing or not known:
        return missing
    strange = unmatched(text, known, said, periods)
    return [one for one in missing if one in strange]


def _said(messages: Sequence[Message]) -> list[str]:
    """What was said that is no model's: the rules, the questions, and the queries as they ran."""
    turn = current_turn(messages)
    said = [m.text for m in messages if isinstance(m, System | User)]
    said += [f"{found.headline}\n{found.text}" for found in _findings(turn)]
    said += [CODED.split(m.text, 1)[-1] for m in turn if isinstance(m, ToolResult) and not m.error]
    return said + [str(table.query) for table in _tables(turn)]


def _grounds(messages: Sequence[Message]) -> Sequence[Message]:
    """The turn; where it measured nothing, all that was said."""
    turn = current_turn(messages)
    return turn if _tables(turn) else messages


def _behind(headline: str, tables: Sequence[Result]) -> Iterator[str | dict[str, Any]]:
    """The last query whose result holds what the headline states; all of them when none does."""
    holding = [t for t in tables if not unmatched(headline, [_alone(t)], (str(t.query),))]
    yield from (table.query for table in holding[-1:] or tables)


def _other_period(
    messages: Sequence[Message], window: Window | None, project: Project
) -> tuple[str, bool]:
    """What to say when another period was measured than was asked for, and whether they are apart.

    Periods that lie apart can't answer one another; any other difference is for people to judge.
    """
    rules = next((m.text for m in messages if isinstance(m, System)), "")
    periods = told(rules, project)
    question = last_question(messages)
    name = asked(question, periods)
    if name is None or window is None:
        return "", False
    if beside(question, periods[name], window):
        return "", False
    found = fit(name, periods[name], window)
    wanted = words(periods[name], project)
    said = f"The model measured {window.words}, not {name} ({wanted})"
    return ("" if found == "same" else said), found == "apart"


def _alone(table: Result) -> Ground:
    return Ground(tuple(table.columns), tuple(map(tuple, table.rows)), str(table.query))


def _outcome(text: str, turn: Sequence[Message]) -> Outcome:
    """What a language model's words amount to: numbers, a question back, or a refusal."""
    if _tables(turn) or _findings(turn):
        return "answered"
    if text.endswith("?"):
        return "asked"
    looked = any(isinstance(m, ToolResult) and m.error is None for m in turn)
    return "answered" if looked and not text.startswith(REFUSALS) else "declined"


def _queries(turn: Sequence[Message]) -> Iterator[Any]:
    yield from (table.query for table in _tables(turn))
    yield from (query for found in _findings(turn) for query in found.queries)


def _findings(turn: Sequence[Message]) -> list[Findings]:
    """What the investigations of the turn found."""
    outputs = (message.output for message in turn if isinstance(message, ToolResult))
    return [output for output in outputs if isinstance(output, Findings)]


def _tables(turn: Sequence[Message]) -> list[Result]:
    """The query results of the turn that answer something, in order."""
    return [
        message.output
        for message in turn
        if isinstance(message, ToolResult)
        and message.name.startswith("run_")
        and isinstance(message.output, Result)
    ]
