"""One run of a workflow at a time."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import AgentError


class Running(AgentError):
    """The workflow is being run by another process."""

    exit_code = 6


@contextmanager
def alone(home: Path, workflow: str) -> Iterator[None]:
    """While no other process runs this workflow; refused while one does."""
    folder = home / "workflows"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = hashlib.sha256(workflow.encode()).hexdigest()[:16]
    with (folder / f"{name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Running(f"{workflow} is running already: nothing was done.") from None
        yield
