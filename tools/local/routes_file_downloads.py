"""Routes about one-off downloads of events or sessions as files."""

import uuid
from datetime import datetime, timedelta

from tools.local.bodies import ApiError, invalid, not_found
from tools.local.clock import clock, stamp, utc
from tools.local.exports import folder, work
from tools.local.exports.model import File, Rows, extract
from tools.local.exports.rows import Extract
from tools.local.objects import Document
from tools.local.routes import Body, Call, Reply, Route, page, read

KIND = "file_download"
MANY = "/api/projects/<project>/file_download_batch_exports/"
ONE = f"{MANY}<id>/"
LONGEST = timedelta(days=7)
MOST = 3
"""Downloads that may be made at the same time."""

_TYPES = {"Parquet": "application/vnd.apache.parquet", "JSONLines": "application/x-ndjson"}


class New(Rows):
    """What is to be downloaded."""

    file: File
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None


def create(call: Call) -> Reply:
    """Begin to make the files."""
    asked = _extract(call, read(New, call.request))
    meta = call.home.meta
    with meta.transaction():
        busy = [
            one for one in meta.documents(KIND) if work.status(call.home, one) in work.UNDER_WAY
        ]
        if len(busy) >= MOST:
            said = "Too many file downloads at once: wait for one to end."
            raise ApiError(429, "throttled_error", "too_many_concurrent_file_downloads", said)
        body: Document = {"id": str(uuid.uuid4()), "status": "Starting", "files": [], "error": None}
        body |= {"created_at": stamp(call.project), "format": asked.form, "suffix": asked.suffix}
        body["process"] = call.home.started
        meta.put_documents({KIND: [body]})
    name = body["id"]
    call.home.background.start(name, lambda: work.make(call.home, KIND, name, asked))
    return Reply({"id": body["id"]}, 202)


def downloads(call: Call) -> Body:
    """All of them, the latest first."""
    every = sorted(call.home.meta.documents(KIND), key=lambda one: str(one["created_at"]))
    return page(call.request, [_show(call, one) for one in reversed(every)])


def download(call: Call) -> Body:
    """How far one is."""
    return _show(call, _found(call))


def cancel(call: Call) -> Body:
    """Make no more of its files."""
    body = _found(call)
    if not work.cancel(call.home, KIND, body):
        raise invalid(f"The download is {body['status']} already.")
    return _show(call, _found(call))


def content(call: Call) -> Reply:
    """A file: the one of that id, or the only one."""
    body, part = _found(call), call.arguments.get("part")
    if body["status"] != "Completed":
        raise invalid(
            f"The download is {body['status']}: its files are there once it is Completed."
        )
    if part is None and len(body["files"]) > 1:
        raise invalid("There are several files: add the id of one to the address.")
    name = part or body["files"][0]
    raw = folder.content(call.home, f"{name}.{body['suffix']}") if name in body["files"] else None
    if raw is None:
        raise not_found("Not found.")
    disposition = f'attachment; filename="{name}.{body["suffix"]}"'
    headers = {"Content-Type": _TYPES[body["format"]], "Content-Disposition": disposition}
    return Reply(raw, headers=headers)


def count_rows(call: Call) -> Body:
    """Only for HogQL, which PostHog keeps closed."""
    Rows(model="hogql").table()
    return {}


def _extract(call: Call, asked: New) -> Extract:
    asked.table()
    start, end = asked.data_interval_start, asked.data_interval_end
    if start is None or end is None:
        name = "data_interval_start" if start is None else "data_interval_end"
        raise invalid("This field is required.", code="required", attr=name)
    start, end = utc(start), utc(end)
    if end <= start:
        said = "data_interval_end must be after data_interval_start."
        raise invalid(said, attr="data_interval_end")
    if end - start > LONGEST:
        raise invalid("The interval may be 7 days at most.", attr="data_interval_end")
    if end > clock(call.project):
        said = "data_interval_end must not be in the future."
        raise invalid(said, attr="data_interval_end")
    return extract(asked, asked.file.checked("file"), start, end)


def _found(call: Call) -> Document:
    body = call.home.meta.document(KIND, call.arguments["id"])
    if body is None:
        raise not_found("Not found.")
    return body


def _show(call: Call, body: Document) -> Document:
    shown = {name: body[name] for name in ("id", "files", "created_at")}
    return {**shown, "status": work.status(call.home, body), "error": body.get("error")}


ROUTES = (
    Route("GET", MANY, "batch_export:read", downloads),
    Route("POST", MANY, "batch_export:write", create),
    Route("POST", f"{MANY}count_rows/", "batch_export:write", count_rows),
    Route("GET", ONE, "batch_export:read", download),
    Route("POST", f"{ONE}cancel/", "batch_export:write", cancel),
    Route("GET", f"{ONE}download/", "batch_export:read", content),
    Route("GET", f"{ONE}download/<part>/", "batch_export:read", content),
)
