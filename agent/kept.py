"""Conversations as they were kept: read, listed, found."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from agent.answer import Answer
from agent.cells import one_line
from agent.errors import SettingsError
from agent.journal import read_answer
from agent.messages import Assistant, Message, Note, ToolCall, ToolResult, Usage, User
from agent.transcript import Heading, is_held, session_id
from tools.changes.change import Done
from tools.toolbox import TOOLS

SHOWN = 60
"""How much of a first question is shown in a list."""

KNOWN = {tool.name: tool for tool in TOOLS}
WRONG = (ValueError, KeyError, TypeError, AttributeError)
"""What a line that is no message of ours fails with."""


@dataclass(frozen=True)
class Turn:
    """One question and what was said until its answer."""

    asked_at: datetime
    messages: tuple[Message, ...]

    @property
    def question(self) -> str:
        """What the person said."""
        first = self.messages[0]
        return first.text if isinstance(first, User) else ""

    @property
    def answer(self) -> Answer | None:
        """How it ended, None when it was stopped or failed."""
        last = self.messages[-1]
        return last if isinstance(last, Answer) else None


@dataclass(frozen=True)
class Conversation:
    """One conversation as its file tells it."""

    path: Path
    heading: Heading | None
    """None in conversations of older versions."""

    turns: tuple[Turn, ...]
    unread: int = 0
    """Lines that are no messages, as a broken disk or a killed process leaves them."""

    @property
    def id(self) -> str:
        """Its short name."""
        return session_id(self.path)

    @property
    def answered(self) -> tuple[Turn, ...]:
        """The turns that came to an answer."""
        return tuple(turn for turn in self.turns if turn.answer)


@dataclass(frozen=True)
class Summary:
    """One conversation in a list."""

    id: str
    started: str
    project: str
    questions: tuple[str, ...]
    held: bool
    """Whether a process has it open."""


def read_conversation(path: Path) -> Conversation:
    """The conversation of a file; lines that can't be read are counted and left out."""
    heading: Heading | None = None
    turns: list[tuple[datetime, list[Message]]] = []
    unread = 0
    for line in _lines(path):
        try:
            body = json.loads(line)
            if body["kind"] == "Heading":
                heading = _heading(body)
                continue
            at = datetime.fromisoformat(body["time"])
            question = turns[-1][1][0] if turns else None
            message = _message(body, question.text if isinstance(question, User) else "")
        except WRONG:
            unread += 1
            continue
        if isinstance(message, User):
            turns.append((at, [message]))
        elif turns:
            turns[-1][1].append(message)
        else:
            unread += 1
    return Conversation(path, heading, tuple(Turn(at, tuple(said)) for at, said in turns), unread)


def list_conversations(folder: Path, words: str = "") -> Iterator[Summary]:
    """The conversations in which all the words were asked or answered, the latest first."""
    wanted = words.lower().split()
    for path in _newest(folder):
        summary, said = _summary(path)
        if summary.questions and all(word in said for word in wanted):
            yield summary


def in_lines(found: Iterable[Summary]) -> Iterator[str]:
    """Conversations as people read a list of them."""
    for one in found:
        first, more = one_line(one.questions[0]), len(one.questions) - 1
        asked = first if len(first) <= SHOWN else f"{first[: SHOWN - 1]}…"
        ends = (f" (+{more})" if more else "") + (" (open)" if one.held else "")
        yield f"{one.id}  {one.started}  {one_line(one.project)}  {asked}{ends}"


def find_conversation(folder: Path, reference: str) -> Path:
    """The file of a conversation by its id, or of the `last` one."""
    paths = _newest(folder)
    if reference == "last":
        paths = [path for path in paths if _summary(path)[0].questions][:1]
    else:
        paths = [path for path in paths if reference in (session_id(path), path.stem)]
    if not paths:
        what = "a last conversation" if reference == "last" else f"a conversation {reference}"
        raise SettingsError(f"There isn't {what}: `hogloop sessions` lists them.")
    return paths[0]


def _newest(folder: Path) -> list[Path]:
    """The files of a folder, the one that was written to last first."""
    return sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from (line for line in file if line.strip())
    except OSError as error:
        raise SettingsError(f"{path} can't be read ({error.strerror}): check the file.") from error


def _summary(path: Path) -> tuple[Summary, str]:
    """What a list shows of a conversation, and all that it is searched for."""
    project, questions, said = "", [], []
    for line in _lines(path):
        if not line.startswith(('{"kind": "User"', '{"kind": "Answer"', '{"kind": "Heading"')):
            continue
        try:
            body = json.loads(line)
            datetime.fromisoformat(body["time"])
            if body["kind"] == "User":
                questions.append(str(body["text"]))
            elif body["kind"] == "Answer":
                said += [str(body["headline"]), str(body["receipt"])]
                project = project or str(body["project"]["name"])
            else:
                project = str(body["project"])
        except WRONG:
            continue
    held = is_held(path)
    searched = " ".join((*questions, *said)).lower()
    return Summary(session_id(path), _started(path), project, tuple(questions), held), searched


def _started(path: Path) -> str:
    """When a conversation began, as its name says in UTC."""
    try:
        at = datetime.strptime(path.stem.partition("-")[0], "%Y%m%dT%H%M%S")
    except ValueError:
        return path.stem
    return f"{at:%Y-%m-%d %H:%M}"


def _heading(body: Mapping[str, Any]) -> Heading:
    return Heading(**{k: v for k, v in body.items() if k not in ("kind", "time")})


def _message(body: Mapping[str, Any], question: str) -> Message:
    kind = body["kind"]
    if kind == "User":
        return User(str(body["text"]), datetime.fromisoformat(body["time"]))
    if kind == "Note":
        return Note(str(body["text"]))
    if kind == "Assistant":
        calls = tuple(ToolCall(c["id"], c["name"], c["arguments"]) for c in body["tool_calls"])
        return Assistant(str(body["text"]), calls, Usage(**body["usage"]))
    if kind == "ToolResult":
        output = None if body["error"] else _output(body["name"], body.get("output"))
        return ToolResult(body["call_id"], body["name"], body["text"], output, body["error"])
    if kind == "Answer":
        return read_answer(question, dict(body))
    raise ValueError(f"no message is a {kind}")


def _output(name: str, body: Any) -> Any:
    """A tool's own output object; None where only its text was kept."""
    tool = KNOWN.get(name)
    return None if body is None or tool is None else _adapter(name).validate_python(body)


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    """What reads the outputs of one tool; those that change something return what became of it."""
    tool = KNOWN[name]
    kind = Done if tool.writes else get_type_hints(tool.function)["return"]
    return TypeAdapter(kind)
