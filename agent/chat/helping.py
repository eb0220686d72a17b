"""What can be typed in the conversation."""

from rich.table import Table
from rich.text import Text

from agent.chat.conversation import Chat

FIRST = "Ask in plain English, then go on: “and last month?”, “by country”, “as a table”."
KEYS = "Ctrl-C stops an answer, Ctrl-D leaves."


def usage(chat: Chat, words: str) -> None:
    """List the commands by what they are about."""
    chat.out.print(FIRST)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(style="dim", overflow="fold")
    for group, commands in chat.groups.items():
        grid.add_row(Text(group, "bold"))
        for command in commands:
            grid.add_row(f"  /{command.name} {command.takes}".rstrip(), Text(command.does))
    chat.out.print(grid)
    chat.out.print(KEYS)
