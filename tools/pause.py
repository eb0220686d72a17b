"""Waiting that another thread can end."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from tools.errors import Unreachable


class Pause:
    """Lets seconds pass, as `time.sleep` does, unless there is a hurry."""

    def __init__(self) -> None:
        self._hurry = Event()

    def __call__(self, seconds: float) -> None:
        """Wait, or raise `Unreachable` when there is a hurry."""
        if self._hurry.wait(seconds):
            raise Unreachable("The wait for PostHog was given up.")

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """While whoever waits in another thread gives up."""
        self._hurry.set()
        try:
            yield
        finally:
            self._hurry.clear()
