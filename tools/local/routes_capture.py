"""Routes that take events in, from anyone who has the project's own key."""

from werkzeug.wrappers import Request

from tools.local import capture_legacy, capture_v1
from tools.local.bodies import ApiError, server_error
from tools.local.ingest import NotStored
from tools.local.project_key import is_project_key
from tools.local.routes import Body, Call, Reply, Route

WRONG_KEY = (
    "Project API key invalid. You can find your project API key in PostHog project settings."
)
CREATING = "The demo project is still being created: send again in half a minute."
PATHS = ("/batch/", "/capture/", "/e/", "/track/", "/i/v0/e/", "/i/v0/ai/batch/")


def capture(call: Call) -> Body:
    """Store the events of a request, all of them or none."""
    sent = capture_legacy.sent(call.request)
    if not is_project_key(call.home.meta, sent.token):
        raise ApiError(401, "authentication_error", "invalid_api_key", WRONG_KEY)
    _ready(call)
    now, ip = call.home.ingest.now(), _ip(call.request)
    try:
        call.home.ingest.take(capture_legacy.events(sent, now=now, ip=ip))
    except NotStored as error:
        raise server_error(503, str(error)) from None
    return {"status": "Ok"}


def capture_v1_events(call: Call) -> Reply:
    """Store the events of a batch and tell what became of each."""
    if not is_project_key(call.home.meta, capture_v1.bearer(call.request)):
        raise capture_v1.no_such_key()
    _ready(call)
    now, ip = call.home.ingest.now(), _ip(call.request)
    found = capture_v1.verdicts(call.request, now=now, ip=ip)
    good = [verdict.event for verdict in found if verdict.event is not None]
    results = {verdict.uuid: verdict.body for verdict in found}
    try:
        call.home.ingest.take(good)
    except NotStored:
        again = {"result": "retry", "details": "not_persisted"}
        results |= {event.uuid: again for event in good}
        return Reply({"results": results}, headers={"Retry-After": "1"})
    return Reply({"results": results})


def _ready(call: Call) -> None:
    if call.home.meta.fact("loading"):
        raise server_error(503, CREATING)


def _ip(request: Request) -> str | None:
    """The sender's address; none over a unix socket."""
    address = request.remote_addr
    return address if address and address != "localhost" else None


ROUTES = (
    *(
        Route(method, path, None, capture, anyone=True)
        for method in ("POST", "GET")
        for path in PATHS
    ),
    Route("POST", "/i/v1/analytics/events/", None, capture_v1_events, anyone=True),
)
