"""Text that comes from data, made safe for a language model to read."""

import json
import unicodedata
from typing import Any

MAX_TEXT = 500


def clean(text: str) -> str:
    """The text without control, format and private characters, cut at 500 characters."""
    kept = "".join(
        c
        for c in text
        if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
    )
    return kept if len(kept) <= MAX_TEXT else f"{kept[:MAX_TEXT]}…"


def fence(value: Any) -> str:
    """JSON in which every string is cleaned, marked as data and not as instructions."""
    text = json.dumps(cleaned(value), ensure_ascii=False, default=str)
    return fenced(text.replace("<", "\\u003c"))


def fenced(text: str) -> str:
    """A text that has been cleaned, marked as data and not as instructions."""
    return f"<data>\n{text}\n</data>"


def cleaned(value: Any) -> Any:
    """The value with every text in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return value
