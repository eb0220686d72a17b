"""Commands that show the last answer another way."""

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from agent.chart.picture import write_picture
from agent.chart.shapes import chart_of
from agent.chart.spec import Kind
from agent.chart.terminal import Drawn
from agent.chat.conversation import Chat
from agent.errors import SettingsError
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


def chart(chat: Chat, words: str) -> None:
    """Draw the chart here, in another kind, or as a picture into a file."""
    answer = chat.answered()
    if words == "table":
        chat.show(answer, chart=False)
        return
    kind: Kind | None = next((one for one in get_args(Kind) if one == words), None)
    if words and not kind:
        if "." not in words:
            raise SettingsError(f"Write /chart {', '.join(kinds(chat))}, or a name such as c.png.")
        write_picture(answer, path := Path(words).expanduser())
        say(f"{path} is written.")
        return
    drawn = chart_of(answer, kind)
    if drawn is None:
        what = f"{kind} chart" if kind else "chart"
        raise SettingsError(f"This answer has no rows for a {what}: /chart table.")
    chat.out.print(Drawn(drawn, plain=chat.plain))


def kinds(chat: Chat) -> Iterable[str]:
    """The kinds of charts."""
    return (*get_args(Kind), "table")
