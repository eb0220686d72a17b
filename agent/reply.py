"""A streamed reply while it arrives.

What servers do differently, and what is done about it:
- Ollama gives every parallel call the index 0 (ollama#15457), earlier none at all (ollama#7881):
  a new id, or a second name without id, begins a new call.
- Ids may be missing, or repeat between replies: new ones are made, nine letters and digits long,
  because Mistral's templates take no other (vllm#9019).
- Reasoning models put thoughts in the text, or send text in parts: only what is said is kept.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from agent.messages import Assistant, ToolCall, Usage
from agent.text_calls import find_calls, read_object, showable, spoken


class Loose(BaseModel):
    """Something a server sent, of which only the named fields are read."""

    model_config = ConfigDict(extra="ignore")


class Function(Loose):
    """A piece of a tool call."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class CallPiece(Loose):
    """A tool call, or a piece of one."""

    index: int | None = None
    id: str | None = None
    function: Function = Field(default_factory=Function)


class Piece(Loose):
    """A whole message, or a piece of one."""

    content: str | None = None
    refusal: str | None = None
    """What some models say in place of content."""

    tool_calls: list[CallPiece] | None = None

    @field_validator("content", mode="before")
    @classmethod
    def _text_only(cls, content: Any) -> Any:
        if not isinstance(content, list):
            return content
        parts = (p for p in content if isinstance(p, dict) and p.get("type") == "text")
        return "".join(text for p in parts if isinstance(text := p.get("text"), str))


class Choice(Loose):
    """The one answer asked for."""

    delta: Piece | None = None
    message: Piece | None = None
    finish_reason: str | None = None


class Tokens(Loose):
    """What the server counted."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Chunk(Loose):
    """One event of a stream, or the whole body of a server that does not stream."""

    choices: list[Choice] | None = None
    usage: Tokens | None = None


@dataclass
class CallDraft:
    """A tool call while it arrives."""

    id: str
    name: str = ""
    arguments: str = ""

    def add(self, function: Function) -> None:
        """Take in one more piece."""
        self.name = self.name or function.name or ""
        if isinstance(function.arguments, dict):
            self.arguments = json.dumps(function.arguments)
        else:
            self.arguments += function.arguments or ""


class Reply:
    """A reply while it arrives."""

    def __init__(self) -> None:
        self.text = ""
        self.shown = ""
        self.finish: str | None = None
        self.chunks = 0
        self._usage = Usage()
        self._calls: list[CallDraft] = []
        self._at: dict[int | None, CallDraft] = {}

    def add(self, chunk: Chunk) -> str:
        """Take in one chunk; the text that can be shown now."""
        self.chunks += 1
        if chunk.usage:
            self._usage = Usage(chunk.usage.prompt_tokens or 0, chunk.usage.completion_tokens or 0)
        for choice in (chunk.choices or ())[:1]:
            self.finish = choice.finish_reason or self.finish
            piece = choice.delta or choice.message or Piece()
            self.text += piece.content or piece.refusal or ""
            for call in piece.tool_calls or ():
                self._draft(call).add(call.function)
        return self._show(showable(self.text))

    def end(self, names: Collection[str], taken: Collection[str]) -> tuple[str, Assistant]:
        """The text not shown yet, and the whole reply; ids in `taken` are not used again."""
        said = spoken(self.text).strip()
        calls = [(c.id, c.name, _arguments(c.arguments)) for c in self._calls]
        if not calls:
            said, written = find_calls(said, names)
            calls = [("", name, arguments) for name, arguments in written]
        reply = Assistant(said, _identified(calls, taken), self._usage)
        return ("" if reply.tool_calls else self._show(spoken(self.text))), reply

    def _show(self, text: str) -> str:
        new = text[len(self.shown) :] if text.startswith(self.shown) else ""
        self.shown += new
        return new

    def _draft(self, piece: CallPiece) -> CallDraft:
        draft = self._at.get(piece.index)
        if draft and piece.id:
            begins = bool(draft.id) and piece.id != draft.id
        else:
            begins = bool(draft and piece.function.name and draft.name)
        if draft is None or begins:
            draft = self._at[piece.index] = CallDraft(piece.id or "")
            self._calls.append(draft)
        draft.id = draft.id or piece.id or ""
        return draft


def _arguments(text: str) -> dict[str, Any] | str:
    if not text.strip():
        return {}
    read = read_object(text)
    return text if read is None else read


def _identified(
    calls: Sequence[tuple[str, str, dict[str, Any] | str]], taken: Collection[str]
) -> tuple[ToolCall, ...]:
    """The calls, each with an id of its own."""
    used = set(taken)
    made = []
    for id_, name, arguments in calls:
        own = id_ if id_ and id_ not in used else _unused(used)
        used.add(own)
        made.append(ToolCall(own, name, arguments))
    return tuple(made)


def _unused(used: Collection[str]) -> str:
    number = len(used)
    while (made := f"call{number:05d}") in used:
        number += 1
    return made
