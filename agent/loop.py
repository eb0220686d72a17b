"""The agent loop: a question in, messages out, the answer last."""

import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime

from agent.answer import Answer
from agent.compose import compose, is_over
from agent.desk import Desk
from agent.doubts import doubt
from agent.limits import Budget, Limits
from agent.messages import (
    Assistant,
    Delta,
    Message,
    System,
    ToolCall,
    ToolResult,
    User,
)
from agent.model import Model
from tools.errors import ToolError
from tools.toolbox import Toolbox


class Agent:
    """One conversation between a person, a model and PostHog's tools."""

    def __init__(
        self,
        model: Model,
        toolbox: Toolbox | Desk,
        *,
        system: str = "",
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.model = model
        self.toolbox = toolbox
        self.limits = limits or Limits()
        self.messages: list[Message] = [System(system)] if system else []
        self._clock = clock

    @property
    def tools(self) -> Toolbox:
        """The tools themselves, also those that are not laid out for the model."""
        return self.toolbox.toolbox

    def afresh(self) -> "Agent":
        """An agent of the same parts that has not been asked anything."""
        rules = [message.text for message in self.messages[:1] if isinstance(message, System)]
        toolbox, limits = self.toolbox.afresh(), self.limits
        return Agent(self.model, toolbox, system="".join(rules), limits=limits, clock=self._clock)

    def ask(self, question: str) -> Iterator[Message | Delta]:
        """Yield each message as it is made; the last one is the answer."""
        yield from self._close_open_calls()
        yield self._say(User(question, datetime.now(UTC).replace(microsecond=0)))
        budget = self.limits.turn(self._clock)
        for _ in budget.each_step():
            reply = yield from self._complete()
            budget.spend(reply.usage)
            if reply.tool_calls:
                yield from self._run_all(reply, budget)
            answer = self._answered(budget)
            if answer and (note := doubt(answer, self.messages)):
                yield self._say(note)
            elif answer:
                yield self._say(answer)
                return

    def _complete(self) -> Generator[Message | Delta, None, Assistant]:
        reply = yield from self.model.complete(self.messages, self.toolbox.schemas())
        yield self._say(reply)
        return reply

    def _run_all(self, reply: Assistant, budget: Budget) -> Iterator[Message]:
        for call in reply.tool_calls:
            result = self._run(call)
            yield self._say(result)
            budget.note(call, result)

    def _run(self, call: ToolCall) -> ToolResult:
        try:
            output = self.toolbox.run(call.name, call.arguments)
        except ToolError as error:
            return ToolResult(
                call.id, call.name, f"{type(error).__name__}: {error}", None, type(error).__name__
            )
        return ToolResult(call.id, call.name, self.toolbox.told(call.name, output), output)

    def _answered(self, budget: Budget) -> Answer | None:
        """The answer, once a model has said it or asked the person."""
        if not is_over(self.messages):
            return None
        toolbox = self.toolbox
        return compose(
            self.messages, toolbox.project, toolbox.posthog.host, self.model.name, budget
        )

    def _close_open_calls(self) -> Iterator[Message]:
        """Give every call of an interrupted turn a result, which chat APIs insist on."""
        done = {message.call_id for message in self.messages if isinstance(message, ToolResult)}
        for message in list(self.messages):
            for call in message.tool_calls if isinstance(message, Assistant) else ():
                if call.id not in done:
                    yield self._say(
                        ToolResult(call.id, call.name, "interrupted, not run", None, "Interrupted")
                    )

    def _say(self, message: Message) -> Message:
        self.messages.append(message)
        return message
