"""The gate that every change passes: mode, key and policy, a person's approval, one request.

Order: the tool's arguments and scopes (in the toolbox) → write mode → reach of the key → proposal →
policy → journal → approval → policy again → journal → read again, send once, read back → journal.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from agent.journal import JournalError
from agent.redact import holds_secret, redact
from agent.writing.approval import Approver, Choice, Decision, Nobody, Unattended
from agent.writing.card import Card, card, word
from agent.writing.ledger import Ledger
from agent.writing.mode import MINUTES, WriteMode
from agent.writing.policy import Case, Policy, Verdict, judge, local_now
from tools.changes.apply import apply, settle
from tools.changes.change import MAX_BYTES, Change, Done, Fields, Outcome, Risk
from tools.changes.kinds import page_of
from tools.changes.undo import undo
from tools.client import PostHog
from tools.errors import ChangeRefused, ToolError, TurnError
from tools.toolbox import TOOLS
from tools.wording import joined

WRITING = tuple(sorted({s for tool in TOOLS for s in tool.scopes if s.endswith(":write")}))
"""The scopes of which a key needs one to change anything."""


@dataclass
class Gate:
    """Who may change what on one project, and what became of it."""

    posthog: PostHog
    ledger: Ledger
    mode: WriteMode
    policy: Policy
    who: str
    """The person at this end, as the ledger names them."""

    approver: Approver = field(default_factory=Nobody)
    own: bool = False
    """Whether the project is hogloop's own embedded one, whose key reaches nothing else."""

    read_policy: Callable[[], Policy] | None = None
    """Reads the rules again, which may have changed since the start."""

    now: Callable[[], float] = time.time

    @property
    def is_open(self) -> bool:
        """Whether changes may be proposed now."""
        project = self.posthog.project
        return self.mode.seconds_left(self.posthog.host, project.id) > 0 and not self.too_broad()

    def too_broad(self) -> str:
        """Why the key must not change anything although it could; or ""."""
        grants = self.posthog.grants
        if self.own or grants.key_id in self.policy.trusted_keys:
            return ""
        return grants.too_broad(self.posthog.project.id)

    def open(self) -> str:
        """Let changes of this project be proposed for half an hour; says so, or why not."""
        if why := self.too_broad():
            raise ChangeRefused(f"This key only reads here, because {why}.")
        if self.policy.read_only:
            raise ChangeRefused("The policy is read_only: nothing can be changed.")
        if not any(self.posthog.grants.covers(scope) for scope in WRITING):
            raise ChangeRefused(
                f"This key only reads: make one with the scopes of what it is to change, "
                f"{joined(WRITING, 'or')} (hogloop scopes)."
            )
        project = self.posthog.project
        self.mode.open(self.posthog.host, project.id)
        name = project.name or f"project {project.id}"
        return f"Changes of {name} can be proposed for {MINUTES} minutes; each asks you first."

    def check(self) -> None:
        """Refuse unless changes may be proposed."""
        if why := self.too_broad():
            raise ChangeRefused(
                f"This key only reads here, because {why}: make one for this project alone with "
                "just the scopes it needs (hogloop scopes), or name it in trusted_keys of "
                "policy.toml."
            )
        project = self.posthog.project
        if not self.mode.seconds_left(self.posthog.host, project.id):
            raise ChangeRefused(
                "hogloop only reads until you say otherwise: /write here, or `hogloop login "
                "--write`, lets changes be proposed for 30 minutes."
            )

    def carry(self, change: Change) -> Done:
        """Take a proposal to a person, and make it if it is approved."""
        self._allowed(change)
        if holds_secret(json.dumps(change.as_json())):
            raise ChangeRefused(
                f"{change.target.name} holds what looks like a secret key, now or after the change:"
                " that is not written into the ledger. Take the key out in PostHog first."
            )
        self.ledger.propose(change, self.who)
        shown = self.card(change)
        decision = self.approver.decide(shown)
        if decision.choice is Choice.LATER:
            whom = f" for {shown.waits_for}" if shown.waits_for else ""
            said = f"It waits{whom}: `hogloop approve {change.id}` within ten minutes makes it."
            return Done(change, Outcome.PROPOSED, f"Proposed, nothing is changed. {said}")
        if decision.choice is Choice.NO:
            return self.reject(change, decision)
        return self.approve(change, decision)

    def card(self, change: Change) -> Card:
        """The card of a change that was proposed, as the person at this end reads it."""
        verdict = self._allowed(change)
        return card(change, self.posthog.project.timezone, self._other(change, self.who, verdict))

    def reject(self, change: Change, decision: Decision) -> Done:
        """Note that a person does not want it."""
        body = {"surface": decision.surface}
        self.ledger.advance(change.id, Outcome.PROPOSED, Outcome.REJECTED, decision.who, body)
        return Done(change, Outcome.REJECTED, "Not approved, nothing was changed.")

    def approve(self, change: Change, decision: Decision) -> Done:
        """Make a change that a person approved; every condition is asked again."""
        self.posthog.renewed_grants()
        self.policy = self.read_policy() if self.read_policy else self.policy
        self.check()
        verdict = self._allowed(change)
        self._same_place(change)
        self._decided(change, decision, verdict)
        body = {"hash": change.hash, "surface": decision.surface}
        with self.ledger.alone():
            self.ledger.advance(change.id, Outcome.PROPOSED, Outcome.APPROVED, decision.who, body)
            return self._noted(self._applied(change))

    def undo(self, change_id: str) -> Done:
        """Propose the inverse of a change that was made, and go on as with any other."""
        change_id = change_id or next((one.id for one in self._made_here()), "at all")
        change, last = self.ledger.change(change_id), self.ledger.last(change_id)
        if change is None or last is None:
            raise ChangeRefused(f"There is no change {change_id}.")
        if last.step is not Outcome.APPLIED:
            raise ChangeRefused(
                f"{change_id} is not known to be made ({last.step}): there is nothing to undo."
            )
        self.check()
        self._same_place(change)
        if back := self._taken_back(change):
            raise ChangeRefused(
                f"{change_id} is taken back already, by {back.id}: `hogloop undo {back.id}` makes "
                "it again."
            )
        return self.carry(undo(self.posthog, change, last.body["id"], last.body["now"]))

    def _taken_back(self, change: Change) -> Change | None:
        """What took a change back and stands; members are taken back one at a time."""
        if "members" in change.after:
            return None
        made = list(self._made_here())
        gone = {one.undoes for one in made}
        return next((one for one in made if one.undoes == change.id and one.id not in gone), None)

    def _made_here(self) -> Iterator[Change]:
        """The changes of this project that were made, the latest first."""
        for entry in self.ledger.latest():
            change = self.ledger.change(entry.change) if entry.step is Outcome.APPLIED else None
            if change is not None and self._is_here(change):
                yield change

    def settle_open(self) -> list[Done]:
        """Find out what became of changes whose process died while they were made.

        Those that another process is making right now are left to it.
        """
        if not self.ledger.path.exists():
            return []
        with self.ledger.alone(wait=False) as free:
            return list(self._settled()) if free else []

    def _settled(self) -> Iterator[Done]:
        for entry in self.ledger.latest(1_000):
            if entry.step not in (Outcome.APPROVED, Outcome.SENDING):
                continue
            change = self.ledger.change(entry.change)
            if change is None or not self._is_here(change):
                continue
            if entry.step is Outcome.APPROVED:
                done = Done(change, Outcome.REFUSED, "Interrupted before anything was sent.")
                yield self._noted(done)
                continue
            try:
                done = settle(self.posthog, change)
            except (ToolError, TurnError) as error:
                yield Done(change, Outcome.SENDING, f"What became of it can't be read now: {error}")
            else:
                yield self._noted(done)

    def _applied(self, change: Change) -> Done:
        def sending() -> None:
            self.ledger.advance(change.id, Outcome.APPROVED, Outcome.SENDING, self.who, {})

        return apply(self.posthog, change, sending)

    def _noted(self, done: Done) -> Done:
        """Write down what became of it, after the step that was written last."""
        body = {
            "sentence": redact(done.sentence),
            "moved": list(done.moved),
            "now": _kept(done.now),
            "id": done.object_id or done.change.target.id,
            "request_id": done.request_id,
        }
        last = self.ledger.last(done.change.id)
        if last is None:
            raise JournalError(f"The ledger has lost the change {done.change.id}: audit verify.")
        self.ledger.advance(done.change.id, last.step, done.outcome, self.who, body)
        made = done.outcome is Outcome.APPLIED
        page = page_of(done.change, done.now, done.object_id or done.change.target.id)
        return replace(done, page=page if made else "")

    def _allowed(self, change: Change) -> Verdict:
        verdict = judge(self.policy, Case.of(change), local_now(self.posthog.project.timezone))
        if verdict.kind == "deny":
            raise ChangeRefused(f"Not allowed: {verdict.reason}.")
        return verdict

    def _decided(self, change: Change, decision: Decision, verdict: Verdict) -> None:
        """Refuse an approval that is too late, by the wrong person, or not typed."""
        if self.now() > change.expires_at or self.now() < change.made_at - 60:
            self.ledger.advance(change.id, Outcome.PROPOSED, Outcome.EXPIRED, decision.who, {})
            raise ChangeRefused("The proposal is older than ten minutes: ask for it again.")
        if isinstance(self.approver, Unattended) and not verdict.unattended:
            raise ChangeRefused(
                f"--yes may not make this change: no `allow` in policy.toml covers {change.tool} on"
                f" {change.target.name}, or its risk is high. `hogloop approve {change.id}` does."
            )
        if other := self._other(change, decision.who, verdict):
            raise ChangeRefused(f"{decision.who} may not approve this: it waits for {other}.")
        if change.risk >= Risk.HIGH and decision.typed != word(change):
            raise ChangeRefused(
                f"Its risk is high: type {word(change)} to approve it. Nothing was changed."
            )

    def _other(self, change: Change, who: str, verdict: Verdict) -> str:
        """Whom a change waits for, where somebody may not approve it by any of their names."""
        person = self.policy.person
        second = verdict.kind == "second person" and person(who) == person(self._asker(change))
        if not second and self.policy.one_of(who, verdict.by):
            return ""
        others = [one for one in verdict.by if person(one) != person(who)]
        return f"{joined(others, 'or') or 'another person'}, because {verdict.reason}"

    def _asker(self, change: Change) -> str:
        return self.ledger.steps(change.id)[0].who

    def _same_place(self, change: Change) -> None:
        if not self._is_here(change):
            raise ChangeRefused(
                f"The change {change.id} is for {change.place.project} on {change.place.host}, "
                "with another key or project than now."
            )

    def _is_here(self, change: Change) -> bool:
        place, project = change.place, self.posthog.project
        mine = (self.posthog.host, project.id, self.posthog.grants.key_id)
        return mine == (place.host, place.project_id, place.key_id)


def _kept(now: Fields) -> dict[str, Any]:
    """How a change left its object; without it, it can't be undone."""
    text = json.dumps(dict(now))
    return {} if holds_secret(text) or len(text) > MAX_BYTES // 2 else dict(now)
