"""Keys that are marked: after everything that hogloop does with them, they are found nowhere."""

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.redact import holds_secret, redact
from tests.fakes import KEY, FakeOpenAI, calls, says
from tests.flag_world import FlagWorld
from tests.loopback import serving

MODEL_KEY = "sk-" + "canary" * 4
PASTED = "phx_" + "pasted" * 4
"""Spelled in two parts, so that no search for secrets finds them."""

CANARIES = (KEY, MODEL_KEY, PASTED)


def spellings(secret):
    """A secret as it may hide in a file or on a screen."""
    raw = secret.encode()
    whole = [raw, raw[::-1], raw.hex().encode(), quote(secret, safe="").encode()]
    # Base64 of a part of a longer text begins at any of three places.
    inner = [base64.b64encode(b"x" * pad + raw)[pad and 4 : -4] for pad in range(3)]
    return [*whole, *inner, json.dumps(secret).encode()]


def found(content):
    """Which canaries some bytes hold, in any spelling."""
    return [s[:8] for s in CANARIES for spelled in spellings(s) if spelled in content]


@pytest.fixture
def place(tmp_path):
    world = FlagWorld()
    world.add("new-page")
    with FakeOpenAI().serving() as model, serving(world) as host:
        environ = {
            "HOGLOOP_HOME": str(tmp_path / "home"),
            "POSTHOG_HOST": host,
            "POSTHOG_PROJECT_ID": "7",
            "POSTHOG_PERSONAL_API_KEY": KEY,
            "OPENAI_BASE_URL": model.base_url,
            "OPENAI_API_KEY": MODEL_KEY,
            "HOGLOOP_MODEL": "tiny",
        }
        yield tmp_path / "home", environ, world, model


def every_file(home):
    return [path for path in Path(home).rglob("*") if path.is_file()]


def test_a_search_for_canaries_finds_each_spelling_of_each():
    for secret in CANARIES:
        for spelled in spellings(secret):
            assert found(b"before " + spelled + b" after"), spelled


def test_no_key_is_in_anything_that_is_written_or_shown(place, tally):
    home, environ, world, model = place
    home.mkdir()
    (home / "policy.toml").write_text('[[allow]]\ntool = "set_flag_rollout"\n')
    shown, runner = [], CliRunner()

    def run(*arguments, **changed):
        result = runner.invoke(app, arguments, env=environ | changed)
        shown.append(result.output.encode() + result.stderr.encode())

    run("doctor")
    run("login", "--write")
    model._lines += [calls("set_flag_rollout", key="new-page", percent=31), says("Done.")]
    run("ask", "--yes", f"Roll out new-page, my key is {PASTED}")
    model._lines += [calls("list_flags", search=PASTED), says(f"I can't use {PASTED}.")]
    run("ask", "--json", f"Is {PASTED} a flag?")
    model._lines += [calls("set_flag_payload", key="new-page", payload=f'"{PASTED}"'), says("Ok.")]
    run("ask", "Set the payload")
    for command in (["changes"], ["scopes"], ["audit", "verify"], ["undo", "c_22222222"]):
        run(*command)
    run("export", "--events", "order", "-o", str(home / "x.csv"))
    run("ask", "--debug", "?", POSTHOG_HOST="http://127.0.0.1:9")
    run("ask", "--debug", "?", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    world.scopes = ()
    run("ask", "--debug", "?")
    files = every_file(home)
    assert {"journal.db", "write.json"} <= {path.name for path in files}
    assert len(world.effects) == 1
    hits = {str(path): hit for path in files if (hit := found(path.read_bytes()))}
    assert hits == {}
    assert [hit for text in shown for hit in found(text)] == []
    tally(f"{len(files)} files and {len(shown)} outputs without one of {len(CANARIES)} canary keys")


@pytest.mark.skipif(not Path("/proc").exists(), reason="there is no /proc")
def test_no_key_is_among_the_arguments_of_a_process(place):
    _, environ, _, _ = place
    code = "from agent.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, **environ}, stdin=subprocess.PIPE
    )
    seen, deadline = b"", time.monotonic() + 20
    while not seen and time.monotonic() < deadline:
        seen = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    assert process.stdin is not None
    process.stdin.close()
    process.wait(30)
    assert seen
    assert found(seen) == []


@pytest.mark.parametrize(
    "around",
    [
        "the key:\n{}",
        "\t{}",
        "“{}”",
        "https://x.example/?q=%22{}%22",
        "MY_{}",
        "é{}",
        "{}.",
        "a\\n{}",
    ],
)
def test_a_key_is_taken_out_whatever_stands_before_it(around):
    text = around.format(PASTED)
    for spelled in (text, json.dumps(text), json.dumps(json.dumps(text))):
        assert PASTED not in redact(spelled)
        assert holds_secret(spelled)


@pytest.mark.parametrize(
    "text", ["alpha_blocking", "task-management", "desk-lamp-small", "graph_id"]
)
def test_a_word_that_only_ends_like_a_key_begins_stays(text):
    assert redact(text) == text
    assert not holds_secret(text)
