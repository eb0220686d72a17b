"""Routes about batch exports: events or sessions as files, interval by interval."""

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.local.bodies import invalid, not_found
from tools.local.clock import stamp, written
from tools.local.exports import schedule
from tools.local.exports.model import File, Rows
from tools.local.exports.rows import Form
from tools.local.meta import Meta
from tools.local.objects import Document, Resource, Sent, routes, sought
from tools.local.routes import Body, Call, Reply, Route

KIND = "batch_export"
FILES = "FileDownload"
Interval = Literal["every 5 minutes", "every 15 minutes", "hour", "day", "week"]
_LATEST = 10


class Config(BaseModel):
    """How the files are written."""

    model_config = ConfigDict(extra="forbid")

    file_format: Form = "JSONLines"
    compression: str | None = None
    include_events: list[str] | None = None
    exclude_events: list[str] | None = None


class Destination(BaseModel):
    """Where the rows go."""

    model_config = ConfigDict(extra="ignore")

    type: str
    config: dict[str, Any] | None = None


class Changes(Sent):
    """What of a batch export can be changed."""

    name: str = ""
    model: Literal["events", "persons", "sessions"] = "events"
    destination: Destination = Destination(type=FILES)
    interval: Interval = "hour"
    paused: bool = False
    start_at: datetime | None = None
    end_at: datetime | None = None


class New(Changes):
    """A new batch export."""

    name: str
    destination: Destination
    interval: Interval


def pause(call: Call) -> Body:
    """Start no more runs."""
    return _paused(call, paused=True)


def unpause(call: Call) -> Body:
    """Start runs again, also those of the time it was paused."""
    return _paused(call, paused=False)


def delete(call: Call) -> Reply:
    """Delete a batch export; its files stay."""
    with call.home.meta.transaction():
        _put(call, {**sought(EXPORTS, call), "deleted": True})
    return Reply(None, 204)


def current(call: Call) -> Document:
    """The batch export of a path."""
    export = sought(EXPORTS, call)
    if export.get("deleted"):
        raise not_found("Not found.")
    return export


def _show(call: Call, body: Document) -> Document:
    schedule.run_due(call.home, body)
    latest = schedule.runs(call.home, body)[:_LATEST]
    return {
        "id": body["id"],
        "team_id": call.project.id,
        "name": body["name"],
        "model": body["model"],
        "destination": {**body["destination"], "integration": None},
        "interval": body["interval"],
        "paused": body["paused"],
        "created_at": body["created_at"],
        "last_updated_at": body["last_updated_at"],
        "last_paused_at": body["last_paused_at"],
        "start_at": body["start_at"],
        "end_at": body["end_at"],
        "latest_runs": [schedule.shown(call.home, one) for one in latest],
        "hogql_query": None,
        "schema": None,
        "filters": [],
        "timezone": "UTC",
        "offset_day": None,
        "offset_hour": None,
    }


def _complete(call: Call, sent: Document) -> Document:
    new = {"id": str(uuid.uuid4()), "model": "events", "paused": False, "last_paused_at": None}
    return _checked(call, {**new, "start_at": None, "end_at": None, **sent})


def _merge(call: Call, before: Document, sent: Document) -> Document:
    return _checked(call, {**before, **sent})


def _checked(call: Call, body: Document) -> Document:
    kind = body["destination"]["type"]
    if kind != FILES:
        said = f"Rows go to files of the embedded project: the destination is {FILES}, not {kind}."
        raise invalid(said, attr="destination")
    config = _config(body["destination"].get("config") or {})
    File(format=config.file_format, compression=config.compression).checked("destination")
    rows = Rows(model=body["model"], include=config.include_events, exclude=config.exclude_events)
    rows.table()
    times = {name: _text(body[name]) for name in ("start_at", "end_at")}
    destination = {"type": FILES, "config": config.model_dump()}
    return {**body, **times, "destination": destination, "last_updated_at": stamp(call.project)}


def _config(sent: dict[str, Any]) -> Config:
    try:
        return Config.model_validate(sent)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        said = f"Configuration of {name}: {first['msg']}."
        if first["type"] == "extra_forbidden":
            said = f"Configuration has unknown field/s: '{name}'"
        raise invalid(said, attr="destination") from None


def _text(at: Any) -> str | None:
    return written(at) if isinstance(at, datetime) else at


def _paused(call: Call, *, paused: bool) -> Body:
    at = {"last_paused_at": stamp(call.project)} if paused else {}
    with call.home.meta.transaction():
        _put(call, {**current(call), **at, "paused": paused})
    return {"paused": paused}


def _put(call: Call, body: Document) -> None:
    call.home.meta.put_documents({KIND: [body]})


def _find(meta: Meta, name: str) -> Document | None:
    return meta.document(KIND, name)


EXPORTS = Resource(
    kind=KIND,
    noun="BatchExport",
    path="batch_exports",
    new=New,
    changes=Changes,
    show=_show,
    complete=_complete,
    merge=_merge,
    find=_find,
    refused={
        "hogql_query": "choose a model",
        "filters": "pick events by name in the destination's config",
        "integration_id": "files need none",
        "offset_day": "intervals begin at midnight UTC",
        "offset_hour": "intervals begin at midnight UTC",
    },
)
_ONE = "/api/projects/<project>/batch_exports/<id>"
_WRITE = "batch_export:write"
ROUTES = (
    *routes(EXPORTS),
    Route("DELETE", f"{_ONE}/", _WRITE, delete),
    Route("POST", f"{_ONE}/pause/", _WRITE, pause),
    Route("POST", f"{_ONE}/unpause/", _WRITE, unpause),
)
