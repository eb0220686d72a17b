"""A conversation from its first line to its last, typed or through a pipe."""

import sys

from rich.console import Console

from agent.chat.commands import GROUPS
from agent.chat.conversation import Chat
from agent.chat.keyboard import prompt, typed_lines
from agent.front import say
from agent.render import Terminal
from agent.session import Session


def converse(session: Session, err: Console) -> int:
    """Talk until the person leaves; from a pipe, the code of the last turn is the result."""
    chat = Chat(session, Terminal(sys.stdout), err, GROUPS)
    if sys.stdin.isatty() and sys.stdout.isatty():
        say("/help says what you can do here.")
        chat.run(typed_lines(prompt(session.home / "history")))
        return 0
    chat.run(sys.stdin)
    return chat.code
