"""Work that goes on after its request was answered."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from tools.local.activity import Activity

WORKERS = 2
log = logging.getLogger(__name__)


class Background:
    """A few threads; the same work is never queued twice."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._pool = ThreadPoolExecutor(WORKERS, "background")
        self._queued: set[str] = set()
        self._lock = threading.Lock()
        self.closed = False
        """Long work looks here between its steps."""

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Do some work soon, unless work of this name is waiting already."""
        with self._lock:
            if name in self._queued or self.closed:
                return
            self._queued.add(name)
            self._activity.begin()
            future = self._pool.submit(self._run, name, work)
        future.add_done_callback(self._ended)

    def close(self) -> None:
        """Wait for what is being done; what waits is left."""
        with self._lock:
            self.closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, name: str, work: Callable[[], None]) -> None:
        # From here on the same work may be asked for again: it would see later changes.
        with self._lock:
            self._queued.discard(name)
        work()

    def _ended(self, future: Future[None]) -> None:
        self._activity.end()
        if not future.cancelled() and (error := future.exception()):
            # The front door of work that nobody waits for.
            log.error("work in the background failed", exc_info=error)
