"""Doubles that are passed in: a scripted model, PostHog, and a chat-completions server."""

import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from agent.messages import Assistant, Delta, Message, ToolCall
from tools.changes.change import Change
from tools.client import PostHog
from tools.scopes import Grants

HOST = "https://us.posthog.com"
KEY = "phx_" + "k" * 12
"""Spelled in two parts, so that no search for secrets finds it."""


def call(name: str, /, **arguments: Any) -> ToolCall:
    """A tool call with an id made of its name."""
    return ToolCall(f"call_{name}", name, arguments)


class OpenGate:
    """A gate that lets everything be proposed and notes what came."""

    is_open = True

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def open(self) -> str:
        """It is."""
        return "open"

    def check(self) -> None:
        """Nothing is refused."""

    def carry(self, change: Change) -> Change:
        """The change as it was proposed."""
        self.changes.append(change)
        return change

    def undo(self, change_id: str) -> Change:
        """Nothing was made."""
        raise AssertionError(change_id)


class ScriptedModel:
    """A model that says what it is told to say, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, *replies: Assistant | str | ToolCall | BaseException) -> None:
        self._replies = list(replies)
        self.asked: list[tuple[Message, ...]] = []
        self.offered: list[list[str]] = []

    def complete(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> Generator[Delta, None, Assistant]:
        assert self._replies, "the script has run out: the loop asked once too often"
        self.asked.append(tuple(messages))
        self.offered.append([tool["name"] for tool in tools])
        reply = self._replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        if isinstance(reply, ToolCall):
            reply = Assistant(tool_calls=(reply,))
        if isinstance(reply, str):
            reply = Assistant(reply)
        if reply.text:
            yield Delta(reply.text)
        return reply

    def assert_finished(self) -> None:
        """Fail when lines of the script were never said."""
        assert not self._replies, f"never said: {self._replies}"


def envelope(status: int, code: str, detail: str, **more: Any) -> httpx.Response:
    """An error as PostHog words it."""
    kinds = {400: "validation_error", 404: "invalid_request", 429: "throttled_error"}
    kind = "authentication_error" if status in (401, 403) else kinds.get(status, "server_error")
    body = {"type": kind, "code": code, "detail": detail, "attr": None, **more}
    return httpx.Response(status, json=body)


def rows(columns: Sequence[str], *values: Sequence[Any]) -> dict[str, Any]:
    """The body of an answered HogQLQuery."""
    return {
        "results": [list(row) for row in values],
        "columns": list(columns),
        "types": [[column, "String"] for column in columns],
        "hasMore": False,
    }


@dataclass
class FakePostHog:
    """PostHog behind a transport: keys, scopes, one project, and answers by query text."""

    scopes: tuple[str, ...] = ("*",)
    scoped_teams: tuple[int, ...] = ()
    project: Mapping[str, Any] = field(
        default_factory=lambda: {
            "id": 1,
            "name": "Shop",
            "timezone": "UTC",
            "week_start_day": 1,
            "secret_api_token": "kept out",
        }
    )
    answers: Mapping[str, dict[str, Any] | httpx.Response] = field(default_factory=dict)
    """By a part of the HogQL, tried in order."""
    insights: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """The results of typed queries, by their kind."""
    groups: Sequence[str] = ()
    events: Sequence[Mapping[str, Any]] = ()
    properties: Sequence[Mapping[str, Any]] = ()
    instead: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
    """Answers before anything else does."""
    requests: list[httpx.Request] = field(default_factory=list)

    def client(self, **options: Any) -> PostHog:
        """A client that talks to this PostHog and never really sleeps."""
        settings: dict[str, Any] = {"host": HOST, "key": KEY, "sleep": lambda seconds: None}
        return PostHog(**(settings | options), transport=httpx.MockTransport(self))

    def queries(self) -> list[str]:
        """The HogQL that arrived."""
        return [query["query"] for query in self.asked() if query["kind"] == "HogQLQuery"]

    def asked(self) -> list[dict[str, Any]]:
        """The queries of all kinds that arrived."""
        bodies = [json.loads(r.content) for r in self.requests if r.url.path.endswith("/query/")]
        return [body["query"] for body in bodies]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if early := self.instead(request):
            return early
        if request.headers.get("authorization") != f"Bearer {KEY}":
            said = "Personal API key found in request Authorization header is invalid."
            return envelope(401, "authentication_failed", said)
        if request.url.path == "/api/personal_api_keys/@current/":
            teams = list(self.scoped_teams)
            body = {"id": "k1", "scopes": list(self.scopes), "scoped_teams": teams}
            return httpx.Response(200, json=body)
        return self._in_project(request)

    def _in_project(self, request: httpx.Request) -> httpx.Response:
        route = request.url.path.removeprefix("/api/projects/").partition("/")
        if route[0] not in ("@current", str(self.project["id"])):
            return envelope(404, "not_found", "Project not found.")
        routes = {
            "": ("project:read", self._project),
            "query/": ("query:read", self._query),
            "event_definitions/": ("event_definition:read", self._events),
            "property_definitions/": ("property_definition:read", self._properties),
            "groups_types/": ("group:read", self._group_types),
        }
        if route[2] not in routes:
            return _page(request, ())
        scope, answer = routes[route[2]]
        if not Grants(frozenset(self.scopes)).covers(scope):
            said = f"API key missing required scope '{scope}'"
            return envelope(403, "permission_denied", said)
        return answer(request)

    def _project(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=dict(self.project))

    def _query(self, request: httpx.Request) -> httpx.Response:
        query = json.loads(request.content)["query"]
        if query["kind"] in self.insights:
            results = list(self.insights[query["kind"]])
            return httpx.Response(200, json={"results": results, "hogql": "SELECT 1"})
        if query["kind"] != "HogQLQuery":
            return envelope(400, "invalid_input", f"no answer is prepared for a {query['kind']}")
        for part, answer in self.answers.items():
            if part in query["query"]:
                ready = isinstance(answer, httpx.Response)
                return answer if ready else httpx.Response(200, json=answer)
        return envelope(400, "invalid_input", f"no answer is prepared for {query['query']!r}")

    def _group_types(self, request: httpx.Request) -> httpx.Response:
        listed = [{"group_type": name, "group_type_index": n} for n, name in enumerate(self.groups)]
        return httpx.Response(200, json=listed)

    def _events(self, request: httpx.Request) -> httpx.Response:
        return _page(request, self.events)

    def _properties(self, request: httpx.Request) -> httpx.Response:
        kind = request.url.params.get("type", "event")
        return _page(request, [p for p in self.properties if p.get("kind", "event") == kind])


def _page(request: httpx.Request, objects: Sequence[Mapping[str, Any]]) -> httpx.Response:
    params = request.url.params
    found = [o for o in objects if params.get("search", "").lower() in o["name"].lower()]
    limit, offset = int(params.get("limit", 100)), int(params.get("offset", 0))
    following = None
    if offset + limit < len(found):
        following = str(request.url.copy_merge_params({"limit": limit, "offset": offset + limit}))
    page = [dict(o) for o in found[offset : offset + limit]]
    body = {"count": len(found), "next": following, "previous": None, "results": page}
    return httpx.Response(200, json=body)


@dataclass(frozen=True)
class Line:
    """One answer of the chat-completions server: a status, a kind of content, and its bytes."""

    content: bytes
    status: int = 200
    kind: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    """Whether the connection is dropped before the end."""


def sse(*chunks: Mapping[str, Any], done: bool = True, **options: Any) -> Line:
    """Chunks as server-sent events."""
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return Line((text + ("data: [DONE]\n\n" if done else "")).encode(), **options)


def text_chunk(text: str) -> dict[str, Any]:
    """A piece of text."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


def call_chunk(*pieces: Mapping[str, Any]) -> dict[str, Any]:
    """Pieces of tool calls."""
    delta = {"tool_calls": list(pieces)}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def end_chunk(finish: str = "stop") -> dict[str, Any]:
    """The reason why a reply ends."""
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}


def usage_chunk(prompt: int, completion: int) -> dict[str, Any]:
    """What a reply cost."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return {"choices": [], "usage": usage}


def says(text: str, *, usage: tuple[int, int] = (10, 2)) -> Line:
    """A reply of words, in two pieces."""
    middle = len(text) // 2
    pieces = (text_chunk(text[:middle]), text_chunk(text[middle:]))
    return sse(*pieces, end_chunk(), usage_chunk(*usage))


def calls(name: str, /, *, id: str = "call_1", **arguments: Any) -> Line:
    """A reply of one tool call, its arguments in pieces."""
    text = json.dumps(arguments)
    middle = len(text) // 2
    first = {"index": 0, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}
    rest = [{"index": 0, "function": {"arguments": t}} for t in (text[:middle], text[middle:])]
    chunks = [call_chunk(piece) for piece in (first, *rest)]
    return sse(*chunks, end_chunk("tool_calls"), usage_chunk(20, 5))


class FakeOpenAI:
    """An OpenAI-compatible server on loopback that plays a script, and keeps what it was sent."""

    def __init__(self, *lines: Line) -> None:
        self._lines = list(lines)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.base_url = ""

    @contextmanager
    def serving(self) -> Iterator["FakeOpenAI"]:
        """Serve until the block ends; fail when lines of the script were never asked for."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.base_url = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield self
            assert not self._lines, f"{len(self._lines)} lines were never asked for"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def next(self, headers: Mapping[str, str], body: bytes) -> Line:
        """The answer to one request."""
        self.headers.append(headers)
        self.requests.append(json.loads(body))
        ran_out = Line(b'{"error": {"message": "the script has run out"}}', 400, "application/json")
        return self._lines.pop(0) if self._lines else ran_out

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                line = fake.next(headers, body)
                self.send_response(line.status)
                for name, value in line.headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", line.kind)
                self.send_header("content-length", str(len(line.content) + line.cut))
                self.end_headers()
                self.wfile.write(line.content)
                self.close_connection = line.cut

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler
