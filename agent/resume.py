"""A kept conversation as an agent remembers it, so that follow-ups work."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.answer import Draft
from agent.kept import Conversation, Turn
from agent.loop import Agent
from agent.messages import Assistant, Message, System
from agent.model import Recalls


def remembered(kept: Conversation, agent: Agent) -> tuple[list[Message], int]:
    """The messages of its answered turns, and how many of them can't be followed up.

    A turn that was stopped is left out whole, so that no call is without its result.
    """
    messages: list[Message] = [m for m in agent.messages if isinstance(m, System)]
    lost = 0
    for turn in kept.answered:
        *before, reply, answer = turn.messages
        messages += before
        if isinstance(reply, Assistant) and _planned(turn, agent):
            reply = replace(reply, draft=_draft(kept, turn, messages, agent))
            lost += reply.draft is None
        messages += [reply, answer]
    return messages, lost


def _planned(turn: Turn, agent: Agent) -> bool:
    """Whether the model that works its answers out again gave this one."""
    named = turn.answer is not None and turn.answer.model == agent.model.name
    return named and isinstance(agent.model, Recalls)


def _draft(
    kept: Conversation, turn: Turn, messages: Sequence[Message], agent: Agent
) -> Draft | None:
    """What the planner meant, which it works out again from what it saw then."""
    assert isinstance(agent.model, Recalls)
    schemas = agent.toolbox.schemas()
    draft = agent.model.recall(messages, schemas, _clock(kept, turn, agent))
    said = turn.answer.headline if turn.answer else ""
    return draft if draft and draft.headline == said else None


def _clock(kept: Conversation, turn: Turn, agent: Agent) -> datetime | None:
    """What time it was for the project when the question was asked."""
    project = agent.toolbox.project
    zone = ZoneInfo(project.timezone)
    if kept.heading and kept.heading.as_of:
        as_of = datetime.fromisoformat(kept.heading.as_of)
        return as_of.astimezone(zone).replace(tzinfo=None) if as_of.tzinfo else as_of
    if project.now:
        return None
    return turn.asked_at.astimezone(zone).replace(tzinfo=None)
