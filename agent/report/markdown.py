"""Answers as Markdown, in which nothing from data is markup."""

import re
from collections.abc import Iterator, Sequence

from agent.answer import Answer, AnswerTable
from agent.cells import column, is_numeric, one_line, safe
from agent.report.parts import ROWS, caption, facts, query, tables, words

MARKUP = re.compile(r"[\\`*_{}\[\]<>#!|~&@^$]|://|www\.|^[+=-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")


def markdown(answers: Sequence[Answer]) -> str:
    """The answers one after the other, in one document."""
    return "\n".join(line for answer in answers for line in _answer(answer))


def _answer(answer: Answer) -> Iterator[str]:
    yield f"## {_text(answer.question)}\n"
    yield f"**{_text(answer.headline)}**\n"
    yield from (f"{_text(line)}  " for line in safe(words(answer)).splitlines() if line.strip())
    yield ""
    yield from (f"{n}. {_text(choice)}" for n, choice in enumerate(answer.choices, 1))
    for table in tables(answer):
        yield from _table(table)
    for name, fact in facts(answer):
        yield f"- {name}: {_text(fact)}"
    yield ""
    for one in answer.queries:
        text = safe(query(one))
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
        yield f"{fence}{'sql' if isinstance(one, str) else 'json'}\n{text}\n{fence}\n"


def _table(table: AnswerTable) -> Iterator[str]:
    columns = [list(values) for values in zip(*table.rows[:ROWS], strict=True)]
    sides = ["---:" if is_numeric(values) else "---" for values in columns]
    cells = [map(_text, column(*named)) for named in zip(table.columns, columns, strict=True)]
    yield f"| {' | '.join(map(_text, table.columns))} |"
    yield f"| {' | '.join(sides)} |"
    yield from (f"| {' | '.join(row)} |" for row in zip(*cells, strict=True))
    yield f"\n{caption(table)}\n"


def _text(text: str) -> str:
    """Text in one line that Markdown shows as it stands: no link, no picture, no mention."""
    return MARKUP.sub(lambda found: "".join(f"\\{c}" for c in found[0]), one_line(text))
