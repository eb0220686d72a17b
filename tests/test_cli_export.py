"""Exports on the command line, against an embedded project behind a port."""

import csv
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.export.folder import Folder, manifest_of
from agent.journal import Journal
from tests.flags_fixtures import opened, served
from tests.test_exports import ROWS, Room

BEGUN = json.dumps(
    {
        "what": {"kind": "events", "source": "events", "columns": [], "keys": []},
        "form": "csv",
        "shape": {"names": [], "types": []},
        "slices": [],
        "place": {},
        "started": "",
        "receipt": "",
    }
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    home = tmp_path_factory.mktemp("cli-export")
    with opened(home / "server") as project, served(project) as host:
        Room(project).add(ROWS)
        yield {
            "HOGLOOP_HOME": str(home / "home"),
            "POSTHOG_HOST": host,
            "POSTHOG_PERSONAL_API_KEY": project.key,
            "POSTHOG_PROJECT_ID": "1",
            "HOGLOOP_MODEL": "built-in",
        }


@pytest.fixture
def run(place):
    return lambda *arguments: CliRunner().invoke(app, ["export", *arguments], env=place)


def told(done, path):
    """The receipt, where the export says that it is whole."""
    said = (
        rf"{ROWS} rows to {re.escape(str(path))}, as many as PostHog counts\. Receipt (r_\w+)\.\n"
    )
    found = re.fullmatch(said, done.stderr)
    return found and found[1]


def test_a_receipt_says_what_was_exported_and_the_manifest_names_it(place, run, tmp_path):
    path = tmp_path / "orders.csv"
    days = ("--from", "2026-03-01", "--to", "2026-03-07")
    receipt = told(run("--events", "order", *days, "-o", str(path)), path)
    manifest = json.loads(manifest_of(path).read_text())
    assert manifest["receipt"] == receipt
    shown = CliRunner().invoke(app, ["receipt", receipt, "--json"], env=place)
    body = json.loads(shown.stdout)
    facts = dict(body["tables"][0]["rows"])
    assert body["queries"] == [manifest["query"]]
    assert (body["window"]["from"], body["window"]["to"]) == (
        "2026-03-01T00:00:00.000000+00:00",
        "2026-03-08T00:00:00.000000+00:00",
    )
    assert (facts["file"], facts["rows"], facts["sha256"]) == (
        str(path),
        ROWS,
        manifest["sha256"],
    )
    text = CliRunner().invoke(app, ["receipt", receipt], env=place).stdout
    assert manifest["sha256"] in "".join(text.split())
    assert receipt in text


def test_a_file_that_has_its_name_already_is_only_tidied_up(run, tmp_path, monkeypatch):
    path = tmp_path / "orders.csv"
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep", _full_disk)
        done = run("--events", "order", "-o", str(path))
    assert (done.exit_code, path.exists()) == (2, True)
    before = path.stat().st_mtime_ns
    assert told(run("--resume", "-o", str(path)), path)
    assert path.stat().st_mtime_ns == before
    assert not Folder(path).path.exists()


def test_a_file_is_written_and_verified(run, tmp_path):
    path = tmp_path / "orders.csv"
    done = run("--events", "order", "--from", "2026-03-01", "--to", "2026-03-07", "-o", str(path))
    assert (done.exit_code, done.stdout) == (0, "")
    assert told(done, path)
    with path.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert len({row["uuid"] for row in found}) == ROWS
    assert "properties.email" not in found[0], "nobody asked for it"
    assert "is as it was exported" in run("verify", str(path)).stdout
    again = run("--events", "order", "-o", str(path))
    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr == f"{path} is there already: choose another name, or --overwrite it.\n"


def test_what_was_to_be_printed_leaves_nothing_to_go_on_with(run, monkeypatch):
    monkeypatch.setattr(Folder, "finish", _full_disk)
    done = run("--events", "order")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "No space left" in done.stderr
    assert "--resume" not in done.stderr


def _full_disk(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_without_a_file_the_rows_are_printed(run):
    done = run("--events", "order", "--columns", "uuid,properties.email", "--format", "jsonl")
    bodies = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(bodies) == ROWS
    assert {body["properties.email"] for body in bodies} == {"a@b.example"}
    assert "may tell who somebody is: properties.email." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say which rows"),
        (("--events", "order", "--persons"), "Say which rows"),
        (("--events", "order", "--from", "yesterday"), "'yesterday' is no date"),
        (("--events", "order", "--format", "docx"), "There is no format 'docx'"),
        (("--events", "order", "--columns", "nope"), "There is no column 'nope'"),
        (("--events", "order", "-o", "/nowhere/x.csv"), "The folder /nowhere is not there."),
        (
            ("--resume", "-o", "nothing.csv"),
            "nothing.csv.partial to go on with: export again",
        ),
        (("--resume",), "Name the file that was begun"),
        (("--resume", "-o", "begun.csv", "--events", "order"), "name none now"),
        (("--resume", "-o", "begun.csv", "--format", "parquet"), "was begun as csv"),
        (("--query", "bytes.sql"), "is no text in UTF-8"),
        (("--query", "bytes.sql", "--columns", "event"), "A query has its own columns"),
        (("--events", "order", "--from", "2026-03-02", "--to", "2026-03-01"), "before it begins"),
        (("verify", "nothing.csv"), "no manifest that can be read"),
        (("--query", "nothing.sql"), "can't be used"),
        (("how are you",), "does not say which events to export"),
    ],
)
def test_what_can_not_be_exported_is_one_sentence(
    place, run, arguments, said, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bytes.sql").write_bytes(b"SELECT \xff")
    (tmp_path / "begun.csv.partial").mkdir()
    (tmp_path / "begun.csv.partial" / "order.json").write_text(BEGUN)
    done = run(*arguments)
    assert done.exit_code != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_was_stopped_goes_on_where_it_was(place, run, tmp_path, how):
    path = tmp_path / "orders.csv"
    slow = (
        "import tools.exports.pages as p, agent.export.run as r, time\n"
        "p.PAGE, fetch = 50, r.pages\n"
        "def late(*a):\n    time.sleep(0.3)\n    return fetch(*a)\n"
        "r.pages = late\n"
        "from agent.cli import main; main()"
    )
    command = [sys.executable, "-c", slow, "export", "--events", "order", "-o", str(path)]
    process = subprocess.Popen(command, env={**os.environ, **place}, stderr=subprocess.PIPE)
    log, deadline = path.with_name("orders.csv.partial") / "parts.jsonl", time.monotonic() + 60
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    assert not path.exists()
    if how is signal.SIGINT:
        assert (process.returncode, b"goes on" in said) == (130, True), said
    done = run("--resume", "-o", str(path))
    assert told(done, path)
    with path.open(newline="") as file:
        assert len({row["uuid"] for row in csv.DictReader(file)}) == ROWS
