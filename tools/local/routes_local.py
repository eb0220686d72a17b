"""Routes for the owner of the folder alone, to fill it and look after it; not PostHog's."""

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from tools.errors import LocalProjectError
from tools.local.cohorts import calculation
from tools.local.failures import StoreError
from tools.local.materialise import columns
from tools.local.progress import Creation, Progress
from tools.local.routes import Body, Call, Lines, Route, read

Step = TypeVar("Step", Creation, Progress)


class ImportRequest(BaseModel):
    """One file to import."""

    model_config = ConfigDict(extra="forbid")

    path: Path
    mapping: dict[str, str] = {}
    """Our name of a field → its name in the file."""


class LoadRequest(BaseModel):
    """A Parquet file with rows of one table."""

    model_config = ConfigDict(extra="forbid")

    path: Path
    table: Literal[
        "events",
        "persons",
        "person_distinct_ids",
        "person_distinct_id_overrides",
        "groups",
        "cohort_people",
    ]


class ObjectsRequest(BaseModel):
    """Objects by kind; each has an `id`."""

    model_config = ConfigDict(extra="forbid")

    objects: dict[str, list[dict[str, Any]]]


class ClockRequest(BaseModel):
    """Where the project's clock stands still; null for the real clock."""

    model_config = ConfigDict(extra="forbid")

    now: datetime | None


class DemoRequest(BaseModel):
    """How large the demo is to be."""

    model_config = ConfigDict(extra="forbid")

    scale: float = 1.0


def health(call: Call) -> Body:
    """The process and what it holds."""
    rows = call.home.store.read("SELECT count() FROM events", "TSV")
    return {
        "pid": os.getpid(),
        "rows": int(rows),
        "uptime": round(time.monotonic() - call.home.started, 3),
        "loading": bool(call.home.meta.fact("loading")),
        "materialised": len(columns(call.home.meta)),
    }


def import_file(call: Call) -> Lines:
    """Import a file, a line of progress a slice."""
    asked = read(ImportRequest, call.request)
    return _told(call, call.home.importer.run(asked.path, asked.mapping))


def create_demo(call: Call) -> Lines:
    """Create the demo, a line of progress a batch."""
    return _told(call, call.home.creator.demo(read(DemoRequest, call.request).scale))


def load(call: Call) -> Body:
    """Add the rows of a Parquet file to a table."""
    asked = read(LoadRequest, call.request)
    call.home.creator.load(asked.table, asked.path)
    call.home.materialiser.start()
    return {}


def objects(call: Call) -> Body:
    """Write objects over those of the same id."""
    call.home.meta.put_documents(read(ObjectsRequest, call.request).objects)
    return {}


def clock(call: Call) -> Body:
    """Stop the project's clock, or set it going."""
    call.home.meta.set_clock(read(ClockRequest, call.request).now)
    return {}


def shutdown(call: Call) -> Body:
    """End the process; what is stored stays."""
    call.home.stop()
    return {}


def _told(call: Call, steps: Generator[Step, None, None]) -> Lines:
    """Each step as a line; the last says it is the end, or tells a failure."""
    try:
        with closing(steps):
            for step in steps:
                yield asdict(step)
        yield {"end": True}
    except LocalProjectError as error:
        yield {"error": str(error)}
    except (StoreError, OSError, sqlite3.Error) as error:
        reason = str(error).rstrip(".")
        yield {"error": f"The project can't be written ({reason}): check the disk."}
    finally:
        call.home.materialiser.start()
        calculation.start(call.home)


ROUTES = (
    Route("GET", "/_local/health", None, health),
    Route("POST", "/_local/import", None, import_file),
    Route("POST", "/_local/create_demo", None, create_demo),
    Route("POST", "/_local/load", None, load),
    Route("POST", "/_local/objects", None, objects),
    Route("POST", "/_local/clock", None, clock),
    Route("POST", "/_local/shutdown", None, shutdown),
)
