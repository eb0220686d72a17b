"""Routes about many feature flags at once, and about the people they are for."""

from typing import Any

from pydantic import BaseModel

from tools.local.activity_log import activity_page
from tools.local.bodies import invalid
from tools.local.flags import experiments
from tools.local.flags.blast_radius import reach
from tools.local.flags.bulk import (
    ManyDeleted,
    ManyTagged,
    check_ids,
    missing,
    numbers,
    obstacle,
    rollout_state,
    strangers,
    tagged,
)
from tools.local.flags.changes import changed_flag
from tools.local.flags.flag import KIND
from tools.local.flags.listing import chosen
from tools.local.flags.schedule import apply_due
from tools.local.flags.shown import Surroundings
from tools.local.flags.store import keep
from tools.local.flags.writing import Document, SentFlag
from tools.local.meta import Meta
from tools.local.objects import living
from tools.local.routes import Body, Call, Reply, Route, read

MANY = "/api/projects/<project>/feature_flags/"


class SomeIds(BaseModel):
    """Ids of flags, written as numbers or texts."""

    ids: list[Any] = []


class Condition(BaseModel):
    """Whom a flag would be on for; its rollout is not counted in."""

    properties: list[dict[str, Any]] | None = None


class Radius(BaseModel):
    """A condition whose reach is asked for."""

    condition: Condition | None = None
    group_type_index: int | None = None


def matching_ids(call: Call) -> Body:
    """The ids of the flags that a list with these filters would show."""
    apply_due(call.home.meta)
    around = Surroundings.of(call.home)
    found = chosen(call.home.meta.documents(KIND), call.request.args.to_dict(), around)
    return {"ids": [body["id"] for body in found], "total": len(found)}


def bulk_keys(call: Call) -> Body | Reply:
    """The keys of flags by their ids."""
    ids = read(SomeIds, call.request).ids
    known, odd = set(numbers(ids)), strangers(ids)
    if ids and not known:
        return Reply({"error": "Invalid flag IDs provided"}, 400)
    flags = living(call.home.meta, KIND)
    keys = {str(body["id"]): body["key"] for body in flags if body["id"] in known}
    return {"keys": keys, **({"warning": f"Invalid flag IDs ignored: {odd}"} if odd else {})}


def bulk_delete(call: Call) -> Body | Reply:
    """Delete the flags that can be, and say of the others why not."""
    sent = read(ManyDeleted, call.request)
    if trouble := sent.trouble():
        return Reply({"error": trouble}, 400)
    apply_due(call.home.meta)
    around = Surroundings.of(call.home)
    deleted: list[Document] = []
    with call.home.meta.transaction():
        wanted = _named(sent, living(call.home.meta, KIND), around)
        errors = missing(sent.ids, wanted)
        for flag in wanted:
            refused = _delete(call.home.meta, flag)
            known = {"id": flag["id"], "key": flag["key"]}
            if refused:
                errors.append({**known, "reason": refused})
            else:
                deleted.append({**known, **rollout_state(flag)})
    return {"deleted": deleted, "errors": errors}


def _named(sent: ManyDeleted, flags: list[Document], around: Surroundings) -> list[Document]:
    if sent.filters:
        return chosen(flags, sent.filters, around)
    return [body for body in flags if body["id"] in numbers(sent.ids)]


def _delete(meta: Meta, flag: Document) -> str | None:
    tested = experiments.of_flag(flag["key"], meta.documents(experiments.KIND))
    refused = obstacle(flag, living(meta, KIND), tested)
    if refused is None:
        keep(meta, flag, changed_flag(meta, flag, SentFlag(deleted=True)))
    return refused


def bulk_update_tags(call: Call) -> Body:
    """Add tags to flags, take them off, or set them."""
    sent = read(ManyTagged, call.request)
    check_ids(sent.ids)
    apply_due(call.home.meta)
    meta, updated = call.home.meta, []
    with meta.transaction():
        found = {body["id"]: body for body in living(meta, KIND) if body["id"] in sent.ids}
        for flag in found.values():
            after = changed_flag(meta, flag, SentFlag(tags=tagged(flag, sent)))
            keep(meta, flag, after)
            updated.append({"id": flag["id"], "tags": after["tags"]})
    skipped = [{"id": one, "reason": "Flag not found"} for one in sent.ids if one not in found]
    return {"updated": updated, "skipped": skipped}


def user_blast_radius(call: Call) -> Body:
    """How many persons or groups a condition would reach."""
    sent = read(Radius, call.request)
    if "condition" not in sent.model_fields_set:
        raise invalid("Missing condition for which to get blast radius")
    filters = sent.condition.properties if sent.condition else None
    found = reach(call.home, filters or [], sent.group_type_index)
    return {"affected": found.affected, "total": found.total}


def activity(call: Call) -> Body:
    """What happened to all flags, the latest first."""
    return activity_page(call, "FeatureFlag")


ROUTES = (
    Route("GET", f"{MANY}activity/", "activity_log:read", activity),
    Route("GET", f"{MANY}matching_ids/", "feature_flag:read", matching_ids),
    Route("POST", f"{MANY}bulk_keys/", "feature_flag:read", bulk_keys),
    Route("POST", f"{MANY}bulk_delete/", "feature_flag:write", bulk_delete),
    Route("POST", f"{MANY}bulk_update_tags/", "feature_flag:write", bulk_update_tags),
    Route("POST", f"{MANY}user_blast_radius/", "feature_flag:read", user_blast_radius),
)
