"""The process that owns one project folder: `python -m tools.local.worker FOLDER`.

It holds the folder's lock for as long as it lives, answers on a unix socket of its own, says where
in `worker.json`, and goes when nobody has asked anything for a while.
"""

import argparse
import fcntl
import json
import logging
import logging.handlers
import os
import secrets
import signal
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tools.errors import LocalProjectError
from tools.local.activity import Activity
from tools.local.failures import StoreError
from tools.local.folder import ADDRESS, SECRETS, check_layout, check_owner
from tools.local.meta import Meta

if TYPE_CHECKING:
    from tools.local.home import Home

IDLE_SECONDS = 300.0
LOCK_SECONDS = 15.0
GRACE = 0.2
LONGEST_ROOT = 70
THREADS = 8

log = logging.getLogger(__name__)


class Door(Protocol):
    """One more way into an open project, beside its unix socket."""

    @property
    def url(self) -> str:
        """Where it leads in from."""
        ...

    def open(self, home: "Home", channels: dict[Any, Any]) -> Any:
        """A waitress server on these channels, which the worker's own loop runs."""
        ...

    def opened(self) -> None:
        """Hear that everyone is being answered now."""
        ...


def main() -> int:
    """Serve the folder named on the command line."""
    parser = argparse.ArgumentParser(prog="tools.local.worker", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS)
    options = parser.parse_args()
    try:
        with owned(options.folder) as ours:
            if ours:
                serve(options.folder, options.idle)
    except LocalProjectError as error:
        raise SystemExit(str(error)) from None
    return 0


@contextmanager
def owned(folder: Path) -> Iterator[bool]:
    """The lock of the folder, held until the process ends.

    Waits for a worker on its way out, not for one that serves.
    """
    os.umask(0o077)
    check_owner(folder, os.getuid())
    with (folder / "worker.lock").open("w") as file:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _lock(file.fileno()):
            if (folder / ADDRESS).exists() or time.monotonic() > deadline:
                yield False
                return
            time.sleep(0.02)
        # What still runs in chDB has the rows open until the process ends: so long the lock holds.
        os.dup(file.fileno())
        yield True


def serve(folder: Path, idle: float, door: Door | None = None) -> None:
    """Answer until nobody asks for `idle` seconds, or until told to stop; the lock is held."""
    # Only the process that owns the folder pays for loading ClickHouse.
    from waitress.server import create_server

    from tools.local.server import Server

    _log_to(folder / "worker.log")
    _forget_the_last(folder)
    stopping = threading.Event()
    home = _opened(folder, stopping)
    path = _socket_path()
    channels: dict[Any, Any] = {}
    server = create_server(
        Server(home, owner=json.loads((folder / SECRETS).read_text())["owner"]),
        map=channels,
        unix_socket=str(path),
        unix_socket_perms="600",
        threads=THREADS,
        channel_request_lookahead=1,
        clear_untrusted_proxy_headers=True,
    )
    outside = door.open(home, channels) if door else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    tell = partial(announce, folder, path, door.url if door else None)
    leave = partial(_leave_when_idle, folder, path, home.activity, idle, stopping, tell)
    threading.Thread(target=leave, daemon=True).start()
    tell()
    home.materialiser.start()
    log.info("serving")
    if door:
        door.opened()
    try:
        server.run()
    finally:
        (folder / ADDRESS).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        if outside:
            outside.task_dispatcher.shutdown()
        home.close()
        log.info("gone")


def _opened(folder: Path, stopping: threading.Event) -> "Home":
    """The open project, or one sentence why it can't be opened."""
    from tools.local.home import open_home

    with closing(Meta(folder)) as meta:
        check_layout(meta, folder.name)
    try:
        return open_home(folder, stopping.set)
    except StoreError as error:
        reason = str(error).rstrip(".")
        raise LocalProjectError(f"its rows can't be read ({reason}): check the disk.") from error
    except RuntimeError as error:
        # chDB says so of a folder that another process has open, and tells no more.
        raise LocalProjectError(
            "another program has its rows open, or they are damaged: end that program "
            "and run the command again."
        ) from error


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _leave_when_idle(
    folder: Path,
    path: Path,
    activity: Activity,
    idle: float,
    stopping: threading.Event,
    tell: Callable[[], None],
) -> None:
    """Nobody finds the address first, then those who had found it are answered, then the end."""
    while True:
        while activity.idle() < idle and path.exists() and not stopping.wait(min(1.0, idle / 4)):
            pass
        (folder / ADDRESS).unlink(missing_ok=True)
        time.sleep(GRACE)
        if stopping.is_set() or activity.idle() >= idle or not path.exists():
            break
        tell()
    # The server itself waits some seconds for the requests under way.
    os.kill(os.getpid(), signal.SIGTERM)


def _forget_the_last(folder: Path) -> None:
    """Remove what a worker that crashed could not remove itself."""
    with suppress(OSError, ValueError, KeyError):
        Path(json.loads((folder / ADDRESS).read_text())["socket"]).unlink()
    (folder / ADDRESS).unlink(missing_ok=True)


def announce(folder: Path, path: Path, url: str | None = None) -> None:
    """Say where this process listens, in one step."""
    draft = folder / f"{ADDRESS}.new"
    draft.write_text(json.dumps({"pid": os.getpid(), "socket": str(path), "url": url}))
    draft.replace(folder / ADDRESS)


def _socket_path() -> Path:
    """A name of our own in a folder no one else can enter, short enough for a socket."""
    roots = (Path(tempfile.gettempdir()), Path("/tmp"))
    root = next(root for root in roots if len(str(root)) < LONGEST_ROOT)
    folder = root / f"hogloop-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise SystemExit(f"{folder} is not a private folder of this user: remove it.")
    return folder / f"{secrets.token_hex(8)}.sock"


def _log_to(path: Path) -> None:
    """A log that never grows beyond two small files."""
    logs = logging.handlers.RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1)
    logging.basicConfig(
        handlers=[logs],
        level=logging.INFO,
        format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s",
    )
    # That requests wait for each other is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


if __name__ == "__main__":
    sys.exit(main())
