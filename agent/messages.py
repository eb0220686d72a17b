"""What is said in a conversation: frozen, complete, in order."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.answer import Answer, Draft


@dataclass(frozen=True)
class System:
    """The rules and facts a model reads first."""

    text: str


@dataclass(frozen=True)
class User:
    """What the person said."""

    text: str
    asked_at: datetime | None = field(default=None, compare=False)
    """When, so that “now” is one moment in all of a turn."""


@dataclass(frozen=True)
class Note:
    """What code tells a model in the middle of a turn."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """One call a model asks for; `arguments` is raw text when it was not valid JSON."""

    id: str
    name: str
    arguments: dict[str, Any] | str


@dataclass(frozen=True)
class Usage:
    """Tokens spent; zero for the built-in planner."""

    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    """Whether a server that counts nothing made us guess."""

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.estimated or other.estimated,
        )


@dataclass(frozen=True)
class Delta:
    """A piece of an assistant's text while it streams; never part of the transcript."""

    text: str


@dataclass(frozen=True)
class Assistant:
    """One reply of a model: words, tool calls, or both."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    draft: Draft | None = None
    """What the built-in planner knows about its own answer; a language model leaves it out."""


@dataclass(frozen=True)
class ToolResult:
    """What came of one tool call."""

    call_id: str
    name: str
    text: str
    """What a language model reads."""

    output: Any = None
    """The tool's own output object; None when the call failed."""

    error: str | None = None
    """The class of the failure, None when the call succeeded."""


Message = System | User | Note | Assistant | ToolResult | Answer
