"""A process of its own that runs workflows when they are due."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import SettingsError
from agent.front import failure, say
from agent.workflows.file import read_workflow
from agent.workflows.times import Times

LOOK = 20.0
"""Seconds between two looks at the clock: sleeping longer would miss that the machine slept."""


def times_of(path: Path) -> Times:
    """When the workflow of a file runs."""
    workflow = read_workflow(path)
    if not workflow.schedule:
        raise SettingsError(f'{path} has no schedule: add schedule = "0 9 * * mon", say.')
    return Times(workflow.schedule, workflow.zone)


class Scheduler:
    """Runs each workflow at its times; of several that were slept through only the last."""

    def __init__(
        self,
        paths: Sequence[Path],
        run: Callable[[Path], object],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._run, self._now, self._sleep = run, now, sleep
        began = now()
        self._due = {path: times_of(path).after(began) for path in paths}

    def told(self) -> Iterator[str]:
        """When each runs next, a line each."""
        for path, due in self._due.items():
            yield f"{path}: next {due:%a %Y-%m-%d %H:%M} ({due.tzinfo})"

    def forever(self) -> None:
        """Run what is due until the process is stopped."""
        while True:
            self.step()

    def step(self) -> None:
        """Run what is due now, else wait a little."""
        for path in [path for path, due in self._due.items() if due <= self._now()]:
            self._once(path)
        left = min((due - self._now()).total_seconds() for due in self._due.values())
        if left > 0:
            self._sleep(min(LOOK, left))

    def _once(self, path: Path) -> None:
        """Run one; what fails is told, and is no reason to stop."""
        try:
            self._run(path)
        except Exception as error:
            say(f"{path}: {failure(error).sentence}")
        try:
            self._due[path] = times_of(path).after(self._now())
        except SettingsError as error:
            say(f"{error} It is looked at again within an hour.")
            self._due[path] = Times("0 * * * *", "UTC").after(self._now())
        say(f"{path}: next {self._due[path]:%a %Y-%m-%d %H:%M}")
