"""Routes about exports: the answer of a query or an insight as a file."""

import re
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from tools.local.auth import permit
from tools.local.bodies import ApiError, invalid, not_found
from tools.local.clock import clock, stamp, written
from tools.local.cohorts.calculation import fresh_for
from tools.local.exports import folder
from tools.local.exports.tables import ROWS, as_csv, as_json, table
from tools.local.failures import StoreError, failed
from tools.local.objects import Document, found
from tools.local.queries.reader import Reader
from tools.local.query_runs import Run
from tools.local.routes import Body, Call, Reply, Route, page, read
from tools.local.routes_account import author

KIND = "export"
MANY = "/api/projects/<project>/exports/"
ONE = f"{MANY}<id>/"
FORMATS = {"text/csv": "csv", "application/json": "json"}
KEPT = timedelta(days=7)
_UNSAFE = re.compile(r'[^ -~]|["\\]')
"""What the name of a file can't have in a header."""


class Context(BaseModel):
    """A query to export, and how."""

    model_config = ConfigDict(extra="allow")

    source: dict[str, Any] | None = None
    filename: str | None = None
    columns: list[str] | None = None


class New(BaseModel):
    """What is to be exported."""

    model_config = ConfigDict(extra="ignore")

    export_format: str
    insight: int | None = None
    dashboard: int | None = None
    export_context: Context | None = None


def create(call: Call) -> Reply:
    """Make a file and wait until it is there; one that failed says why."""
    asked = read(New, call.request)
    query, name = _source(call, asked)
    context = asked.export_context
    made = call.home.meta.add_document(
        KIND,
        {
            "insight": asked.insight,
            "export_format": asked.export_format,
            "export_context": context.model_dump(exclude_unset=True) if context else None,
            "created_at": stamp(call.project),
            "created_by": author(),
            "expires_after": written(clock(call.project) + KEPT),
            "has_content": False,
            "exception": None,
            "filename": f"{name}.{FORMATS[asked.export_format]}",
        },
    )
    done = {**made, **_outcome(call, made, query)}
    call.home.meta.put_documents({KIND: [done]})
    return Reply(_show(done), 201)


def exports(call: Call) -> Body:
    """The files there are, the latest first."""
    every = [one for one in call.home.meta.documents(KIND) if not _expired(call, one)]
    return page(call.request, [_show(one) for one in reversed(every)])


def export(call: Call) -> Body:
    """One file."""
    return _show(_found(call))


def content(call: Call) -> Reply:
    """What is in a file."""
    body = _found(call)
    if body["exception"]:
        raise ApiError(400, "validation_error", "export_failed", body["exception"])
    raw = folder.content(call.home, _stored(body)) if body["has_content"] else None
    if raw is None:
        said = "Export is not ready yet. Try again in a few seconds."
        raise ApiError(425, "server_error", "export_not_ready", said)
    headers = {"Content-Type": body["export_format"]}
    if call.request.args.get("download"):
        name = _UNSAFE.sub("_", body["filename"])
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Reply(raw, headers=headers)


def _source(call: Call, asked: New) -> tuple[dict[str, Any], str]:
    """The query to export and the name of the file, if the key may read it."""
    if asked.export_format not in FORMATS:
        formats = " or ".join(FORMATS)
        said = f"The embedded project exports {formats}, not {asked.export_format}."
        raise invalid(said, code="invalid_choice", attr="export_format")
    if asked.dashboard is not None:
        said = "A dashboard is exported as a picture, which the embedded project can't draw."
        raise invalid(said, attr="dashboard")
    if asked.insight is not None:
        _permit(call, "insight:read")
        insight = found(call.home.meta, "insight", asked.insight)
        return insight["query"], f"export-{insight.get('name') or insight['short_id']}"
    context = asked.export_context
    if context is None:
        raise invalid("Either dashboard, insight or export_context is required for an export.")
    if context.source is None:
        raise invalid("export_context needs a source: the query to export.", attr="export_context")
    _permit(call, "query:read")
    return context.source, (context.filename or "export").removesuffix(".csv")


def _permit(call: Call, scope: str) -> None:
    if call.key is not None:
        permit(call.key, scope, call.project.id)


def _outcome(call: Call, body: Document, query: dict[str, Any]) -> Document:
    columns = (body["export_context"] or {}).get("columns")
    run = Run(covers=call.key.covers) if call.key else Run()
    try:
        fresh_for(call.home, query)
        rows = table(query, Reader.of(call.home, run))
        write = as_csv if FORMATS[body["export_format"]] == "csv" else as_json
        folder.keep(call.home, _stored(body), write(rows[:ROWS], columns))
    except ApiError as error:
        return {"exception": error.body["detail"]}
    except StoreError as error:
        return {"exception": failed(error).body["detail"]}
    except OSError as error:
        return {"exception": f"The file can't be written: {error.strerror}."}
    return {"has_content": True, "truncated": len(rows) > ROWS}


def _found(call: Call) -> Document:
    body = found(call.home.meta, KIND, call.arguments["id"])
    if _expired(call, body):
        raise not_found("Not found.")
    return body


def _expired(call: Call, body: Document) -> bool:
    """Whether its time is over; then the file goes."""
    over = datetime.fromisoformat(body["expires_after"]) < clock(call.project)
    if over:
        folder.drop(call.home, _stored(body))
    return over


def _stored(body: Document) -> str:
    return f"export-{body['id']}.{FORMATS[body['export_format']]}"


def _show(body: Document) -> Document:
    return {
        "id": body["id"],
        "dashboard": None,
        "insight": body["insight"],
        "export_format": body["export_format"],
        "created_at": body["created_at"],
        "has_content": body["has_content"],
        "export_context": body["export_context"],
        "filename": body["filename"],
        "expires_after": body["expires_after"],
        "exception": body["exception"],
        "truncated": bool(body.get("truncated")),
        "user_access_level": "manager",
    }


ROUTES = (
    Route("GET", MANY, "export:read", exports),
    Route("POST", MANY, "export:write", create),
    Route("GET", ONE, "export:read", export),
    Route("GET", f"{ONE}content/", "export:read", content),
)
