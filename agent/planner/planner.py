"""Planner: a Model without network or weights; the same conversation always gets the same reply."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.answer import Draft
from agent.messages import Assistant, Delta, Message, ToolCall
from agent.planner.answers import answer
from agent.planner.asking import calls
from agent.planner.conversation import Conversation
from agent.planner.glossary import NO_GLOSSARY, Glossary, expand
from agent.planner.objects.asked import asked as asked_about
from agent.planner.objects.keeping import keeping
from agent.planner.objects.reply import ordered, reply
from agent.planner.plan import Cause, Drivers, Plan, Reply, Unsure, Watch
from agent.planner.reading.eventless import NOTHING
from agent.planner.reading.parts import defined, parts
from agent.planner.reading.reader import read
from agent.planner.reading.sentences import asked
from agent.planner.why import Outcome, drivers, explain, watch
from agent.planner.world import Known, Missing, Refused, World

Remarks = tuple[str, ...]


@dataclass(frozen=True)
class Planner:
    """Reads analytics English by looking at the project through its tools."""

    as_of: datetime | None = None
    """The instant that relative periods count from, in the project's zone."""

    glossary: Glossary = NO_GLOSSARY
    name: str = "built-in planner"

    def complete(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> Generator[Delta, None, Assistant]:
        """The next lookups, or the answer once everything is known."""
        yield from ()
        try:
            offered = frozenset(tool["name"] for tool in tools)
            world = World(Known(messages), self.as_of, offered)
            draft = self._draft(Conversation.of(messages), world)
        except Missing as missing:
            return Assistant(tool_calls=_calls(missing, len(messages)))
        except Refused as refused:
            said = refused.result.text.partition(": ")[2] or refused.result.text
            draft = Draft("failed", said, error=refused.result.error)
        return Assistant(draft.headline, draft=draft)

    def recall(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        as_of: datetime | None,
    ) -> Draft | None:
        """The draft it made at the end of these messages, None when it would look up more."""
        then = replace(self, as_of=as_of).complete(messages, tools)
        try:
            while True:
                next(then)
        except StopIteration as stop:
            made: Assistant = stop.value
            return made.draft

    def _draft(self, talk: Conversation, world: World) -> Draft:
        if world.facts.events == 0:
            return Draft("declined", f"{world.facts.name} has no events yet.")
        if chosen := talk.chosen():
            return self._said(chosen, talk, world)
        if kept := keeping(asked_about(talk.question), world, talk.before):
            return kept
        if done := ordered(talk.question, world, self.glossary):
            return done
        question, told = defined(asked(talk.question, world.clock))
        question, expanded = expand(question, self.glossary)
        remarks = (*told, *expanded)
        if (meant := talk.meant(question, world)) is not None:
            return _drafted(meant, question, remarks, world)
        if draft := reply(talk.question, world, self.glossary):
            return draft
        questions = _questions(question, world)
        if len(questions) > 1:
            return _together([_answered(one, remarks, world) for one in questions], talk.question)
        return _answered(question, remarks, world)

    def _said(self, chosen: Plan | Reply | str, talk: Conversation, world: World) -> Draft:
        """What a choice from the last message stands for."""
        if isinstance(chosen, str):
            kept = keeping(asked_about(chosen), world, talk.before)
            return kept or reply(chosen, world, self.glossary) or _answered(chosen, (), world)
        return _drafted(chosen, talk.question, (), world)


def _questions(message: str, world: World) -> list[str]:
    """The questions of a message; one in which nothing is asked for says more of the others."""
    found = parts(message)
    more = any(read(one, world) == NOTHING for one in found[1:])
    return [message] if more else found


def _answered(question: str, remarks: Remarks, world: World) -> Draft:
    return _drafted(read(question, world), question, remarks, world)


def _drafted(reading: Plan | Reply, question: str, remarks: Remarks, world: World) -> Draft:
    """The answer to a plan, or what is said instead of one."""
    if isinstance(reading, Reply):
        text = reading.text
        return Draft(reading.outcome, reading.headline, text, choices=reading.choices, plan=reading)
    scope = replace(reading.scope, assumptions=(*remarks, *reading.scope.assumptions))
    plan = replace(reading, scope=scope)
    try:
        return _investigated(plan, question, world) or _counted(plan, world)
    except Unsure as stop:
        return _drafted(stop.reply, question, remarks, world)


def _counted(plan: Plan, world: World) -> Draft:
    return answer(plan, world.look(*calls(plan, world)), world)


def _investigated(plan: Plan, question: str, world: World) -> Draft | None:
    """The answer to a question about causes, which takes more than one step."""
    scope = plan.scope
    if isinstance(plan, Cause):
        draft = explain(question, plan.figure, scope.span, scope.compare, plan.claimed, world)
    elif isinstance(plan, Watch):
        draft = watch(question, scope.span, scope.compare, world)
    elif isinstance(plan, Drivers):
        outcome = Outcome(plan.outcome, absent=plan.absent)
        draft = drivers(question, outcome, plan.candidates, scope.span, world)
    else:
        return None
    return replace(draft, assumptions=(*scope.assumptions, *draft.assumptions), plan=plan)


def _together(drafts: Sequence[Draft], question: str) -> Draft:
    """One answer to a message of several questions: what can be answered of it, and what can't."""
    answered = [draft for draft in drafts if draft.outcome == "answered"]
    if not answered:
        return drafts[0]
    last = answered[-1]
    windows = {draft.window for draft in answered}
    return Draft(
        "answered",
        " ".join(draft.headline for draft in drafts),
        "\n".join(draft.text for draft in answered if draft.text),
        tuple(table for draft in answered for table in draft.tables),
        last.window if len(windows) == 1 else None,
        tuple(dict.fromkeys(one for draft in answered for one in draft.assumptions)),
        plan=last.plan,
        suggestions=last.suggestions,
    )


def _calls(missing: Missing, turn: int) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(f"{name}-{turn}-{n}", name, arguments)
        for n, (name, arguments) in enumerate(missing.requests, 1)
    )
