"""The server on a port of this machine: a bearer token, and nobody from elsewhere."""

import hmac
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.errors import SettingsError

HOST = "127.0.0.1"
REFUSED = (
    b'{"error": "Send the header Authorization: Bearer and the token that hogloop mcp shows."}'
)


class Bearer:
    """Lets in who knows the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "lifespan" or self._knows(scope):
            await self._app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": REFUSED})

    def _knows(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, self._expected)


def serve_http(app: ASGIApp, port: int, token: str, tell: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `tell` is given the address once it listens."""
    with _listening(port) as listening:
        tell(f"http://{HOST}:{listening.getsockname()[1]}/mcp")
        settings = uvicorn.Config(
            Bearer(app, token),
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        # Once it has stopped, uvicorn raises the Ctrl-C again that stopped it.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(settings).run(sockets=[listening])


def _listening(port: int) -> socket.socket:
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((HOST, port))
        opened.listen()
    except OSError as error:
        opened.close()
        raise SettingsError(
            f"Port {port} of {HOST} can't be used ({error.strerror}): choose another with --http."
        ) from None
    return opened
