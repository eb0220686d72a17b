"""What one person spends in a day, kept in the journal so that a restart forgives nothing."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from agent.errors import LimitReached, SettingsError

TABLE = """
CREATE TABLE IF NOT EXISTS spending (
  day TEXT NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
  PRIMARY KEY (day, who, kind)
)
"""


@dataclass(frozen=True)
class Daily:
    """How much one person may spend in a day of UTC."""

    model_calls: int = 1_000
    tokens: int = 5_000_000
    queries: int = 5_000
    rows: int = 5_000_000
    dollars: float = 50.0
    """By the prices that are known; a model without one costs nothing here."""


def spent_today(path: Path, who: str) -> dict[str, float]:
    """What one person has spent today with language models."""
    if not path.exists():
        return {}
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    try:
        with closing(sqlite3.connect(path, timeout=10)) as database, database:
            database.execute(TABLE)
            rows = database.execute(
                "SELECT kind, amount FROM spending WHERE day = ? AND who = ?", (day, who)
            )
            return dict(rows.fetchall())
    except sqlite3.Error as error:
        raise SettingsError(
            f"The journal {path} can't be read ({error}): check the folder and the disk."
        ) from error


class Purse(Protocol):
    """Where spending is noted; running out raises `LimitReached`."""

    def spend(self, **amounts: float) -> None:
        """Note what is about to be spent, or refuse it."""
        ...


class Free:
    """The purse of tests and of what costs nothing."""

    def spend(self, **amounts: float) -> None:
        """Note nothing."""


class DailyPurse:
    """One person's spending of today, over all processes that use the journal.

    A journal that can't be written does not keep anybody from asking: then the limits of the single
    question hold alone.
    """

    def __init__(
        self,
        path: Path,
        who: str,
        limits: Daily,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._who = who
        self._limits = asdict(limits)
        self._now = now

    def spend(self, **amounts: float) -> None:
        """Note what is about to be spent, or refuse it when the day's limit is reached."""
        day = f"{self._now():%Y-%m-%d}"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
                database.execute(TABLE)
                database.execute("BEGIN IMMEDIATE")
                spent = self._spent(database, day)
                self._check(spent)
                rows = [(day, self._who, kind, amount) for kind, amount in amounts.items()]
                database.executemany(
                    "INSERT INTO spending VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (day, who, kind) DO UPDATE SET amount = amount + excluded.amount",
                    rows,
                )
        except (OSError, sqlite3.Error):
            return

    def _spent(self, database: sqlite3.Connection, day: str) -> Mapping[str, float]:
        rows = database.execute(
            "SELECT kind, amount FROM spending WHERE day = ? AND who = ?", (day, self._who)
        )
        return dict(rows.fetchall())

    def _check(self, spent: Mapping[str, float]) -> None:
        for kind, most in self._limits.items():
            if spent.get(kind, 0) >= most:
                words = kind.replace("_", " ")
                raise LimitReached(
                    f"Today's {most:,} {words} are used up: ask tomorrow (UTC), or raise "
                    f"{kind} under [daily] in policy.toml."
                )
