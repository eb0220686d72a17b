"""Embedded projects to measure on: made in a home that is thrown away, their workers with it."""

import fcntl
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.local.connect import (
    DEMO,
    LocalProject,
    create_demo,
    health,
    import_file,
    open_project,
    stop_worker,
)
from tools.local.folder import create_project, list_projects
from tools.local.home import Home, open_home

HOGLOOP = [sys.executable, "-c", "from agent.cli import main; main()"]
REAL = Path(__file__).parents[2] / "shared/data/online_retail/events.jsonl.gz"
"""Half a million sales of a shop, where they lie beside the project."""

PATIENCE = 900
"""Seconds in which the columns of ten million events are filled on a busy machine."""


@contextmanager
def scratch_home() -> Iterator[Path]:
    """A home of embedded projects; their workers are gone when it is."""
    with tempfile.TemporaryDirectory(prefix="hogloop-bench-") as folder:
        home = Path(folder)
        try:
            yield home
        finally:
            for name in list_projects(home):
                stopped(open_project(home, name))


def demo(home: Path, scale: float = 1.0) -> LocalProject:
    """The demo project, all of it, with columns for its hot properties."""
    project = open_project(home, DEMO)
    for _ in create_demo(project, scale=scale):
        pass
    return settled(project)


def imported(home: Path, name: str, file: Path) -> LocalProject:
    """A project that holds the events of a file."""
    create_project(home, name)
    project = open_project(home, name)
    for _ in import_file(project, file):
        pass
    return settled(project)


def settled(project: LocalProject) -> LocalProject:
    """The project once the work in its background is done."""
    deadline = time.monotonic() + PATIENCE
    while not health(project)["materialised"]:
        if time.monotonic() > deadline:
            raise SystemExit(f"{project.name} got no columns in {PATIENCE} s: see its worker.log.")
        time.sleep(0.1)
    return project


def stopped(project: LocalProject) -> LocalProject:
    """The project once its worker is gone."""
    stop_worker(project)
    with (project.folder / "worker.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    return project


@contextmanager
def taken_over(project: LocalProject) -> Iterator[Home]:
    """The project's folder, opened by this process in place of a worker."""
    with (stopped(project).folder / "worker.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        home = open_home(project.folder, lambda: None)
        try:
            yield home
        finally:
            home.close()
