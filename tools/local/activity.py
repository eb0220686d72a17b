"""Whether a worker has anything to do."""

import threading
import time


class Activity:
    """How many requests are under way, and since when none is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._since = time.monotonic()

    def begin(self) -> None:
        """A request or a piece of background work starts."""
        with self._lock:
            self._under_way += 1

    def end(self) -> None:
        """It is over."""
        with self._lock:
            self._under_way -= 1
            self._since = time.monotonic()

    def idle(self) -> float:
        """Seconds since the last one ended; 0 while one is under way."""
        with self._lock:
            return 0.0 if self._under_way else time.monotonic() - self._since
