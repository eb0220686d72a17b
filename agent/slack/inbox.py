"""What came in from Slack, kept before it is acknowledged and until it is answered."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from agent.redact import redact
from agent.slack.database import Database
from agent.slack.payloads import Incoming, plain
from agent.slack.rules import Budget

ATTEMPTS = 3
"""How often a job may be begun: a process that dies of it three times is not tried again."""

DAYS = 30
"""How long it is known what came in."""

Taken = Literal["new", "seen", "full", "spent"]


@dataclass(frozen=True)
class Place:
    """A message of the bot's own, or where one is to be."""

    channel: str
    root: str = ""
    """The thread."""

    ts: str = ""
    """The message; "" while there is none."""


@dataclass(frozen=True)
class Job:
    """Something to do, with the message that becomes its answer once there is one."""

    id: int
    asked: Incoming
    attempts: int
    place: Place | None = None


class Inbox:
    """Jobs in the order they came, one at a time in each thread of Slack."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_in(self, asked: Incoming, budget: Budget | None = None) -> Taken:
        """Keep what came in as a job, unless it is here already or too much is asked.

        The thread in which something was said is the bot's own from then on.
        """
        with self._database.writing() as connection:
            if self._seen(connection, asked.keys):
                return "seen"
            if budget and (why := self._too_much(connection, asked, budget)):
                return why
            connection.execute(
                "INSERT INTO jobs (time, thread, user, channel, body, state)"
                " VALUES (?, ?, ?, ?, ?, 'new')",
                (self._database.now(), asked.thread, asked.user, asked.channel, _kept(asked)),
            )
            if asked.entry in ("message", "mention"):
                row = (asked.thread, "", self._database.now())
                connection.execute("INSERT OR IGNORE INTO threads VALUES (?, ?, ?)", row)
            return "new"

    def first_time(self, keys: Sequence[str]) -> bool:
        """Whether something comes for the first time, which is noted."""
        with self._database.writing() as connection:
            return not self._seen(connection, keys)

    def next_job(self) -> Job | None:
        """The oldest job whose thread has none running, which runs from now on."""
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT id, body, attempts, place FROM jobs AS j WHERE state = 'new' AND NOT EXISTS"
                " (SELECT 1 FROM jobs WHERE state = 'running' AND thread = j.thread)"
                " ORDER BY id LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id = ?", row[:1]
            )
            return Job(row[0], _asked(row[1]), row[2] + 1, _place(row[3]))

    def place(self, job: Job, place: Place) -> None:
        """Note the message that becomes a job's answer."""
        told = json.dumps(asdict(place))
        self._database.write("UPDATE jobs SET place = ? WHERE id = ?", told, job.id)

    def end(self, job: Job, state: Literal["done", "failed", "new"] = "done") -> None:
        """Note that a job has ended, or is to be tried once more."""
        self._database.write("UPDATE jobs SET state = ? WHERE id = ?", state, job.id)

    def recover(self) -> int:
        """Let what a process left running run again; how many there were."""
        old = self._database.now() - DAYS * 86_400
        with self._database.writing() as connection:
            connection.execute("DELETE FROM jobs WHERE time < ?", (old,))
            connection.execute("DELETE FROM seen WHERE time < ?", (old,))
            again = "UPDATE jobs SET state = 'new' WHERE state = 'running'"
            return connection.execute(again).rowcount

    def find(self, job_id: int) -> Job | None:
        """A job that is being done."""
        row = self._database.one(
            "SELECT id, body, attempts, place FROM jobs WHERE state = 'running' AND id = ?", job_id
        )
        return Job(row[0], _asked(row[1]), row[2], _place(row[3])) if row else None

    def asked_by(self, user: str, most: int) -> list[str]:
        """What somebody asked last, the latest first."""
        rows = self._database.all(
            "SELECT body FROM jobs WHERE user = ? AND state = 'done' ORDER BY id DESC LIMIT ?",
            *(user, most * 2),
        )
        asked = (_asked(row[0]) for row in rows)
        texts = (plain(one.text) for one in asked if one.action in ("", "ask"))
        return list(dict.fromkeys(filter(None, texts)))[:most]

    def count(self, *states: str) -> int:
        """How many jobs are in these states."""
        marks = ", ".join("?" for _ in states)
        query = f"SELECT count(*) FROM jobs WHERE state IN ({marks})"
        return int(self._database.one(query, *states)[0])

    def _seen(self, connection: sqlite3.Connection, keys: Sequence[str]) -> bool:
        known = any(
            connection.execute("SELECT 1 FROM seen WHERE key = ?", (key,)).fetchone()
            for key in keys
        )
        rows = [(key, self._database.now()) for key in keys]
        connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)
        return known

    def _too_much(
        self, connection: sqlite3.Connection, asked: Incoming, budget: Budget
    ) -> Literal["full", "spent"] | None:
        hour = self._database.now() - 3_600

        def count(where: str, *values: object) -> int:
            found = connection.execute(f"SELECT count(*) FROM jobs WHERE {where}", values)
            return int(found.fetchone()[0])

        if count("thread = ? AND state = 'new'", asked.thread) >= budget.waiting:
            return "full"
        if count("user = ? AND time > ?", asked.user, hour) >= budget.user:
            return "spent"
        by_channel = count("channel = ? AND time > ?", asked.channel, hour)
        return "spent" if by_channel >= budget.channel else None


def _kept(asked: Incoming) -> str:
    return redact(json.dumps(asdict(asked)))


def _asked(text: str) -> Incoming:
    body = json.loads(text)
    return Incoming(**body | {"keys": tuple(body["keys"])})


def _place(text: str) -> Place | None:
    return Place(**json.loads(text)) if text else None
