"""A conversation from its first line to its last, typed or through a pipe."""

import sys

from rich.console import Console

from agent.chat.commands import GROUPS
from agent.chat.conversation import Chat
from agent.chat.keyboard import prompt, typed_lines
from agent.chat.place import Place
from agent.chat.welcome import first_questions
from agent.front import say
from agent.render import Terminal


def converse(place: Place, err: Console, *, plain: bool = False) -> int:
    """Talk until the person leaves; from a pipe, the code of the last turn is the result."""
    chat = Chat(place, Terminal(sys.stdout), err, GROUPS, plain=plain)
    if sys.stdin.isatty() and sys.stdout.isatty():
        chat.plain = plain or chat.out.is_dumb_terminal
        history = place.session.home / "history"
        if not history.exists():
            chat.offered = first_questions(place.session.agent.tools)
        for number, question in enumerate(chat.offered, 1):
            say(f"  {number}. {question}")
        how = "Type a number, or a question of your own; " if chat.offered else ""
        say(f"{how}/help says what you can do here.")
        chat.run(typed_lines(prompt(history, chat)))
        return 0
    chat.run(sys.stdin)
    return chat.code
