"""PostHog's HTTP API: the only module that imports httpx."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from tools.errors import (
    Forbidden,
    KeyRejected,
    NotFound,
    OutcomeUnknown,
    ScopeDenied,
    ServerFailed,
    TooLarge,
    TooSlow,
    UnexpectedAnswer,
    Unreachable,
)
from tools.pause import Pause
from tools.project import KeyInfo, Page, Project
from tools.refusals import refusal, unreachable, wrong_kind
from tools.scopes import Grants

ATTEMPTS, MAX_WAIT = 3, 60.0
MAX_BYTES = 32 * 1024 * 1024
NOTHING_TO_SAY = 204
RETRIED = frozenset({429, 500, 502, 503})
TIMEOUT = httpx.Timeout(70.0, connect=10.0)
TOO_OLD = (
    "{} can't say what a key may do: it is no PostHog, or one older than such keys; check the "
    "host, or update PostHog."
)
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Failures before a single byte of the request has left."""


class PostHog:
    """One key on one host, talking about one project."""

    def __init__(
        self,
        *,
        host: str,
        key: str,
        project_id: int | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        refused = wrong_kind(key)
        if refused:
            raise KeyRejected(refused)
        self.host = host.rstrip("/")
        self._name = "The embedded project" if self.host == "http://embedded" else self.host
        self.events_seen: set[str] = set()
        self.properties_seen: dict[str, set[str]] = {}
        self._project_id = project_id
        self.server_date = ""
        """What time it is for PostHog, as its last answer said."""

        self.pause = Pause()
        self._sleep = sleep or self.pause
        self._grants: Grants | None = None
        self._project: Project | None = None
        try:
            self._http = httpx.Client(
                base_url=self.host,
                headers={"Authorization": f"Bearer {key}"},
                timeout=TIMEOUT,
                transport=transport,
                trust_env=transport is None,
            )
        except httpx.InvalidURL as error:
            raise Unreachable(unreachable(error, self.host)) from error

    def wait(self, seconds: float) -> None:
        """Let some time pass before asking again."""
        self._sleep(seconds)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def grants(self) -> Grants:
        """What the key may do, asked once; any failure raises, so that nothing is offered."""
        if self._grants is None:
            try:
                body = self._request("GET", "/api/personal_api_keys/@current/")
            except NotFound as error:
                raise UnexpectedAnswer(TOO_OLD.format(self._name)) from error
            info = _read(KeyInfo, body)
            teams = tuple(info.scoped_teams or ())
            self._grants = Grants(frozenset(info.scopes), teams, str(info.id))
        return self._grants

    def renewed_grants(self) -> Grants:
        """What the key may do now, as a change has to know it."""
        self._grants = None
        return self.grants

    @property
    def project(self) -> Project:
        """The project, asked once; a key that may not read it leaves its name and zone unknown."""
        if self._project is None:
            try:
                body = self._request("GET", f"/api/projects/{self._which()}/")
            except Forbidden:
                body = {"id": int(self._which()) if self._which().isdigit() else 0}
            self._project = _read(Project, body)
        return self._project

    def query(self, query: dict[str, Any]) -> dict[str, Any]:
        """Run one query of any kind; needs `query:read`."""
        return self.compute("query/", {"query": query, "name": "hogloop"})

    def pages(self, path: str, **params: str | int) -> Iterator[dict[str, Any]]:
        """Every object of a paginated list, under the project unless the path is a whole one."""
        url: str | None = self._url(path)
        query: dict[str, str | int] | None = {"limit": 500, **params}
        while url:
            page = _read(Page, self._request("GET", url, params=query))
            yield from page.results
            url, query = _same_host(page.next) if page.results else None, None

    def read(self, path: str, **params: str | int) -> dict[str, Any]:
        """One object under the project."""
        return self._request("GET", self._url(path), params=params)

    def compute(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What PostHog works out from a body that changes nothing."""
        return self._request("POST", self._url(path), json=body)

    def change(
        self, method: str, path: str, body: dict[str, Any], scopes: tuple[str, ...]
    ) -> dict[str, Any]:
        """Send one change, once: an answer that is lost is `OutcomeUnknown`, never sent again."""
        if missing := self.renewed_grants().missing(scopes):
            raise ScopeDenied("This change", missing)
        try:
            status, headers, content = self._send(method, self._url(path), json=body)
            return self._object(self._read_body(status, headers, content))
        except UNSENT as error:
            raise Unreachable(unreachable(error, self.host)) from error
        except (httpx.RequestError, ServerFailed, TooLarge, TooSlow, UnexpectedAnswer) as error:
            raise OutcomeUnknown("PostHog's answer to the change was lost.") from error

    def listed(self, path: str) -> list[dict[str, Any]]:
        """A short list under the project that PostHog does not page."""
        body = self._answered("GET", self._url(path))
        found = body.get("results", []) if isinstance(body, dict) else body
        return [row for row in found if isinstance(row, dict)]

    def _url(self, path: str) -> str:
        """A path under the project, unless it is a whole one."""
        return path if path.startswith("/") else f"/api/projects/{self._which()}/{path}"

    def _which(self) -> str:
        if self._project_id is not None:
            return str(self._project_id)
        return str(self.grants.projects[0]) if self.grants.projects else "@current"

    def _request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return self._object(self._answered(method, path, **options))

    def _object(self, body: dict[str, Any] | list[Any]) -> dict[str, Any]:
        if isinstance(body, list):
            raise self._unlike_posthog(200)
        return body

    def _answered(self, method: str, path: str, **options: Any) -> dict[str, Any] | list[Any]:
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                status, headers, content = self._send(method, path, **options)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                if last or not isinstance(error, httpx.ConnectError):
                    raise Unreachable(unreachable(error, self.host)) from error
                self._sleep(2.0 ** (attempt - 1))
                continue
            wait = _retry_after(headers) or 2.0 ** (attempt - 1)
            if status in RETRIED and not last and wait <= MAX_WAIT:
                self._sleep(wait)
                continue
            return self._read_body(status, headers, content)
        raise AssertionError("the last attempt returns or raises")

    def _send(self, method: str, path: str, **options: Any) -> tuple[int, httpx.Headers, bytes]:
        with self._http.stream(method, path, **options) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise TooLarge(
                        f"PostHog's answer is larger than {MAX_BYTES >> 20} MB: "
                        "ask for fewer rows or columns."
                    )
            self.server_date = response.headers.get("date", "")
            return response.status_code, response.headers, bytes(content)

    def _read_body(
        self, status: int, headers: httpx.Headers, content: bytes
    ) -> dict[str, Any] | list[Any]:
        if status == NOTHING_TO_SAY:
            return {}
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        if status < 300 and isinstance(body, dict | list):
            return body
        if status < 400:
            raise self._unlike_posthog(status)
        raise refusal(
            status, body if isinstance(body, dict) else {}, self.host, _retry_after(headers)
        )

    def _unlike_posthog(self, status: int) -> UnexpectedAnswer:
        told = f"{self._name} does not answer like PostHog's API (status {status})"
        return UnexpectedAnswer(f"{told}: check the host.")


def unix_socket(connect: Callable[[], Path]) -> httpx.BaseTransport:
    """A transport to the embedded project; `connect` starts its worker, says where it listens."""
    return _SocketTransport(connect)


class _SocketTransport(httpx.BaseTransport):
    """Requests over a unix socket whose server may have to be started first."""

    def __init__(self, connect: Callable[[], Path]) -> None:
        self._connect = connect
        self._path: Path | None = None
        self._inner: httpx.HTTPTransport | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._path and not _listens(self._path):
            self.close()
        try:
            return self._transport().handle_request(request)
        except httpx.ConnectError:
            self.close()
            return self._transport().handle_request(request)

    def close(self) -> None:
        if self._inner:
            self._inner.close()
        self._inner = self._path = None

    def _transport(self) -> httpx.HTTPTransport:
        if self._inner is None:
            self._path = self._connect()
            self._inner = httpx.HTTPTransport(uds=str(self._path))
        return self._inner


def _listens(path: Path) -> bool:
    """Whether somebody listens there; httpcore leaves a socket open that can't connect."""
    with socket.socket(socket.AF_UNIX) as found:
        found.settimeout(1.0)
        try:
            found.connect(str(path))
        except OSError:
            return False
    return True


M = TypeVar("M", bound=BaseModel)


def _read(model: type[M], body: dict[str, Any]) -> M:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise UnexpectedAnswer(
            f"PostHog's answer lacks what hogloop needs ({error.errors()[0]['loc'][0]}): "
            "is this host a PostHog?"
        ) from None


def _same_host(url: str | None) -> str | None:
    """A link to follow, but never to another host than the one that gets the key."""
    try:
        return httpx.URL(url).raw_path.decode("ascii") if url else None
    except httpx.InvalidURL as error:
        raise UnexpectedAnswer(
            "A list of PostHog's goes on at no address: is this host a PostHog?"
        ) from error


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds from the header, None when absent or in date form."""
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None
