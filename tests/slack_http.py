"""Slack's Web API on loopback: the one in memory behind HTTP, with faults by a seeded roll."""

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from agent.slack.errors import SlackRefused
from tests.slack_fixtures import FakeSlack

KINDS = ("busy", "failing", "cut before", "cut after")


@dataclass
class SlackServer:
    """A workspace at an address, which fails at a share of its requests."""

    slack: FakeSlack
    share: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    faults: Counter[str] = field(default_factory=Counter)
    url: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def serving(self) -> Iterator["SlackServer"]:
        """Serve until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}/api/"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def fault(self, method: str) -> str:
        """What goes wrong with this request, or ""."""
        with self._lock:
            kind = self.chance.choice(KINDS) if self.chance.random() < self.share else ""
            if kind:
                self.faults[kind] += 1
        return "" if method == "auth.test" else kind

    def answer(self, method: str, form: dict[str, str]) -> dict[str, Any]:
        """The body of one answer."""
        try:
            return self.slack.call(method, **{k: _read(v) for k, v in form.items()})
        except SlackRefused as refused:
            return {"ok": False, "error": refused.code}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        held = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                method = self.path.rpartition("/")[2]
                raw = self.rfile.read(int(self.headers["content-length"])).decode()
                form = {name: values[0] for name, values in parse_qs(raw, True).items()}
                kind = held.fault(method)
                if kind == "cut before":
                    self.close_connection = True
                    return
                if kind in ("busy", "failing"):
                    self.send_response(429 if kind == "busy" else 500)
                    self.send_header("retry-after", "0")
                    self._say({"ok": False, "error": "ratelimited"})
                    return
                body = held.answer(method, form)
                if kind == "cut after":
                    self.close_connection = True
                    return
                self.send_response(200)
                self._say(body)

            def _say(self, body: dict[str, Any]) -> None:
                content = json.dumps(body).encode()
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


def _read(value: str) -> Any:
    return json.loads(value) if value[:1] in "[{" else value
