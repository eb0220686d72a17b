"""An emulator of Slack that others wrote (local-slack), fetched once and known by its hash."""

import functools
import hashlib
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import platformdirs

PACKAGE = "local-slack-linux-x64@0.1.8"
SHA256 = "3332007b797969d835f694b463ac526f7ef1fc66afac93f950f585105fe4815f"
TOKEN, APP_TOKEN, SECRET = "xoxb-local", "xapp-local", "local-" + "secret"
ANN, BOB, BOT, CHANNEL = "U01ANN", "U01BOB", "U0BOT", "C01GEN"


@functools.cache
def binary() -> Path | None:
    """The emulator, if it is here or can be fetched."""
    folder = platformdirs.user_cache_path("hogloop-tests") / PACKAGE.replace("@", "-")
    found = folder / "node_modules" / "local-slack-linux-x64" / "bin" / "local-slack"
    if not found.exists() and (npm := shutil.which("npm")):
        folder.mkdir(parents=True, exist_ok=True)
        order = [npm, "install", "--ignore-scripts", "--prefix", str(folder), PACKAGE]
        try:
            subprocess.run(order, capture_output=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            return None
    if not found.exists():
        return None
    same = hashlib.sha256(found.read_bytes()).hexdigest() == SHA256
    return found if same else None


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Workspace:
    """The emulator at work, and what a person does in it."""

    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self, folder: Path, mode: str, events: str) -> None:
        """Let it run; its memory is new."""
        config = folder / f"slack-{mode}.json"
        app = {"appId": "A01", "botUserId": BOT, "botName": "hogloop", "botToken": TOKEN}
        app |= {"appToken": APP_TOKEN, "signingSecret": SECRET, "mode": mode, "requestUrl": events}
        people = [
            {"id": ANN, "name": "ann", "real_name": "Ann", "email": "ann@example.com"},
            {"id": BOB, "name": "bob", "real_name": "Bob", "email": "bob@example.com"},
        ]
        channels = [{"id": CHANNEL, "name": "general", "members": [ANN, BOB, BOT]}]
        body = {"apps": [app], "users": people, "channels": channels}
        config.write_text(json.dumps(body))
        tool = binary()
        assert tool
        order = [str(tool), "--config", str(config), "--port", str(self.port)]
        order += ["--base-host", "127.0.0.1", "--files-dir", str(folder / "files")]
        self.process = subprocess.Popen(
            order,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(lambda: self.get("state"), "the emulator did not start")

    def stop(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait(10)

    def get(self, path: str) -> Any:
        """What its control interface tells."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_control/{path}") as answer:
                return json.load(answer)
        except OSError:
            return None

    def post(self, path: str, **body: Any) -> Any:
        """Do something in it."""
        return sent(f"http://127.0.0.1:{self.port}/_control/{path}", json.dumps(body).encode())

    def say(self, user: str, text: str, channel: str = CHANNEL, root: str = "") -> str:
        """Write a message; its time."""
        thread = {"thread_ts": root} if root else {}
        made = self.post("message", channel=channel, user=user, text=text, **thread)
        return str(made["message"]["ts"])

    def press(self, message: dict[str, Any], action: str, user: str) -> None:
        """Press a button of a message."""
        (button,) = [
            element
            for block in message["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == action
        ]
        place = {"channel": message["channel"], "messageTs": message["ts"], "user": user}
        self.post("interact", action=button, **place)

    def bots(self, root: str = "", channel: str = CHANNEL) -> list[dict[str, Any]]:
        """The bot's messages, in one thread if it is named."""
        found = (self.get(f"messages/{channel}") or {"messages": []})["messages"]
        mine = [one for one in found if one["user"] == BOT]
        return [one for one in mine if not root or one.get("thread_ts") == root]

    def direct(self, user: str) -> str:
        """The channel of direct messages with somebody."""
        url = f"http://127.0.0.1:{self.port}/api/conversations.open"
        made = sent(url, f"users={user}".encode(), "application/x-www-form-urlencoded")
        return str(made["channel"]["id"])

    def answered(self, root: str, count: int = 1, channel: str = CHANNEL) -> dict[str, Any]:
        """The last of so many finished answers in a thread."""

        def done() -> Any:
            found = self.bots(root, channel)
            whole = [one for one in found if "stop" not in json.dumps(one.get("blocks", []))]
            return whole[count - 1] if len(whole) >= count else None

        answer: dict[str, Any] = eventually(done, f"no answer in {root}")
        return answer


@dataclass
class Shim:
    """Between the bot and the emulator: it fails where the emulator never does."""

    slack: str
    bot: str = ""
    refuse: Callable[[str, dict[str, str]], str] = lambda method, form: ""
    """The word with which a call is refused, or ""."""

    busy: Counter[str] = field(default_factory=Counter)
    """How often each method is still to be answered with 429."""

    twice: bool = True
    """Whether each event is sent to the bot once more, as Slack repeats one."""

    port: int = field(default_factory=free_port)
    refused: list[str] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator["Shim"]:
        """Serve until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def pass_on(self, path: str, headers: dict[str, str], content: bytes) -> tuple[int, bytes]:
        """One request, answered by whom it is for."""
        if path == "/slack/events":
            return self._event(headers, content)
        method = path.rpartition("/")[2]
        if self.busy[method] > 0:
            self.busy[method] -= 1
            self.refused.append(f"{method} 429")
            return 429, b'{"ok": false, "error": "ratelimited"}'
        form = {k: v[0] for k, v in parse_qs(content.decode("latin1"), True).items()}
        if word := self.refuse(method, form):
            self.refused.append(f"{method} {word}")
            return 200, json.dumps({"ok": False, "error": word}).encode()
        return forwarded(f"{self.slack}{path}", headers, content)

    def _event(self, headers: dict[str, str], content: bytes) -> tuple[int, bytes]:
        began = time.perf_counter()
        status, answer = forwarded(f"{self.bot}/slack/events", headers, content)
        self.acknowledged.append(time.perf_counter() - began)
        if self.twice:
            again = headers | {"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"}
            forwarded(f"{self.bot}/slack/events", again, content)
        return status, answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        shim = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, answer = shim.pass_on(self.path, dict(self.headers.items()), content)
                self.send_response(status)
                self.send_header("retry-after", "1")
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


def forwarded(url: str, headers: dict[str, str], content: bytes) -> tuple[int, bytes]:
    """A request sent on with its headers; its status and body."""
    kept = {k: v for k, v in headers.items() if k.lower() not in ("host", "content-length")}
    request = urllib.request.Request(url, content, kept, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 502, b"{}"


def sent(url: str, content: bytes, kind: str = "application/json") -> Any:
    """A request to the emulator itself."""
    headers = {"content-type": kind, "authorization": f"Bearer {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(url, content, headers)) as answer:
        return json.load(answer)


def eventually(look: Callable[[], Any], otherwise: str, seconds: float = 25.0) -> Any:
    """What is found once it is there."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, otherwise
        time.sleep(0.05)
    return found
