"""Model: what the loop needs of a language model, or of the built-in planner."""

from collections.abc import Generator, Sequence
from typing import Any, Protocol

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
