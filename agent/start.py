"""What every question needs: settings, a project, a model, and a session that keeps it all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from agent.assemble import banner, build_agent
from agent.errors import SettingsError
from agent.front import say
from agent.render import Terminal
from agent.session import Session
from agent.settings import load_settings

if TYPE_CHECKING:
    from tools.local.progress import Creation


@contextmanager
def start(
    project: str | None, model: str | None, as_of: str | None
) -> Iterator[tuple[Session, Console]]:
    """A session on the chosen project, and the console for what is not the answer."""
    settings = load_settings(project=project, model=model)
    with build_agent(settings, as_of=read_time(as_of), follow=show_creation) as agent:
        say(banner(settings, agent))
        session = Session(agent, settings.home, started=datetime.now(UTC), warn=say)
        yield session, Terminal(sys.stderr)


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
