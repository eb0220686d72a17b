"""What is being done while a question is answered: a live line, and one for each finished call."""

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from agent.cells import one_line, safe
from agent.echo import Echo
from agent.messages import Assistant, Delta, Message, ToolCall, ToolResult
from tools.toolbox import TOOLS

KEPT = 8_000
"""Letters of a streaming reply of which the end can be shown."""

CHANGING = frozenset(tool.name for tool in TOOLS if tool.writes)


class Steps:
    """What goes on, told on a terminal.

    With `keep`, a finished call leaves a line of its own. With `plain`, nothing moves: whatever
    begins or ends is one more line, which a screen reader can read.
    """

    def __init__(
        self,
        console: Console,
        *,
        keep: bool = False,
        plain: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._plain = plain or console.is_dumb_terminal
        self._keep = keep and (console.is_terminal or plain)
        self._clock = clock
        self._echo = Echo()
        self._spinner = Spinner("dots", Text("thinking", "dim"), style="green")
        self._status: Live | None = None
        self._calls: dict[str, ToolCall] = {}
        self._said = ""
        self._since = clock()

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._plain:
            self._status = Live(
                self._spinner, console=self._console, refresh_per_second=12, transient=True
            )
            self._resume()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pause()

    def _resume(self) -> None:
        if self._status:
            self._echo.off()
            # Drawn at once: a line printed before the first drawing would be torn apart.
            self._status.start(refresh=True)

    def _pause(self) -> None:
        """Leave the line to a person who is asked something."""
        if self._status:
            self._status.stop()
            self._echo.on()

    def show(self, message: Message | Delta) -> None:
        """Show the step a message begins or ends."""
        if isinstance(message, Delta):
            self._said = (self._said + message.text)[-KEPT:]
            if self._status:
                self._spinner.update(text=self.now())
        elif isinstance(message, Assistant):
            self._begin(message)
        elif isinstance(message, ToolResult):
            if self._keep and message.error != "Interrupted":
                self._leave(message)
            self._since = self._clock()
            if message.name in CHANGING:
                self._resume()

    def now(self) -> Text:
        """The end of what a model says, as much as the screen holds."""
        console = self._console
        lines = Text(safe(self._said)).wrap(console, max(10, console.width - 4))
        return Text("\n").join(lines[-max(1, console.height - 4) :])

    def _begin(self, reply: Assistant) -> None:
        self._said, self._since = "", self._clock()
        self._calls |= {call.id: call for call in reply.tool_calls}
        self._update(", ".join(map(describe, reply.tool_calls)) or "composing the answer")
        if any(call.name in CHANGING for call in reply.tool_calls):
            self._pause()

    def _update(self, text: str) -> None:
        if self._status:
            line = Text(one_line(text), "dim", no_wrap=True)
            line.truncate(max(10, self._console.width - 4), overflow="ellipsis")
            self._spinner.update(text=line)

    def _leave(self, result: ToolResult) -> None:
        call = self._calls.get(result.call_id)
        mark = "failed" if result.error else "done"
        line = Text(f"  {mark}: {describe(call) if call else one_line(result.name)}", "dim")
        end = self._outcome(result)
        line.truncate(max(10, self._console.width - 1 - len(end)), overflow="ellipsis")
        self._console.print(line.append(end))

    def _outcome(self, result: ToolResult) -> str:
        """How long it took, and how much came of it."""
        rows = getattr(result.output, "rows", None)
        many = "" if rows is None else f", {len(rows):,} row{'s' * (len(rows) != 1)}"
        return f" ({self._clock() - self._since:.1f} s{many})"


def describe(call: ToolCall) -> str:
    """A tool call in one line."""
    if isinstance(call.arguments, str):
        return one_line(call.name)
    words = " ".join(" ".join(_words(call.arguments)).split())
    return one_line(f"{call.name} {words}".strip())


def _words(value: Any) -> Iterator[str]:
    """What arguments say, without the names of fields and without switches."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _words(one)
    elif not isinstance(value, bool | None):
        yield str(value)
