"""Routes of feature flags: listed, shown, made, changed; a DELETE is answered with 405."""

from tools.local import (
    routes_flags_asked,
    routes_flags_later,
    routes_flags_many,
    routes_flags_narrow,
    routes_flags_one,
)
from tools.local.flags.approvals import held
from tools.local.flags.changes import changed_flag, new_flag
from tools.local.flags.flag import KIND
from tools.local.flags.listing import chosen
from tools.local.flags.schedule import apply_due
from tools.local.flags.shown import Surroundings
from tools.local.flags.store import add, keep
from tools.local.flags.writing import SentFlag
from tools.local.objects import found
from tools.local.routes import Body, Call, Reply, Route, page, read

MANY = "/api/projects/<project>/feature_flags/"
ONE = f"{MANY}<id>/"


def flags(call: Call) -> Body:
    """The flags that were asked for, the newest first."""
    apply_due(call.home.meta)
    around = Surroundings.of(call.home)
    wanted = call.request.args.to_dict()
    body = dict(page(call.request, chosen(call.home.meta.documents(KIND), wanted, around)))
    body["results"] = [around.show(one) for one in body["results"]]
    return body


def flag(call: Call) -> Body:
    """One flag, be it deleted."""
    apply_due(call.home.meta)
    body = found(call.home.meta, KIND, call.arguments["id"])
    return Surroundings.of(call.home).show(body)


def create(call: Call) -> Reply:
    """A new flag."""
    meta, sent = call.home.meta, read(SentFlag, call.request)
    with meta.transaction():
        draft = new_flag(meta, sent)
        if answer := held(meta, {}, draft):
            return answer
        made = add(meta, draft)
    return Reply(Surroundings.of(call.home).show(made), 201)


def change(call: Call) -> Body | Reply:
    """Some fields of a flag."""
    sent = read(SentFlag, call.request)
    apply_due(call.home.meta)
    with call.home.meta.transaction():
        before = found(call.home.meta, KIND, call.arguments["id"])
        after = changed_flag(call.home.meta, before, sent)
        if answer := held(call.home.meta, before, after):
            return answer
        keep(call.home.meta, before, after)
    return Surroundings.of(call.home).show(after)


ROUTES = (
    Route("GET", MANY, "feature_flag:read", flags),
    Route("POST", MANY, "feature_flag:write", create),
    Route("GET", ONE, "feature_flag:read", flag),
    Route("PATCH", ONE, "feature_flag:write", change),
    *routes_flags_asked.ROUTES,
    *routes_flags_later.ROUTES,
    *routes_flags_many.ROUTES,
    *routes_flags_narrow.ROUTES,
    *routes_flags_one.ROUTES,
)
