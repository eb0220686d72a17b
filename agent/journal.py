"""The journal: every answer kept under its receipt, in one SQLite file."""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.answer import Answer, AnswerTable, Unmatched, Window
from agent.errors import AgentError, SettingsError, reason
from agent.evidence import Evidence
from agent.redact import redact

LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
TABLE = """
CREATE TABLE IF NOT EXISTS receipts (
  id TEXT PRIMARY KEY,
  time TEXT NOT NULL,
  question TEXT NOT NULL,
  project TEXT NOT NULL,
  host TEXT NOT NULL,
  model TEXT NOT NULL,
  answer TEXT NOT NULL
)
"""


EVIDENCE = "CREATE TABLE IF NOT EXISTS evidence (receipt TEXT PRIMARY KEY, body TEXT NOT NULL)"


class JournalError(AgentError):
    """The journal can't be read or written."""


class Journal:
    """Receipts in `journal.db`; several processes may write at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, answer: Answer, evidence: Evidence | None = None) -> Answer:
        """Store the answer with what it rests on; its receipt is kept only once."""
        answer = replace(answer, receipt=answer.receipt or new_receipt())
        row = (
            answer.receipt,
            datetime.now(UTC).isoformat(timespec="seconds"),
            *(
                redact(text.encode(errors="replace").decode())
                for text in (
                    answer.question,
                    answer.project_name,
                    answer.project_host,
                    answer.model,
                )
            ),
            redact(json.dumps(answer.as_json(), default=str)),
        )
        with self.opened() as database:
            database.execute("INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            if evidence:
                body = redact(json.dumps(evidence.as_json(), default=str))
                database.execute(EVIDENCE)
                kept = (answer.receipt, body)
                database.execute("INSERT OR REPLACE INTO evidence VALUES (?, ?)", kept)
        return answer

    def find(self, receipt: str) -> Answer | None:
        """The answer kept under this receipt, None when there is none."""
        with self.opened() as database:
            found = database.execute(
                "SELECT question, answer FROM receipts WHERE id = ?", (receipt,)
            ).fetchone()
        return read_answer(found[0], json.loads(found[1])) if found else None

    def evidence(self, receipt: str) -> Evidence | None:
        """What the answer under this receipt rests on, None when nothing is known of that."""
        with self.opened() as database:
            database.execute(EVIDENCE)
            found = database.execute(
                "SELECT body FROM evidence WHERE receipt = ?", (receipt,)
            ).fetchone()
        return Evidence.of_json(json.loads(found[0])) if found else None

    def use(self, scopes: Sequence[str]) -> None:
        """Note that these scopes were needed today."""
        day = datetime.now(UTC).date().isoformat()
        with self.opened() as database:
            database.execute("CREATE TABLE IF NOT EXISTS used (scope TEXT PRIMARY KEY, day TEXT)")
            database.executemany(
                "INSERT OR REPLACE INTO used VALUES (?, ?)",
                [(scope, day) for scope in scopes],
            )

    def used(self) -> dict[str, str]:
        """Every scope that was ever needed, with the day it was needed last."""
        with self.opened() as database:
            database.execute("CREATE TABLE IF NOT EXISTS used (scope TEXT PRIMARY KEY, day TEXT)")
            return dict(database.execute("SELECT scope, day FROM used ORDER BY scope").fetchall())

    def unmatched(self) -> tuple[int, int]:
        """How many answers have numbers that no result founds, and how many numbers these are."""
        with self.opened() as database:
            found = database.execute(
                "SELECT count(*), coalesce(sum(marked), 0) FROM (SELECT json_array_length("
                "answer, '$.unmatched') AS marked FROM receipts) WHERE marked > 0"
            ).fetchone()
        return int(found[0]), int(found[1])

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """The file in one transaction; what goes wrong with it is a `JournalError`."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
            with closing(sqlite3.connect(self.path, timeout=10)) as database, database:
                database.execute(TABLE)
                yield database
        except (OSError, sqlite3.Error) as error:
            raise JournalError(
                f"The journal {self.path} can't be used ({reason(error)}): "
                "check the folder and the disk."
            ) from error


def find_receipt(path: Path, receipt: str) -> tuple[Answer, Evidence | None]:
    """An answer by its receipt with what it rests on, or `SettingsError` when there is none."""
    journal = Journal(path)
    answer = journal.find(receipt) if path.exists() else None
    if answer is None:
        raise SettingsError(f"There is no receipt {receipt} in {path}: check the id.")
    return answer, journal.evidence(receipt)


def read_answer(question: str, body: dict[str, Any]) -> Answer:
    """The answer that `Answer.as_json` was made of."""
    window, project, usage = body["window"], body["project"], body["usage"]
    return Answer(
        question=question,
        outcome=body["outcome"],
        headline=body["headline"],
        text=body["text"],
        tables=tuple(_table(table) for table in body["tables"]),
        queries=tuple(body["queries"]),
        window=Window(window["from"], window["to"], window["timezone"]) if window else None,
        project_id=project["id"],
        project_name=project["name"],
        project_host=project["host"],
        model=body["model"],
        assumptions=tuple(body["assumptions"]),
        choices=tuple(body["choices"]),
        suggestions=tuple(body.get("suggestions", ())),
        unmatched=tuple(Unmatched(**one) for one in body.get("unmatched", ())),
        error=body["error"],
        receipt=body["receipt"],
        **usage,
    )


def _table(body: dict[str, Any]) -> AnswerTable:
    return AnswerTable(
        columns=tuple(body["columns"]),
        rows=tuple(tuple(row) for row in body["rows"]),
        whole=body["whole"],
        total_rows=body["total_rows"],
    )


def new_receipt() -> str:
    """An id people can read out: 30 letters to the power of 8."""
    return "r_" + "".join(secrets.choice(LETTERS) for _ in range(8))
