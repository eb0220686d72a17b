"""Questions to judge answers by: one JSON object a line."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.errors import SettingsError, reason


@dataclass(frozen=True)
class Question:
    """A question, and what tells a right answer to it."""

    id: str
    text: str
    intent: str = ""
    before: tuple[str, ...] = ()
    """What is asked first in the same conversation."""

    plan: str | None = None
    """The gold plan in the notation of `grammar`; None where there is no exact one."""

    rows: tuple[tuple[Any, ...], ...] = field(default=())
    """The gold rows, each of which must stand in the answer."""


def load(path: Path) -> list[Question]:
    """The questions of a file; one sentence about the first line that is none."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} can't be read ({reason(error)}): name a file of questions."
        ) from None
    return [_read(path, n, line) for n, line in enumerate(lines, 1) if line.strip()]


def _read(path: Path, number: int, line: str) -> Question:
    try:
        row = json.loads(line)
        exact = row.get("needs_are_exact", True)
        return Question(
            id=str(row.get("id", number)),
            text=str(row["text"]),
            intent=str(row.get("intent", "")),
            before=tuple(map(str, row.get("multi_turn_context") or ())),
            plan=row.get("gold_plan") if exact else None,
            rows=tuple(tuple(one) for one in row.get("gold") or ()),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(
            f'Line {number} of {path} is no question: write {{"text": "…", "gold_plan": "…"}}.'
        ) from None
