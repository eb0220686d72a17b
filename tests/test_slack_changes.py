import json
import sqlite3
import threading

import pytest

from agent.slack.decide import NOT_YOU, NOT_YOURS
from agent.writing.ledger import Ledger
from agent.writing.policy import Policy, Second
from tests.slack_fixtures import ANN, BOB, CHANNEL, DIRECT, form, member, message, press
from tests.slack_office import office
from tools.changes.change import Outcome

EVE = "UEVE"


@pytest.fixture
def made(tmp_path):
    found = office(tmp_path / "home", 'approvers = ["ann@example.com"]\n')
    found.slack.users[EVE] = member(EVE, "eve@example.com")
    found.go_on.set()
    return found


@pytest.fixture
def work(made):
    with made.open() as opened:
        yield opened


def propose(work, text="<@UBOT> switch dark", user=BOB):
    work.ask(message(text, user=user))
    (card,) = [m for m in work.slack.messages.values() if "hidden" not in m]
    shown = [b for b in card["blocks"] if b["type"] == "actions"]
    return {e["action_id"]: e["value"] for b in shown for e in b["elements"]}


def approve(change, user=ANN, **more):
    return press("approve", change, user, **more)


def test_a_change_is_proposed_as_a_card_and_nothing_is_changed(work):
    buttons = propose(work)
    assert set(buttons) == {"approve", "reject"}
    text = json.dumps([m["blocks"] for m in work.slack.messages.values()])
    for part in ("Turn dark off", "active: true", "Approve this change?", "persons get it now"):
        assert part in text
    assert work.world.effects == []


def test_whoever_may_approves_it_once_and_the_card_says_so(work):
    change = propose(work)["approve"]
    (text,) = work.ask(approve(change))
    assert text.startswith("Turn dark off. Approved by ann@example.com.")
    assert [effect[:2] for effect in work.world.effects] == [("POST", "feature_flags/1/disable/")]
    (card,) = [m for m in work.slack.messages.values() if "hidden" not in m]
    assert [b for b in card["blocks"] if b["type"] == "actions"] == []
    steps = Ledger(work.home / "journal.db").steps(change)
    assert [(one.step, one.who) for one in steps] == [
        (Outcome.PROPOSED, "bob@example.com"),
        (Outcome.APPROVED, "ann@example.com"),
        (Outcome.SENDING, "ann@example.com"),
        (Outcome.APPLIED, "ann@example.com"),
    ]


NOT_THEM = {
    "the asker": (BOB, {}, NOT_YOU),
    "a bystander": (EVE, {}, NOT_YOU),
    "a guest": (EVE, {"is_restricted": True}, "I only answer full members"),
    "somebody deleted meanwhile": (ANN, {"deleted": True}, "I only answer full members"),
    "somebody of another team": (ANN, {"team_id": "T9"}, "I only answer full members"),
}


@pytest.mark.parametrize(("user", "signs", "told"), NOT_THEM.values(), ids=NOT_THEM)
def test_nobody_else_approves_and_the_card_stays(work, user, signs, told):
    change = propose(work)["approve"]
    before = work.slack.said()
    work.slack.users[user] |= signs
    work.ask(approve(change, user))
    assert work.slack.whispered(user)[0].startswith(told.split("`")[0][:20])
    assert (work.slack.said(), work.world.effects) == (before, [])


def test_a_channel_that_became_shared_approves_nothing(work):
    change = propose(work)["approve"]
    work.slack.channels[CHANNEL]["is_ext_shared"] = True
    work.ask(approve(change))
    assert work.world.effects == []


def test_the_asker_or_an_approver_rejects_and_nobody_else(work):
    change = propose(work)["reject"]
    work.ask(press("reject", change, EVE))
    assert work.slack.whispered(EVE) == [NOT_YOURS]
    (text,) = work.ask(press("reject", change, BOB))
    assert text == "Turn dark off. Rejected by bob@example.com. Nothing was changed."
    work.ask(approve(change))
    assert work.world.effects == []
    assert work.slack.whispered()[0] == f"The change {change} is rejected already."


def test_of_two_clicks_at_once_one_wins(work):
    change = propose(work)["approve"]
    clicks = [approve(change, trigger=f"t{i}") for i in range(6)]
    threads = [threading.Thread(target=work.send, args=(click,)) for click in clicks]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    work.rest()
    assert len(work.world.effects) == 1
    assert [e.step for e in Ledger(work.home / "journal.db").steps(change)].count("applied") == 1
    (text,) = work.slack.said()
    assert text.startswith("Turn dark off. Approved by ann@example.com. Made")


def test_what_moved_since_is_refused_and_the_card_says_so(work):
    change = propose(work)["approve"]
    work.world.flags[1] |= {"version": 2, "active": True, "name": "moved"}
    (text,) = work.ask(approve(change))
    assert work.world.effects == []
    assert "Not changed: name moved since this was proposed." in text


def test_a_high_risk_wants_its_name_typed_in_a_form(work):
    work.world.met = 1_000
    change = propose(work, "<@UBOT> rollout dark")["approve"]
    work.ask(approve(change))
    view = next(more["view"] for method, more in work.slack.calls if method == "views.open")
    assert view["blocks"][1]["label"]["text"] == "Type dark to approve it"
    refused = work.send(form("approve", change, "drak", ANN))
    assert json.loads(refused.body)["response_action"] == "errors"
    assert work.world.effects == []
    (text,) = work.ask(form("approve", change, "dark", ANN))
    assert "Approved by ann@example.com" in text
    assert len(work.world.effects) == 1


def test_the_form_can_not_be_passed_by(work):
    work.world.met = 1_000
    change = propose(work, "<@UBOT> rollout dark")["approve"]
    work.ask(form("approve", change, "dark", BOB))
    assert work.slack.whispered(BOB) == [NOT_YOU]
    work.ask(press("approve", change, BOB, trigger="direct"))
    assert work.world.effects == []


def test_a_proposal_is_approved_after_a_restart(made):
    with made.open() as work:
        change = propose(work)["approve"]
    with made.open() as work:
        (text,) = work.ask(approve(change))
    assert "Approved by ann@example.com" in text
    assert len(made.world.effects) == 1


def test_a_proposal_that_nobody_approved_says_so_when_its_time_is_over(work):
    change = propose(work)["approve"]
    with sqlite3.connect(work.home / "slack.db") as database:
        database.execute("UPDATE cards SET expires = 1")
    work.bot.decider.expire()
    (text,) = work.slack.said()
    assert text == "Turn dark off. Nobody approved it in time: nothing was changed."
    work.ask(approve(change))
    assert work.world.effects == []
    assert work.slack.whispered() == [f"The change {change} is expired already."]


def test_a_change_that_died_while_it_was_sent_is_settled_at_the_start(made):
    with made.open() as work:
        change = propose(work)["approve"]
    ledger = Ledger(made.home / "journal.db")
    ledger.advance(change, Outcome.PROPOSED, Outcome.APPROVED, "ann@example.com", {})
    with made.open() as work:
        (text,) = work.slack.said()
    assert text == (
        "Turn dark off. Approved by ann@example.com. Interrupted before anything was sent."
    )


def test_a_second_person_is_asked_for_where_the_policy_says_so(made):
    made.policy = Policy(second_person=(Second(tool="switch_flag"),))
    with made.open() as work:
        change = propose(work, user=ANN)["approve"]
        work.ask(approve(change))
        assert work.world.effects == []
        assert "may not approve this" in work.slack.whispered()[0]
    (made.home / "slack.toml").write_text('members = "workspace"\napprovers = ["*@example.com"]\n')
    with made.open() as work:
        (text,) = work.ask(approve(change, BOB))
    assert "Approved by bob@example.com" in text
    assert len(made.world.effects) == 1


def test_without_approvers_nothing_is_even_proposed(tmp_path):
    made = office(tmp_path / "home")
    made.go_on.set()
    with made.open() as work:
        work.ask(message("<@UBOT> switch dark"))
    assert made.world.effects == []
    assert [m for m in made.slack.messages.values() if "approve" in json.dumps(m)] == []


@pytest.mark.parametrize("change", ["c_unknown", "", "c_1' OR 1=1", "../x"])
def test_a_button_of_a_change_that_is_not_there_changes_nothing(work, change):
    for body in (approve(change), press("reject", change, ANN), form("approve", change, "x", ANN)):
        work.ask(body)
    assert work.world.effects == []


@pytest.mark.parametrize("word", ["yes", "approve", "y", "approve it", "ok do it"])
def test_no_message_approves(work, word):
    propose(work)
    work.ask(message(word, kind="message", ts="105.0", thread_ts="100.0", user=ANN))
    work.ask(message(word, kind="message", ts="106.0", channel=DIRECT, channel_type="im"))
    assert work.world.effects == []
