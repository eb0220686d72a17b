"""What a report says of an answer, whatever its form."""

import json
from collections.abc import Iterator
from typing import Any

from agent.answer import Answer, AnswerTable
from agent.render import UNMATCHED, period
from agent.settings import EMBEDDED_HOST

ROWS = 200
"""How many rows of a table a report holds."""


def tables(answer: Answer) -> Iterator[AnswerTable]:
    """The tables worth showing: not a single figure, and none twice."""
    for i, table in enumerate(answer.tables):
        single = (len(table.rows), len(table.columns)) == (1, 1)
        if table.rows and not single and table not in answer.tables[:i]:
            yield table


def caption(table: AnswerTable) -> str:
    """How many rows these are, and whether they are all."""
    shown, count = min(ROWS, len(table.rows)), len(table.rows)
    if not table.whole:
        return f"The first {shown:,} rows only; there are more."
    if shown < count:
        return f"The first {shown:,} of {count:,} rows."
    return f"{count:,} row{'s' * (count != 1)}, all there are."


def facts(answer: Answer) -> Iterator[tuple[str, str]]:
    """How the answer came about, each fact with its name."""
    if answer.window:
        yield "Period", period(answer.window)
    for assumption in answer.assumptions:
        yield "Assumed", assumption
    if answer.unmatched:
        yield "Unmatched", UNMATCHED
    here = answer.project_host == EMBEDDED_HOST
    where = "embedded" if here else answer.project_host
    yield "Project", f"{answer.project_name or answer.project_id} ({where})"
    yield "Model", answer.model
    if answer.receipt:
        yield "Receipt", answer.receipt


def query(one: Any) -> str:
    """A query as text."""
    return one if isinstance(one, str) else json.dumps(one, indent=2, ensure_ascii=False)


def words(answer: Answer) -> str:
    """What is said besides the headline."""
    return answer.text.strip().removeprefix(answer.headline.strip()).strip()
