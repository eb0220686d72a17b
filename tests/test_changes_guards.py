"""Each guard around a change: with it a scene does no harm, and without it the same scene does.

A scene whose harm does not show when its guard is off would be blind, and prove nothing.
"""

import json
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

import httpx
import pytest

from agent.errors import AgentError
from agent.writing import card as cards
from agent.writing.approval import Choice, Unattended
from agent.writing.gate import Gate
from agent.writing.ledger import Ledger
from agent.writing.policy import Match, Policy, Second, Verdict
from tests.writing_fixtures import changes_something, desk
from tools.changes import apply as applying
from tools.changes.change import Change
from tools.client import PostHog
from tools.errors import ToolError, TurnError
from tools.scopes import Grants

GROUP = {"properties": [], "rollout_percentage": 30}
WRITE = ("feature_flag:write", "project:read", "cohort:read", "query:read", "group:read")
RISKY = {"percent": 100}


@contextmanager
def at_work(folder):
    with desk(folder) as at:
        at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
        yield at


def harmed(at, act):
    """Whether anything that changes something left for the server, whatever was raised."""
    at.wire.sent.clear()
    with suppress(ToolError, TurnError, AgentError, TypeError):
        act()
    return bool(at.wire.sent)


def rollout(at, percent=40):
    return lambda: at.do("set_flag_rollout", key="new-page", percent=percent)


# Scenes: each returns whether harm was done.


def reading_key(at):
    read = [scope.replace("flag:write", "flag:read") for scope in WRITE]
    return harmed(at, rollout(at.keyed(*read)))


def scope_taken_away(at):
    other = at.keyed(*WRITE)
    assert other.posthog.grants.covers("feature_flag:write")
    meta = at.project.home.meta

    def taken():
        with meta.transaction() as db:
            db.execute("UPDATE keys SET scopes = replace(scopes, 'flag:write', 'flag:read')")

    other.person.first = taken
    return harmed(at, rollout(other))


def reads_only(at):
    at.gate.mode.close()
    return harmed(at, rollout(at))


def mode_ended_while_deciding(at):
    at.person.first = at.gate.mode.close
    return harmed(at, rollout(at))


def key_of_everything(at):
    return harmed(at, rollout(at.keyed("*")))


def key_that_approves_itself(at):
    return harmed(at, rollout(at.keyed(*WRITE, "approvals:write")))


def key_of_all_projects(at):
    return harmed(at, rollout(at.keyed(*WRITE, teams=())))


def denied(at):
    at.gate.policy = Policy(protected=("new-*",))
    return harmed(at, rollout(at))


def denied_while_deciding(at):
    def later():
        at.gate.policy = Policy(deny=(Match(tool="set_flag_*"),))

    at.person.first = later
    return harmed(at, rollout(at))


def refused_by_the_person(at):
    at.person.choice = Choice.NO
    return harmed(at, rollout(at))


def left_by_the_person(at):
    at.person.choice = Choice.LATER
    return harmed(at, rollout(at))


def not_typed(at):
    at.person.types = False
    return harmed(at, rollout(at, 100))


def too_late(at):
    began = at.gate.now()
    at.person.first = lambda: setattr(at.gate, "now", lambda: began + 601)
    return harmed(at, rollout(at))


def approved_twice(at):
    at.person.choice = Choice.LATER
    change = rollout(at)().change
    decision = replace(at.person, choice=Choice.YES).decide(cards.card(change))
    at.gate.approve(change, decision)
    return harmed(at, lambda: at.gate.approve(change, decision))


def altered_in_the_ledger(at):
    at.person.choice = Choice.LATER
    change = rollout(at)().change
    with closing(sqlite3.connect(at.gate.ledger.path)) as database, database:
        database.execute(
            "UPDATE ledger SET body = replace(body, '\"rollout_percentage\":40', "
            "'\"rollout_percentage\":99')"
        )
    person = replace(at.person, choice=Choice.YES)

    def act():
        found = at.gate.ledger.change(change.id)
        at.gate.approve(found, person.decide(cards.card(found)))

    return harmed(at, act)


def another_key_at_approval(at):
    at.person.choice = Choice.LATER
    change = rollout(at)().change
    other = at.keyed(*WRITE)
    decision = other.person.decide(cards.card(change))
    return harmed(at, lambda: other.gate.approve(change, decision))


def by_the_asker_alone(at):
    at.gate.policy = Policy(second_person=(Second(),))
    return harmed(at, rollout(at))


def unattended(at):
    at.gate.approver = Unattended("ann")
    return harmed(at, rollout(at))


def moved_meanwhile(at):
    at.person.first = lambda: at.project.patch(1, {"name": "theirs"})
    return harmed(at, rollout(at))


def taken_meanwhile(at):
    at.person.first = lambda: at.project.made("fresh", {"groups": [GROUP]})
    return harmed(at, lambda: at.do("create_flag", key="fresh"))


def answer_lost(at):
    """Harm is a second request."""

    def lost(request, served):
        if changes_something(request):
            served()
            raise httpx.ReadTimeout("lost")
        return served()

    at.wire.fault = lost
    with suppress(ToolError, TurnError):
        rollout(at)()
    return len(at.wire.sent) > 1


def overloaded(at):
    """Harm is a second request."""
    at.wire.fault = lambda request, served: (
        httpx.Response(503) if changes_something(request) else served()
    )
    with suppress(ToolError, TurnError):
        rollout(at)()
    return len(at.wire.sent) > 1


def no_journal(at):
    def broken():
        at.gate.ledger.path.unlink()
        at.gate.ledger.path.mkdir()

    at.person.first = broken
    return harmed(at, rollout(at))


def overwritten(at):
    """Harm is that the condition somebody added at the last moment is gone."""

    def added(request, served):
        if changes_something(request):
            at.wire.fault = None
            at.project.patch(1, {"filters": {"groups": [GROUP, GROUP]}})
        return served()

    at.wire.fault = added
    at.do("set_flag_condition", key="new-page", condition=1, percent=40)
    return len(at.flag(1)["filters"]["groups"]) == 1


def invisible_letters(at):
    """Harm is that two keys look alike on their cards."""
    at.person.choice = Choice.NO
    key = "new-page"
    at.project.home.meta.put_documents(
        {"feature_flag": [{**at.project.home.meta.document("feature_flag", "1"), "name": "\u200b"}]}
    )
    change = rollout(at)().change
    odd = replace(change, headline=change.headline.replace(key, "new\u200b-page"))
    shown = [cards.card(one).headline for one in (change, odd)]
    return all("u{200b}" not in one for one in shown)


def half_of_it_on_the_card(at):
    """Harm is that a field which is sent stands nowhere on the card."""
    at.person.choice = Choice.NO
    groups = [{"property": f"p{n}", "of": "person", "values": [f"v{n}"]} for n in range(40)]
    change = at.do("set_flag_condition", key="new-page", where=groups).change
    card = cards.card(change)
    return any(f"p{n}" not in " ".join(card.exactly) for n in range(40))


def nothing(*args, **more):
    """What a guard does that is switched off."""


def careless_change(self, method, path, body, scopes):
    """A client that retries and checks nothing."""
    return self._request(method, f"/api/projects/1/{path}", json=body)


def unguarded_change(self, method, path, body, scopes):
    body = {k: v for k, v in body.items() if k not in ("version", "original_flag")}
    return careless_change(self, method, path, body, scopes)


def any_step(self, change_id, before, after, who, body):
    with suppress(ToolError):
        ADVANCE(self, change_id, self.last(change_id).step, after, who, body)


def trusting_change(self, change_id):
    with self._open() as database:
        row = database.execute("SELECT body FROM ledger WHERE change = ?", (change_id,)).fetchone()
    return Change.of_json(json.loads(row[0])["change"])


def yes_anyway(self, change, decision):
    return self.approve(change, replace(decision, choice=Choice.YES))


def resend(posthog, change):
    posthog.change(change.request.method, change.request.path, dict(change.request.body), ())


def run_anything(self, name, arguments):
    change = self._tools[name].function(self.posthog, self._tools[name].parse(arguments))
    return self.gate.carry(change)


ADVANCE = Ledger.advance
ALLOWED = Gate._allowed


def allowed_at_first(self, change):
    """A policy that is asked once, when the change is proposed."""
    if not hasattr(self, "_once"):
        self._once = ALLOWED(self, change)
    return self._once


def checked_at_first(self):
    """A mode that is asked once."""


def read_only(posthog, kind, change):
    """The object as it is, whatever it was."""
    return kind.read(posthog, change.target.id), ()


def nothing_there(posthog, kind, change):
    """A place that is taken for free."""
    return None, ()


NO_STEPS = (Ledger, "advance", nothing)
NOT_READ_AGAIN = (applying, "_now", read_only)
GUARDS = [
    ("scopes", reading_key, [(Grants, "missing", lambda self, scopes: ())]),
    ("scopes again", scope_taken_away, [(PostHog, "renewed_grants", lambda self: self.grants)]),
    ("write mode", reads_only, [(Gate, "check", nothing)]),
    ("write mode again", mode_ended_while_deciding, [(Gate, "check", nothing)]),
    ("broad key", key_of_everything, [(Grants, "too_broad", lambda self, project: "")]),
    ("own approver", key_that_approves_itself, [(Grants, "too_broad", lambda self, project: "")]),
    ("all projects", key_of_all_projects, [(Grants, "too_broad", lambda self, project: "")]),
    ("policy", denied, [(Gate, "_allowed", lambda self, change: Verdict("ask", ""))]),
    ("policy again", denied_while_deciding, [(Gate, "_allowed", allowed_at_first)]),
    ("a person's no", refused_by_the_person, [(Gate, "reject", yes_anyway)]),
    ("typed name", not_typed, [(Gate, "_decided", nothing)]),
    ("expiry", too_late, [(Gate, "_decided", nothing)]),
    ("used once", approved_twice, [(Ledger, "advance", any_step), NOT_READ_AGAIN]),
    ("hash", altered_in_the_ledger, [(Ledger, "change", trusting_change), NO_STEPS]),
    ("same key", another_key_at_approval, [(Gate, "_same_place", nothing)]),
    ("second person", by_the_asker_alone, [(Gate, "_decided", nothing)]),
    ("unattended", unattended, [(Gate, "_decided", nothing)]),
    ("read again", moved_meanwhile, [NOT_READ_AGAIN]),
    ("read again, new", taken_meanwhile, [(applying, "_now", nothing_there)]),
    ("settled by reading", answer_lost, [(applying, "settle", resend)]),
    ("sent once", overloaded, [(PostHog, "change", careless_change)]),
    ("journal first", no_journal, [NO_STEPS, (Ledger, "last", nothing)]),
    ("original flag", overwritten, [(PostHog, "change", unguarded_change)]),
    ("odd letters", invisible_letters, [(cards, "plain", str)]),
    ("whole card", half_of_it_on_the_card, [(cards, "_exactly", lambda change: [])]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "scene", "off"), GUARDS, ids=[one[0] for one in GUARDS])
def test_a_guard_prevents_what_happens_without_it(tmp_path, monkeypatch, name, scene, off):
    with at_work(tmp_path / "on") as at:
        assert scene(at) is False
    with at_work(tmp_path / "off") as at, monkeypatch.context() as patch:
        for owner, guard, instead in off:
            patch.setattr(owner, guard, instead, raising=False)
        assert scene(at) is True, f"the scene is blind to the guard {name}"


def test_a_change_that_waits_does_nothing(tmp_path, tally):
    with at_work(tmp_path) as at:
        assert left_by_the_person(at) is False
    assert len(GUARDS) >= 20
    tally(f"{len(GUARDS)} guards around changes, each seen to matter")
