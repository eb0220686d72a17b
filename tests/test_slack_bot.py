import itertools
import json
import sqlite3
import threading
import time
from contextlib import contextmanager

import pytest

from agent.errors import SettingsError
from agent.slack.errors import SlackLost, SlackRefused
from agent.slack.inbox import Place
from agent.slack.render import Rung
from agent.slack.send import Sender
from tests.slack_fixtures import (
    ANN,
    BOB,
    CHANNEL,
    DIRECT,
    FakeSlack,
    command,
    form,
    home,
    member,
    message,
    press,
    shortcut,
)
from tests.slack_office import office, signed
from tools.errors import Unreachable


@pytest.fixture
def work(tmp_path):
    made = office(tmp_path / "home", 'approvers = ["ann@example.com"]\n')
    made.go_on.set()
    with made.open() as opened:
        yield opened


def follow_up(text, ts, **more):
    return message(text, kind="message", ts=ts, thread_ts="100.0", channel_type="channel", **more)


def direct(text, ts="200.0", **more):
    return message(text, kind="message", ts=ts, channel=DIRECT, channel_type="im", **more)


def buttons(message):
    found = [e for b in message["blocks"] for e in b.get("elements", ()) if "action_id" in e]
    return {one["action_id"]: one["value"] for one in found}


def only(slack, channel=CHANNEL):
    (found,) = [m for (c, _), m in slack.messages.items() if c == channel and "hidden" not in m]
    return found


def test_a_mention_is_answered_once_in_its_thread(work):
    (text,) = work.ask(message("<@UBOT> signups?"))
    assert text.startswith("signups?\n\ncountry  n\nUS       4")
    shown = only(work.slack)
    assert (shown["thread_ts"], shown["parse"], shown["unfurl_links"]) == ("100.0", "none", False)
    assert [b["type"] for b in shown["blocks"]] == ["rich_text", "data_table", "context", "actions"]
    assert work.slack.used()["chat.postMessage"] == 1


def test_a_thread_goes_on_without_a_mention_and_by_anybody(work):
    work.ask(message("<@UBOT> signups?"))
    said = work.ask(follow_up("and last month?", "101.0", user=BOB))
    assert said[1].startswith("signups? | and last month?")


def test_a_chart_stands_in_the_answer_and_its_loss_loses_nothing_else(tmp_path):
    def fault(when, method, arguments):
        if method == "files.completeUploadExternal" and lost:
            raise SlackRefused(method, "internal_error")

    lost = []
    made = office(tmp_path / "home", fault=fault)
    made.go_on.set()
    with made.open(draw=lambda answer: b"PNG") as work:
        work.ask(message("<@UBOT> signups?"))
        assert only(work.slack)["blocks"][1]["slack_file"] == {"id": "F1"}
        assert work.slack.files == [{"name": "chart.png", "content": b"PNG"}]
        lost.append(True)
        assert work.ask(follow_up("and last month?", "101.0"))[1].startswith("signups? | and last")


def test_a_thread_goes_on_after_a_restart(tmp_path):
    made = office(tmp_path / "home")
    made.go_on.set()
    with made.open() as work:
        work.ask(message("<@UBOT> signups?"))
    with made.open() as work:
        said = work.ask(follow_up("and last month?", "101.0", user=BOB))
    assert said[1].startswith("signups? | and last month?")


def test_a_thread_whose_transcript_is_gone_begins_anew(tmp_path):
    made = office(tmp_path / "home")
    made.go_on.set()
    with made.open() as work:
        work.ask(message("<@UBOT> signups?"))
    for path in (made.home / "transcripts").iterdir():
        path.unlink()
    with made.open() as work:
        assert work.ask(follow_up("and last month?", "101.0"))[1].startswith("and last month?")


@pytest.mark.parametrize(
    "body",
    [
        message("how many?", kind="message", ts="300.0"),
        message("how many?", kind="message", ts="300.0", thread_ts="299.0"),
        follow_up("thanks!", "101.0"),
        follow_up("<@UBOB> can you look?", "101.0"),
        follow_up("edited", "101.0", subtype="message_changed"),
        follow_up("I am a bot", "101.0", bot_id="B9"),
    ],
    ids=["channel", "another thread", "thanks", "to somebody else", "edit", "bot"],
)
def test_what_is_not_asked_is_not_answered(work, body):
    work.ask(message("<@UBOT> signups?"))
    calls = len(work.slack.calls)
    assert len(work.ask(body)) == 1
    assert len(work.slack.calls) == calls


def test_a_direct_message_is_answered_in_a_thread_of_its_own(work):
    (text,) = work.ask(direct("people?"))
    assert text.startswith("people?")
    assert only(work.slack, DIRECT)["thread_ts"] == "200.0"


def test_a_command_is_answered_directly_with_its_question(work):
    work.ask(command("signups by country"))
    assert work.slack.said() == []
    shown = only(work.slack, DIRECT)
    assert "thread_ts" not in shown
    assert json.dumps(shown["blocks"][0], ensure_ascii=False).count("“signups by country”") == 1
    ts = shown["ts"]
    said = work.ask(direct("and last month?", "210.0", thread_ts=ts))
    assert said[1].startswith("signups by country | and last month?")


@pytest.mark.parametrize("body", [message("<@UBOT>"), command(""), command("help")])
def test_nothing_asked_is_told_how_to_ask(work, body):
    work.ask(body)
    (told,) = work.slack.whispered()
    assert "how many people signed up last week" in told
    assert work.slack.said() == []


PAIRS = {
    "the same event again": [message("<@UBOT> hi"), message("<@UBOT> hi")],
    "another event of the same message": [
        message("<@UBOT> hi", kind="message", thread_ts="100.0", ts="101.0"),
        message("<@UBOT> hi", kind="app_mention", thread_ts="100.0", ts="101.0"),
    ],
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_what_comes_twice_is_answered_once_over_restarts_too(tmp_path, pair, tally):
    orders = 0
    for bodies in (pair, pair[::-1]):
        for restart in (False, True):
            made = office(tmp_path / f"home{orders}")
            made.go_on.set()
            with made.open() as work:
                work.ask(message("<@UBOT> begin", ts="100.0", event_id="Ev0"))
                work.ask(bodies[0])
                if not restart:
                    work.ask(bodies[1])
            if restart:
                with made.open() as work:
                    work.ask(bodies[1])
            assert len(made.slack.said()) == (1 if bodies[0]["event"]["ts"] == "100.0" else 2)
            orders += 1
    tally(f"Slack, sent twice as {pair[1]['event']['type']}: answered once in {orders} orders")


def test_a_retry_that_comes_first_is_not_dropped(work):
    body = message("<@UBOT> signups?")
    retried = work.send(body, **{"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"})
    work.rest()
    assert (retried.status, len(work.slack.said())) == (200, 1)


SIGNATURES = {
    "none": {"x-slack-signature": ""},
    "another": {"x-slack-signature": "v0=" + "0" * 64},
    "short": {"x-slack-signature": "v0=0"},
    "old": {"x-slack-request-timestamp": -400},
    "of the future": {"x-slack-request-timestamp": 400},
    "no number": {"x-slack-request-timestamp": "today"},
}


@pytest.mark.parametrize("headers", SIGNATURES.values(), ids=SIGNATURES)
@pytest.mark.parametrize("body", [message("<@UBOT> hi"), press("csv", "x"), command("hi")])
def test_a_request_that_slack_did_not_sign_does_nothing(work, headers, body):
    now = int(time.time())
    headers = {
        name: str(now + one) if isinstance(one, int) else one for name, one in headers.items()
    }
    assert work.send(body, **headers).status in (401, 500)
    work.rest()
    assert work.slack.said() == []
    assert set(work.slack.used()) == {"auth.test"}


def test_the_address_is_verified_as_slack_asks_for_it(work):
    answer = work.send({"type": "url_verification", "challenge": "c1"})
    assert (answer.status, json.loads(answer.body)) == (200, {"challenge": "c1"})


def test_what_can_not_be_kept_is_not_acknowledged(work):
    with sqlite3.connect(work.home / "slack.db") as database:
        database.execute("DROP TABLE seen")
    assert work.send(message("<@UBOT> hi")).status == 500
    assert work.slack.said() == []


ENTRIES = [
    message("<@UBOT> hi"),
    direct("hi"),
    command("hi"),
    command("link"),
    shortcut("hi"),
    press("csv", "r_1"),
    press("ask", "hi"),
    press("rerun", "r_1"),
    press("approve", "c_1"),
    press("reject", "c_1"),
    press("stop", "1"),
    press("feedback:good", "r_1 good"),
    press("link", "check"),
    form("ask", "", "hi"),
    form("approve", "c_1", "dark"),
    home("home"),
    home("messages"),
]
STRANGERS = {
    "guest": member(ANN, "ann@example.com", is_restricted=True),
    "stranger": member(ANN, "ann@example.com", is_stranger=True),
    "bot": member(ANN, "ann@example.com", is_bot=True),
    "deleted": member(ANN, "ann@example.com", deleted=True),
    "other team": member(ANN, "ann@example.com", team_id="T9"),
}


@pytest.mark.parametrize("person", STRANGERS)
def test_whoever_may_not_sees_no_data_by_any_way_in(tmp_path, person, tally):
    made = office(tmp_path / "home", users={ANN: STRANGERS[person]})
    opened = []

    @contextmanager
    def agent():
        opened.append(1)
        raise Unreachable("PostHog is away.")
        yield

    made.agent = agent
    with made.open() as work:
        opened.clear()
        for body in ENTRIES:
            assert work.send(body).status == 200
        work.rest()
    assert opened == []
    assert {m for m in made.slack.used() if m.startswith("views.open")} == set()
    tally(f"Slack, {person}: {len(ENTRIES)} requests refused, no data read")


def test_an_answer_that_shows_people_goes_to_whoever_asked_and_on_there(work):
    (told,) = work.ask(message("<@UBOT> people by name"))
    assert told == "The answer shows single people, so I sent it to you directly."
    shown = only(work.slack, DIRECT)
    assert "maya@example" in json.dumps(shown["blocks"])
    said = work.ask(direct("and last month?", "210.0", thread_ts=shown["ts"]))
    assert said[1].startswith("people by name | and last month?")
    assert "people by name" not in work.ask(follow_up("signups?", "102.0", user=BOB))[1]


def test_a_channel_that_is_open_shows_people(tmp_path):
    made = office(tmp_path / "home", f'[channels]\n{CHANNEL} = "full"\n')
    made.go_on.set()
    with made.open() as work:
        work.ask(message("<@UBOT> people by name"))
        assert "maya@example" in json.dumps(only(made.slack)["blocks"])


def test_the_buttons_of_an_answer_do_what_they_say(work):
    work.ask(message("<@UBOT> choose one"))
    shown = only(work.slack)
    named = buttons(shown)
    assert named["ask:0"] == "visits"
    said = work.ask(press("ask:0", "visits", user=BOB))
    assert said[1].startswith("choose one | visits\n")
    (_, second) = [m for m in work.slack.messages.values() if "hidden" not in m]
    named = buttons(second)
    work.ask(press("csv", named["csv"]))
    (file,) = work.slack.files
    assert file["content"] == b"country,n\nUS,4\nDE,2\n"
    assert (file["channel"], file["thread_ts"]) == (CHANNEL, "100.0")
    work.ask(press("rerun", named["csv"], trigger="again"))
    assert work.slack.said()[-1].endswith("rests on no query that could be run again.")
    work.ask(press("feedback:wrong", named["feedback:wrong"]))
    with sqlite3.connect(work.home / "slack.db") as database:
        rows = database.execute("SELECT receipt, user, said FROM feedback").fetchall()
    assert rows == [(named["csv"], ANN, "wrong")]
    assert work.slack.whispered() == ["Noted, thank you."]


def test_the_file_of_an_answer_that_shows_people_goes_to_one_person(work):
    work.ask(message("<@UBOT> people by name"))
    named = buttons(only(work.slack, DIRECT))
    work.ask(press("csv", named["csv"]))
    assert [file["channel"] for file in work.slack.files] == [DIRECT]


def test_a_message_is_asked_about_in_a_form(work):
    work.ask(shortcut("signups are down"))
    view = next(more["view"] for method, more in work.slack.calls if method == "views.open")
    assert view["blocks"][1]["element"]["initial_value"] == "signups are down"
    body = form("ask", "", "are they?") | {}
    body["view"]["private_metadata"] = view["private_metadata"]
    (text,) = work.ask(body)
    assert text.startswith("are they?")
    assert only(work.slack)["thread_ts"] == "100.0"


def test_the_home_tab_says_who_one_is_and_what_one_asked(work):
    work.bot.about = lambda: ["Shop (https://us.posthog.com), repeater."]
    work.ask(message("<@UBOT> signups?"))
    work.ask(home())
    view = next(more["view"] for method, more in work.slack.calls if method == "views.publish")
    text = json.dumps(view)
    for part in ("Shop (https://us", "You are ann@example.com. You may approve", "signups?"):
        assert part in text
    work.ask(home("messages"))
    (asked,) = [m for name, m in work.slack.calls if name.startswith("assistant")]
    assert (asked["channel_id"], len(asked["prompts"])) == (DIRECT, 4)


def test_stop_ends_a_question_for_whoever_asked_it(tmp_path):
    made = office(tmp_path / "home")
    with made.open() as work:
        work.send(message("<@UBOT> wait for it"))
        assert work.began.wait(10)
        value = buttons(only(work.slack))["stop"]
        work.send(press("stop", value, user=BOB))
        assert work.slack.whispered(BOB) == ["Only whoever asked may stop it."]
        work.send(press("stop", value))
        work.go_on.set()
        work.rest()
        assert work.slack.said() == ["Stopped."]
        work.send(press("stop", value, trigger="late"))
        assert work.slack.whispered() == ["There is nothing to stop any more."]
        assert work.ask(follow_up("and now?", "101.0"))[1].startswith("wait for it | and now?")


def test_questions_of_one_thread_wait_for_each_other_and_only_so_many(tmp_path):
    made = office(tmp_path / "home")
    with made.open() as work:
        work.send(message("<@UBOT> wait for it"))
        assert work.began.wait(10)
        for i in range(5):
            work.send(follow_up(f"q{i}", f"{101 + i}.0"))
        assert work.bot.inbox.count("new") == 3
        assert len(work.slack.whispered()) == 2
        work.go_on.set()
        work.rest()
    assert [text.partition("\n")[0] for text in made.slack.said()][1:] == [
        "wait for it | q0",
        "wait for it | q0 | q1",
        "wait for it | q0 | q1 | q2",
    ]


def test_a_person_and_a_channel_may_ask_so_much_in_an_hour(tmp_path):
    made = office(tmp_path / "home", "[budget]\nuser = 2\nchannel = 3\n")
    made.go_on.set()
    with made.open() as work:
        for i, user in enumerate([ANN, ANN, ANN, BOB, BOB]):
            work.ask(message(f"<@UBOT> q{i}", ts=f"{i}.5", user=user))
    assert len(made.slack.said()) == 3
    assert [len(made.slack.whispered(user)) for user in (ANN, BOB)] == [1, 1]


def test_a_failure_is_one_sentence_in_place_of_the_answer(work):
    (text,) = work.ask(message("<@UBOT> break it"))
    assert text.startswith("A bug in hogloop (ValueError")
    assert work.ask(follow_up("and now?", "101.0"))[1].startswith("break it | and now?")


def test_a_log_holds_no_key(work, caplog):
    key = "phx_" + "b2" * 12
    work.ask(message(f"<@UBOT> break {key}"))
    assert "ValueError" in caplog.text
    assert key not in caplog.text


def test_only_one_process_answers(work):
    with (
        pytest.raises(SettingsError, match="already runs in Slack"),
        office(work.home).open(),
    ):
        pass


REFUSALS = (
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_too_long",
    "msg_blocks_too_long",
    "invalid_attachments",
    "internal_error",
    "some_new_word",
)


KINDS = ("data_table", "context", "rich_text", "actions")


@pytest.mark.parametrize(
    ("code", "kind"),
    [*((code, "everything") for code in REFUSALS), *(("invalid_blocks", kind) for kind in KINDS)],
)
def test_whatever_slack_refuses_a_simpler_form_arrives(tmp_path, code, kind, tally):
    def refuse(when, method, arguments):
        blocks = arguments.get("blocks") or []
        shown = [b for b in blocks if kind in ("everything", b["type"])]
        final = method == "chat.update" and when == "before"
        if final and shown:
            raise SlackRefused(method, code)

    made = office(tmp_path / "home", fault=refuse)
    made.go_on.set()
    with made.open() as work:
        (text,) = work.ask(message("<@UBOT> signups?"))
    assert text.startswith("signups?")
    assert "US" in text
    tally(f"Slack, {code} at {kind}: answered in a simpler form")


CLOSED = ("channel_not_found", "is_archived", "not_in_channel", "restricted_action")


@pytest.mark.parametrize("code", CLOSED)
@pytest.mark.parametrize("when_closed", ["from the start", "before the answer"])
def test_where_nothing_can_be_said_the_answer_comes_directly(tmp_path, code, when_closed):
    def refuse(when, method, arguments):
        first = {"chat.postMessage"} if when_closed == "from the start" else set()
        said = arguments.get("channel") == CHANNEL and when == "before"
        later = method == "chat.postMessage" and len(made.slack.messages) > 0
        if said and (method == "chat.update" or method in first or later):
            raise SlackRefused(method, code)

    made = office(tmp_path / "home", fault=refuse)
    made.go_on.set()
    with made.open() as work:
        work.ask(message("<@UBOT> signups?"))
    assert [t.partition("\n")[0] for t in made.slack.said(DIRECT)] == ["signups?"]


def test_a_message_that_was_deleted_is_written_anew(tmp_path):
    made = office(tmp_path / "home")
    with made.open() as work:
        work.send(message("<@UBOT> wait for it"))
        assert work.began.wait(10)
        work.slack.messages.clear()
        work.go_on.set()
        work.rest()
    assert len(made.slack.said()) == 1


def lose(*moments):
    """Slack's answer is lost at these calls of chat.postMessage, done or not."""
    count = itertools.count()

    def fault(when, method, arguments):
        if method == "chat.postMessage" and when == moments[0] and next(count) < moments[1]:
            raise SlackLost(method, "cut")

    return fault


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_lost_answer_of_slack_makes_no_second_message(tmp_path, when, times):
    made = office(tmp_path / "home", fault=lose(when, times))
    made.go_on.set()
    with made.open() as work:
        assert len(work.ask(message("<@UBOT> signups?"))) == 1
    assert made.slack.said()[0].startswith("signups?")


class Killed(BaseException):
    """The process dies."""


DEATHS = [
    (when, method)
    for when in ("before", "after")
    for method in ("users.info", "chat.postMessage", "chat.update")
]


@pytest.mark.parametrize(("when", "method"), DEATHS)
def test_a_restart_neither_loses_nor_repeats_an_answer(tmp_path, when, method, tally):
    def die(moment, called, arguments):
        if alive and (moment, called) == (when, method):
            alive.clear()
            raise Killed

    alive = [True]
    made = office(tmp_path / "home", fault=die)
    made.go_on.set()
    threading.excepthook, kept = lambda args: None, threading.excepthook
    try:
        with made.open() as work:
            work.send(message("<@UBOT> signups?"))
            until = time.monotonic() + 10
            while alive and time.monotonic() < until:
                time.sleep(0.005)
        with made.open() as work:
            work.rest()
    finally:
        threading.excepthook = kept
    (text,) = made.slack.said()
    assert text.startswith("signups?")
    tally(f"Slack, a death {when} {method}: one answer")


def test_a_job_that_always_kills_is_given_up(tmp_path):
    made = office(tmp_path / "home")
    made.go_on.set()
    with made.open() as work:
        pass
    for _ in range(3):
        with sqlite3.connect(made.home / "slack.db") as database:
            database.execute("UPDATE jobs SET state = 'new', attempts = 3")
    with made.open() as work:
        work.ask(message("<@UBOT> signups?"))
        with sqlite3.connect(made.home / "slack.db") as database:
            database.execute("UPDATE jobs SET state = 'new', attempts = 3")
        work.bot.wake()
        work.rest()
    assert made.slack.said()[0].startswith("I was interrupted three times")


def test_nothing_is_repeated_where_the_token_is_no_longer_good():
    tried = []

    def fault(when, method, arguments):
        tried.append(method)
        raise SlackRefused(method, "token_revoked")

    sender = Sender(FakeSlack(fault=fault), sleep=lambda seconds: None)
    with pytest.raises(SlackRefused, match="token_revoked"):
        sender.edit(Place(CHANNEL, ts="1.0"), (Rung("a"), Rung("b")))
    assert len(tried) == 1


def test_a_key_that_is_pasted_is_not_kept(work):
    key = "phx_" + "a1" * 12
    work.ask(message(f"<@UBOT> use {key}"))
    stored = b"".join(p.read_bytes() for p in work.home.rglob("*") if p.is_file())
    assert key.encode() not in stored
    assert key not in json.dumps(list(work.slack.messages.values()))


def test_the_signature_is_made_as_slack_makes_it():
    request = signed(message("hi"))
    assert request.headers["x-slack-signature"][0].startswith("v0=")
