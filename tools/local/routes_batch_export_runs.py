"""Routes about the runs of batch exports, and about backfills: runs for times that have passed."""

import uuid
from datetime import UTC, datetime

from pydantic import BaseModel

from tools.local.bodies import invalid, not_found
from tools.local.clock import stamp, utc, written
from tools.local.exports import schedule, work
from tools.local.objects import Document
from tools.local.routes import Body, Call, Reply, Route, page, read
from tools.local.routes_batch_exports import current

BACKFILL = "batch_export_backfill"


class Span(BaseModel):
    """The time of a backfill: days where the interval is one, else instants."""

    start_at: str
    end_at: str


def runs(call: Call) -> Body:
    """Its runs, the latest first."""
    body = dict(page(call.request, schedule.runs(call.home, current(call))))
    body["results"] = [schedule.shown(call.home, one) for one in body["results"]]
    return body


def run(call: Call) -> Body:
    """One run."""
    return schedule.shown(call.home, _found_run(call))


def retry(call: Call) -> Reply:
    """Make the files of a run again, as a backfill of its own."""
    export, old = current(call), _found_run(call)
    times = (old["data_interval_start"], old["data_interval_end"])
    start, end = (datetime.fromisoformat(one) for one in times)
    body = _begun(call, export, start, end)
    made = schedule.add(call.home, export, (start, end), body["id"])
    schedule.start(call.home, export, [made])
    return Reply({"backfill_id": body["id"]}, 201)


def cancel(call: Call) -> Body:
    """Make no more files of a run."""
    found = _found_run(call)
    if not work.cancel(call.home, schedule.RUN, found):
        raise invalid(f"The run is {found['status']} already.")
    return {"cancelled": True}


def backfill(call: Call) -> Reply:
    """Make the files of past intervals."""
    export, asked = current(call), read(Span, call.request)
    start, end = (_instant(export, name, getattr(asked, name)) for name in ("start_at", "end_at"))
    if start >= end:
        raise invalid("The initial backfill datetime 'start_at' must be before 'end_at'")
    count = schedule.passed(start, end, export["interval"])
    if not count:
        said = f"There is no whole {export['interval']} between start_at and end_at."
        raise invalid(said, attr="end_at")
    if count > schedule.MOST:
        raise invalid(f"A backfill has {schedule.MOST} runs at most: ask for less time.")
    body = _begun(call, export, start, end)
    spans = schedule.spans(start, end, export["interval"])
    made = [schedule.add(call.home, export, span, body["id"]) for span in spans]
    schedule.start(call.home, export, made)
    return Reply({"backfill_id": body["id"]}, 201)


def _begun(call: Call, export: Document, start: datetime, end: datetime) -> Document:
    """A backfill that is noted."""
    body: Document = {
        "id": str(uuid.uuid4()),
        "batch_export_id": export["id"],
        "batch_export": export["id"],
        "start_at": written(start),
        "end_at": written(end),
        "created_at": stamp(call.project),
    }
    call.home.meta.put_documents({BACKFILL: [body]})
    return body


def _instant(export: Document, name: str, text: str) -> datetime:
    """A day for an export by days or weeks, and an instant for one by hours, as PostHog asks."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        day = None
    if export["interval"] in ("day", "week"):
        if day is None:
            raise invalid(f"Input '{text}' is not a valid ISO formatted date.", attr=name)
        return utc(day.replace(tzinfo=UTC))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"Input {text} is not a valid ISO formatted datetime.", attr=name) from None
    if at.tzinfo is None:
        raise invalid(f"Input {text} is naive.", attr=name)
    return utc(at)


def backfills(call: Call) -> Body:
    """Its backfills, the latest first."""
    export = current(call)
    every = [
        one for one in call.home.meta.documents(BACKFILL) if one["batch_export_id"] == export["id"]
    ]
    every.sort(key=lambda one: str(one["created_at"]), reverse=True)
    return page(call.request, [_backfill(call, export, one) for one in every])


def one_backfill(call: Call) -> Body:
    """One backfill."""
    export, body = current(call), call.home.meta.document(BACKFILL, call.arguments["backfill"])
    if body is None or body["batch_export_id"] != export["id"]:
        raise not_found("Not found.")
    return _backfill(call, export, body)


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
    finished = sum(work.status(call.home, one) not in work.UNDER_WAY for one in mine)
    return {
        **body,
        "status": "Running" if under_way else ended,
        "total_expected_runs": len(mine),
        "progress": {
            "total_runs": len(mine),
            "finished_runs": finished,
            "progress": round(finished / len(mine), 1) if mine else 1.0,
        },
    }


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
    Route("GET", f"{_ONE}/backfills/<backfill>/", _READ, one_backfill),
    Route("POST", f"{_ONE}/backfills/<backfill>/cancel/", _WRITE, cancel_backfill),
)
