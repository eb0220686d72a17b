"""What a person types: one line after another, from an editor with a history."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cells import one_line
from agent.chat.conversation import Chat
from agent.chat.names import Names
from agent.errors import reason
from agent.front import say
from agent.redact import redact

if TYPE_CHECKING:
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings

HINT = "a question, or / for commands"


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


def prompt(path: Path, chat: Chat) -> Callable[[], str]:
    """An editor of lines, with completion, a line about where one is, and a discreet history."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.completion import ThreadedCompleter

    from agent.chat.completing import Words

    words = Words(chat, Names(chat.session.agent.tools))
    session: PromptSession[str] = PromptSession(
        history=_history(path),
        key_bindings=_keys(),
        completer=ThreadedCompleter(words),
        complete_while_typing=True,
        auto_suggest=AutoSuggestFromHistory(),
        multiline=True,
        prompt_continuation="  ",
        reserve_space_for_menu=6,
        bottom_toolbar=None if chat.plain else lambda: [("", f" {toolbar(chat)}")],
        placeholder=None if chat.plain else [("class:auto-suggestion", HINT)],
    )

    def read() -> str:
        if words.names.of is not chat.session.agent.tools:
            words.names = Names(chat.session.agent.tools)
            words.names.fetch()
        return session.prompt("> ")

    words.names.fetch()
    return read


def toolbar(chat: Chat) -> str:
    """The project, the model, and whether changes may be proposed."""
    agent = chat.session.agent
    project = agent.toolbox.project
    writes = "changes may be proposed" if agent.toolbox.gate.is_open else "only reads"
    return one_line(f"{project.name or f'project {project.id}'} · {agent.model.name} · {writes}")


def _history(path: Path) -> "History":
    """A history that keeps no keys; one in memory where it can't be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    class Discreet(FileHistory):
        def store_string(self, string: str) -> None:
            super().store_string(redact(string))

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    except OSError as error:
        say(f"The history can't be kept ({reason(error)}): check the folder.")
        return InMemoryHistory()
    return Discreet(path)


def _keys() -> "KeyBindings":
    """Enter sends, Alt-Enter begins a line, Ctrl-C empties what is begun, as in a shell."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()
    begun = Condition(lambda: bool(get_app().current_buffer.text))
    keys.add("c-c", filter=begun)(lambda event: event.current_buffer.reset())
    keys.add("escape", "enter")(lambda event: event.current_buffer.insert_text("\n"))

    @keys.add("enter")
    def enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        chosen = buffer.complete_state and buffer.complete_state.current_completion
        if chosen:
            buffer.complete_state = None
        else:
            buffer.validate_and_handle()

    return keys
