"""A group of events on its way into ClickHouse, kept on disk until all of its tables have it.

Its folder appears at once and goes once everything is written. A process that dies in between
leaves it behind, and whoever opens the project next writes what is missing: rows of persons replace
themselves, and events that are there are left out.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


class Pending:
    """The one group under way in a project's folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "pending"
        self._draft = folder / "pending.draft"
        self._asked = folder / "pending.asked"

    def exists(self) -> bool:
        """Whether a group has not been written to the end."""
        return self.path.exists()

    def ask(self, name: str, rows: Iterable[Row]) -> Path:
        """Write what is to be looked up; gives the file."""
        self._asked.mkdir(mode=0o700, exist_ok=True)
        path = self._asked / name
        _write(path, rows)
        return path

    def put(self, tables: Mapping[str, Sequence[Row]]) -> None:
        """Keep a group's rows; from here on they are stored, whatever happens."""
        _remove(self._draft)
        self._draft.mkdir(mode=0o700)
        for table, rows in tables.items():
            if rows:
                _write(self._draft / table, rows)
        self._draft.rename(self.path)

    def tables(self) -> list[str]:
        """Which tables it has rows for."""
        return [path.name for path in self.path.iterdir()]

    def done(self) -> None:
        """Forget it: everything is written."""
        self.path.rename(self._draft)
        _remove(self._draft)

    def set_aside(self, place: Path) -> None:
        """Keep a group that can't be written out of the way."""
        if not self.exists():
            return
        place.parent.mkdir(mode=0o700, exist_ok=True)
        self.path.rename(place)


def _write(path: Path, rows: Iterable[Row]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)
