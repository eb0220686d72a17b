"""Changes of workflows: nothing but what was approved happens without a person."""

from agent.workflows.history import Came
from agent.workflows.plan import Plan, flat
from agent.writing.approval import Approver, Choice, Decision, Unattended
from agent.writing.card import Card
from agent.writing.gate import Gate
from tools.changes.change import Change, Done, Outcome


class Refusing:
    """The approver of steps that ask: whatever they would change is not made."""

    def decide(self, card: Card) -> Decision:
        """No."""
        return Decision(Choice.NO, "", "a question of a workflow")


class AsApproved(Unattended):
    """The approver of `--yes` in a workflow: only the very change it was approved with."""

    def __init__(self, gate: Gate, plan: Plan | None) -> None:
        super().__init__(gate.who)
        self._ledger = gate.ledger
        self._plan = plan

    def decide(self, card: Card) -> Decision:
        """Yes to that change, where the policy allows it too; anything else waits."""
        change = self._ledger.change(card.id)
        if change is None or self._plan is None or plan_of_change(change) != self._plan:
            return Decision(Choice.LATER)
        return super().decide(card)


def approver(gate: Gate, plan: Plan | None, *, approve: bool) -> Approver:
    """Who decides about a change: the person, or the plan it is held against."""
    unattended = isinstance(gate.approver, Unattended)
    return AsApproved(gate, plan) if unattended and not approve else gate.approver


def plan_of_change(change: Change) -> Plan:
    """What a change does, to be compared with what a later run would do."""
    fields = {path: after for path, _, after in change.exactly}
    target = {"kind": change.target.kind, "name": change.target.name}
    return Plan(((change.tool, flat({**target, "after": fields}, dates=True)),), {})


def came_of(step: str, done: Done, file: str) -> Came:
    """What to say of a change."""
    said = f"{done.change.headline}: {done.sentence}"
    if done.outcome is Outcome.APPLIED:
        return Came(step, "changed", said)
    if done.outcome is Outcome.PROPOSED:
        said += f" `hogloop run {file} --approve --yes` lets it be made from now on by policy.toml."
    waits = done.outcome in (Outcome.PROPOSED, Outcome.WAITING)
    return Came(step, "waits" if waits else "failed", said)
