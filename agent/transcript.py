"""Transcripts: what was said in each conversation, one JSON object a line."""

import json
import os
import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.answer import Answer
from agent.messages import Assistant, Message, ToolResult
from agent.redact import redact


class Transcript:
    """One conversation's file, opened at its first message and only ever appended to."""

    def __init__(self, folder: Path, started: datetime) -> None:
        self.path = folder / f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}.jsonl"

    def write(self, message: Message) -> None:
        """Append one message; a full disk or a read-only folder raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = redact(json.dumps(_plain(message), default=str)) + "\n"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self.path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(line)


def _plain(message: Message) -> dict[str, Any]:
    """The message as JSON, without what is said again: a tool's output, an answer's draft."""
    body: dict[str, Any] = {
        "kind": type(message).__name__,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if isinstance(message, Answer):
        return body | message.as_json()
    if isinstance(message, ToolResult):
        return body | {
            "call_id": message.call_id,
            "name": message.name,
            "text": message.text,
            "error": message.error,
        }
    if isinstance(message, Assistant):
        message = replace(message, draft=None)
    return body | asdict(message)
