"""Processes that are killed before any line of an export's code, with any fault on their way.

Whatever happens, what goes on afterwards ends with the very file that an untroubled export makes.
"""

import hashlib
import json
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, islice

import httpx
import pytest

from agent.export.folder import Folder, manifest_of
from agent.export.run import verify
from agent.journal import Journal
from tests.exporter import ROOT, START
from tests.flags_fixtures import opened
from tests.test_exports import Room
from tools.local.hogql.literals import string
from tools.local.server import Server

ROWS = 300
FORMS = ("csv", "jsonl", "parquet")
FAULTS = (
    "none", "reset", "timeout", "429", "500", "502", "401", "403", "half", "garbage",
    "full disk", "late rows", "sleep",
)  # fmt: skip
STAYING = ("401", "403")
"""What does not pass by itself: the key is revoked, or loses a scope."""

RUNS, SHORT = 300, 13


class Front(ThreadingHTTPServer):
    """The project on a port, with one kind of trouble at some query of an export."""

    daemon_threads = True

    def __init__(self, room):
        super().__init__(("127.0.0.1", 0), Handler)
        self.room = room
        self.inner = httpx.Client(
            transport=httpx.WSGITransport(app=Server(room.project.home)), base_url="http://embedded"
        )
        self.trouble("none")

    def trouble(self, fault, at=0):
        self.fault, self.at, self.queries = fault, at, count(1)

    def fault_now(self, path):
        """The fault that this request meets."""
        if not path.endswith("/query/"):
            return "none"
        nth = next(self.queries)
        met = nth == self.at or (nth > self.at and self.fault in STAYING)
        return self.fault if met else "none"

    def handle_error(self, request, client_address):
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault_now(self.path)
        if fault in ("reset", "sleep"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        if fault == "timeout":
            time.sleep(1.7)
        if fault == "late rows":
            self.server.room.late(5)
        if fault.isdigit():
            body = json.dumps({"type": "error", "code": "failed", "detail": "No."}).encode()
            self.reply(int(fault), body, {"Retry-After": "1"} if fault == "429" else {})
            return
        if fault == "garbage":
            self.reply(200, b'{"results": [[1, ')
            return
        kept = {"Authorization": self.headers["Authorization"], "Content-Type": "application/json"}
        found = self.server.inner.request(self.command, self.path, content=sent, headers=kept)
        self.reply(found.status_code, found.content, half=fault == "half")

    def reply(self, status, body, headers=None, *, half=False):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if half else body)
        self.close_connection = half


class Late(Room):
    """A project into which rows of the exported period keep coming."""

    def late(self, number):
        """Rows that PostHog stores a day from now: after whatever is exported meanwhile."""
        rows = ", ".join(
            f"(generateUUIDv4(), 'order', '{{}}', {string(f'{START:%Y-%m-%d} 12:00:00')}, 'd', "
            "generateUUIDv4(), now64(6) + INTERVAL 1 DAY)"
            for _ in range(number)
        )
        self.project.home.store.write(
            "INSERT INTO events (uuid, event, properties, timestamp, distinct_id, person_id, "
            f"created_at) VALUES {rows}"
        )


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("killed")) as project:
        room = Late(project)
        room.add(ROWS)
        front = Front(room)
        thread = threading.Thread(target=front.serve_forever, args=(0.01,))
        thread.start()
        yield front
        front.shutdown()
        front.server_close()


@pytest.fixture(scope="module")
def run(front, tmp_path_factory):
    """Runs one export in a process of its own; how it ended."""
    journal = tmp_path_factory.mktemp("journal") / "journal.db"
    fixed = {
        "host": f"http://127.0.0.1:{front.server_port}",
        "key": front.room.project.key,
        "journal": str(journal),
        **dict.fromkeys(("death", "full", "sleeps_at", "count_lines"), 0),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.exporter"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def one(path, form, **case):
            process.stdin.write(json.dumps({**fixed, "path": str(path), "form": form, **case}))
            process.stdin.write("\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        one.journal = Journal(journal)
        yield one
        process.stdin.close()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def receipts(journal, path):
    """The receipt that the manifest names, if the journal has it."""
    return journal.find(json.loads(manifest_of(path).read_text())["receipt"])


@pytest.fixture(scope="module")
def lines(run, tmp_path_factory):
    """Every line of code that an export runs, how often, and what its file is in each format."""
    folder = tmp_path_factory.mktemp("whole")
    found, wanted = [], {}
    for form in FORMS:
        done = run(folder / f"a.{form}", form, count_lines=True)
        assert done["rows"] == ROWS, done
        wanted[form] = digest(folder / f"a.{form}")
        found.append([tuple(line) for line in done["lines"]])
    return dict(zip(FORMS, found, strict=True)), wanted


def deaths(lines, rng):
    """A format and a death in turn: each line of each format at some moment that it runs."""
    rest = {form: rng.sample(places, len(places)) for form, places in lines.items()}
    for turn in count():
        form = FORMS[turn % len(FORMS)]
        *place, times = rest[form].pop() if rest[form] else rng.choice(lines[form])
        yield form, [*place, rng.randint(1, times)]


def test_an_export_that_is_killed_anywhere_with_any_fault_ends_with_the_same_file(
    front, run, lines, tmp_path, tally, request
):
    places, wanted = lines
    rng, seen = random.Random(6), Counter()
    runs = RUNS if request.config.getoption("--whole") else SHORT
    for n, (form, death) in enumerate(islice(deaths(places, rng), runs)):
        fault, path = FAULTS[n % len(FAULTS)], tmp_path / f"{n}.{form}"
        at, case = rng.randint(1, 9), f"run {n}: {form}, {fault}, killed before {death}"
        trouble = {"full": fault == "full disk", "sleeps_at": at + 4 if fault == "sleep" else 0}
        # Its fault first, then its death: either may come before the other, or not at all.
        front.trouble(fault, at)
        ends = [run(path, form, death=death, **trouble)]
        ends.append(run(path, form, **trouble))
        front.trouble("none")
        for _ in range(6):
            if path.exists() and not Folder(path).is_there:
                break
            ends.append(run(path, form))
        told = f"{case}: {ends}"
        assert path.exists(), told
        assert digest(path) == wanted[form], told
        assert verify(path) == ROWS, told
        assert receipts(run.journal, path).headline.startswith(f"{ROWS} rows in "), told
        left = {one.name for one in tmp_path.iterdir()} - {path.name, manifest_of(path).name}
        assert left == set(), told
        seen["killed"] += sum(end["killed"] == signal.SIGKILL for end in ends)
        seen["ended with a sentence"] += sum("error" in end for end in ends)
        assert all("rows" in end or end["killed"] or end.get("error") for end in ends), told
        path.unlink()
        manifest_of(path).unlink()
    tally(f"{runs} exports of {ROWS} rows, {len(FAULTS) - 1} kinds of faults: {dict(seen)}")
    assert seen["killed"] > runs * 0.7
