"""The route about what happened to objects of any kind."""

from tools.local.activity_log import activity_page
from tools.local.bodies import invalid
from tools.local.routes import Body, Call, Route


def activity_log(call: Call) -> Body:
    """What happened to the objects of one kind, or to one of them."""
    scope = call.request.args.get("scope", "")
    if not scope:
        raise invalid("The embedded project lists one kind at a time: give a scope.", attr="scope")
    return activity_page(call, scope, call.request.args.get("item_id"))


ROUTES = (Route("GET", "/api/projects/<project>/activity_log/", "activity_log:read", activity_log),)
