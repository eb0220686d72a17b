"""Questions, commands and answers in turn."""

import re
from collections.abc import Iterator, Mapping

from rich.console import Console

from agent.answer import Answer
from agent.chat.command import Command
from agent.chat.place import Place
from agent.errors import AgentError, SettingsError
from agent.front import INTERRUPTED, exit_code, failure, say
from agent.render import show
from agent.session import Session
from agent.steps import Steps
from tools.errors import ToolError, TurnError

FORM = re.compile(
    r"(?:(?:show|give)\s\S+\s)?(?:it\s|that\s)?as an? (table|chart)\W*", re.IGNORECASE
)
YES_OR_NO = ("y", "n", "yes", "no")
LEAVING = ("exit", "quit", "/exit", "/quit")
MAX_QUESTION = 4_000


class Chat:
    """Questions and answers in turn, until the lines end."""

    def __init__(
        self,
        place: Place,
        out: Console,
        err: Console,
        groups: Mapping[str, tuple[Command, ...]],
        *,
        plain: bool = False,
    ) -> None:
        self.place = place
        self.out = out
        self.err = err
        self.groups = groups
        self.commands = {one.name: one for group in groups.values() for one in group}
        self.plain = plain
        """Whether there are words alone: no bars, and nothing that moves."""

        self.last: Answer | None = self.session.last
        self.offered: tuple[str, ...] = ()
        """Questions to begin with, which a number picks."""

        self.spent: list[Answer] = []
        """Every answer of this conversation, for what it cost."""

        self.code = 0
        """The exit code of the last turn."""

    @property
    def session(self) -> Session:
        """The conversation as it is kept."""
        return self.place.session

    def begin(self, *, project: str | None = None, model: str | None = None) -> None:
        """Begin a new conversation, on another project or with another model where one is named."""
        self.place.move(project=project, model=model)
        self.last, self.spent = None, []

    def run(self, lines: Iterator[str]) -> None:
        """Answer each line."""
        for line in lines:
            text = line.strip()[:MAX_QUESTION]
            if text.lower() in LEAVING:
                return
            if text:
                self._respond(text)

    def answered(self) -> Answer:
        """The last answer, which most commands are about."""
        if self.last is None:
            raise SettingsError("There is no answer yet: ask a question first.")
        return self.last

    def show(self, answer: Answer, *, sql: bool = False, chart: bool = True) -> None:
        """Print an answer."""
        self.out.print(show(answer, sql=sql, chart=chart and not self.plain, sign="/"))
        self.out.print()

    def ask(self, question: str) -> None:
        """Answer a question; a failure is told, and the conversation goes on."""
        try:
            with Steps(self.err, keep=True, plain=self.plain) as steps:
                answer = self.session.ask(question, steps.show)
        except KeyboardInterrupt:
            self.code = INTERRUPTED
            say("Stopped. Go on asking, or leave with Ctrl-D.")
        except (AgentError, TurnError, ToolError) as error:
            failed = failure(error)
            self.code = failed.code
            say(failed.sentence)
        else:
            self.last = answer
            self.spent.append(answer)
            self.code = exit_code(answer.outcome, answer.error)
            self.show(answer)

    def _respond(self, text: str) -> None:
        form = FORM.fullmatch(text)
        if text in ("?", "help"):
            self._command("help")
        elif text.startswith("/"):
            self._command(*text[1:].split(maxsplit=1))
        elif self.last and form and self.last.tables:
            self.show(self.last, chart=form[1].lower() == "chart")
        elif text.lower() in YES_OR_NO and not (self.last and self.last.outcome == "asked"):
            say("Nothing waits for a yes or a no: ask a question, or /help.")
        else:
            self.ask(self._chosen(text))

    def _command(self, name: str = "", words: str = "") -> None:
        """What begins with a slash; a failure is one sentence and the conversation goes on."""
        command = self.commands.get(name)
        if command is None:
            say(f"There is no command /{name}: /help lists what there is.")
            return
        if words and not command.takes:
            say(f"/{name} takes nothing behind it, so it was not done.")
            return
        try:
            command.run(self, words.strip())
        except (AgentError, ToolError, TurnError, OSError, KeyboardInterrupt) as error:
            say(failure(error).sentence)

    def _chosen(self, text: str) -> str:
        """The choice that a number picks, else the text itself."""
        choices = (self.last.choices if self.last else ()) or self.offered
        number = int(text) if text.isdecimal() else 0
        return choices[number - 1] if 1 <= number <= len(choices) else text
