"""Who may approve what when: named people, another one than the asker, hours, and steps."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from agent.writing.approval import Choice, Decision, Unattended
from agent.writing.policy import Freeze, Match, Policy, Second, local_now
from agent.writing.terminal import TerminalApprover
from tests.writing_fixtures import desk
from tools.changes.change import Outcome
from tools.errors import ChangeRefused

GROUP = {"properties": [], "rollout_percentage": 30}
YES = Decision(Choice.YES, "bob", "slack")


@pytest.fixture
def at(tmp_path):
    with desk(tmp_path) as at:
        at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
        yield at


def proposed(at, policy):
    """A change that ann asked for and that nobody decided about yet."""
    at.gate.policy, at.person.choice = policy, Choice.LATER
    return at.do("set_flag_rollout", key="new-page", percent=40)


def approved_by(at, change, name):
    return at.gate.approve(change, replace(YES, who=name)).outcome


def test_another_person_approves_what_its_asker_may_not(at):
    done = proposed(at, Policy(second_person=(Second(tool="set_flag_*", reason="billing"),)))
    assert done.sentence == (
        "Proposed, nothing is changed. It waits for another person, because billing: "
        f"`hogloop approve {done.change.id}` within ten minutes makes it."
    )
    with pytest.raises(ChangeRefused, match="ann may not approve this: it waits for another"):
        approved_by(at, done.change, "ann")
    assert at.wire.sent == []
    assert approved_by(at, done.change, "bob") is Outcome.APPLIED
    steps = [(one.step, one.who) for one in at.gate.ledger.steps(done.change.id)]
    assert steps[:2] == [("proposed", "ann"), ("approved", "bob")]


def test_only_those_who_are_named_may_be_the_second_person(at):
    done = proposed(at, Policy(second_person=(Second(by=("cem", "dora")),)))
    assert "It waits for cem or dora, because the policy asks for a second" in done.sentence
    with pytest.raises(ChangeRefused, match="bob may not approve this: it waits for cem or dora"):
        approved_by(at, done.change, "bob")
    assert approved_by(at, done.change, "dora") is Outcome.APPLIED


def test_nobody_is_their_own_second_person_by_another_name(at):
    people = {"ann": ("ann", "ann@shop.example")}
    done = proposed(
        at, Policy(second_person=(Second(by=("ann@shop.example", "bob")),), people=people)
    )
    assert "It waits for bob, because" in done.sentence
    with pytest.raises(ChangeRefused, match="it waits for bob"):
        approved_by(at, done.change, "ann@shop.example")
    assert at.wire.sent == []


@pytest.mark.parametrize(
    ("names", "may"),
    [((), True), (("bob",), True), (("bob@shop.example",), True), (("ann",), False)],
)
def test_approvers_are_those_of_the_policy(at, names, may):
    people = {"robert": ("bob", "bob@shop.example")}
    done = proposed(at, Policy(approvers=names, people=people))
    if may:
        assert approved_by(at, done.change, "bob") is Outcome.APPLIED
    else:
        with pytest.raises(ChangeRefused, match="bob may not approve this: it waits for ann"):
            approved_by(at, done.change, "bob")


def test_a_terminal_asks_nobody_who_may_not_approve(at):
    asked, out = [], StringIO()
    at.gate.approver = TerminalApprover(Console(file=out, width=200), "ann", asked.append)
    at.gate.policy = Policy(second_person=(Second(),))
    done = at.do("set_flag_rollout", key="new-page", percent=40)
    assert (done.outcome, asked) == (Outcome.PROPOSED, [])
    assert "Waits for   another person" in out.getvalue()


def test_what_is_allowed_unattended_is_not_where_a_second_person_has_to_look(at):
    at.gate.policy = Policy(second_person=(Second(),), allow=(Match(),))
    at.gate.approver = Unattended("bob")
    with pytest.raises(ChangeRefused, match="--yes may not make this change"):
        at.do("set_flag_rollout", key="new-page", percent=40)
    assert at.wire.sent == []


def test_what_is_taken_back_is_not_taken_back_twice(at):
    done = at.do("set_flag_rollout", key="new-page", percent=40)
    back = at.gate.undo(done.change.id)
    with pytest.raises(
        ChangeRefused, match=f"taken back already, by {back.change.id}: `hogloop un"
    ):
        at.gate.undo(done.change.id)
    again = at.gate.undo(back.change.id)
    assert at.flag(1)["filters"]["groups"][0]["rollout_percentage"] == 40
    with pytest.raises(ChangeRefused, match=f"taken back already, by {again.change.id}"):
        at.gate.undo(back.change.id)


def test_what_became_of_a_change_says_its_page(at):
    done = at.do("set_flag_rollout", key="new-page", percent=40)
    assert done.page == "/project/1/feature_flags/1"
    assert '"page": "/project/1/feature_flags/1"' in done.for_model()


def test_a_key_that_only_reads_can_not_be_let_to_change_anything(at):
    reading = at.keyed("feature_flag:read", "project:read", "query:read")
    with pytest.raises(ChangeRefused, match="This key only reads: make one with the scopes"):
        reading.gate.open()


@pytest.mark.parametrize(
    ("days", "hour", "refused"),
    [(("fri",), "2036-11-14T09:30", True), (("thu",), "2036-11-14T09:30", False)],
)
def test_a_freeze_holds_for_the_hour_at_which_a_change_would_be_made(at, days, hour, refused):
    """The 14th of November 2036 is a Friday; the freeze is in the zone of the project."""
    freeze = Freeze.model_validate({"days": days, "from": "09:00", "to": "10:00"})
    at.gate.policy = Policy(freeze=(freeze,))
    if freeze.holds(local_now("UTC")):
        pytest.skip("the freeze holds right now")
    if not refused:
        assert at.do("schedule_flag_change", key="new-page", on=False, at=hour).outcome == "applied"
        return
    with pytest.raises(ChangeRefused, match="Fri 2036-11-14 09:30 is in a freeze, which lasts to"):
        at.do("schedule_flag_change", key="new-page", on=False, at=hour)
    assert at.wire.sent == []


@pytest.mark.parametrize(
    ("tool", "arguments", "step"),
    [
        ("switch_flag", {"key": "off", "on": True}, 30),
        ("schedule_flag_change", {"key": "off", "on": True, "at": "2036-11-14"}, 30),
        ("switch_flag", {"key": "new-page", "on": False}, 0),
        ("schedule_flag_change", {"key": "new-page", "on": False, "at": "2036-11-14"}, 0),
    ],
)
def test_turning_a_flag_on_moves_it_by_all_it_reaches(at, tool, arguments, step):
    at.project.made("off", {"groups": [GROUP], "payloads": {}}, active=False)
    at.gate.policy = Policy(max_step=29)
    if not step:
        assert at.do(tool, **arguments).outcome is Outcome.APPLIED
        return
    with pytest.raises(ChangeRefused, match=f"would move by {step} points"):
        at.do(tool, **arguments)


def test_bringing_back_a_flag_that_was_on_moves_it_as_well(at):
    at.gate.policy = Policy(max_step=29)
    assert at.do("delete_flag", key="new-page").outcome is Outcome.APPLIED
    with pytest.raises(ChangeRefused, match="would move by 30 points"):
        at.do("restore_flag", id=1)
