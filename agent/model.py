"""Model: what the loop needs of a language model, or of the built-in planner."""

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from agent.answer import Draft
from agent.messages import Assistant, Delta, Message


class Model(Protocol):
    """Anything that reads a conversation and says the next thing."""

    @property
    def name(self) -> str:
        """The name an answer shows."""
        ...

    def complete(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> Generator[Delta, None, Assistant]:
        """Yield pieces of text as they come, return the whole reply; raise `ModelError`."""
        ...


@runtime_checkable
class Recalls(Protocol):
    """A model that works its own earlier answers out again, from what it saw then."""

    def recall(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        as_of: datetime | None,
    ) -> Draft | None:
        """The draft it made at the end of these messages, None when it would look up more."""
        ...
