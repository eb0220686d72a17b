"""Batch exports: rows that PostHog writes elsewhere, interval by interval, without being asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tools.base import Args, tool
from tools.client import PostHog
from tools.objects import Listed, Stored, listed, named

ROUTE = "batch_exports/"
RUNS = 20
PLACES = (
    "bucket_name", "prefix", "container_name", "dataset_id", "table_id", "database", "schema",
    "table_name", "catalog", "url",
)  # fmt: skip
"""What of a destination's configuration says where the rows go; nothing else of it is shown."""


@dataclass(frozen=True)
class Run:
    """One interval as it was written, or why it was not."""

    start: str
    end: str
    status: str
    rows: int | None
    error: str


@dataclass(frozen=True)
class Backfill:
    """Intervals of the past that are written again."""

    id: str
    start: str
    end: str
    status: str
    runs: int | None
    ended: int | None


@dataclass(frozen=True)
class BatchExport:
    """A batch export and how it goes."""

    id: str
    name: str
    model: str
    """events, persons or sessions."""

    to: str
    """Kind and place of the destination."""

    every: str
    paused: bool
    runs: tuple[Run, ...]
    """The latest first."""

    backfills: tuple[Backfill, ...] = ()


class ListBatchExports(Args):
    """Arguments of list_batch_exports."""

    limit: int = 100
    """Batch exports to return at most."""


class GetBatchExport(Args):
    """Arguments of get_batch_export."""

    name: str
    """The batch export's name or id."""


@tool("batch_export:read")
def list_batch_exports(posthog: PostHog, args: ListBatchExports) -> Listed[BatchExport]:
    """List batch exports: what PostHog writes to which destination how often, and the last runs."""
    return listed(posthog, ROUTE, _read, args.limit)


@tool("batch_export:read")
def get_batch_export(posthog: PostHog, args: GetBatchExport) -> Listed[BatchExport]:
    """Watch one batch export: its latest runs with rows and errors, and its backfills."""
    body = posthog.read(f"{ROUTE}{named(posthog, ROUTE, args.name, 'name')['id']}/")
    found = posthog.pages(f"{ROUTE}{body['id']}/backfills/")
    return Listed((_read(body, tuple(map(_backfill, islice(found, RUNS)))),))


def place(destination: Mapping[str, Any]) -> str:
    """Kind and place of a destination, without what could be a secret."""
    config = destination.get("config") or {}
    where = ", ".join(f"{name} {config[name]}" for name in PLACES if config.get(name))
    return f"{destination.get('type')}{f' ({where})' if where else ''}"


def _read(body: Stored, backfills: tuple[Backfill, ...] = ()) -> BatchExport:
    return BatchExport(
        id=str(body["id"]),
        name=str(body.get("name") or ""),
        model=str(body.get("model") or "events"),
        to=place(body.get("destination") or {}),
        every=str(body.get("interval") or ""),
        paused=bool(body.get("paused")),
        runs=tuple(islice(_runs(body), RUNS)),
        backfills=backfills,
    )


def _runs(body: Stored) -> Iterator[Run]:
    for one in body.get("latest_runs") or ():
        yield Run(
            start=str(one.get("data_interval_start") or ""),
            end=str(one.get("data_interval_end") or ""),
            status=str(one.get("status") or ""),
            rows=one.get("records_completed"),
            error=str(one.get("latest_error") or ""),
        )


def _backfill(body: Stored) -> Backfill:
    progress = body.get("progress") or {}
    return Backfill(
        id=str(body.get("id")),
        start=str(body.get("start_at") or ""),
        end=str(body.get("end_at") or ""),
        status=str(body.get("status") or ""),
        runs=progress.get("total_runs"),
        ended=progress.get("finished_runs"),
    )
