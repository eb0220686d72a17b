"""A lock that goes to whoever has waited longest: who takes it again and again lets others in."""

import threading
from collections import deque
from types import TracebackType


class Turns:
    """As threading.Lock, in the order of asking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def acquire(self, timeout: float | None = None) -> bool:
        """Wait for one's turn, at most so many seconds; whether it came."""
        turn = threading.Event()
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            self._waiting.append(turn)
        return turn.wait(timeout) or not self._gave_up(turn)

    def release(self) -> None:
        """End one's turn."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    def _gave_up(self, turn: threading.Event) -> bool:
        """Stop waiting, unless the turn came at the last moment."""
        with self._lock:
            if not turn.is_set():
                self._waiting.remove(turn)
            return not turn.is_set()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
