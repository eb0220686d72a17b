"""Queries that are answered later: PostHog's asynchronous queries and what is said of them."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.local.bodies import ApiError
from tools.local.query_runs import Run, Runs
from tools.local.store import Store

WORKERS = 2
KEPT = timedelta(minutes=10)
_PROGRESS = ("bytes_read", "rows_read", "estimated_rows_total", "time_elapsed", "active_cpu_time")
log = logging.getLogger(__name__)

Work = Callable[[Run], Mapping[str, Any]]


@dataclass
class Job:
    """One query that is answered later."""

    name: str
    team: int
    run: Run
    future: Future[Mapping[str, Any]] = field(init=False)
    start: datetime = field(default_factory=lambda: datetime.now(UTC))
    pickup: datetime | None = None
    end: datetime | None = None
    ended: float | None = None
    """When, on the clock that never jumps."""

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.end is not None

    def status(self) -> dict[str, Any]:
        """PostHog's QueryStatus."""
        error = self.future.exception() if self.complete else None
        return {
            "id": self.name,
            "team_id": self.team,
            "insight_id": None,
            "dashboard_id": None,
            "query_async": True,
            "complete": self.complete,
            "error": error is not None,
            "error_message": str(error) if isinstance(error, ApiError) else None,
            "results": None if error or not self.complete else self.future.result(),
            "start_time": _iso(self.start),
            "pickup_time": _iso(self.pickup),
            "end_time": _iso(self.end),
            "expiration_time": _iso((self.end or self.start) + KEPT),
            "task_id": None,
            "labels": None,
            "query_progress": None,
        }


class Jobs:
    """The asynchronous queries of a project; what has ended is kept for ten minutes."""

    def __init__(self, store: Store, runs: Runs) -> None:
        self._store = store
        self._runs = runs
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(WORKERS, "query")

    def start(self, run: Run, team: int, work: Work, *, again: bool) -> Job:
        """The job of this name: the one there is, unless it has ended and is to run `again`."""
        with self._lock:
            self._forget_old()
            known = self._jobs.get(run.name)
            if known is not None and not (again and known.complete):
                return known
            job = self._jobs[run.name] = Job(run.name, team, run)
            job.future = self._pool.submit(self._work, job, work)
            job.future.add_done_callback(lambda future: _ended(job, future))
        return job

    def find(self, name: str) -> Job | None:
        """The job of this name."""
        with self._lock:
            self._forget_old()
            return self._jobs.get(name)

    def forget(self, name: str) -> None:
        """Take a job out of the queue, and no longer know it."""
        with self._lock:
            job = self._jobs.pop(name, None)
        if job is not None:
            job.future.cancel()

    def progress(self, job: Job) -> dict[str, float]:
        """How far its statement has come."""
        found = json.loads(self._store.progress(job.run.mark))["data"][0]
        return dict(zip(_PROGRESS, found, strict=True))

    def close(self) -> None:
        """Wait for what runs; what waits never will."""
        self._pool.shutdown(cancel_futures=True)

    def _work(self, job: Job, work: Work) -> Mapping[str, Any]:
        job.pickup = datetime.now(UTC)
        with self._runs.add(job.run):
            return work(job.run)

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT.total_seconds()
        for name, job in list(self._jobs.items()):
            if job.ended is not None and job.ended < oldest:
                del self._jobs[name]


def _ended(job: Job, future: Future[Mapping[str, Any]]) -> None:
    if not future.cancelled() and not isinstance(future.exception(), ApiError | None):
        log.error("query %s failed", job.name, exc_info=future.exception())
    job.ended = time.monotonic()
    job.end = datetime.now(UTC)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
