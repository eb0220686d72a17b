"""Answers as one HTML page: no script, nothing loaded, everything from data escaped."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from importlib.resources import files

from agent.answer import Answer, AnswerTable
from agent.cells import column, is_numeric, one_line, safe
from agent.chart.picture import can_draw, svg
from agent.chart.shapes import chart_of
from agent.marks import MARK
from agent.redact import redact
from agent.report.parts import ROWS, caption, facts, query, tables, words


def page(answers: Sequence[Answer]) -> str:
    """The answers one after the other, on a page that shows itself without a network."""
    style = files("agent.report").joinpath("page.css").read_text("utf-8")
    # Only this very style may apply, and nothing may be loaded, run, sent or framed.
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    title = _text(answers[0].question) if answers else "hogloop"
    body = "\n".join(part for answer in answers for part in _answer(answer))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _answer(answer: Answer) -> Iterator[str]:
    yield f"<article>\n<h2>{_text(answer.question)}</h2>"
    yield f'<p class="headline">{_marked(answer, "headline")}</p>'
    for line in words(answer).splitlines():
        if line.strip():
            yield f"<p>{_text(line)}</p>"
    if answer.choices:
        yield "<ol>" + "".join(f"<li>{_text(choice)}</li>" for choice in answer.choices) + "</ol>"
    yield _chart(answer)
    for table in tables(answer):
        yield from _table(table)
    yield "<dl>"
    yield from (f"<dt>{name}</dt><dd>{_text(fact)}</dd>" for name, fact in facts(answer))
    yield "</dl>"
    for one in answer.queries:
        text = escape(safe(query(one)))
        yield f"<details><summary>Query</summary><pre>{text}</pre></details>"
    yield "</article>"


def _chart(answer: Answer) -> str:
    """The chart as a picture within the page, "" where there is none or nothing draws it."""
    chart = chart_of(answer) if can_draw() else None
    if chart is None:
        return ""
    # A picture is not text: what must not be told is taken out before it is encoded.
    data = b64encode(redact(svg(replace(chart, title=""))).encode()).decode()
    name = _text(f"{chart.kind} chart: {chart.title}")
    return f'<figure><img alt="{name}" src="data:image/svg+xml;base64,{data}"></figure>'


def _table(table: AnswerTable) -> Iterator[str]:
    columns = [list(values) for values in zip(*table.rows[:ROWS], strict=True)]
    sides = [' class="number"' if is_numeric(values) else "" for values in columns]
    cells = [column(*named) for named in zip(table.columns, columns, strict=True)]
    yield '<div class="wide"><table>\n<thead><tr>'
    yield from (f"<th{s}>{_text(n)}</th>" for s, n in zip(sides, table.columns, strict=True))
    yield "</tr></thead>\n<tbody>"
    for row in zip(*cells, strict=True):
        cell = (f"<td{s}>{_text(value)}</td>" for s, value in zip(sides, row, strict=True))
        yield f"<tr>{''.join(cell)}</tr>"
    yield f'</tbody></table></div>\n<p class="caption">{caption(table)}</p>'


def _marked(answer: Answer, part: str) -> str:
    """The headline with a mark behind each number that no result founds."""
    text: str = getattr(answer, part)
    found = (one for one in answer.unmatched if one.part == part)
    for one in sorted(found, key=lambda one: one.end, reverse=True):
        text = f"{text[: one.end]}{MARK}{text[one.end :]}"
    return _text(text)


def _text(text: object) -> str:
    return escape(one_line(text))
