"""Who may come in over TCP: requests that name this computer, web pages where PostHog lets them.

A web page can have its own name point to this computer and then read what answers there; the name
it uses gives it away. Events and flags are for any page, as at PostHog: their key is public.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from werkzeug.wrappers import Request, Response

from tools.local.bodies import forbidden

Wsgi = Callable[[Any, Any], Iterable[bytes]]
REBOUND = "This address is none of the server's: ask it by the address that `hogloop serve` prints."


@dataclass(frozen=True)
class Gate:
    """A WSGI application in front of the public one."""

    inside: Wsgi
    names: frozenset[str]
    """Names of this computer; it is known by its addresses too, which no web page can choose."""

    remote: bool
    """Whether other addresses than loopback are the server's."""

    public: frozenset[str]
    """Paths that web pages may call from anywhere."""

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer one request, or let it in."""
        request = Request(environ)
        if not self._named_well(request):
            return _refused()(environ, start_response)
        if f"{request.path.rstrip('/')}/" not in self.public:
            return self.inside(environ, start_response)
        allowed = _cross_origin(request)
        if request.method == "OPTIONS":
            return Response(status=204, headers=allowed)(environ, start_response)

        def start(status: str, headers: list[Any], *more: Any) -> Any:
            return start_response(status, [*headers, *allowed.items()], *more)

        return self.inside(environ, start)

    def _named_well(self, request: Request) -> bool:
        name = _without_port(request.headers.get("Host", "")).lower()
        try:
            return name in self.names or ip_address(name).is_loopback or self.remote
        except ValueError:
            return False


def _cross_origin(request: Request) -> dict[str, str]:
    """What a browser must hear to hand a page our answer."""
    origin = request.headers.get("Origin")
    if origin is None:
        return {}
    allowed = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", "*"),
        "Vary": "Origin",
    }
    if request.headers.get("Access-Control-Request-Private-Network"):
        allowed["Access-Control-Allow-Private-Network"] = "true"
    return allowed


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _refused() -> Response:
    body = json.dumps(forbidden(REBOUND).body)
    return Response(body, 403, content_type="application/json")
