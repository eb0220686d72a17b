"""Commands around changes; what is proposed, a person approves."""

from agent.chat.conversation import Chat
from agent.front import say


def write(chat: Chat, words: str) -> None:
    """Let changes be proposed for a while."""
    say(chat.session.agent.toolbox.gate.open())


def undo(chat: Chat, words: str) -> None:
    """Propose the inverse of a change."""
    say(chat.session.agent.toolbox.gate.undo(words).sentence)
