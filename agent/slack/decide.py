"""Approving and rejecting: the card of a change, decided once by somebody who may."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress

from agent.errors import AgentError
from agent.loop import Agent
from agent.slack.changes import settled
from agent.slack.deliver import Desk
from agent.slack.errors import SlackLost, SlackRefused
from agent.slack.gate import Principal
from agent.slack.inbox import Place
from agent.slack.payloads import Incoming
from agent.slack.store import Store
from agent.writing.approval import Choice, Decision
from agent.writing.card import Card, card
from agent.writing.gate import Gate
from agent.writing.ledger import Entry, Ledger
from tools.changes.change import Outcome
from tools.errors import ChangeRefused, ToolError, TurnError

NOT_YOU = "Only those whom `approvers` in slack.toml names may approve changes."
NOT_YOURS = "Only whoever asked for it, or an approver, may reject it."
ENDED = {
    Outcome.REJECTED: "Nothing was changed.",
    Outcome.EXPIRED: "Nobody approved it in time: nothing was changed.",
}
DECIDED = {Outcome.APPROVED: "Approved", Outcome.REJECTED: "Rejected"}

OpenAgent = Callable[[], AbstractContextManager[Agent]]


class Decider:
    """Decides about changes on behalf of those who may."""

    def __init__(self, desk: Desk, store: Store, ledger: Ledger, open_agent: OpenAgent) -> None:
        self._desk = desk
        self._store = store
        self._ledger = ledger
        self._open = open_agent

    def posted(self, change_id: str, at: Place, who: Principal) -> None:
        """Note where a card stands, and until when it can be approved."""
        if change := self._ledger.change(change_id):
            self._store.post_card(change_id, at, who.who, change.expires_at)

    def card(self, change_id: str) -> Card | None:
        """The card of a change, made from the ledger."""
        change = self._ledger.change(change_id)
        return card(change) if change else None

    def may(self, asked: Incoming, who: Principal) -> str:
        """Why somebody may not decide so, or ""."""
        if who.approves:
            return ""
        at = self._store.card(asked.value)
        own = at is not None and at.asker == who.who
        if asked.action == "reject":
            return "" if own else NOT_YOURS
        return NOT_YOU

    def decide(self, asked: Incoming, who: Principal) -> None:
        """Approve or reject as somebody asks who may; everybody else is told why not."""
        if why := self.may(asked, who):
            self._tell(asked, why)
            return
        try:
            change = self._ledger.change(asked.value)
            if change is None:
                raise ChangeRefused("That change is not known here any more: ask for it again.")
            choice = Choice.NO if asked.action == "reject" else Choice.YES
            decision = Decision(choice, who.who, "slack", asked.text)
            with self._open() as agent:
                self._carry(agent, change.id, decision)
        except (AgentError, TurnError, ToolError) as error:
            self._tell(asked, str(error))
        self.show(asked.value)

    def _carry(self, agent: Agent, change_id: str, decision: Decision) -> None:
        gate, change = agent.toolbox.gate, self._ledger.change(change_id)
        if not isinstance(gate, Gate) or change is None:
            raise ChangeRefused("Changes are not possible here.")
        gate.who = decision.who
        decide = gate.approve if decision.choice is Choice.YES else gate.reject
        decide(change, decision)

    def show(self, change_id: str) -> None:
        """Let a card show what became of it and by whom; one that still waits stays as it is."""
        at, made, steps = self._store.card(change_id), self.card(change_id), []
        with suppress(AgentError):
            steps = self._ledger.steps(change_id)
        if at is None or made is None or not steps or steps[-1].step is Outcome.PROPOSED:
            return
        with suppress(SlackRefused, SlackLost):
            self._desk.edit(at.place, settled(made, _told(steps)))
        if steps[-1].step.ended or steps[-1].step is Outcome.UNKNOWN:
            self._store.settle_card(change_id)

    def expire(self) -> None:
        """Let cards whose time is over say so."""
        for change_id in self._store.expired_cards():
            last = self._ledger.last(change_id)
            if last is not None and last.step is Outcome.PROPOSED:
                with suppress(ChangeRefused):
                    self._ledger.advance(change_id, Outcome.PROPOSED, Outcome.EXPIRED, "clock", {})
            self.show(change_id)
            self._store.settle_card(change_id)

    def settle(self) -> None:
        """Find out what became of changes that were being made when the process ended."""
        with suppress(AgentError, TurnError, ToolError):
            if not (
                self._ledger.path.exists() and any(map(_half_done, self._ledger.latest(1_000)))
            ):
                return
            with self._open() as agent:
                gate = agent.toolbox.gate
                for done in gate.settle_open() if isinstance(gate, Gate) else ():
                    self.show(done.change.id)

    def _tell(self, asked: Incoming, sentence: str) -> None:
        self._desk.whisper(asked.user, asked.channel, asked.root, sentence)


def _half_done(entry: Entry) -> bool:
    return entry.step in (Outcome.APPROVED, Outcome.SENDING)


def _told(steps: Sequence[Entry]) -> str:
    """What the ledger says of a change: who decided, and what came of it."""
    last, by = steps[-1], ""
    for one in steps:
        if one.step in DECIDED:
            by = f"{DECIDED[one.step]} by {one.who}. "
    return by + (str(last.body.get("sentence") or "") or ENDED.get(last.step, str(last.step)))
