"""Slack's blocks, each within its limits, with texts from data that can't be more than texts."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from agent.answer import AnswerTable
from agent.cells import column, is_numeric, safe
from agent.redact import redact

Block = dict[str, Any]

EMPTY = "—"
SECTION = 2_900
BUTTON = 75
VALUE = 2_000
CONTEXT = 10
CELL = 200
ROWS = 100
COLUMNS = 20
TABLE = 10_000
PAGE = 10
PLAIN_ROWS = 20
PLAIN_COLUMN = 28

LINKING = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2,})|(?<=:)(?=//)|(?<=\w)(?=@\w)")
"""Where Slack would see an address: a dot before letters, slashes, an at sign within a word."""


def clean(text: str, most: int = SECTION) -> str:
    """A text without anything that hides, moves or is secret, cut with a mark where too long."""
    told = redact(safe(text)).strip()
    return told if len(told) <= most else f"{told[: most - 1]}…"


def inert(text: str, most: int = SECTION) -> str:
    """A text for places where Slack reads signs: no mention, link or picture comes of it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("```", "'''")
    broken = LINKING.sub(lambda found: f"{found[0]}\u2060", escaped)
    return clean_cut(broken, most)


def clean_cut(text: str, most: int) -> str:
    """A text that is clean already, cut where too long, never within an escape."""
    if len(text) <= most:
        return text
    return re.sub(r"&[a-z]{0,3}$", "", text[: most - 1]) + "…"


def code(text: str, most: int = SECTION) -> str:
    """A text as code in mrkdwn, which nothing in it can end."""
    body = clean(text, most).replace("```", "'''")
    escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"```\n{clean_cut(escaped, most)}\n```"


def plain_text(text: str, most: int) -> Block:
    """A text object that Slack shows letter by letter."""
    return {"type": "plain_text", "text": clean(text, most) or EMPTY, "emoji": False}


def words(*parts: tuple[str, bool]) -> Block:
    """Running text of parts that are bold or not, which Slack does not read for signs."""
    texts = [
        {"type": "text", "text": told, **({"style": {"bold": True}} if bold else {})}
        for text, bold in parts
        if (told := clean(text))
    ]
    shown = texts or [{"type": "text", "text": EMPTY}]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": shown}],
    }


def preformatted(text: str) -> Block:
    """Text in letters of one width."""
    element = {"type": "text", "text": clean(text) or EMPTY}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [element]}],
    }


def context(facts: Iterable[str]) -> Block:
    """Small print, one fact after the other."""
    shown = [plain_text(fact, 300) for fact in facts if fact][:CONTEXT]
    return {"type": "context", "elements": shown or [plain_text(EMPTY, 1)]}


def button(text: str, action: str, value: str, style: str = "") -> Block:
    """A button; `action` is what it does, `value` what it does it with."""
    made: Block = {
        "type": "button",
        "text": plain_text(text, BUTTON),
        "action_id": action,
        "value": value[:VALUE],
    }
    return made | ({"style": style} if style else {})


def actions(*buttons: Block) -> Block:
    """Buttons in a row."""
    return {"type": "actions", "elements": list(buttons)[:25]}


def folded(title: str, text: str) -> Block:
    """Code behind a line that opens it."""
    return {
        "type": "container",
        "title": plain_text(title, 150),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": code(text, SECTION - 20)}}
        ],
    }


def picture(file: str, alt: str) -> Block:
    """A picture that was uploaded before."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": clean(alt, 1_900) or "chart"}


def data_table(table: AnswerTable) -> tuple[Block, int] | None:
    """A table that sorts and pages, and how many rows it shows; None when it can't be one."""
    names = [clean(name, CELL) or EMPTY for name in table.columns[:COLUMNS]]
    if not names or not table.rows:
        return None
    head: list[Block] = [{"type": "raw_text", "text": name} for name in names]
    rows, room = [head], TABLE - sum(map(len, names))
    for row in _cells(table, ROWS):
        room -= sum(len(cell["text"]) for cell in row)
        if room < 0:
            break
        rows.append(row)
    if len(rows) == 1:
        return None
    shown = len(rows) - 1
    return {
        "type": "data_table",
        "caption": clean(shown_of(table, shown), 150),
        "page_size": min(PAGE, shown),
        "rows": rows,
    }, shown


def shown_of(table: AnswerTable, shown: int) -> str:
    """How much of a table is shown, and whether it is all there is."""
    total = table.total_rows if table.total_rows is not None else len(table.rows)
    if shown == total and table.whole:
        return f"{total:,} row{'' if total == 1 else 's'}, all of them"
    known = f"{total:,}" if table.whole or table.total_rows is not None else f"more than {total:,}"
    return f"{shown:,} of {known} rows"


def lines_of(table: AnswerTable, most: int = SECTION) -> str:
    """A table in letters of one width, with as many rows as fit."""
    names = [clean(name, PLAIN_COLUMN) or EMPTY for name in table.columns[:COLUMNS]]
    rows = [[cell["text"] for cell in row] for row in _cells(table, PLAIN_ROWS)]
    rows = [[_short(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    right = [is_numeric(values) for values in _columns(table)]
    lines = [_line(row, widths, right) for row in [names, *rows]]
    kept = len(lines)
    while kept > 1 and sum(len(line) + 1 for line in lines[:kept]) > most - 80:
        kept -= 1
    shown = [line[: most - 80] for line in lines[:kept]]
    return "\n".join([*shown, shown_of(table, kept - 1)])


def _columns(table: AnswerTable) -> list[Sequence[Any]]:
    columns: list[Sequence[Any]] = list(zip(*table.rows, strict=True))
    return (columns or [() for _ in table.columns])[:COLUMNS]


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = (
        f"{text:>{width}}" if numeric else f"{text:<{width}}"
        for text, width, numeric in zip(row, widths, right, strict=True)
    )
    return "  ".join(cells).rstrip()


def _short(text: str) -> str:
    return text if len(text) <= PLAIN_COLUMN else f"{text[: PLAIN_COLUMN - 1]}…"


def _cells(table: AnswerTable, most: int) -> list[list[Block]]:
    """The first rows as cells, none of them empty."""
    columns = [values[:most] for values in _columns(table)]
    texts = [
        column(name, _finite(values)) for name, values in zip(table.columns, columns, strict=False)
    ]
    return [
        [_cell(values[i], text[i]) for values, text in zip(columns, texts, strict=True)]
        for i in range(min(most, len(table.rows)))
    ]


def _cell(value: Any, text: str) -> Block:
    told = clean(text, CELL) or EMPTY
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return {"type": "raw_number", "value": value, "text": told}
    return {"type": "raw_text", "text": told}


def _finite(values: Sequence[Any]) -> list[Any]:
    """The values; what is no number that can be counted with becomes text."""
    odd = any(isinstance(value, float) and not math.isfinite(value) for value in values)
    return [str(value) for value in values] if odd else list(values)
