"""Routes about cohorts: who is in them, by criteria or by name."""

from typing import Any

from pydantic import Field, ValidationError

from tools.local.bodies import invalid
from tools.local.clock import clock
from tools.local.cohorts import calculation, sources, uses
from tools.local.cohorts.criteria import any_given, flat
from tools.local.objects import Document, Resource, Sent, routes, truth
from tools.local.routes import Call, read


class Changes(Sent):
    """What of a cohort can be changed."""

    name: str | None = None
    description: str | None = None
    filters: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    is_static: bool | None = None
    deleted: bool | None = None


class New(Changes):
    """A new cohort; a static one names its members."""

    is_static: bool = False
    people: list[str] | None = Field(default=None, alias="_create_static_person_ids")


def _show(call: Call, body: Document) -> Document:
    due = calculation.is_due(body, clock(call.project))
    if due:
        calculation.start(call.home, body["id"])
    elif body.get("is_static") and body.get("count") is None and not body.get("is_calculating"):
        body = calculation.counted(call.home, body["id"])
    return {
        "id": body["id"],
        "name": body.get("name"),
        "description": body.get("description") or "",
        "groups": [],
        "deleted": bool(body.get("deleted")),
        "filters": body.get("filters") or {"properties": {}},
        "query": body.get("query"),
        "version": body.get("version"),
        "pending_version": body.get("pending_version") or body.get("version"),
        "is_calculating": due or bool(body.get("is_calculating")),
        "created_by": body.get("created_by"),
        "created_at": body.get("created_at"),
        "last_calculation": body.get("last_calculation"),
        "last_backfill_person_properties_at": None,
        "errors_calculating": body.get("errors_calculating") or 0,
        "last_error_message": body.get("last_error_message"),
        "count": body.get("count"),
        "is_static": bool(body.get("is_static")),
        "cohort_type": sources.kind_of(body),
        "experiment_set": body.get("experiment_set") or [],
        "search_match_type": None,
    }


def _brief(call: Call, body: Document) -> Document:
    whole = _show(call, body)
    if call.request.args.get("search", "").strip():
        whole["search_match_type"] = "exact"
    if truth(call, "basic"):
        return {k: v for k, v in whole.items() if k not in ("filters", "query", "groups")}
    return whole


def _choose(call: Call, every: list[Document]) -> list[Document]:
    args = call.request.args
    static = {"static": True, "dynamic": False}.get(args.get("type", ""))
    maker = args.get("created_by_id")
    wanted = [
        one
        for one in every
        if static in (None, bool(one.get("is_static")))
        and maker in (None, str((one.get("created_by") or {}).get("id")))
        and not (truth(call, "hide_behavioral_cohorts") and _behavioral(one))
    ]
    return sorted(wanted, key=lambda one: (one.get("created_at") or "", one["id"]), reverse=True)


def _behavioral(body: Document) -> bool:
    return not body.get("is_static") and any(
        one.get("type") == "behavioral" for one in flat(body.get("filters"))
    )


def _complete(call: Call, sent: Document) -> Document:
    static = bool(sent.get("is_static"))
    sources.check(call.home, sent, static)
    if static:
        sources.check_named(call, sent)
    elif not any_given(sent.get("filters")):
        raise invalid("A dynamic cohort needs filters: send its criteria.", attr="filters")
    uses.refuse_a_loop(call.home.meta, sent)
    return {"name": None, "filters": {}, "query": None, "is_static": static, "count": None, **sent}


def _tried(call: Call, before: Document, sent: Document) -> None:
    sources.check(call.home, sent, bool({**before, **sent}.get("is_static")))


def _merge(call: Call, before: Document, sent: Document) -> Document:
    after = {**before, **sent}
    static = bool(after.get("is_static"))
    changed = sent.get("filters", before.get("filters")) != before.get("filters")
    if static and changed and (any_given(before.get("filters")) or any_given(after["filters"])):
        raise invalid(
            "Editing the criteria of a static cohort is not supported yet. "
            "Create a new static cohort instead."
        )
    if sent.get("deleted") and not before.get("deleted"):
        uses.refuse_if_used(call.home.meta, before["id"], call.project.name)
    if not static:
        uses.refuse_events_in_flags(call.home.meta, after)
    uses.refuse_a_loop(call.home.meta, after)
    return after if static or after.get("deleted") else {**after, "_edited": True}


def _written(call: Call, before: Document | None, after: Document, sent: Document) -> None:
    if after.get("deleted"):
        return
    if not after.get("is_static"):
        _recalculate(call, after["id"])
    elif before is None or call.request.files.get("csv") or sent.get("query"):
        sources.take_in(call, after, sent)


def _recalculate(call: Call, number: int) -> None:
    """Calculate a cohort that was edited, and those that are made from it."""
    meta, pending, numbers = call.home.meta, [number], [number]
    while pending:
        for one in uses.cohorts_using(meta, pending.pop()):
            if one["id"] not in numbers and not one.get("is_static"):
                numbers.append(one["id"])
                pending.append(one["id"])
                calculation.mark_edited(call.home, one["id"])
    calculation.start(call.home, *numbers)


def _read(model: type[Sent], call: Call) -> Sent:
    """A JSON body, or a form that comes with a file."""
    if call.request.mimetype != "multipart/form-data":
        return read(model, call.request)
    try:
        return model.model_validate(call.request.form.to_dict())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise invalid(first["msg"], attr=str(first["loc"][0])) from None


COHORTS = Resource(
    kind="cohort",
    noun="Cohort",
    path="cohorts",
    new=New,
    changes=Changes,
    show=_show,
    brief=_brief,
    choose=_choose,
    complete=_complete,
    tried=_tried,
    merge=_merge,
    written=_written,
    read=_read,
    refused={"groups": "send the criteria as filters", "_create_in_folder": "it has no folders"},
    shows_deleted=True,
)
ROUTES = routes(COHORTS)
