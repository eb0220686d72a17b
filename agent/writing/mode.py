"""Write mode: off until a person turns it on, for one project and half an hour."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

MINUTES = 30


class WriteMode:
    """Whether changes may be proposed, kept in a file that every process of the person reads."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now

    def open(self, host: str, project_id: int, minutes: int = MINUTES) -> None:
        """Let changes of this project be proposed for so many minutes, and of no other."""
        began = self._now()
        body = {
            "host": host,
            "project": project_id,
            "from": began,
            "until": began + 60 * max(1, min(minutes, MINUTES)),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(self._path, flags, 0o600), "w", encoding="utf-8") as file:
            json.dump(body, file)

    def close(self) -> None:
        """Turn it off."""
        self._path.unlink(missing_ok=True)

    def seconds_left(self, host: str, project_id: int) -> float:
        """How long it still holds for this project; 0 when it is off.

        A clock that was set back before its beginning ends it.
        """
        try:
            body = json.loads(self._path.read_text("utf-8"))
            began, until = float(body["from"]), float(body["until"])
            same = (body["host"], body["project"]) == (host, project_id)
        except (OSError, ValueError, KeyError, TypeError):
            return 0.0
        now = self._now()
        if not same or now < began or until - began > 60 * MINUTES:
            return 0.0
        return max(0.0, until - now)
