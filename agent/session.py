"""A conversation as it is kept: each message to the transcript, each answer to the journal."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agent.answer import Answer
from agent.errors import SettingsError, reason
from agent.evidence import Evidence, evidence
from agent.journal import Journal, JournalError
from agent.kept import Conversation, find_conversation, read_conversation
from agent.loop import Agent
from agent.messages import Delta, Message, ToolResult, User
from agent.resume import remembered
from agent.transcript import Heading, Transcript
from agent.version import version
from tools.errors import ToolError, TurnError
from tools.toolbox import TOOLS

SCOPES = {tool.name: set(tool.scopes) for tool in TOOLS}


class Session:
    """An agent whose words are kept under `home`; what can't be kept is a warning, once.

    `asked` is the project as it was chosen, `as_of` what relative periods count from.
    """

    def __init__(
        self,
        agent: Agent,
        home: Path,
        *,
        started: datetime,
        warn: Callable[[str], None],
        asked: str | None = None,
        as_of: str | None = None,
    ) -> None:
        self.agent = agent
        self.home = home
        self.journal = Journal(home / "journal.db")
        self.last: Answer | None = None
        """The answer to the last question, of the conversation that was resumed at first."""

        self.folder = home / "transcripts"
        self._transcript: Transcript | None = Transcript(self.folder, started)
        self._warn = warn
        self._asked, self._as_of = asked, as_of

    @property
    def path(self) -> Path:
        """The conversation's file; `SettingsError` where it can't be written."""
        if self._transcript is None:
            raise SettingsError("This conversation can't be kept: check the folder.")
        return self._transcript.path

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
                self.last = message
                return message
        raise AssertionError("a turn ends with its answer or raises")

    def resume(self, reference: str) -> str:
        """Go on with an earlier conversation, `last` or by its id; says what it was about."""
        path = find_conversation(self.folder, reference)
        if self._transcript and path == self._transcript.path:
            raise SettingsError("This conversation is the one you are in.")
        kept = read_conversation(path)
        self._check(kept)
        transcript = Transcript.again(path)
        messages, lost = remembered(kept, self.agent)
        if self._transcript:
            self._transcript.close()
        self._transcript = transcript
        self.agent.messages = messages
        self.last = kept.answered[-1].answer if kept.answered else None
        return _told(kept, lost)

    def close(self) -> None:
        """Let other processes go on with the conversation."""
        if self._transcript:
            self._transcript.close()

    def _check(self, kept: Conversation) -> None:
        """Refuse to go on where the answers so far would be another project's."""
        about, project = kept.heading, self.agent.toolbox.project
        here = (project.id, self.agent.toolbox.posthog.host)
        if about and (about.project_id, about.host) != here:
            raise SettingsError(
                f"The conversation {kept.id} is about {about.project} (project "
                f"{about.project_id} at {about.host}): open that one with --project."
            )

    def _keep(self, answer: Answer, needed: set[str]) -> Answer:
        try:
            self.journal.use(sorted(needed))
            return self.journal.keep(answer, self._evidence())
        except JournalError as error:
            self._warn(str(error))
            return answer

    def _evidence(self) -> Evidence | None:
        messages = self.agent.messages
        start = max(i for i, message in enumerate(messages) if isinstance(message, User))
        try:
            return evidence(self.agent.tools, messages[start:], self._asked)
        except (ToolError, TurnError):
            return None

    def _write(self, message: Message) -> None:
        if self._transcript is None:
            return
        try:
            if self._transcript.is_new:
                self._transcript.write(self._heading())
            self._transcript.write(message)
        except OSError as error:
            self._transcript = None
            self._warn(f"The transcript can't be written ({reason(error)}): check the folder.")

    def _heading(self) -> Heading:
        toolbox = self.agent.toolbox
        project, host = toolbox.project, toolbox.posthog.host
        model = self.agent.model.name
        return Heading(project.id, project.name, host, model, version(), self._asked, self._as_of)


def _told(kept: Conversation, lost: int) -> str:
    """What was resumed, and what of it could not be."""
    count = len(kept.answered)
    said = f"Back in the conversation {kept.id}: {count} question{'s' * (count != 1)} so far."
    if stopped := len(kept.turns) - count:
        said += f" Left out: {stopped} that had no answer."
    if kept.unread:
        said += f" {kept.unread} line{'s' * (kept.unread != 1)} of its file can't be read."
    if lost:
        said += f" Ask in full: what {lost} of the answers meant can't be worked out again."
    return said
