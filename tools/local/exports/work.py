"""Files that are being made in the background, and where each stands."""

import uuid
from typing import Any

from tools.local.exports import folder
from tools.local.exports.rows import Extract, parts
from tools.local.failures import StoreError
from tools.local.home import Home

Document = dict[str, Any]
UNDER_WAY = ("Starting", "Running")


def status(home: Home, body: Document) -> str:
    """Where it stands; what an earlier process had begun will not be finished."""
    found = str(body["status"])
    ended = found in UNDER_WAY and body.get("process") != home.started
    return "Terminated" if ended else found


def make(home: Home, kind: str, name: str, asked: Extract) -> None:
    """Write the files of an extract, unless that is cancelled meanwhile."""
    if not move(home, kind, name, "Starting", "Running"):
        return
    try:
        for part in parts(asked, home):
            file = str(uuid.uuid4())
            folder.keep(home, f"{file}.{asked.suffix}", part.content)
            if not _add(home, kind, name, file, part.rows):
                folder.drop(home, f"{file}.{asked.suffix}")
                return
        move(home, kind, name, "Running", "Completed")
    except (StoreError, OSError) as error:
        move(home, kind, name, "Running", "Failed", error=str(error))


def move(home: Home, kind: str, name: str, was: str, then: str, **facts: Any) -> bool:
    """Go on from one state to the next; False when it is in another."""
    with home.meta.transaction():
        body = home.meta.document(kind, name)
        if body is None or body["status"] != was:
            return False
        home.meta.put_documents({kind: [{**body, "status": then, **facts}]})
    return True


def cancel(home: Home, kind: str, body: Document) -> bool:
    """Make no more of its files; False when it has ended already."""
    return any(move(home, kind, body["id"], was, "Cancelled") for was in UNDER_WAY)


def _add(home: Home, kind: str, name: str, file: str, rows: int) -> bool:
    with home.meta.transaction():
        body = home.meta.document(kind, name)
        if body is None or body["status"] != "Running" or home.background.closed:
            return False
        files, done = [*body["files"], file], body.get("rows", 0) + rows
        home.meta.put_documents({kind: [{**body, "files": files, "rows": done}]})
    return True
