"""The planner first, a language model for the rest: what is certain costs no tokens."""

import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from agent.answer import Draft
from agent.messages import Assistant, Delta, Message, ToolResult
from agent.model import Model
from agent.planner.plan import Reply
from agent.turns import current_turn, last_question

LOOKED_UP = "planner-"
"""How the ids of the planner's own calls begin, which a language model is not told of."""

WORDS = 14
"""The longest question whose reading is certain: longer ones are where it errs."""

DOUBTFUL = re.compile(r"is read as|left out|is taken|was taken", re.IGNORECASE)
"""Assumptions that say the planner chose between readings."""

CORRECTED = re.compile(r"\bno wait\b|\bi mean\b|\bactually\b", re.IGNORECASE)


class Mixed:
    """A model that lets the planner answer what it understands with certainty."""

    def __init__(self, planner: Model, model: Model) -> None:
        self._planner = planner
        self._model = model
        self._spoke: Model = planner

    @property
    def name(self) -> str:
        """The one that spoke last."""
        return self._spoke.name

    def complete(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> Generator[Delta, None, Assistant]:
        """The planner's lookups and its answer if that is certain, else what the model says."""
        if not _handed_over(messages):
            self._spoke = self._planner
            reply = yield from self._planner.complete(messages, tools)
            if reply.tool_calls:
                calls = (replace(one, id=f"{LOOKED_UP}{one.id}") for one in reply.tool_calls)
                return replace(reply, tool_calls=tuple(calls))
            if reply.draft and is_certain(reply.draft, last_question(messages)):
                return reply
        self._spoke = self._model
        return (yield from self._model.complete(list(without_lookups(messages)), tools))


def is_certain(draft: Draft, question: str) -> bool:
    """Whether an answer of the planner rests on no choice between readings."""
    return (
        draft.outcome == "answered"
        and draft.plan is not None
        and not isinstance(draft.plan, Reply)
        and len(question.split()) <= WORDS
        and not CORRECTED.search(question)
        and not any(map(DOUBTFUL.search, draft.assumptions))
    )


def without_lookups(messages: Sequence[Message]) -> list[Message]:
    """A conversation without what the planner looked up: its answers say what came of it."""
    return [one for one in messages if not _is_lookup(one)]


def _is_lookup(message: Message) -> bool:
    if isinstance(message, ToolResult):
        return message.call_id.startswith(LOOKED_UP)
    if not isinstance(message, Assistant) or not message.tool_calls:
        return False
    return all(call.id.startswith(LOOKED_UP) for call in message.tool_calls)


def _handed_over(messages: Sequence[Message]) -> bool:
    """Whether the model has spoken in this turn, or last in the turns before it.

    The planner can't know what a follow-up of the model's answer goes on from.
    """
    turn = current_turn(messages)
    said = [m for m in messages if isinstance(m, Assistant) and not _is_lookup(m)]
    here = [m for m in turn if isinstance(m, Assistant) and not _is_lookup(m)]
    return bool(here) or (bool(said) and said[-1].draft is None)
