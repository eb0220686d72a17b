"""Planner: a Model without network or weights; the same conversation always gets the same reply."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.answer import Draft
from agent.messages import Assistant, Delta, Message, ToolCall, User
from agent.planner.answers import answer, nothing_there, untracked
from agent.planner.catalogue import catalogue, is_catalogue
from agent.planner.followups import changed, follow_up
from agent.planner.hogql import queries, tracked
from agent.planner.plan import Plan, Reply
from agent.planner.understand import understand
from agent.planner.windows import everything
from agent.planner.world import Known, Missing, Refused, World
from tools.query import QueryTable

ROWS = 10_000


@dataclass(frozen=True)
class Planner:
    """Reads analytics English by looking at the project through its tools."""

    as_of: datetime | None = None
    """The instant that relative periods count from, in the project's zone."""

    name: str = "built-in planner"

    def complete(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> Generator[Delta, None, Assistant]:
        """The next lookups, or the answer once everything is known."""
        yield from ()
        try:
            draft = self._draft(messages)
        except Missing as missing:
            return Assistant(tool_calls=_calls(missing, len(messages)))
        except Refused as refused:
            said = refused.result.text.partition(": ")[2] or refused.result.text
            draft = Draft("failed", said, error=refused.result.error)
        return Assistant(draft.headline, draft=draft)

    def _draft(self, messages: Sequence[Message]) -> Draft:
        world = World(Known(messages), self.as_of)
        question, last, plan = _asked(messages)
        if world.facts.events == 0:
            return Draft("declined", f"{world.facts.name} has no events yet.")
        if is_catalogue(question, world):
            return catalogue(question, world)
        reading = follow_up(question, last, plan, world) or understand(question, world)
        if isinstance(reading, Reply) and reading.outcome == "declined" and plan:
            reading = changed(question, plan, world, opened=False) or reading
        return _say(reading) if isinstance(reading, Reply) else self._answer(reading, world)

    def _answer(self, plan: Plan, world: World) -> Draft:
        results = _run(plan, world)
        if any(nothing_there(result, plan) for result in results):
            if plan.span.default and plan.span.start is not None:
                return self._answer(_over_all_data(plan), world)
            if missing := _when_tracked(plan, world):
                return missing
        return answer(plan, results, world)


def _asked(messages: Sequence[Message]) -> tuple[str, Plan | Reply | None, Plan | None]:
    """The question of this turn, what the last answer came from, and the last plan of all."""
    question = next(m.text for m in reversed(messages) if isinstance(m, User))
    made = [m.draft.plan for m in messages if isinstance(m, Assistant) and m.draft and m.draft.plan]
    plans = [plan for plan in made if isinstance(plan, Plan)]
    return question, made[-1] if made else None, plans[-1] if plans else None


def _say(reply: Reply) -> Draft:
    return Draft(reply.outcome, reply.headline, reply.text, choices=reply.choices, plan=reply)


def _calls(missing: Missing, turn: int) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(f"{name}-{turn}-{n}", name, arguments)
        for n, (name, arguments) in enumerate(missing.requests, 1)
    )


def _run(plan: Plan, world: World) -> list[QueryTable]:
    calls = [("run_hogql", {"query": text, "limit": ROWS}) for text in queries(plan, world.clock)]
    return world.look(*calls)


def _over_all_data(plan: Plan) -> Plan:
    """The same plan over all data, when the stated default period turned out empty."""
    remark = "the last 30 days have none of it"
    span = replace(everything(), default=True)
    return replace(plan, span=span, assumptions=(*plan.assumptions, remark))


def _when_tracked(plan: Plan, world: World) -> Draft | None:
    """Tell an event that is not tracked in a period from one that did not happen."""
    event = plan.measures[0].event
    if event is None:
        return None
    (table,) = world.look(("run_hogql", {"query": tracked(event), "limit": 1}))
    first, last, count = table.rows[0]
    return untracked(plan, world.local(first), world.local(last), world) if count else None
