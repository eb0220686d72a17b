"""The conversation in a terminal, or with a pipe that speaks for a person."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from agent.answer import Answer
from agent.errors import AgentError
from agent.export.asking import export_counted
from agent.front import INTERRUPTED, exit_code, failure, say
from agent.redact import redact
from agent.render import Terminal, show, write_csv
from agent.session import Session
from agent.steps import Steps
from tools.errors import ToolError, TurnError
from tools.toolbox import Gatekeeper

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindings

HELP = (
    "Ask in plain English, then go on: “and last month?”, “by country”.\n"
    "as a table, as a chart: the last answer the other way\n"
    "/sql, /csv: its queries in full, its table as CSV\n"
    "/export FILE: the events that the last answer counted, as CSV, JSONL, Parquet or XLSX\n"
    "/write: let changes be proposed for 30 minutes; each asks you first\n"
    "/undo ID: propose to take a change back, the latest one without ID\n"
    "Ctrl-C stops an answer, Ctrl-D leaves."
)
FORM = re.compile(
    r"(?:(?:show|give)\s\S+\s)?(?:it\s|that\s)?as an? (table|chart)\W*", re.IGNORECASE
)
YES_OR_NO = ("y", "n", "yes", "no")
LEAVING = ("exit", "quit", "/exit", "/quit")
MAX_QUESTION = 4_000


class Chat:
    """Questions and answers in turn, until the lines end."""

    def __init__(self, session: Session, out: Console, err: Console) -> None:
        self._session = session
        self._out = out
        self._err = err
        self._last: Answer | None = None
        self.code = 0
        """The exit code of the last turn."""

    def run(self, lines: Iterator[str]) -> None:
        """Answer each line."""
        for line in lines:
            text = line.strip()[:MAX_QUESTION]
            if text.lower() in LEAVING:
                return
            if text:
                self._respond(text)

    def _respond(self, text: str) -> None:
        form = FORM.fullmatch(text)
        if text in ("/help", "?", "help"):
            self._out.print(HELP, style="dim")
        elif text.startswith("/"):
            self._command(*text.split(maxsplit=1))
        elif self._last and form and self._last.tables:
            self._show(self._last, chart=form[1].lower() == "chart")
        elif text.lower() in YES_OR_NO and not (self._last and self._last.outcome == "asked"):
            say("Nothing waits for a yes or a no: ask a question, or /help.")
        else:
            self._ask(self._chosen(text))

    def _command(self, name: str, rest: str = "") -> None:
        """What begins with a slash; a failure is one sentence and the conversation goes on."""
        commands: dict[str, Callable[[], None]] = {
            "/write": lambda: say(self._gate.open()),
            "/undo": lambda: say(self._gate.undo(rest.strip()).sentence),
            "/export": lambda: say(export_counted(self._session.agent, rest.strip())),
        }
        if last := self._last:
            commands["/sql"] = lambda: self._show(last, sql=True)
            commands["/csv"] = lambda: self._table(last)
        if name not in commands:
            say(f"There is no command {name}: /help lists what there is.")
            return
        try:
            commands[name]()
        except (AgentError, ToolError, TurnError, KeyboardInterrupt) as error:
            say(failure(error).sentence)

    @property
    def _gate(self) -> Gatekeeper:
        return self._session.agent.toolbox.gate

    def _table(self, answer: Answer) -> None:
        write_csv(answer, self._out.file)

    def _chosen(self, text: str) -> str:
        """The choice that a number picks, else the text itself."""
        choices = self._last.choices if self._last else ()
        number = int(text) if text.isdecimal() else 0
        return choices[number - 1] if 1 <= number <= len(choices) else text

    def _ask(self, question: str) -> None:
        try:
            with Steps(self._err, keep=True) as steps:
                answer = self._session.ask(question, steps.show)
        except KeyboardInterrupt:
            self.code = INTERRUPTED
            say("Stopped. Go on asking, or leave with Ctrl-D.")
        except (AgentError, TurnError, ToolError) as error:
            failed = failure(error)
            self.code = failed.code
            say(failed.sentence)
        else:
            self._last = answer
            self.code = exit_code(answer.outcome, answer.error)
            self._show(answer)

    def _show(self, answer: Answer, *, sql: bool = False, chart: bool = True) -> None:
        self._out.print(show(answer, sql=sql, chart=chart, sign="/"))
        self._out.print()


def converse(session: Session, err: Console) -> int:
    """Talk until the person leaves; from a pipe, the code of the last turn is the result."""
    chat = Chat(session, Terminal(sys.stdout), err)
    if sys.stdin.isatty() and sys.stdout.isatty():
        say("/help says what you can do here.")
        chat.run(typed_lines(prompt(session.home / "history")))
        return 0
    chat.run(sys.stdin)
    return chat.code


def typed_lines(read: Callable[[], str]) -> Iterator[str]:
    """Lines typed at a prompt; Ctrl-C twice or Ctrl-D once ends them."""
    stopped = False
    while True:
        try:
            yield read()
            stopped = False
        except EOFError:
            return
        except KeyboardInterrupt:
            if stopped:
                return
            stopped = True
            say("Ctrl-C again or Ctrl-D leaves.")


def prompt(path: Path) -> Callable[[], str]:
    """A line editor with a history that keeps no keys."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    class Discreet(FileHistory):
        def store_string(self, string: str) -> None:
            super().store_string(redact(string))

    history: History = InMemoryHistory()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        history = Discreet(path)
    except OSError as error:
        say(f"The history can't be kept ({error}): check the folder.")
    session: PromptSession[str] = PromptSession(history=history, key_bindings=_clearing())
    return lambda: session.prompt("> ")


def _clearing() -> "KeyBindings":
    """Ctrl-C on a line that is begun empties it, as in a shell, and leaves nothing."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()
    begun = Condition(lambda: bool(get_app().current_buffer.text))
    keys.add("c-c", filter=begun)(lambda event: event.current_buffer.reset())
    return keys
