"""What “this” and “it” may stand for: the last query that was answered, the last insight saved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.messages import Assistant, Message, ToolCall, ToolResult, User
from agent.planner.plan import Cause, Drivers, Watch
from agent.planner.world import Request
from tools.changes.change import Done, Outcome
from tools.changes.kinds import INSIGHT
from tools.changes.saved import ASKED


@dataclass(frozen=True)
class Before:
    """What of the turns before a question may be saved, or put somewhere."""

    question: str = ""
    run: Request | None = None
    """The call behind the last answer to that question."""

    rolling: bool = False
    """Whether only the length of its period was asked for, which ends now."""

    insight: Done | None = None
    """The insight that was saved since."""

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Before":
        """What the turns before the last question left."""
        found = cls()
        for turn in list(_turns(messages))[:-1]:
            found = _ran(turn) or found
            found = _saved(turn, found)
        return found


def _turns(messages: Sequence[Message]) -> Iterator[list[Message]]:
    turn: list[Message] = []
    for message in messages:
        if isinstance(message, User):
            yield turn
            turn = []
        turn.append(message)
    yield turn


def _ran(turn: Sequence[Message]) -> Before | None:
    """The query that an answer rests on; investigations rest on too many."""
    failed = {m.call_id for m in turn if isinstance(m, ToolResult) and m.error}
    steps = [message for message in turn if isinstance(message, Assistant)]
    plan: Any = next((step.draft.plan for step in reversed(steps) if step.draft), None)
    if isinstance(plan, Cause | Drivers | Watch):
        return Before()
    made = [
        [call for call in step.tool_calls if call.name in ASKED and call.id not in failed]
        for step in steps
    ]
    call = _chosen([calls for calls in made if calls], planned=plan is not None)
    if call is None or not isinstance(call.arguments, dict):
        return None
    return Before(_question(turn), (call.name, call.arguments), _rolls(call, plan))


def _chosen(steps: Sequence[Sequence[ToolCall]], *, planned: bool) -> ToolCall | None:
    """The first typed query of the last step that has one, else HogQL.

    A language model looks around before its last query; the planner checks its answer after it.
    """
    typed = [[call for call in calls if call.name != "run_hogql"] for calls in steps]
    found = [calls for calls in typed if calls][-1:] or (steps[:1] if planned else steps[-1:])
    return found[0][0] if found else None


def _question(turn: Sequence[Message]) -> str:
    return next((m.text for m in turn if isinstance(m, User)), "")


def _rolls(call: ToolCall, plan: Any) -> bool:
    span = getattr(getattr(plan, "scope", None), "span", None)
    return call.name != "run_hogql" and bool(span and (span.rolling or span.default))


def _saved(turn: Sequence[Message], found: Before) -> Before:
    for message in turn:
        done = message.output if isinstance(message, ToolResult) else None
        if not isinstance(done, Done) or done.change.target.kind != INSIGHT.name:
            continue
        if done.outcome is Outcome.APPLIED and not done.now.get("deleted"):
            found = replace(found, insight=done)
    return found
