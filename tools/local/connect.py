"""The client's side of an embedded project: its worker is started on demand and found again."""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tools.errors import LocalProjectError
from tools.local.folder import ADDRESS, Project, ensure_project, find_project, open_meta
from tools.local.progress import Creation, Progress

DEMO = "demo"
START_SECONDS = 30.0
STOPPED = "The embedded project stopped while it was working: run the command again."


@dataclass(frozen=True)
class LocalProject(Project):
    """An embedded project that can be asked."""

    def socket(self) -> Path:
        """Where its worker listens; starts one when none does."""
        return ensure_worker(self.folder)


def open_project(home: Path, name: str) -> LocalProject:
    """The project of this name; the demo's folder is made when it is missing."""
    found = ensure_project(home, DEMO) if name == DEMO else find_project(home, name)
    if found is None:
        raise LocalProjectError(
            f"There is no project {name}: make it with `hogloop import --project {name} FILE`."
        )
    return LocalProject(**vars(found))


def ensure_worker(folder: Path, *, idle: float | None = None) -> Path:
    """The socket of the folder's worker, which is started when there is none."""
    if address := _answering(folder):
        return address
    command = [sys.executable, "-m", "tools.local.worker", str(folder)]
    if idle is not None:
        command += ["--idle", str(idle)]
    with (folder / "worker.err").open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=_root(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    # Somebody must take note of its end, however long after.
    threading.Thread(target=process.wait, daemon=True).start()
    return _wait_for(folder, process)


def demo_is_ready(project: Project) -> bool:
    """Whether the demo has been created, all of it."""
    with open_meta(project) as meta:
        return bool(meta.fact("demo") == "done")


def create_demo(project: LocalProject, *, scale: float = 1.0) -> Iterator[Creation]:
    """Create the demo unless it is there; yields as rows are written."""
    for line in _lines(project, "/_local/create_demo", {"scale": scale}):
        yield Creation(**line)


def import_file(
    project: LocalProject, path: Path, *, mapping: Mapping[str, str] | None = None
) -> Iterator[Progress]:
    """Import one file; yields after each slice. To stop reading stops the import."""
    asked = {"path": str(path.absolute()), "mapping": dict(mapping or {})}
    for line in _lines(project, "/_local/import", asked):
        yield Progress(**line)


def set_clock(project: LocalProject, now: datetime | None) -> None:
    """Stop the project's clock at an instant, or set it going."""
    _tell(project, "/_local/clock", {"now": now.isoformat() if now else None})


def load_table(project: LocalProject, table: str, path: Path) -> None:
    """Add the rows of a Parquet file to a table of the project."""
    _tell(project, "/_local/load", {"table": table, "path": str(path.absolute())})


def put_objects(project: LocalProject, objects: Mapping[str, list[dict[str, Any]]]) -> None:
    """Write metadata objects by kind, over those of the same id."""
    _tell(project, "/_local/objects", {"objects": dict(objects)})


def stop_worker(project: Project) -> None:
    """End the project's worker, if there is one; what is stored stays."""
    if _answering(project.folder):
        _tell(LocalProject(**vars(project)), "/_local/shutdown", {})


def health(project: LocalProject) -> dict[str, Any]:
    """What the worker says of itself: pid, rows, uptime, whether it is still loading."""
    found: dict[str, Any] = json.loads(b"".join(_answer(project, "GET", "/_local/health", None)))
    return found


def _wait_for(folder: Path, process: "subprocess.Popen[bytes]") -> Path:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if address := _answering(folder):
            return address
        if process.poll():
            raise LocalProjectError(_failure(folder, process.returncode))
        time.sleep(0.01)
    raise LocalProjectError(f"The embedded project does not start: see {folder / 'worker.log'}.")


def _failure(folder: Path, code: int) -> str:
    lines = (folder / "worker.err").read_text(errors="replace").strip().splitlines()
    reason = lines[-1] if lines else f"its process ended with {code}; run the command again."
    return f"The embedded project in {folder} can't be opened: {reason}"


def _answering(folder: Path) -> Path | None:
    """The worker's socket, if it is there and someone accepts on it."""
    try:
        path = Path(json.loads((folder / ADDRESS).read_text())["socket"])
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except (OSError, ValueError):
        return None
    return path


def _tell(project: LocalProject, path: str, body: Mapping[str, Any]) -> None:
    for _ in _answer(project, "POST", path, body):
        pass


def _lines(project: LocalProject, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Lines of progress up to the worker's last word: that it is done, or an error."""
    for raw in _answer(project, "POST", path, body):
        # http.client takes the death of the worker between two chunks for the end.
        if not raw.endswith(b"\n"):
            break
        line = json.loads(raw)
        if "error" in line:
            raise LocalProjectError(line["error"])
        if "end" in line:
            return
        yield line
    raise LocalProjectError(STOPPED)


def _answer(
    project: LocalProject, method: str, path: str, body: Mapping[str, Any] | None
) -> Iterator[bytes]:
    connection = _Connection(project.socket())
    with closing(connection):
        headers = {"Authorization": f"Bearer {project.owner}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            if response.status != 200:
                raise LocalProjectError(json.loads(response.read())["detail"])
            yield from response
        except (OSError, http.client.HTTPException) as error:
            raise LocalProjectError(STOPPED) from error


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def _root() -> Path:
    """Where our packages are, so that the worker finds the same ones."""
    return Path(__file__).parents[2]
