"""The words of an answer as people see them: safe, and marked where nothing founds a number."""

from typing import Literal

from agent.answer import Answer
from agent.cells import safe
from agent.redact import redact

MARK = "[?]"


def marked(answer: Answer, part: Literal["headline", "text"]) -> str:
    """The headline or the text, with a mark behind each number that no result founds."""
    text = answer.headline if part == "headline" else answer.text
    here = [one for one in answer.unmatched if one.part == part]
    for one in sorted(here, key=lambda one: one.end, reverse=True):
        text = f"{text[: one.end]}{MARK}{text[one.end :]}"
    return redact(safe(text)).strip()
