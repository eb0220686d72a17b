"""Routes of feature flags: listed, shown, made, changed; a DELETE is answered with 405."""

from tools.local import routes_flags_asked
from tools.local.activity_log import log
from tools.local.flags import experiments
from tools.local.flags.approvals import held
from tools.local.flags.changes import KIND, changed_flag, check_free_key, free_key, new_flag
from tools.local.flags.listing import chosen
from tools.local.flags.shown import Surroundings, redacted
from tools.local.flags.writing import Document, SentFlag
from tools.local.objects import found
from tools.local.routes import Body, Call, Reply, Route, page, read

MANY = "/api/projects/<project>/feature_flags/"
ONE = f"{MANY}<id>/"
NOUN = "FeatureFlag"


def flags(call: Call) -> Body:
    """The flags that were asked for, the newest first."""
    around = Surroundings.of(call.home)
    wanted = call.request.args.to_dict()
    body = dict(page(call.request, chosen(call.home.meta.documents(KIND), wanted, around)))
    body["results"] = [around.show(one) for one in body["results"]]
    return body


def flag(call: Call) -> Body:
    """One flag, be it deleted."""
    return Surroundings.of(call.home).show(found(call.home.meta, KIND, call.arguments["id"]))


def create(call: Call) -> Reply:
    """A new flag."""
    meta, sent = call.home.meta, read(SentFlag, call.request)
    with meta.transaction():
        draft = new_flag(meta, sent)
        check_free_key(meta, draft["key"])
        if answer := held(meta, {}, draft):
            return answer
        free_key(meta, draft["key"])
        made = meta.add_document(KIND, draft)
        log(meta, NOUN, made["id"], "created", None, redacted(made))
    return Reply(Surroundings.of(call.home).show(made), 201)


def change(call: Call) -> Body | Reply:
    """Some fields of a flag."""
    sent = read(SentFlag, call.request)
    with call.home.meta.transaction():
        before = found(call.home.meta, KIND, call.arguments["id"])
        after = changed_flag(call.home.meta, before, sent)
        if answer := held(call.home.meta, before, after):
            return answer
        keep(call, before, after)
    return Surroundings.of(call.home).show(after)


def keep(call: Call, before: Document, after: Document) -> None:
    """Store a change, with what follows from it."""
    meta = call.home.meta
    if after["key"] != before["key"] and not after.get("deleted"):
        check_free_key(meta, after["key"], after["id"])
        free_key(meta, after["key"], after["id"])
    meta.put_documents({KIND: [after]})
    if after["key"] != before["key"]:
        experiments.rename_flag(meta, before["key"], after["key"])
    seen = redacted(before), redacted(after)
    log(meta, NOUN, after["id"], _activity(before, after), *seen)


def _activity(before: Document, after: Document) -> str:
    was, now = bool(before.get("deleted")), bool(after.get("deleted"))
    if was == now:
        return "updated"
    return "deleted" if now else "restored"


ROUTES = (
    Route("GET", MANY, "feature_flag:read", flags),
    Route("POST", MANY, "feature_flag:write", create),
    Route("GET", ONE, "feature_flag:read", flag),
    Route("PATCH", ONE, "feature_flag:write", change),
    *routes_flags_asked.ROUTES,
)
