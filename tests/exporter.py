"""Exports in processes of their own, each of which can be let die before any line of its code.

It reads one case a line, forks for each, and answers with how that process ended. A process that
is forked has everything loaded, which makes hundreds of deaths a matter of minutes.
"""

import json
import os
import resource
import signal
import sys
import threading
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from agent.errors import AgentError
from agent.export import doing
from agent.export import run as running
from agent.export.folder import Folder
from agent.journal import Journal
from tools.client import PostHog
from tools.errors import ToolError, TurnError
from tools.exports import pages as paging
from tools.exports.choices import events

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)
COLUMNS = ("uuid", "timestamp", "properties.n", "properties.word")
ROOT = Path(__file__).parent.parent
CODE = (str(ROOT / "agent/export/"), str(ROOT / "agent/journal"), str(ROOT / "tools/exports/"))
PAGE = 97
FULL = 8_000
"""Bytes of the largest file that fits on the disk that is full."""


class Impatient(httpx.HTTPTransport):
    """The way to the server, which waits for an answer a moment and not a minute."""

    def __init__(self, sleeps_at):
        super().__init__()
        self.left = sleeps_at

    def handle_request(self, request):
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), 1.5)
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
            running.datetime = Tomorrow
        return super().handle_request(request)


class Tomorrow(datetime):
    """The clock after a long sleep."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days=1)


class Tracer:
    """Counts the lines that run, and lets the process die before one of them."""

    def __init__(self, death):
        self.death = tuple(death) if death else None
        self.seen = Counter()

    def __call__(self, frame, what, argument):
        return self.line if frame.f_code.co_filename.startswith(CODE) else None

    def line(self, frame, what, argument):
        if what == "line":
            place = (frame.f_code.co_filename, frame.f_lineno)
            self.seen[place] += 1
            if (*place, self.seen[place]) == self.death:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.line


def export(case, told):
    """One export as the command does it; what it said goes to `told`."""
    paging.PAGE = running.PAGE = PAGE
    if case["full"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, FULL))
    tracer = Tracer(case["death"])
    threading.settrace(tracer)
    sys.settrace(tracer)
    way = Impatient(case["sleeps_at"])
    client = PostHog(
        host=case["host"], key=case["key"], project_id=1, transport=way, sleep=lambda seconds: None
    )
    with closing(client) as posthog:
        folder, journal = Folder(Path(case["path"])), Journal(Path(case["journal"]))
        if not folder.is_there:
            doing.begin(posthog, folder, lambda: asked(posthog), case["form"])
        done = doing.carry_out(posthog, folder, journal)
    sys.settrace(None)
    body = {"rows": done.rows, "late": done.late}
    if case["count_lines"]:
        body["lines"] = [[*place, times] for place, times in tracer.seen.items()]
    os.write(told, json.dumps(body).encode())


def asked(posthog):
    return events(posthog, ["order"], START, END, columns=COLUMNS)


def child(case, told):
    try:
        export(case, told)
    except (AgentError, ToolError, TurnError, OSError) as error:
        os.write(told, json.dumps({"error": str(error)}).encode())
    finally:
        os._exit(0)


def ended(case):
    """How the process of a case ended: what it said, and the signal that killed it."""
    reading, told = os.pipe()
    number = os.fork()
    if not number:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        child(case, told)
    os.close(told)
    while True:
        _, state = os.waitpid(number, os.WUNTRACED)
        if not os.WIFSTOPPED(state):
            break
        os.kill(number, signal.SIGCONT)
    with os.fdopen(reading, "rb") as file:
        said = json.loads(file.read() or b"{}")
    return {**said, "killed": os.WTERMSIG(state) if os.WIFSIGNALED(state) else 0}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(ended(json.loads(line))) + "\n")
        sys.stdout.flush()
