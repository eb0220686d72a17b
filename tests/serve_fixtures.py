"""`hogloop serve` as people run it: a process of its own, read by what it prints."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tools.local.connect import LocalProject

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from agent.cli import main; main()", "serve"]


@dataclass(frozen=True)
class Running:
    """A project that is being served."""

    url: str
    personal_key: str
    project_key: str
    process: "subprocess.Popen[str]"

    def ask(self, query: str) -> list[list[Any]]:
        """The rows of a HogQL query over TCP."""
        asked = {"query": {"kind": "HogQLQuery", "query": query}}
        headers = {"Authorization": f"Bearer {self.personal_key}"}
        url = f"{self.url}/api/projects/@current/query/"
        answer = httpx.post(url, json=asked, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        found: list[list[Any]] = answer.json()["results"]
        return found


def start(project: LocalProject, *options: str) -> "subprocess.Popen[str]":
    """The command, on a free port."""
    return subprocess.Popen(
        [*COMMAND, "--project", project.name, "--port", "0", *options],
        cwd=ROOT,
        env={**os.environ, "HOGLOOP_HOME": str(project.folder.parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def served(project: LocalProject, *options: str) -> Iterator[Running]:
    """A project on a port until the block ends, by Ctrl-C."""
    process = start(project, *options)
    assert process.stdout is not None
    lines = [process.stdout.readline().split() for _ in range(3)]
    if not lines[0]:
        raise AssertionError(process.communicate()[1])
    url, personal, public = (line[-1] for line in lines)
    try:
        yield Running(url, personal, public, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
