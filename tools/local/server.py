"""PostHog's HTTP API over one embedded project, as a WSGI application."""

import hmac
import json
import logging
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from tools.local import (
    routes_account,
    routes_capture,
    routes_flags,
    routes_local,
    routes_objects,
    routes_query,
    routes_taxonomy,
)
from tools.local.auth import authenticate, permit
from tools.local.bodies import ApiError, method_not_allowed, not_found, server_error, too_large
from tools.local.home import Home
from tools.local.keys import Key
from tools.local.meta import ProjectRow
from tools.local.routes import Body, Call, Lines, Reply, Route, whole

PROJECT = "/api/projects/<project>/"
PUBLIC = (
    *routes_account.ROUTES,
    *routes_capture.ROUTES,
    *routes_flags.ROUTES,
    *routes_objects.ROUTES,
    *routes_query.ROUTES,
    *routes_taxonomy.ROUTES,
)
OWNER = routes_local.ROUTES
MAX_BODY = 20 * 1024 * 1024
log = logging.getLogger(__name__)


class Server:
    """The application: finds the route, checks the key, answers as PostHog would.

    With an `owner` token it also offers the routes that only the owner of the folder may call.
    """

    def __init__(self, home: Home, *, owner: str | None = None) -> None:
        self._home = home
        self._owner = owner
        self._map = _map(PUBLIC if owner is None else (*PUBLIC, *OWNER))

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        self._home.activity.begin()
        request = Request(environ)
        request.max_content_length = MAX_BODY
        response = self._respond(request)
        response.call_on_close(self._home.activity.end)
        response.call_on_close(request.close)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        try:
            return _reply(self._answer(request))
        except ApiError as refusal:
            return _refusal(refusal)
        except NotFound:
            return _refusal(not_found("Endpoint not found."))
        except RequestEntityTooLarge:
            return _refusal(too_large())
        except MethodNotAllowed:
            return _refusal(method_not_allowed(request.method))
        except Exception:
            # The front door: a bug costs this request, not the process that others share.
            log.exception("%s %s failed", request.method, request.path)
            return _refusal(server_error(500, "A server error occurred."))

    def _answer(self, request: Request) -> Body | Lines | Reply:
        route, arguments = self._map.bind_to_environ(request.environ).match()
        project = self._home.meta.project
        key = self._admit(request, route, arguments.get("project"), project)
        call = Call(self._home, request, key, project, arguments)
        return route.answer(call)  # type: ignore[no-any-return]

    def _admit(
        self, request: Request, route: Route, named: str | None, project: ProjectRow
    ) -> Key | None:
        if route in OWNER:
            self._admit_owner(request)
            return None
        if route.anyone:
            return None
        key = authenticate(self._home.meta, request)
        _admit(key, route, named, project)
        return key

    def _admit_owner(self, request: Request) -> None:
        sent = request.headers.get("Authorization", "")
        if not hmac.compare_digest(sent.encode(), f"Bearer {self._owner}".encode()):
            raise not_found("Endpoint not found.")


def _admit(key: Key, route: Route, named: str | None, project: ProjectRow) -> None:
    if named is None:
        permit(key, route.scope, None)
        return
    asked = project.id if named == "@current" else whole(named)
    if asked is None:
        raise not_found("Project not found.")
    permit(key, route.scope, asked)
    if asked != project.id:
        raise not_found("Project not found.")


def _map(routes: tuple[Route, ...]) -> Map:
    """The routes by path; PostHog still answers to the old word `environments`."""
    rules = [Rule(route.path, endpoint=route, methods=[route.method]) for route in routes]
    rules += [
        Rule(
            route.path.replace("/projects/", "/environments/", 1),
            endpoint=route,
            methods=[route.method],
        )
        for route in routes
        if route.path.startswith(PROJECT)
    ]
    return Map(rules, strict_slashes=False, merge_slashes=False)


def _reply(answer: Body | Lines | Reply) -> Response:
    if isinstance(answer, Generator):
        return Response(_lines(answer), content_type="application/x-ndjson")
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    headers = {"Content-Type": "application/json", **reply.headers}
    if reply.body is None or isinstance(reply.body, bytes):
        return Response(reply.body, reply.status, headers=headers)
    return Response(_json(reply.body), reply.status, headers=headers)


def _lines(body: Lines) -> Iterator[bytes]:
    """The lines of a long answer; when the client is gone, the work behind them stops."""
    try:
        for line in body:
            yield _json(line) + b"\n"
    except Exception:
        # The front door again: the status has been sent, so the last line says it.
        log.exception("a long answer failed")
        yield _json({"error": "The work failed: worker.log in its folder says why."}) + b"\n"
    finally:
        body.close()


def _refusal(refusal: ApiError) -> Response:
    response = _reply(Reply(refusal.body, refusal.status, refusal.headers))
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _json(body: Body) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
