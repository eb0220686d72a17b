"""An answer as terminal text, JSON or CSV; nothing that comes from data can steer the terminal."""

import csv
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import IO, Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from agent.answer import Answer, Window
from agent.cells import one_line, safe
from agent.figures import Figure
from agent.marks import MARK, marked
from agent.redact import redact
from agent.settings import EMBEDDED_HOST

QUERY_LINES = 2
UNMATCHED = f"{MARK} marks a number that no result of this answer holds: check it before using it"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Terminal(Console):
    """A console that takes every text literally."""

    def __init__(self, file: IO[str], **options: Any) -> None:
        super().__init__(file=file, highlight=False, markup=False, emoji=False, **options)

    def on_broken_pipe(self) -> None:
        """Leave a closed pipe to the front door."""
        raise BrokenPipeError


def show(
    answer: Answer,
    *,
    sql: bool = False,
    tables: bool = True,
    chart: bool = True,
    sign: str = "--",
) -> RenderableType:
    """The whole answer: headline, figures, choices, and how it came about.

    `sign` stands before the words that show more: `--sql` on the command line, `/sql` in a chat.
    """
    shown = answer if tables else replace(answer, tables=())
    return Group(*_parts(shown, sql=sql, chart=chart, sign=sign))


def as_json(answer: Answer) -> str:
    """The answer as one line of JSON in ASCII letters."""
    return exact(answer.as_json())


def exact(body: Any) -> str:
    """Anything as one line of JSON in ASCII letters."""
    return redact(json.dumps(_exact(body), allow_nan=False))


def listed(named: Iterable[tuple[str, str]]) -> Table:
    """Facts with their names, as they stand under an answer."""
    return _facts(named)


def write_csv(answer: Answer, file: IO[str]) -> bool:
    """Write the answer's main table, safe to open in a spreadsheet; false when it has none."""
    if not answer.tables:
        return False
    table = answer.tables[-1]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_csv_cell(name) for name in table.columns])
    writer.writerows([_csv_cell(value) for value in row] for row in table.rows)
    return True


def _parts(answer: Answer, *, sql: bool, chart: bool, sign: str) -> Iterator[RenderableType]:
    headline, text = marked(answer, "headline"), marked(answer, "text")
    yield Text(headline, "bold")
    text = text.removeprefix(safe(answer.headline).strip()).strip()
    if text:
        yield Text(f"\n{text}")
    for number, choice in enumerate(answer.choices, 1):
        yield Text(f"  {number}. {one_line(choice)}")
    for i, table in enumerate(answer.tables):
        single = (len(table.rows), len(table.columns)) == (1, 1)
        if table.rows and not single and table not in answer.tables[:i]:
            yield Text()
            yield Figure(table, chart=chart, sign=sign)
    yield Text()
    yield _facts(_named(answer, _more(sql, sign)))
    if answer.suggestions:
        yield Text()
        yield _facts(_next(answer))


def _next(answer: Answer) -> Iterator[tuple[str, str]]:
    """What to ask next."""
    for i, question in enumerate(answer.suggestions):
        yield "" if i else "Ask next", one_line(question)


def _facts(named: Iterable[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(style="dim", overflow="fold")
    for name, text in named:
        grid.add_row(name, Text(text))
    return grid


def _named(answer: Answer, more: str | None) -> Iterator[tuple[str, str]]:
    """Each fact about the answer with its name; `more` names the way to the queries in full."""
    if answer.window:
        yield "Period", period(answer.window)
    for i, assumption in enumerate(answer.assumptions):
        yield "" if i else "Assumed", one_line(assumption)
    if answer.unmatched:
        yield "Unmatched", UNMATCHED
    yield "Project", one_line(_project(answer))
    yield "Model", one_line(_model(answer))
    for query in answer.queries[-1:] if more else answer.queries:
        yield "Query", _query(query, more)
    if answer.receipt:
        yield "Receipt", answer.receipt


def _more(sql: bool, sign: str) -> str | None:
    return None if sql else f"… {sign}sql shows all of it"


def period(window: Window) -> str:
    """The window in words, as it stands where it can't be read."""
    try:
        words = window.words
    except ValueError:
        words = f"{window.start} up to {window.end}"
    return one_line(f"{words} ({window.timezone})")


def _project(answer: Answer) -> str:
    where = (
        "embedded, on this machine" if answer.project_host == EMBEDDED_HOST else answer.project_host
    )
    number = f"project {answer.project_id}" if answer.project_id else "project unknown"
    return f"{answer.project_name or number} ({where})"


def _model(answer: Answer) -> str:
    tokens = answer.input_tokens + answer.output_tokens
    about = "about " if answer.tokens_estimated else ""
    cost = f", {about}{tokens:,} tokens" if tokens else ""
    return f"{answer.model}, {answer.seconds:.1f} s{cost}{priced(answer.dollars)}"


def priced(dollars: float | None) -> str:
    """What something cost, behind its tokens; nothing where no price is known."""
    return f", ${dollars:.4f}" if dollars else ""


def _query(query: Any, more: str | None) -> str:
    text = query if isinstance(query, str) else json.dumps(query, indent=2)
    lines = [line for line in safe(text).splitlines() if line.strip()]
    if more is None or len(lines) <= QUERY_LINES:
        return "\n".join(lines)
    return "\n".join([*lines[:QUERY_LINES], more])


def _exact(value: Any) -> Any:
    """The value as JSON can say it: no NaN, no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return value if isinstance(value, str | int | float | None) else str(value)


def _csv_cell(value: Any) -> Any:
    """A value that a spreadsheet takes for text or a number, never for a formula."""
    if value is None or isinstance(value, int | float):
        return value
    text = safe(value if isinstance(value, str) else json.dumps(value, default=str))
    return f"'{text}" if text.startswith(FORMULA) or str(value).startswith(FORMULA) else text
