"""Answers as one file to hand on: an HTML page without anything from outside, or Markdown."""

from collections.abc import Callable, Sequence
from pathlib import Path

from agent.answer import Answer
from agent.chart.picture import can_draw
from agent.errors import SettingsError
from agent.redact import redact
from agent.report.html import page
from agent.report.markdown import markdown

FORMS: dict[str, Callable[[Sequence[Answer]], str]] = {
    ".html": page,
    ".htm": page,
    ".md": markdown,
    ".markdown": markdown,
}


def write_report(answers: Sequence[Answer], path: Path, *, overwrite: bool = False) -> str:
    """Write the report in the form that the file's name asks for, and say what it holds."""
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise SettingsError(f"{path} is neither .html nor .md: name the file after one of them.")
    if not answers:
        raise SettingsError("There is no answer to share yet.")
    if path.exists() and not overwrite:
        raise SettingsError(f"{path} is there already: choose another name, or --overwrite it.")
    text = redact(form(answers))
    draft = path.with_name(f".{path.name}.partial")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    plain = form is page and not can_draw()
    without = " Charts are left out: pip install 'hogloop[chart]' draws them." if plain else ""
    return f"{path}: {len(answers)} answer{'s' * (len(answers) != 1)}.{without}"
