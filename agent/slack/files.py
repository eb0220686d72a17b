"""What an answer can be asked for later: its table, the events it counted, its calls again."""

import io
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from agent.answer import Answer
from agent.assemble import exhaust
from agent.errors import SettingsError
from agent.evidence import Evidence
from agent.export.asking import counting, events_of
from agent.export.folder import Folder
from agent.export.run import export, order
from agent.journal import Journal
from agent.loop import Agent
from agent.messages import Assistant, ToolCall
from agent.render import write_csv
from agent.rerun import rerun, told
from agent.slack.audience import personal
from agent.slack.deliver import Desk
from agent.slack.gate import Principal
from agent.slack.inbox import Place
from agent.slack.payloads import Incoming

MOST_ROWS = 100_000
MOST_BYTES = 20 * 1024 * 1024
TO_YOU = "The file shows single people, so I sent it to you directly."
TOO_LARGE = "That is too much for Slack: `hogloop export` writes it to a file in a terminal."

OpenAgent = Callable[[], AbstractContextManager[Agent]]


class Files:
    """What is made of a receipt; what shows single people goes to whoever asked for it."""

    def __init__(self, desk: Desk, journal: Journal, open_agent: OpenAgent) -> None:
        self._desk = desk
        self._journal = journal
        self._open = open_agent

    def send_table(self, asked: Incoming, who: Principal) -> None:
        """The main table of an answer, as CSV."""
        answer = self._journal.find(asked.value)
        if answer is None or not answer.tables:
            raise SettingsError("That table is gone: ask again.")
        content = as_csv(answer)
        openly = who.openness == "full" or not personal(answer, ())
        self._send(asked, f"{asked.value}.csv", content, "The table of this answer", openly=openly)

    def send_events(self, asked: Incoming, who: Principal) -> None:
        """The events that an answer counted, as CSV; each is somebody's."""
        counted = counted_by(self._journal.evidence(asked.value))
        if counted is None:
            raise SettingsError("That answer counted no single kind of events: ask for one.")
        with tempfile.TemporaryDirectory(prefix="hogloop-") as scratch, self._open() as agent:
            posthog, folder = agent.toolbox.posthog, Folder(Path(scratch) / "events.csv")
            made = order(posthog, events_of(posthog, counted, ()), "csv")
            rows = sum(one.rows for one in made.slices)
            if rows > MOST_ROWS:
                raise SettingsError(f"{rows:,} events. {TOO_LARGE}")
            folder.begin(made)
            exhaust(export(posthog, folder, self._journal))
            content = folder.output.read_bytes()
        saying = f"{rows:,} events, as many as PostHog counts"
        self._send(asked, f"{asked.value}-events.csv", content, saying, openly=asked.direct)

    def run_again(self, asked: Incoming, who: Principal) -> str:
        """What the calls behind an answer find now, and why that differs."""
        answer = self._journal.find(asked.value)
        if answer is None:
            raise SettingsError("That answer is gone: ask again.")
        if who.openness != "full" and personal(answer, ()):
            raise SettingsError("That answer shows single people: run it again where you have it.")
        with self._open() as agent:
            found = rerun(answer, self._journal.evidence(asked.value), agent.tools)
        return f"{answer.headline}\nAgain: " + "\n".join(told(answer, found))

    def _send(
        self, asked: Incoming, name: str, content: bytes, saying: str, *, openly: bool
    ) -> None:
        if len(content) > MOST_BYTES:
            raise SettingsError(TOO_LARGE)
        at = Place(asked.channel, asked.root)
        if not openly:
            at = Place(self._desk.direct(asked.user))
            self._desk.whisper(asked.user, asked.channel, asked.root, TO_YOU)
        self._desk.file(at, name, content, saying)


def counted_by(evidence: Evidence | None) -> dict[str, Any] | None:
    """The arguments of the one call of an answer that counted events; None when there is none."""
    runs = evidence.runs if evidence else ()
    calls = tuple(ToolCall("", run.name, dict(run.arguments)) for run in runs)
    return counting((Assistant(tool_calls=calls),)) if len(calls) == 1 else None


def as_csv(answer: Answer) -> bytes:
    """The main table of an answer, safe to open in a spreadsheet."""
    file = io.StringIO()
    write_csv(answer, file)
    return file.getvalue().encode()
