"""Queries under way: each is found by the name its client gave it, and can be stopped."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tools.local.failures import CANCELLED, StoreError
from tools.local.hogql.context import covers_none
from tools.local.store import Store

LOOK_AGAIN = 0.2


def _stays() -> bool:
    return False


@dataclass
class Run:
    """One query under way; all its statements carry its mark."""

    name: str = ""
    gone: Callable[[], bool] = _stays
    """Whether its client no longer waits for it."""

    seconds: int | None = None
    """How long each of its statements may take, where that differs from the store's own limit."""

    memory: int | None = None
    """How many bytes each of its statements may use."""

    covers: Callable[[str], bool] = covers_none
    """Which objects of the project it may read, by the scope that reading them needs."""

    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    stopped: bool = False

    def statement(self, sql: str) -> str:
        """A statement with the mark and the limits of its query; raises when that was stopped."""
        if self.stopped:
            raise StoreError(394, CANCELLED, "Query was cancelled.")
        limits = {"max_execution_time": self.seconds, "max_memory_usage": self.memory}
        given = ", ".join(f"{name}={value:d}" for name, value in limits.items() if value)
        return f"/*{self.mark}*/ {sql}{f' SETTINGS {given}' if given else ''}"


class Runs:
    """The queries under way; one thread stops those that are to end for as long as they run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: list[Run] = []
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._runs)

    @contextmanager
    def add(self, run: Run) -> Iterator[Run]:
        """Count this query as under way."""
        with self._changed:
            self._runs.append(run)
            self._watcher = self._watcher or self._watching()
            self._changed.notify()
        try:
            yield run
        finally:
            with self._changed:
                self._runs.remove(run)

    def named(self, name: str) -> list[Run]:
        """The queries with this name."""
        with self._changed:
            return [run for run in self._runs if run.name == name]

    def stop(self, name: str) -> None:
        """End the queries with this name."""
        for run in self.named(name):
            run.stopped = True
            self._store.stop(run.mark)

    def stop_all(self) -> None:
        """End all of them."""
        with self._changed:
            for run in self._runs:
                run.stopped = True

    def close(self) -> None:
        """No longer watch."""
        self._closed.set()
        with self._changed:
            self._changed.notify()
        if self._watcher is not None:
            self._watcher.join()

    def _watching(self) -> threading.Thread:
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        return thread

    def _watch(self) -> None:
        # A statement that waits for its turn can't be stopped yet: so they are stopped repeatedly.
        while not self._closed.wait(LOOK_AGAIN):
            with self._changed:
                self._changed.wait_for(lambda: self._runs or self._closed.is_set())
                running = list(self._runs)
            for run in running:
                run.stopped = run.stopped or run.gone()
                if run.stopped:
                    self._store.stop(run.mark)
