"""Changes that are too large, half read, lost on the way, or meet an answer nobody waits for."""

import json
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace

import httpx
import pytest

from agent import assemble
from agent.journal import JournalError
from agent.writing.policy import Policy
from tests.writing_fixtures import changes_something, desk
from tools.changes.change import Outcome, Risk
from tools.errors import ChangeRefused, InvalidArguments

GROUP = {"properties": [], "rollout_percentage": 30}


@pytest.fixture
def at(tmp_path):
    with desk(tmp_path) as at:
        yield at


class Died(BaseException):
    """The process is gone."""


def gone_after(at, ending):
    """Let the server take a request with this ending, and the process die before the answer."""

    def fault(request, served):
        answer = served()
        if request.method != "GET" and request.url.path.endswith(ending):
            raise Died
        return answer

    at.wire.fault = fault


def test_a_change_that_is_too_large_is_one_sentence_and_leaves_no_trace(at):
    at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
    with pytest.raises(ChangeRefused, match="more than 256 KB"):
        at.do("set_flag_payload", key="new-page", payload=json.dumps("x" * 300_000))
    assert at.gate.ledger.latest() == []
    assert at.person.cards == []


@pytest.mark.parametrize("payload", ["NaN", "[1e999]", "-Infinity"])
def test_a_payload_that_is_no_json_is_refused(at, payload):
    at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
    with pytest.raises(InvalidArguments, match="A payload is JSON"):
        at.do("set_flag_payload", key="new-page", payload=payload)


def test_half_a_letter_is_refused_before_anything_is_noted(at):
    with pytest.raises(InvalidArguments, match="half a letter"):
        at.do("create_flag", key="fresh", description="cut \ud83d")
    assert at.gate.ledger.latest() == []


def test_a_conflict_while_making_something_ends_it(at):
    def conflict(request, served):
        if request.method == "POST" and request.url.path.endswith("feature_flags/"):
            return httpx.Response(409, json={"detail": "Somebody else is making it."})
        return served()

    at.wire.fault = conflict
    done = at.do("create_flag", key="fresh")
    assert done.outcome is Outcome.STALE
    assert done.sentence.startswith("Not changed: feature flag fresh moved")
    assert at.gate.ledger.last(done.change.id).step is Outcome.STALE


def test_an_answer_that_is_lost_with_the_network_is_found_out_later(at):
    flag = at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
    away = []

    def fault(request, served):
        if away and not request.url.path.endswith("/@current/"):
            raise httpx.ConnectError("away")
        answer = served()
        if request.url.path.endswith("/disable/"):
            away.append(True)
            raise httpx.ReadTimeout("lost")
        return answer

    at.wire.fault = fault
    done = at.do("switch_flag", key="new-page", on=False)
    assert done.outcome is Outcome.SENDING
    assert "the next start finds out what became of it" in done.sentence
    with pytest.raises(ChangeRefused, match="is not known to be made"):
        at.gate.undo(done.change.id)
    (still,) = at.again().gate.settle_open()
    assert still.outcome is Outcome.SENDING
    at.wire.fault = None
    (settled,) = at.again().gate.settle_open()
    assert settled.outcome is Outcome.APPLIED
    assert at.again().gate.settle_open() == []
    assert at.flag(flag["id"])["active"] is False


@pytest.mark.parametrize("edited", [False, True])
def test_what_was_made_and_then_edited_by_others_is_not_said_to_be_missing(at, edited):
    gone_after(at, "/feature_flags/")
    with suppress(Died):
        at.do("create_flag", key="fresh")
    at.wire.fault = None
    (found,) = at.project.get("?search=fresh")[1]["results"]
    if edited:
        at.project.patch(f"{found['id']}/", {"active": False})
    (done,) = at.again().gate.settle_open()
    assert done.outcome is (Outcome.UNKNOWN if edited else Outcome.APPLIED)


def test_one_change_that_can_not_be_settled_keeps_nobody_from_asking(at):
    at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
    gone_after(at, "/disable/")
    with suppress(Died):
        at.do("switch_flag", key="new-page", on=False)
    at.wire.fault = lambda request, served: (
        httpx.Response(403, json={"detail": "no"})
        if "/feature_flags/" in request.url.path
        else served()
    )
    (done,) = at.again().gate.settle_open()
    assert done.sentence.startswith("What became of it can't be read now: Permission denied")


def test_a_key_that_others_wrote_meanwhile_is_not_kept(at):
    flag = at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
    secret = "phx_" + "k" * 40

    def theirs():
        filters = {"groups": [GROUP], "payloads": {"true": json.dumps(secret)}}
        at.project.patch(f"{flag['id']}/", {"filters": filters})

    at.person.first = theirs
    done = at.do("set_flag_rollout", key="new-page", percent=40)
    assert done.outcome is Outcome.STALE
    with closing(sqlite3.connect(at.gate.ledger.path)) as database:
        kept = "".join(str(row) for row in database.execute("SELECT body FROM ledger"))
    assert secret not in kept


@pytest.mark.parametrize(
    "sql",
    ["UPDATE ledger SET body = '{' WHERE n = 2", "UPDATE ledger SET step = 'made' WHERE n = 2",
     "UPDATE ledger SET body = NULL WHERE n = 2", "UPDATE ledger SET body = '[NaN]' WHERE n = 2"],
)  # fmt: skip
def test_a_line_that_can_not_be_read_is_a_broken_line(at, sql):
    at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
    at.do("set_flag_rollout", key="new-page", percent=40)
    with closing(sqlite3.connect(at.gate.ledger.path)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'body TEXT NOT NULL', 'body TEXT')"
        )
    with closing(sqlite3.connect(at.gate.ledger.path)) as database, database:
        database.execute(sql)
    with pytest.raises(JournalError, match="broken at line 2"):
        at.gate.ledger.verify()


def test_a_condition_that_makes_way_for_another_is_weighed_by_all_whom_it_moves(at):
    for number in range(40):
        at.project.add_person(f"p{number}", {"plan": "pro" if number % 2 else "free"})
    plan = {"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}
    group = {"properties": [plan], "rollout_percentage": 100}
    at.project.made("new-page", {"groups": [group], "payloads": {}})
    where = [{"property": "plan", "of": "person", "values": ["free"]}]
    done = at.do("set_flag_condition", key="new-page", condition=1, where=where)
    assert done.change.risk is Risk.HIGH
    assert done.change.reason == "about 100% of all get another value"


def test_the_latest_change_is_that_of_this_project(at):
    at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
    ours = at.do("set_flag_rollout", key="new-page", percent=40).change
    other = replace(ours, place=replace(ours.place, project_id=8))
    at.gate.ledger.propose(other, "ann")
    for before, after in (
        (Outcome.PROPOSED, Outcome.APPROVED),
        (Outcome.APPROVED, Outcome.APPLIED),
    ):
        at.gate.ledger.advance(other.id, before, after, "ann", {"id": 1, "now": {}})
    assert at.gate.undo("").change.headline == f"undo {ours.id} ({ours.headline})"


def test_a_home_that_can_not_be_written_keeps_nobody_from_asking(at, tmp_path):
    at.project.made("new-page", {"groups": [GROUP], "payloads": {}})
    at.do("set_flag_rollout", key="new-page", percent=40)
    lock = at.gate.ledger.path.with_name("changes.lock")
    lock.unlink()
    lock.mkdir()
    with pytest.raises(JournalError, match="Without it nothing is changed"):
        at.again().gate.settle_open()
    at.wire.sent.clear()
    with pytest.raises(JournalError):
        at.do("set_flag_rollout", key="new-page", percent=50)
    assert at.wire.sent == []


def test_who_somebody_is_does_not_follow_from_the_environment(monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert assemble.person() != "somebody-else"
    monkeypatch.setattr(assemble.os, "getuid", lambda: 987_654)
    assert assemble.person() == "user 987654"


def test_a_request_that_arrives_after_its_answer_was_given_up_is_noted_as_made(tmp_path):
    with desk(tmp_path) as at:
        at.project.made("late", {"groups": [{"properties": [], "rollout_percentage": 30}]})
        on_its_way = []

        def late(request, served):
            if not changes_something(request):
                return served()
            on_its_way.append(served)
            raise httpx.ReadTimeout("given up")

        def waits(seconds):
            while on_its_way:
                on_its_way.pop()()

        at.wire.fault, at.posthog._sleep = late, waits
        done = at.do("set_flag_rollout", key="late", percent=40)
        assert done.outcome is Outcome.APPLIED
        assert at.flag(1)["filters"]["groups"][0]["rollout_percentage"] == 40


def test_rules_that_came_since_the_start_hold_for_an_approval(tmp_path):
    with desk(tmp_path) as at:
        at.project.made("late", {"groups": [{"properties": [], "rollout_percentage": 30}]})
        at.gate.read_policy = lambda: Policy(protected=("late",))
        with pytest.raises(ChangeRefused, match="late is protected"):
            at.do("set_flag_rollout", key="late", percent=40)
        assert at.wire.sent == []
