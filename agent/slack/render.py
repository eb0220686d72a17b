"""An answer as Slack messages: the fullest first, each further one simpler, the last plain text."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.answer import Answer, AnswerTable
from agent.marks import MARK
from agent.render import UNMATCHED, period
from agent.settings import EMBEDDED_HOST
from agent.slack.blocks import (
    SECTION,
    Block,
    actions,
    button,
    clean,
    context,
    data_table,
    folded,
    inert,
    lines_of,
    picture,
    plain_text,
    preformatted,
    words,
)

TEXT = 3_500
TABLES = 3
CHOICES = 8
SUGGESTIONS = 3


@dataclass(frozen=True)
class Rung:
    """One way to say something: blocks, or text alone."""

    text: str
    blocks: tuple[Block, ...] = ()


def rungs(answer: Answer, *, chart: str = "", events: bool = False) -> tuple[Rung, ...]:
    """The ways to say an answer, from the fullest to plain text.

    `chart` is an uploaded picture, `events` whether the events it counted can be had as a file.
    """
    text = _text(answer)
    drawn = (picture(chart, answer.headline),) if chart else ()
    full = [*_said(answer), *drawn, *_tables(answer), *_folded(answer)]
    ways = [
        [*full, *_foot(answer, events=events)],
        [*_said(answer), *_plain_tables(answer), *_queries(answer), *_foot(answer, events=events)],
        [{"type": "section", "text": plain_text(_words(answer), SECTION)}, *_ask(answer)],
    ]
    if drawn:
        ways.insert(1, [*_said(answer), *_tables(answer), *_foot(answer, events=events)])
    return (*(Rung(text, tuple(blocks)) for blocks in ways), Rung(text))


def said(sentence: str, *buttons: Block) -> tuple[Rung, ...]:
    """The ways to say one sentence."""
    text = inert(clean(sentence, TEXT), TEXT)
    full = (words((sentence, False)), *((actions(*buttons),) if buttons else ()))
    return (Rung(text, full), Rung(text))


def marked(answer: Answer, part: str) -> str:
    """The headline or the text, with a mark behind each number that no result founds."""
    text: str = getattr(answer, part)
    here = [one for one in answer.unmatched if one.part == part]
    for one in sorted(here, key=lambda one: one.end, reverse=True):
        text = f"{text[: one.end]}{MARK}{text[one.end :]}"
    return text.strip()


def facts(answer: Answer) -> Iterator[str]:
    """What an answer is about and how it came about, a line each."""
    if answer.window:
        yield f"Period: {period(answer.window)}"
    host = "embedded" if answer.project_host == EMBEDDED_HOST else answer.project_host
    name = answer.project_name or f"project {answer.project_id}"
    yield f"Project: {name} ({host})"
    yield f"{answer.model}, {answer.seconds:.1f} s"
    yield from (f"Assumed: {assumption}" for assumption in answer.assumptions[:5])
    if answer.unmatched:
        yield UNMATCHED
    if answer.receipt:
        yield f"Receipt {answer.receipt}"


def _said(answer: Answer) -> Iterator[Block]:
    headline, text = marked(answer, "headline"), marked(answer, "text")
    yield words((headline, True))
    if more := text.removeprefix(headline).strip():
        yield words((more, False))


def _shown(answer: Answer) -> list[AnswerTable]:
    """The tables that say more than the headline, each once."""
    found: list[AnswerTable] = []
    for table in answer.tables:
        single = (len(table.rows), len(table.columns)) == (1, 1)
        if table.rows and not single and table not in found:
            found.append(table)
    return found[-TABLES:]


def _tables(answer: Answer) -> Iterator[Block]:
    """The last table as one that sorts and pages, those before it as text."""
    tables = _shown(answer)
    for table in tables[:-1]:
        yield preformatted(lines_of(table))
    for table in tables[-1:]:
        made = data_table(table)
        yield made[0] if made else preformatted(lines_of(table))


def _plain_tables(answer: Answer) -> Iterator[Block]:
    yield from (preformatted(lines_of(table)) for table in _shown(answer))


def _folded(answer: Answer) -> Iterator[Block]:
    """Each query behind a line."""
    for i, query in enumerate(answer.queries[-TABLES:], 1):
        number = f" {i}" if len(answer.queries) > 1 else ""
        yield folded(f"{'HogQL' if isinstance(query, str) else 'Query'}{number}", written(query))


def _queries(answer: Answer) -> Iterator[Block]:
    yield from (preformatted(written(query)) for query in answer.queries[-1:])


def written(query: Any) -> str:
    """A query as people read it."""
    return query if isinstance(query, str) else json.dumps(query, indent=1, ensure_ascii=False)


def _foot(answer: Answer, *, events: bool) -> Iterator[Block]:
    yield from _ask(answer)
    yield context(facts(answer))
    if buttons := list(_buttons(answer, events=events)):
        yield actions(*buttons)


def _ask(answer: Answer) -> Iterator[Block]:
    """Readings to choose from, or what to ask next."""
    asked = answer.choices[:CHOICES] or answer.suggestions[:SUGGESTIONS]
    if asked:
        yield actions(*(button(text, f"ask:{i}", text) for i, text in enumerate(asked)))


def _buttons(answer: Answer, *, events: bool) -> Iterator[Block]:
    if not answer.receipt:
        return
    if _shown(answer):
        yield button("CSV", "csv", answer.receipt)
    if events:
        yield button("Events", "export", answer.receipt)
    if answer.queries:
        yield button("Rerun", "rerun", answer.receipt)
    yield button("Good", "feedback:good", f"{answer.receipt} good")
    yield button("Wrong", "feedback:wrong", f"{answer.receipt} wrong")


def _words(answer: Answer) -> str:
    headline, text = marked(answer, "headline"), marked(answer, "text")
    more = text.removeprefix(headline).strip()
    tables = [lines_of(table, 1_500) for table in _shown(answer)[-1:]]
    return "\n\n".join(filter(None, [headline, more[:1_000], *tables, *facts(answer)]))


def _text(answer: Answer) -> str:
    """The whole in plain text, for notifications and where Slack takes nothing else."""
    return inert(clean(_words(answer), TEXT), TEXT)
