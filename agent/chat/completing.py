"""What can be typed next: commands and their words, and names of the project."""

import re
from collections.abc import Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from agent.cells import one_line
from agent.chat.conversation import Chat
from agent.chat.names import Names

WORD = re.compile(r"[^\s,;:?!()“”\"']+$")
TELLING = re.compile(r"^\$|[_-]")
"""Of a word that is more likely a name than English."""

OFFERED = 40


class Words(Completer):
    """Completes commands as they are typed; names on Tab, or where a word looks like one."""

    def __init__(self, chat: Chat, names: Names) -> None:
        self._chat = chat
        self.names = names

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        """The completions at the cursor."""
        text = document.text_before_cursor
        if text.startswith("/"):
            yield from self._commands(text[1:])
        elif found := WORD.search(text):
            word = found[0]
            if event.completion_requested or (len(word) > 2 and TELLING.search(word)):
                yield from self._names(word)

    def _commands(self, text: str) -> Iterator[Completion]:
        name, space, rest = text.partition(" ")
        if not space:
            for command in self._chat.commands.values():
                if command.name.startswith(name):
                    yield Completion(
                        command.name,
                        -len(name),
                        display=f"/{command.name} {command.takes}".rstrip(),
                        display_meta=command.does,
                    )
        elif name in self._chat.commands:
            for word in self._chat.commands[name].offers(self._chat):
                if word.startswith(rest):
                    yield Completion(one_line(word), -len(rest))

    def _names(self, word: str) -> Iterator[Completion]:
        for count, (name, kind) in enumerate(self.names.starting(word)):
            if count == OFFERED:
                return
            yield Completion(name, -len(word), display_meta=kind)
