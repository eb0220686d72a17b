"""What is being done while a question is answered: one live line on a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from agent.cells import one_line
from agent.messages import Assistant, Delta, Message, ToolCall, ToolResult
from tools.toolbox import TOOLS

TAIL = 60
CHANGING = frozenset(tool.name for tool in TOOLS if tool.writes)


class Steps:
    """A live line about the current step; with `keep`, a finished call leaves its own line."""

    def __init__(self, console: Console, *, keep: bool = False) -> None:
        self._console = console
        self._keep = keep and console.is_terminal
        self._status: Status | None = None
        self._calls: dict[str, ToolCall] = {}
        self._said = ""

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status(Text("thinking", "dim"))
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status:
            self._status.stop()

    def show(self, message: Message | Delta) -> None:
        """Show the step a message begins or ends."""
        if isinstance(message, Delta):
            self._said = (self._said + message.text)[-TAIL:]
            self._update(self._said)
        elif isinstance(message, Assistant):
            self._said = ""
            self._calls |= {call.id: call for call in message.tool_calls}
            self._update(", ".join(map(describe, message.tool_calls)) or "composing the answer")
            if self._status and any(call.name in CHANGING for call in message.tool_calls):
                # A person may be asked now, and types where the live line would be.
                self._status.stop()
        elif isinstance(message, ToolResult):
            if self._keep:
                self._leave(message)
            if self._status and message.name in CHANGING:
                self._status.start()

    def _update(self, text: str) -> None:
        if self._status:
            line = Text(one_line(text), "dim", no_wrap=True)
            line.truncate(max(10, self._console.width - 4), overflow="ellipsis")
            self._status.update(line)

    def _leave(self, result: ToolResult) -> None:
        call = self._calls.get(result.call_id)
        mark = "failed" if result.error else "done"
        line = Text(f"  {mark}: {describe(call) if call else one_line(result.name)}", "dim")
        line.truncate(self._console.width - 1, overflow="ellipsis")
        self._console.print(line)


def describe(call: ToolCall) -> str:
    """A tool call in one line."""
    if isinstance(call.arguments, str):
        return one_line(call.name)
    values = (str(v) for v in call.arguments.values() if v != "" and not isinstance(v, bool | None))
    return one_line(f"{call.name} {' '.join(' '.join(values).split())}".strip())
