"""What a turn so far shows of a model's grip on its tools."""

import json
from collections import Counter
from collections.abc import Sequence

from agent.messages import Assistant, Message, ToolCall, ToolResult, User

TRIES = 3
"""Queries that may fail one after the other."""


def current_turn(messages: Sequence[Message]) -> Sequence[Message]:
    """What was said since the last question."""
    asked = [i for i, message in enumerate(messages) if isinstance(message, User)]
    return messages[asked[-1] + 1 :] if asked else messages


def last_question(messages: Sequence[Message]) -> str:
    """What was asked last."""
    return next(message.text for message in reversed(messages) if isinstance(message, User))


def malformed(turn: Sequence[Message]) -> bool:
    """Whether the last reply has a call whose arguments are no JSON object."""
    replies = [message for message in turn if isinstance(message, Assistant)]
    return any(isinstance(call.arguments, str) for r in replies[-1:] for call in r.tool_calls)


def has_given_up(turn: Sequence[Message]) -> bool:
    """Whether the last calls of a turn have all failed, so often that the next would too."""
    results = [message for message in turn if isinstance(message, ToolResult)][-TRIES:]
    return len(results) == TRIES and all(
        one.error and one.name.startswith("run_") for one in results
    )


def goes_in_circles(turn: Sequence[Message], reply: Assistant) -> bool:
    """Whether a reply asks only for what has succeeded before, or has failed twice.

    Without tools a weak model then answers from what it has; with them it asks for ever.
    """
    failed = {m.call_id for m in turn if isinstance(m, ToolResult) and m.error}
    made: Counter[str] = Counter()
    for message in turn:
        for call in message.tool_calls if isinstance(message, Assistant) else ():
            made[_same(call)] += 1 if call.id in failed else 2
    return bool(reply.tool_calls) and all(made[_same(call)] >= 2 for call in reply.tool_calls)


def _same(call: ToolCall) -> str:
    return f"{call.name} {json.dumps(call.arguments, sort_keys=True)}"
