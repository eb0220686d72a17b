"""The runs of a batch export: one file or more for each interval that has passed."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tools.local.clock import clock, stamp, written
from tools.local.exports import work
from tools.local.exports.model import File, Rows, extract
from tools.local.exports.rows import Extract
from tools.local.home import Home

Document = dict[str, Any]
Span = tuple[datetime, datetime]
RUN = "batch_export_run"
MOST = 500
"""Runs that one request may start."""

INTERVALS = {
    "every 5 minutes": timedelta(minutes=5),
    "every 15 minutes": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def passed(start: datetime, end: datetime, interval: str) -> int:
    """How many whole intervals there are between two instants."""
    return max(0, (end - start) // INTERVALS[interval])


def spans(start: datetime, end: datetime, interval: str) -> list[Span]:
    """The whole intervals between two instants, at most the last so many."""
    count, length = passed(start, end, interval), INTERVALS[interval]
    first = max(0, count - MOST)
    return [(start + at * length, start + (at + 1) * length) for at in range(first, count)]


def run_due(home: Home, export: Document) -> None:
    """Start the runs whose intervals have passed since the last one."""
    if export["paused"] or export.get("deleted"):
        return
    with home.meta.transaction():
        begun = [one for one in runs(home, export) if one["backfill_id"] is None]
        since = max([_time(one["data_interval_end"]) for one in begun], default=_first(export))
        until = clock(home.meta.project)
        if export.get("end_at"):
            until = min(until, _time(export["end_at"]))
        due = spans(since, until, export["interval"])
        made = [add(home, export, span) for span in due]
    start(home, export, made)


def runs(home: Home, export: Document) -> list[Document]:
    """The runs of a batch export, the latest interval first."""
    every = [one for one in home.meta.documents(RUN) if one["batch_export_id"] == export["id"]]
    return sorted(every, key=lambda one: str(one["data_interval_start"]), reverse=True)


def add(home: Home, export: Document, span: Span, backfill: str | None = None) -> Document:
    """Note a run that is to be made."""
    body: Document = {
        "id": str(uuid.uuid4()),
        "batch_export_id": export["id"],
        "backfill_id": backfill,
        "status": "Starting",
        "process": home.started,
        "data_interval_start": written(span[0]),
        "data_interval_end": written(span[1]),
        "created_at": stamp(home.meta.project),
        "files": [],
        "rows": 0,
        "suffix": asked(export, span).suffix,
    }
    home.meta.put_documents({RUN: [body]})
    return body


def start(home: Home, export: Document, made: Sequence[Document]) -> None:
    """Make the files of some runs, one run after the other."""

    def all_of_them() -> None:
        for one in made:
            span = (_time(one["data_interval_start"]), _time(one["data_interval_end"]))
            work.make(home, RUN, one["id"], asked(export, span))

    if made:
        home.background.start(f"export {made[0]['id']}", all_of_them)


def shown(home: Home, run: Document) -> Document:
    """A run as the API has it, where it stands now."""
    stored = home.meta.document(RUN, run["id"]) or run
    names = ("id", "backfill_id", "data_interval_start", "data_interval_end", "created_at", "files")
    return {
        **{name: stored[name] for name in names},
        "status": work.status(home, stored),
        "records_completed": stored["rows"],
        "latest_error": stored.get("error"),
        "batch_export_id": stored["batch_export_id"],
    }


def asked(export: Document, span: Span) -> Extract:
    """What one run writes."""
    config = export["destination"]["config"]
    rows = Rows(
        model=export["model"],
        include=config.get("include_events"),
        exclude=config.get("exclude_events"),
    )
    file = File(format=config["file_format"], compression=config.get("compression"))
    return extract(rows, file, *span)


def _first(export: Document) -> datetime:
    """Where the first interval begins: at its start, or with the interval it was made in."""
    if export.get("start_at"):
        return _time(export["start_at"])
    made, length = _time(export["created_at"]), INTERVALS[export["interval"]].total_seconds()
    # Weeks begin on Sunday, as in PostHog; the epoch was a Thursday.
    shift = 3 * 86400 if export["interval"] == "week" else 0
    at = (made.timestamp() - shift) // length * length + shift
    return datetime.fromtimestamp(at, made.tzinfo)


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)
