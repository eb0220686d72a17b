"""The command `hogloop slack` against an emulator of Slack that others wrote, by both ways in."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local_slack import (
    ANN,
    APP_TOKEN,
    BOB,
    CHANNEL,
    SECRET,
    TOKEN,
    Shim,
    Workspace,
    binary,
    eventually,
    free_port,
)

ROOT = Path(__file__).parent.parent
SOCKET = "from agent.cli import main; main()"
HTTP = (
    "import sys; from waitress import serve; from agent.slack.app import application; "
    "serve(application(), host='127.0.0.1', port=int(sys.argv[1]), threads=8)"
)
ASKED = "<@U0BOT> weekly signups for the last 8 weeks"


class Stage:
    """An emulator, a shim before it, and the bot as a process of its own."""

    def __init__(self, home: Path, mode: str) -> None:
        self.home, self.mode = home, mode
        self.workspace = Workspace(free_port())
        self.shim = Shim(f"http://127.0.0.1:{self.workspace.port}")
        self.port = free_port()
        self.shim.bot = f"http://127.0.0.1:{self.port}"
        self.bot: subprocess.Popen[bytes] | None = None

    def start_slack(self) -> None:
        url = f"http://127.0.0.1:{self.shim.port}/slack/events"
        self.workspace.start(self.home, "socket" if self.mode == "socket" else "events", url)

    def start_bot(self) -> None:
        words = [SOCKET, "slack"] if self.mode == "socket" else [HTTP, str(self.port)]
        environ = os.environ | {
            "HOGLOOP_HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"http://127.0.0.1:{self.shim.port}/api/",
        }
        before = self.connections()
        with (self.home / "bot.log").open("ab") as log:
            self.bot = subprocess.Popen(
                [sys.executable, "-c", *words], env=environ, stderr=log, stdout=log
            )
        if self.mode == "socket":
            eventually(lambda: self.connections() > before, "the bot does not connect")
        else:
            eventually(self._listens, "the bot does not listen")

    def connections(self) -> int:
        """How often the bot's socket was opened since the emulator began."""
        found = self.workspace.get("log") or []
        entries = found.get("log", []) if isinstance(found, dict) else found
        return sum(entry["kind"] == "socket" for entry in entries)

    def _listens(self) -> bool:
        import socket

        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        assert self.bot
        self.bot.send_signal(signal.SIGKILL)
        self.bot.wait(10)


@contextmanager
def staged(home: Path, mode: str) -> Iterator[Stage]:
    if binary() is None:
        pytest.skip("NOT TESTED AGAINST AN EMULATOR: local-slack is not here and can't be fetched")
    (home / "slack.toml").write_text('approvers = ["ann@example.com"]\n')
    stage = Stage(home, mode)
    with stage.shim.serving():
        stage.start_slack()
        try:
            stage.start_bot()
            yield stage
        finally:
            if stage.bot:
                stage.bot.kill()
                stage.bot.wait(10)
            stage.workspace.stop()


@pytest.fixture(scope="module")
def home(stretchwell):
    return stretchwell.folder.parent.parent


BY_SOCKET_TOO = ("in_its_thread", "killed_bot")
"""What is tried by the socket as well without `--whole`: behind it all is the same."""


def pytest_generate_tests(metafunc):
    if "stage" in metafunc.fixturenames:
        short = not metafunc.config.getoption("--whole")
        both = not short or any(name in metafunc.function.__name__ for name in BY_SOCKET_TOO)
        modes = ["socket", "http"] if both else ["http"]
        metafunc.parametrize("stage", modes, indirect=True, scope="module")


@pytest.fixture(scope="module")
def stage(request, home):
    with staged(home, request.param) as opened:
        yield opened


def test_a_mention_is_answered_in_its_thread_and_goes_on_there(stage):
    at = stage.workspace
    root = at.say(ANN, ASKED)
    answer = at.answered(root)
    kinds = [block["type"] for block in answer["blocks"] if block["type"] != "image"]
    assert kinds[:4] == ["rich_text", "rich_text", "data_table", "container"]
    assert "signed_up events" in answer["text"]
    at.say(BOB, "and by country?", root=root)
    assert "by $geoip_country_name" in at.answered(root, 2)["text"].replace("\u2060", "")
    assert len(at.bots(root)) == 2


def test_a_direct_message_and_a_command_are_answered_to_one_person(stage):
    at = stage.workspace
    direct = at.direct(BOB)
    root = at.say(BOB, "how many people signed up last week?", direct)
    assert "signed_up" in at.answered(root, channel=direct)["text"]
    at.post("command", channel=CHANNEL, user=BOB, command="/hogloop", text="signups yesterday?")
    asked = "“signups yesterday?”"

    def told():
        found = [m for m in at.bots(channel=direct) if asked in json.dumps(m, ensure_ascii=False)]
        return found if found and "stop" not in json.dumps(found[0]["blocks"]) else None

    eventually(told, "no answer to the command")


def test_the_table_comes_as_a_file(stage):
    at = stage.workspace
    root = at.say(ANN, ASKED)
    at.press(at.answered(root), "csv", ANN)
    (file,) = eventually(
        lambda: [f for m in at.bots(root) for f in m.get("files", ())], "no file came"
    )
    assert file["name"].endswith(".csv")
    (stored,) = (stage.home / "files" / file["id"]).iterdir()
    assert stored.read_bytes().startswith(b"week,signed_up events\n2026-")


def test_the_events_that_were_counted_come_directly_and_the_calls_run_again(stage):
    at = stage.workspace
    root = at.say(BOB, "<@U0BOT> how many signups were there last week?")
    answer = at.answered(root)
    at.press(answer, "export", BOB)
    direct = at.direct(BOB)

    def came():
        files = [f for m in at.bots(channel=direct) for f in m.get("files", ())]
        return [f for f in files if f["name"].endswith("-events.csv")]

    (file,) = eventually(came, "no file came")
    (stored,) = (stage.home / "files" / file["id"]).iterdir()
    rows = stored.read_text().splitlines()
    assert rows[0].startswith("uuid,timestamp,event,person_id,")
    assert answer["text"].startswith(f"{len(rows) - 1} signed_up events")
    at.press(answer, "rerun", BOB)
    again = eventually(lambda: [m for m in at.bots(root) if "Again:" in m["text"]], "no rerun")
    assert "Again: The same: 1 row of 1 call, as then." in again[0]["text"]


def test_a_refused_table_and_a_busy_slack_do_not_lose_the_answer(stage):
    at = stage.workspace
    stage.shim.refuse = lambda method, form: (
        "invalid_blocks" if "data_table" in form.get("blocks", "") else ""
    )
    stage.shim.busy["chat.postMessage"] = 1
    try:
        answer = at.answered(at.say(ANN, ASKED))
    finally:
        stage.shim.refuse = lambda method, form: ""
    assert {block["type"] for block in answer["blocks"]} >= {"rich_text", "actions"}
    assert "data_table" not in json.dumps(answer["blocks"])
    assert {"chat.postMessage 429", "chat.update invalid_blocks"} <= set(stage.shim.refused)


def test_a_change_waits_for_the_name_to_be_typed(stage):
    at = stage.workspace
    root = at.say(BOB, "<@U0BOT> turn the flag new-booking-flow off")
    card = at.answered(root)
    assert "approve or reject it below" in card["text"]
    at.press(card, "reject", BOB)
    eventually(
        lambda: "Rejected by" in at.bots(root)[0]["text"], "the card does not say what became of it"
    )


def test_a_killed_bot_answers_once_when_it_is_back(stage):
    at = stage.workspace
    root = at.say(ANN, ASKED)
    eventually(lambda: at.bots(root), "nothing was begun")
    stage.kill()
    stage.start_bot()
    assert "signed_up" in at.answered(root)["text"]
    time.sleep(1)
    assert len(at.bots(root)) == 1


def test_questions_in_five_threads_at_once_are_answered_in_order(stage, tally):
    at = stage.workspace
    roots = [at.say(ANN, ASKED) for _ in range(5)]
    for text in ("by country", "as a table"):
        for root in roots:
            at.say(BOB, text, root=root)
    for root in roots:
        at.answered(root, 3)
    assert [len(at.bots(root)) for root in roots] == [3] * 5
    took = sorted(stage.shim.acknowledged)
    if took:
        slowest = took[int(len(took) * 0.99)]
        assert slowest < 1.0
        tally(f"Slack over HTTP: {len(took)} requests kept in {slowest * 1000:.0f} ms (p99)")


def test_the_socket_is_back_in_seconds(tmp_path, tally):
    with staged(tmp_path, "socket") as stage:
        stage.workspace.stop()
        stage.start_slack()
        began = time.monotonic()
        eventually(stage.connections, "the bot is not back")
        took = time.monotonic() - began
    assert took < 15
    tally(f"Slack's socket: back {took:.1f} s after the emulator was")
