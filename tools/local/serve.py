"""`hogloop serve`: an embedded project on a TCP port, for PostHog's SDKs and other clients.

The process takes the place of the project's worker, so that everyone works on the same rows.
"""

import json
import logging
import math
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from tools.errors import LocalProjectError
from tools.local.connect import LocalProject, stop_worker
from tools.local.folder import ADDRESS, open_meta
from tools.local.home import Home
from tools.local.project_key import project_key
from tools.local.serve_gate import Gate
from tools.local.server import MAX_BODY, PUBLIC, Server
from tools.local.worker import THREADS, owned, serve

TAKE_OVER_SECONDS = 30.0
LARGEST_REQUEST = 2 * MAX_BODY
"""Beyond this a body is not even read; up to it PostHog's own refusal is sent."""


@dataclass(frozen=True)
class Served:
    """What a client has to know."""

    url: str
    personal_key: str
    project_key: str


@dataclass(frozen=True)
class TcpDoor:
    """The project's public routes on a TCP socket."""

    listening: socket.socket
    url: str
    names: frozenset[str]
    remote: bool
    tell: Callable[[], None]

    def open(self, home: Home, channels: dict[Any, Any]) -> Any:
        """A waitress server on these channels, which the worker's own loop runs."""
        from waitress.server import create_server

        public = frozenset(route.path for route in PUBLIC if route.anyone)
        return create_server(
            Gate(Server(home), names=self.names, remote=self.remote, public=public),
            map=channels,
            sockets=[self.listening],
            threads=THREADS,
            channel_request_lookahead=1,
            max_request_body_size=LARGEST_REQUEST,
            clear_untrusted_proxy_headers=True,
        )

    def opened(self) -> None:
        """Hear that everyone is being answered now."""
        self.tell()


def serve_on(
    project: LocalProject,
    *,
    host: str,
    port: int,
    allow_remote: bool,
    tell: Callable[[Served], None],
) -> None:
    """Serve a project until the process is interrupted or told to stop."""
    listening = _listen(host, port, allow_remote)
    with closing(listening), ExitStack() as stack:
        _take_over(project, stack)
        with open_meta(project) as meta:
            url = _url(listening, host)
            served = Served(url, project.key, project_key(meta))
        _show_warnings()
        names = {"localhost", host.lower()}
        if allow_remote:
            names.add(socket.gethostname().lower())
        door = TcpDoor(listening, url, frozenset(names), allow_remote, lambda: tell(served))
        serve(project.folder, math.inf, door)


def _show_warnings() -> None:
    """What goes wrong is said on the terminal too, beside the log of the folder."""
    shown = logging.StreamHandler()
    shown.setLevel(logging.WARNING)
    logging.getLogger("tools").addHandler(shown)


def _listen(host: str, port: int, allow_remote: bool) -> socket.socket:
    """A socket that is bound; on this computer's own addresses unless more is allowed."""
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError, OverflowError) as error:
        raise LocalProjectError(f"{host} is no address to serve on: {error}.") from None
    if not allow_remote and not ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise LocalProjectError(
            f"{host} is reachable from other computers: add --allow-remote if that is wanted."
        )
    try:
        return socket.create_server(address[:2], family=family, backlog=128)
    except (OSError, OverflowError) as error:
        raise LocalProjectError(
            f"Port {port} on {host} can't be used ({error}): "
            "pick another with --port, or 0 for any that is free."
        ) from None


def _take_over(project: LocalProject, stack: ExitStack) -> None:
    """Own the folder: a worker that has it is told to stop, another `serve` is not."""
    deadline = time.monotonic() + TAKE_OVER_SECONDS
    while time.monotonic() < deadline:
        if url := _served_at(project):
            raise LocalProjectError(
                f"The project {project.name} is served at {url} already: use that, or stop it."
            )
        stop_worker(project)
        if stack.enter_context(owned(project.folder)):
            return
    raise LocalProjectError(
        f"The project {project.name} is busy: `hogloop local stop {project.name}` frees it."
    )


def _served_at(project: LocalProject) -> str | None:
    """Where another process serves the project, if one does."""
    try:
        known = json.loads((project.folder / ADDRESS).read_text())
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(known["socket"])
    except (OSError, ValueError, KeyError):
        return None
    url: str | None = known.get("url")
    return url


def _url(listening: socket.socket, host: str) -> str:
    port = listening.getsockname()[1]
    shown = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host)
    return f"http://{shown or (f'[{host}]' if ':' in host else host)}:{port}"
