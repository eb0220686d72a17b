"""What a client's calls do: the toolbox and the gate, from any number of threads."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, LifoQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from agent.assemble import build_agent, build_gate, open_posthog
from agent.desk.remarks import as_told, remarks
from agent.front import failure, say
from agent.mcp.offer import TOOL, Ask, FindTool, Offer, UseTool, found, offers
from agent.mcp.told import card_lines, card_text, failed, told
from agent.messages import Assistant, Delta, Message
from agent.session import Session
from agent.settings import Settings
from agent.steps import describe
from agent.writing.approval import Choice, Decision
from agent.writing.card import Card, card
from agent.writing.gate import Gate
from agent.writing.policy import load_policy
from prompts import load
from tools.base import Args, Output
from tools.changes.change import Done, Outcome
from tools.client import PostHog
from tools.errors import ChangeRefused, InvalidArguments, UnknownTool
from tools.fence import fence
from tools.scopes import Grants
from tools.stoppable import StoppablePostHog
from tools.toolbox import Toolbox

if TYPE_CHECKING:
    from tools.local.progress import Creation

STEP = 120
"""Letters of a step that are told."""

MADE = (Outcome.APPLIED, Outcome.REJECTED, Outcome.PROPOSED, Outcome.WAITING)


@dataclass(frozen=True)
class Waiting:
    """A proposal that waits for a person."""

    card: Card
    hash: str
    text: str
    """The card, for a person to read."""


@dataclass(frozen=True)
class Reply:
    """What came of a call."""

    text: str
    failed: bool = False
    structured: dict[str, Any] | None = None
    waiting: Waiting | None = None


@dataclass
class Underway:
    """One call while it runs, which its client may follow or end."""

    step: str = ""
    """What is being done, in one line."""

    posthog: StoppablePostHog | None = None
    stopped: bool = False
    _lock: Lock = field(default_factory=Lock)

    def client(self, **options: Any) -> StoppablePostHog:
        """The client of this call."""
        return self.use(StoppablePostHog(**options))

    def use(self, posthog: StoppablePostHog) -> StoppablePostHog:
        """Take a client that is open."""
        with self._lock:
            self.posthog = posthog
            if self.stopped:
                posthog.stop()
        return posthog

    def leave(self) -> None:
        """Let the client go: from now on nothing of this call is to be ended."""
        with self._lock:
            self.posthog = None

    def stop(self) -> None:
        """End it, since nobody waits for it any more."""
        with self._lock:
            self.stopped = True
            if self.posthog:
                self.posthog.stop()

    def watch(self, message: Message | Delta) -> None:
        """Note the step that a message begins."""
        if isinstance(message, Assistant):
            step = ", ".join(map(describe, message.tool_calls)) or "composing the answer"
            self.step = step if len(step) <= STEP else f"{step[:STEP]}…"

    def follow(self, steps: Iterator["Creation"]) -> None:
        """Note how far the demo project is, which is made at its first use."""
        for one in steps:
            self.step = f"creating the demo project, once: {one.rows:,} events"


@dataclass
class Calls:
    """Everything that clients may call, on one project."""

    settings: Settings
    debug: Callable[[BaseException], None] = lambda error: None
    _idle: LifoQueue[StoppablePostHog] = field(default_factory=LifoQueue)

    def offers(self) -> tuple[Offer, ...]:
        """The tools that the key allows; those of an embedded project before it is open."""
        if self.settings.embedded:
            read_only = load_policy(self.settings.policy).read_only
            return offers(Grants(frozenset("*")), may_change=not read_only)
        with self._toolbox(Underway()) as (toolbox, gate):
            return offers(
                toolbox.grants, may_change=not gate.too_broad() and not gate.policy.read_only
            )

    def run(self, name: str, arguments: dict[str, Any], call: Underway) -> Reply:
        """What came of a call; whatever goes wrong is one sentence."""
        try:
            return self._run(name, arguments, call)
        except Exception as error:
            return self._failed(error)

    def decide(self, change_id: str, hash_: str, choice: Choice, typed: str) -> Reply:
        """Make, or leave for good, exactly the change that a person was shown."""
        try:
            with self._toolbox(Underway()) as (_, gate):
                return _done(_decided(gate, change_id, hash_, choice, typed))
        except Exception as error:
            return self._failed(error)

    def close(self) -> None:
        """Close what is open."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _failed(self, error: Exception) -> Reply:
        self.debug(error)
        return Reply(failed(failure(error).sentence), failed=True)

    def _run(self, name: str, arguments: dict[str, Any], call: Underway) -> Reply:
        call.step = name
        if name == "ask":
            return self._ask(_read(Ask, name, arguments).question, call)
        with self._toolbox(call) as (toolbox, gate):
            if name == "find_tool":
                return _find(_read(FindTool, name, arguments).wanted, toolbox)
            if name in ("use_tool", "propose_change"):
                asked = _read(UseTool, name, arguments)
                _fits(asked.tool, changing=name == "propose_change")
                name, arguments = asked.tool, asked.arguments
            if name not in TOOL:
                raise _unknown(name)
            if TOOL[name].writes:
                for left in gate.settle_open():
                    say(f"{left.change.id} ({left.change.headline}): {left.sentence}")
            output = toolbox.run(name, arguments)
            if isinstance(output, Done):
                return _done(output, _waiting(gate, output.change.id))
            return Reply("\n".join(_told(name, output, toolbox.posthog)))

    def _ask(self, question: str, call: Underway) -> Reply:
        with build_agent(self.settings, follow=call.follow, client=call.client) as agent:
            session = Session(agent, self.settings.home, started=datetime.now(UTC), warn=say)
            try:
                answer = session.ask(question, call.watch)
            finally:
                session.close()
                call.leave()
        if answer.outcome == "failed":
            return Reply(failed(answer.headline), failed=True)
        body = told(answer)
        return Reply(fence(body), structured=body)

    @contextmanager
    def _toolbox(self, call: Underway) -> Iterator[tuple[Toolbox, Gate]]:
        """The toolbox and its gate, on a connection that nobody else uses meanwhile."""
        try:
            posthog = call.use(self._idle.get_nowait())
        except Empty:
            open_posthog(self.settings, follow=call.follow, client=call.client)
            assert call.posthog is not None
            posthog = call.posthog
        try:
            gate = build_gate(self.settings, posthog)
            yield Toolbox(posthog, gate=gate), gate
        finally:
            call.leave()
            if posthog.is_stopped:
                posthog.close()
            else:
                self._idle.put(posthog)


def _find(wanted: str, toolbox: Toolbox) -> Reply:
    if wanted.strip().lower() == "hogql":
        return Reply(load("hogql"))
    tools = list(found(wanted, toolbox.grants))
    if not tools:
        raise UnknownTool("No tool is about that: use other words, or a name of find_tool's list.")
    # A schema is our own text, longer than what is let through from data, and JSON all the same.
    return Reply("\n".join(map(_as_json, tools)))


def _as_json(tool: dict[str, Any]) -> str:
    return json.dumps(tool, ensure_ascii=False, separators=(",", ":"))


def _told(name: str, output: Output, posthog: PostHog) -> Iterator[str]:
    """A result, and what code sees in the figures."""
    output = as_told(output, posthog)
    yield output.for_model()
    if name.startswith("run_") and (special := list(remarks(output, posthog))):
        yield fence(special)


def _fits(name: str, *, changing: bool) -> None:
    """Refuse to change something by what only reads, and the other way round."""
    if name not in TOOL:
        raise _unknown(name)
    if TOOL[name].writes and not changing:
        raise ChangeRefused(f"{name} changes something: call it with propose_change.")
    if changing and not TOOL[name].writes:
        raise InvalidArguments(f"{name} changes nothing: call it with use_tool.")


def _unknown(name: str) -> UnknownTool:
    return UnknownTool(f"There is no tool {name[:80]!r}: find_tool finds those there are.")


def _waiting(gate: Gate, change_id: str) -> Waiting | None:
    """A proposal as it stands in the ledger, which is what would be made."""
    change, last = gate.ledger.change(change_id), gate.ledger.last(change_id)
    if change is None or last is None or last.step is not Outcome.PROPOSED:
        return None
    shown = card(change, gate.posthog.project.timezone)
    return Waiting(shown, change.hash, card_text(shown))


def _decided(gate: Gate, change_id: str, hash_: str, choice: Choice, typed: str) -> Done:
    change = gate.ledger.change(change_id)
    if change is None or change.hash != hash_:
        raise ChangeRefused("This is not the change that was shown: nothing was changed.")
    if choice is Choice.LATER:
        said = f"Nothing is changed; `hogloop approve {change.id}` makes it."
        return Done(change, Outcome.PROPOSED, said)
    decision = Decision(choice, gate.who, "mcp", typed)
    return gate.approve(change, decision) if choice is Choice.YES else gate.reject(change, decision)


def _done(done: Done, waiting: Waiting | None = None) -> Reply:
    text = done.for_model() + (f"\n{fence(card_lines(waiting.card))}" if waiting else "")
    return Reply(text, failed=done.outcome not in MADE, waiting=waiting)


A = TypeVar("A", bound=Args)


def _read(arguments: type[A], name: str, given: dict[str, Any]) -> A:
    try:
        return arguments.model_validate(given)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        raise InvalidArguments(f"{name}: {faults}") from None
