"""A conversation as it is kept: each message to the transcript, each answer to the journal."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agent.answer import Answer
from agent.journal import Journal, JournalError
from agent.loop import Agent
from agent.messages import Delta, Message, ToolResult
from agent.transcript import Transcript
from tools.toolbox import TOOLS

SCOPES = {tool.name: set(tool.scopes) for tool in TOOLS}


class Session:
    """An agent whose words are kept under `home`; what can't be kept is a warning, once."""

    def __init__(
        self, agent: Agent, home: Path, *, started: datetime, warn: Callable[[str], None]
    ) -> None:
        self.agent = agent
        self.home = home
        self.journal = Journal(home / "journal.db")
        self._transcript: Transcript | None = Transcript(home / "transcripts", started)
        self._warn = warn

    @property
    def name(self) -> str:
        """The name of its transcript; "" where there is none."""
        return self._transcript.path.stem if self._transcript else ""

    def ask(self, question: str, watch: Callable[[Message | Delta], None]) -> Answer:
        """The answer with its receipt, after `watch` saw each message."""
        # Bytes that are no UTF-8 come from a shell or a pipe as lone surrogates.
        question = question.encode("utf-8", "replace").decode()
        needed: set[str] = set()
        for message in self.agent.ask(question):
            watch(message)
            if isinstance(message, ToolResult) and not message.error:
                needed |= SCOPES.get(message.name, set())
            if isinstance(message, Answer):
                message = self._keep(message, needed)
            if not isinstance(message, Delta):
                self._write(message)
            if isinstance(message, Answer):
                return message
        raise AssertionError("a turn ends with its answer or raises")

    def _keep(self, answer: Answer, needed: set[str]) -> Answer:
        try:
            self.journal.use(sorted(needed))
            return self.journal.keep(answer)
        except JournalError as error:
            self._warn(str(error))
            return answer

    def _write(self, message: Message) -> None:
        if self._transcript is None:
            return
        try:
            self._transcript.write(message)
        except OSError as error:
            self._transcript = None
            self._warn(f"The transcript can't be written ({error}): check the folder.")
