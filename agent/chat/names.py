"""Names of the project for completion, fetched once in the background."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from agent.cells import one_line
from tools.errors import ToolError, TurnError
from tools.toolbox import Toolbox

LISTS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("list_events", "event", {}),
    ("list_properties", "property", {}),
    ("list_properties", "person property", {"kind": "person"}),
    ("list_flags", "flag", {}),
    ("list_cohorts", "cohort", {}),
)


class Names:
    """What things are called, each with what it is; empty until it is known."""

    def __init__(self, toolbox: Toolbox) -> None:
        self.of = toolbox
        self.kinds: dict[str, str] = {}

    def fetch(self) -> threading.Thread:
        """Begin to look; a list that can't be had is left out."""
        thread = threading.Thread(target=self._fetch, name="names", daemon=True)
        thread.start()
        return thread

    def starting(self, word: str) -> Iterable[tuple[str, str]]:
        """The names that begin with these letters."""
        begun = word.lower()
        for name, kind in sorted(self.kinds.copy().items()):
            if name.lower().lstrip("$").startswith(begun.lstrip("$")):
                yield name, kind

    def _fetch(self) -> None:
        for tool, kind, arguments in LISTS:
            try:
                found = self.of.run(tool, dict(arguments))
            except (ToolError, TurnError):
                continue
            for row in getattr(found, "rows", ()):
                self.kinds.setdefault(one_line(_name(row)), kind)


def _name(row: Any) -> str:
    if isinstance(row, Mapping):
        return str(row.get("name", ""))
    return str(getattr(row, "key", "") or getattr(row, "name", ""))
