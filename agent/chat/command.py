"""A command of the conversation: a line that begins with a slash."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.chat.conversation import Chat


def nothing(chat: "Chat") -> Iterable[str]:
    """No words to offer."""
    return ()


@dataclass(frozen=True)
class Command:
    """One command; a failure that it raises is told in one sentence, and the chat goes on."""

    name: str
    """The word behind the slash."""

    takes: str
    """What may follow it, as /help shows it; empty when nothing may."""

    does: str
    """What it does, in a few words."""

    run: Callable[["Chat", str], None]
    """Runs it with whatever follows the name."""

    offers: Callable[["Chat"], Iterable[str]] = nothing
    """The words that may be completed behind it."""
