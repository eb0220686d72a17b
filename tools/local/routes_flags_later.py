"""Routes about changes of feature flags that are made later: scheduled, or to be approved."""

from tools.local.bodies import not_found
from tools.local.flags.approvals import KIND as REQUEST
from tools.local.flags.schedule import KIND, ScheduledChange, apply_due, scheduled
from tools.local.objects import found
from tools.local.routes import Body, Call, Reply, Route, page, read

MANY = "/api/projects/<project>/scheduled_changes/"
REQUESTS = "/api/projects/<project>/change_requests/"


def scheduled_changes(call: Call) -> Body:
    """The changes that were scheduled, by their hour."""
    apply_due(call.home.meta)
    wanted = {name: call.request.args.get(name) for name in ("model_name", "record_id")}
    rows = [
        body
        for body in call.home.meta.documents(KIND)
        if all(value in (None, body[name]) for name, value in wanted.items())
    ]
    rows.sort(key=lambda body: str(body["scheduled_at"]))
    return page(call.request, rows)


def scheduled_change(call: Call) -> Body:
    """One of them."""
    apply_due(call.home.meta)
    return found(call.home.meta, KIND, call.arguments["id"])


def schedule(call: Call) -> Reply:
    """A new one."""
    draft = scheduled(call.home.meta, read(ScheduledChange, call.request), call.project)
    return Reply(call.home.meta.add_document(KIND, draft), 201)


def unschedule(call: Call) -> Reply:
    """Take one back."""
    found(call.home.meta, KIND, call.arguments["id"])
    call.home.meta.remove_document(KIND, call.arguments["id"])
    return Reply(None, 204)


def change_requests(call: Call) -> Body:
    """The changes that wait for approval, the latest first."""
    wanted = call.request.args.get("state")
    rows = call.home.meta.documents(REQUEST)
    rows = [body for body in rows if wanted in (None, body["state"])]
    rows.sort(key=lambda body: str(body["created_at"]), reverse=True)
    return page(call.request, rows)


def change_request(call: Call) -> Body:
    """One of them."""
    body = call.home.meta.document(REQUEST, call.arguments["id"])
    if body is None:
        raise not_found("Not found.")
    return body


ROUTES = (
    Route("GET", MANY, "feature_flag:read", scheduled_changes),
    Route("POST", MANY, "feature_flag:write", schedule),
    Route("GET", f"{MANY}<id>/", "feature_flag:read", scheduled_change),
    Route("DELETE", f"{MANY}<id>/", "feature_flag:write", unschedule),
    Route("GET", REQUESTS, "approvals:read", change_requests),
    Route("GET", f"{REQUESTS}<id>/", "approvals:read", change_request),
)
