"""Commands that show the last answer another way."""

from agent.chat.conversation import Chat
from agent.export.asking import export_counted
from agent.front import say
from agent.render import write_csv


def sql(chat: Chat, words: str) -> None:
    """Show the queries in full."""
    chat.show(chat.answered(), sql=True)


def csv(chat: Chat, words: str) -> None:
    """Write the table as CSV."""
    write_csv(chat.answered(), chat.out.file)


def export(chat: Chat, words: str) -> None:
    """Write the counted events to a file."""
    say(export_counted(chat.session.agent, words, chat.session.journal))
