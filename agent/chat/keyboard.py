"""What a person types: one line after another, from an editor with a history."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.front import say
from agent.redact import redact

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindings


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
