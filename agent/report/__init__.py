"""Answers as one file to hand on: an HTML page without anything from outside, or Markdown."""

from collections.abc import Callable, Sequence
from pathlib import Path

from agent.answer import Answer
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


def write_report(answers: Sequence[Answer], path: Path, *, overwrite: bool = False) -> None:
    """Write the report in the form that the file's name asks for."""
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise SettingsError(f"{path} is neither .html nor .md: name the file after one of them.")
    if not answers:
        raise SettingsError("There is no answer to share yet.")
    if path.exists() and not overwrite:
        raise SettingsError(f"{path} is there already: --overwrite replaces it.")
    text = redact(form(answers))
    draft = path.with_name(f".{path.name}.partial")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
