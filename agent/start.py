"""What every question needs: settings, a project, a model, and a session that keeps it all."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from agent.assemble import banner, build_agent, build_gate, open_posthog
from agent.errors import SettingsError
from agent.front import say
from agent.journal import JournalError
from agent.kept import find_conversation, read_conversation
from agent.render import Terminal
from agent.session import Session
from agent.settings import load_settings
from agent.transcript import Heading
from agent.writing.approval import Unattended
from agent.writing.gate import Gate
from agent.writing.terminal import TerminalApprover

if TYPE_CHECKING:
    from tools.local.progress import Creation


@contextmanager
def start(
    project: str | None,
    model: str | None,
    as_of: str | None,
    *,
    yes: bool = False,
    resume: str | None = None,
) -> Iterator[tuple[Session, Console]]:
    """A session on the chosen project, and the console for what is not the answer.

    One that is resumed opens the project it was about, and counts time as it did.
    """
    if resume:
        about = _about(resume)
        project, as_of = project or about.asked, as_of or about.as_of
    settings = load_settings(project=project, model=model)
    with build_agent(settings, as_of=read_time(as_of), follow=show_creation) as agent:
        say(banner(settings, agent))
        if isinstance(gate := agent.toolbox.gate, Gate):
            _attend(gate, yes=yes)
        session = Session(
            agent,
            settings.home,
            started=datetime.now(UTC),
            warn=say,
            asked=settings.project,
            as_of=as_of,
        )
        with closing(session):
            if resume:
                say(session.resume(resume))
            yield session, Terminal(sys.stderr)


def _about(reference: str) -> Heading:
    """What a kept conversation is about; nothing is known of those of older versions."""
    folder = load_settings().home / "transcripts"
    heading = read_conversation(find_conversation(folder, reference)).heading
    return heading or Heading(0, "", "", "", "")


@contextmanager
def gate(project: str | None) -> Iterator[Gate]:
    """The gate for changes of the chosen project, with the person at the terminal."""
    settings = load_settings(project=project)
    with closing(open_posthog(settings, follow=show_creation)) as posthog:
        opened = build_gate(settings, posthog)
        _attend(opened)
        yield opened


def _attend(gate: Gate, *, yes: bool = False) -> None:
    """Put the person at the terminal in charge, and find out what was left half done."""
    # A journal that can't be used is told where something is to be written into it.
    with suppress(JournalError):
        for done in gate.settle_open():
            say(f"{done.change.id} ({done.change.headline}): {done.sentence}")
    if yes:
        gate.approver = Unattended(gate.who)
    elif sys.stdin.isatty() and sys.stderr.isatty():
        gate.approver = TerminalApprover(Terminal(sys.stderr), gate.who)


def read_time(text: str | None) -> datetime | None:
    """A date or a time as a person types it; without zone it is the project's."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"--as-of is not a date: {text!r}; write 2026-11-15 or 2026-11-15T12:00."
        ) from None


def show_creation(steps: "Iterator[Creation]") -> None:
    """Follow the creation of the demo on the terminal."""
    from agent.bars import watch_creation

    watch_creation(steps)
