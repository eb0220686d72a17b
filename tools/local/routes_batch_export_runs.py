"""Routes about the runs of batch exports, and about backfills: runs for times that have passed."""

import uuid
from datetime import datetime

from pydantic import BaseModel

from tools.local.bodies import invalid, not_found
from tools.local.clock import stamp, utc, written
from tools.local.exports import schedule, work
from tools.local.objects import Document
from tools.local.routes import Body, Call, Reply, Route, page, read
from tools.local.routes_batch_exports import current

BACKFILL = "batch_export_backfill"


class Span(BaseModel):
    """The time of a backfill."""

    start_at: datetime
    end_at: datetime


def runs(call: Call) -> Body:
    """Its runs, the latest first."""
    body = dict(page(call.request, schedule.runs(call.home, current(call))))
    body["results"] = [schedule.shown(call.home, one) for one in body["results"]]
    return body


def run(call: Call) -> Body:
    """One run."""
    return schedule.shown(call.home, _found_run(call))


def retry(call: Call) -> Body:
    """Make the files of a run again, as a run of its own."""
    export, old = current(call), _found_run(call)
    times = (old["data_interval_start"], old["data_interval_end"])
    start, end = (datetime.fromisoformat(one) for one in times)
    made = schedule.add(call.home, export, (start, end), old["backfill_id"])
    schedule.start(call.home, export, [made])
    return schedule.shown(call.home, made)


def cancel(call: Call) -> Body:
    """Make no more files of a run."""
    found = _found_run(call)
    if not work.cancel(call.home, schedule.RUN, found):
        raise invalid(f"The run is {found['status']} already.")
    return {"cancelled": True}


def backfill(call: Call) -> Reply:
    """Make the files of past intervals."""
    export, asked = current(call), read(Span, call.request)
    start, end = utc(asked.start_at), utc(asked.end_at)
    count = schedule.passed(start, end, export["interval"])
    if not count:
        said = f"There is no whole {export['interval']} between start_at and end_at."
        raise invalid(said, attr="end_at")
    if count > schedule.MOST:
        raise invalid(f"A backfill has {schedule.MOST} runs at most: ask for less time.")
    body: Document = {
        "id": str(uuid.uuid4()),
        "batch_export_id": export["id"],
        "start_at": written(start),
        "end_at": written(end),
        "created_at": stamp(call.project),
    }
    call.home.meta.put_documents({BACKFILL: [body]})
    spans = schedule.spans(start, end, export["interval"])
    made = [schedule.add(call.home, export, span, body["id"]) for span in spans]
    schedule.start(call.home, export, made)
    return Reply(_backfill(call, export, body), 201)


def backfills(call: Call) -> Body:
    """Its backfills, the latest first."""
    export = current(call)
    every = [
        one for one in call.home.meta.documents(BACKFILL) if one["batch_export_id"] == export["id"]
    ]
    every.sort(key=lambda one: str(one["created_at"]), reverse=True)
    return page(call.request, [_backfill(call, export, one) for one in every])


def cancel_backfill(call: Call) -> Body:
    """Make no more files of a backfill."""
    export = current(call)
    for one in schedule.runs(call.home, export):
        if one["backfill_id"] == call.arguments["backfill"]:
            work.cancel(call.home, schedule.RUN, one)
    return {"cancelled": True}


def _backfill(call: Call, export: Document, body: Document) -> Document:
    mine = [one for one in schedule.runs(call.home, export) if one["backfill_id"] == body["id"]]
    states = {work.status(call.home, one) for one in mine}
    under_way = states & set(work.UNDER_WAY)
    ended = "Completed" if states == {"Completed"} else next(iter(sorted(states - {"Completed"})))
    return {**body, "status": "Running" if under_way else ended, "total_runs": len(mine)}


def _found_run(call: Call) -> Document:
    body = call.home.meta.document(schedule.RUN, call.arguments["run"])
    if body is None or body["batch_export_id"] != current(call)["id"]:
        raise not_found("Not found.")
    return body


_ONE = "/api/projects/<project>/batch_exports/<id>"
_READ, _WRITE = "batch_export:read", "batch_export:write"
ROUTES = (
    Route("GET", f"{_ONE}/runs/", _READ, runs),
    Route("GET", f"{_ONE}/runs/<run>/", _READ, run),
    Route("POST", f"{_ONE}/runs/<run>/retry/", _WRITE, retry),
    Route("POST", f"{_ONE}/runs/<run>/cancel/", _WRITE, cancel),
    Route("GET", f"{_ONE}/backfills/", _READ, backfills),
    Route("POST", f"{_ONE}/backfills/", _WRITE, backfill),
    Route("POST", f"{_ONE}/backfills/<backfill>/cancel/", _WRITE, cancel_backfill),
)
