"""What came of each run of a workflow, and the plans it was approved with; in `journal.db`."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from agent.journal import Journal
from agent.redact import redact
from agent.workflows.plan import Plan

State = Literal["sent", "measured", "skipped", "changed", "waits", "failed"]
TABLES = (
    "CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, workflow TEXT NOT NULL, "
    "began TEXT NOT NULL, ended TEXT, steps TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS plans (workflow TEXT NOT NULL, step TEXT NOT NULL, "
    "words TEXT NOT NULL, time TEXT NOT NULL, plan TEXT NOT NULL, PRIMARY KEY (workflow, step))",
)


@dataclass(frozen=True)
class Came:
    """What came of one step."""

    step: str
    state: State
    said: str
    """In one sentence."""

    receipt: str = ""
    fingerprint: str = ""
    """Of the rows that were sent."""

    drift: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it came out as the workflow means it."""
        return self.state not in ("failed", "waits") and not self.drift


@dataclass(frozen=True)
class Ran:
    """One run that was begun."""

    id: int
    workflow: str
    began: str
    ended: str | None
    steps: tuple[Came, ...]


class History:
    """The runs and plans of workflows, each known by the path of its file."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def begin(self, workflow: str) -> int:
        """Note that a run begins; gives its number."""
        with self._opened() as database:
            row = (workflow, _now(), "[]")
            insert = "INSERT INTO runs (workflow, began, steps) VALUES (?, ?, ?)"
            return int(database.execute(insert, row).lastrowid or 0)

    def note(self, run: int, steps: Sequence[Came], *, ended: bool = False) -> None:
        """Note what came of its steps so far."""
        told = redact(json.dumps([asdict(one) for one in steps]))
        with self._opened() as database:
            database.execute(
                "UPDATE runs SET steps = ?, ended = ? WHERE id = ?",
                (told, _now() if ended else None, run),
            )

    def runs(self, workflow: str | None = None, limit: int = 20) -> list[Ran]:
        """The latest runs, of one workflow or of all."""
        with self._opened() as database:
            rows = database.execute(
                "SELECT id, workflow, began, ended, steps FROM runs "
                "WHERE ?1 IS NULL OR workflow = ?1 ORDER BY id DESC LIMIT ?2",
                (workflow, limit),
            ).fetchall()
        return [
            Ran(number, path, began, ended, tuple(map(_came, json.loads(steps))))
            for number, path, began, ended, steps in rows
        ]

    def last_sent(self, workflow: str, step: str) -> str | None:
        """The fingerprint of what a step sent last."""
        for run in self.runs(workflow, limit=1_000):
            for came in run.steps:
                if came.step == step and came.state == "sent":
                    return came.fingerprint
        return None

    def plan(self, workflow: str, step: str, words: str) -> tuple[Plan, str] | None:
        """The plan a step was approved with and when; None once its words are others."""
        with self._opened() as database:
            found = database.execute(
                "SELECT plan, time FROM plans WHERE workflow = ? AND step = ? AND words = ?",
                (workflow, step, words),
            ).fetchone()
        return (Plan.of_json(json.loads(found[0])), found[1]) if found else None

    def approve(self, workflow: str, step: str, words: str, plan: Plan) -> None:
        """Keep the plan that a step is held against from now on."""
        row = (workflow, step, words, _now(), redact(json.dumps(plan.as_json())))
        with self._opened() as database:
            database.execute("INSERT OR REPLACE INTO plans VALUES (?, ?, ?, ?, ?)", row)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._journal.opened() as database:
            for table in TABLES:
                database.execute(table)
            yield database


def _came(body: dict[str, Any]) -> Came:
    return Came(**body | {"drift": tuple(body["drift"])})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
