"""Transcripts: what was said in each conversation, one JSON object a line."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from agent.answer import Answer
from agent.errors import SettingsError
from agent.messages import Assistant, Message, ToolResult, User
from agent.redact import redact


@dataclass(frozen=True)
class Heading:
    """What a conversation is about: its first line."""

    project_id: int
    project: str
    host: str
    model: str
    version: str
    asked: str | None = None
    """The project as it was chosen, None for the usual one."""

    as_of: str | None = None
    """What relative periods count from, None for now."""


class Transcript:
    """One conversation's file: made at its first message, held by one process, only appended to."""

    def __init__(self, folder: Path, started: datetime) -> None:
        self.path = folder / f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}.jsonl"
        self._file: int | None = None

    @classmethod
    def again(cls, path: Path) -> "Transcript":
        """A conversation that goes on; `SettingsError` while another process holds it."""
        transcript = cls(path.parent, datetime.now(UTC))
        transcript.path = path
        transcript._open()
        return transcript

    @property
    def is_new(self) -> bool:
        """Whether nothing was written yet."""
        return self._file is None

    def write(self, message: Message | Heading) -> None:
        """Append one message; a full disk or a read-only folder raises OSError."""
        if self._file is None:
            self._open()
        assert self._file is not None
        line = redact(json.dumps(_plain(message), default=str)).encode() + b"\n"
        # A line that a killed process left half written ends here.
        os.write(self._file, line if self._ends() else b"\n" + line)

    def close(self) -> None:
        """Let other processes go on with it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise SettingsError(
                f"The conversation {session_id(self.path)} is open elsewhere: leave it there first."
            ) from None
        self._file = file

    def _ends(self) -> bool:
        """Whether the file is empty or its last line is whole."""
        assert self._file is not None
        size = os.fstat(self._file).st_size
        return size == 0 or os.pread(self._file, 1, size - 1) == b"\n"


def session_id(path: Path) -> str:
    """The short name of a conversation, which people can read out."""
    return path.stem.rpartition("-")[2]


def is_held(path: Path) -> bool:
    """Whether a process has the conversation open."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _plain(message: Message | Heading) -> dict[str, Any]:
    """The message as JSON, without an answer's draft, which is made again where it is needed."""
    at = message.asked_at if isinstance(message, User) else None
    body: dict[str, Any] = {
        "kind": type(message).__name__,
        "time": (at or datetime.now(UTC)).isoformat(timespec="microseconds"),
    }
    if isinstance(message, User):
        return body | {"text": message.text}
    if isinstance(message, Answer):
        return body | message.as_json()
    if isinstance(message, ToolResult):
        return body | {
            "call_id": message.call_id,
            "name": message.name,
            "text": message.text,
            "error": message.error,
            "output": to_jsonable_python(message.output, fallback=str),
        }
    if isinstance(message, Assistant):
        message = replace(message, draft=None)
    return body | asdict(message)
