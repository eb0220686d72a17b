"""A desk in front of a project with twenty people, what they did, and a few cohorts."""

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.writing.approval import Choice
from tests.writing_fixtures import Desk, desk
from tools.local.definitions import observe_events, observe_persons
from tools.local.hogql.literals import string

COHORTS = "/api/projects/@current/cohorts/"
PEOPLE = 20
PATIENCE = 30
PRO = {"type": "person", "key": "plan", "operator": "exact", "value": ["pro"]}
"""A criterion as PostHog keeps it."""


def where(property: str, *values: Any, of: str = "person", **more: Any) -> dict[str, Any]:
    """A condition as tools take it."""
    return {"property": property, "of": of, "values": list(values), **more}


def mail(number: int) -> str:
    """The address of a person."""
    return f"p{number}@shop.example"


@dataclass(frozen=True)
class Club:
    """The desk, and its cohorts by their routes."""

    at: Desk
    ids: Sequence[str]
    """The people's ids."""

    added: list[str] = field(default_factory=list)
    """Ids of people who came later."""

    def do(self, tool: str, **arguments: Any) -> Any:
        """What came of a call."""
        return self.at.do(tool, **arguments)

    @property
    def card(self) -> Any:
        """The card that was shown last."""
        return self.at.person.cards[-1]

    def clear(self) -> None:
        """Delete every cohort and flag and who was added; forget what was shown and sent."""
        for one in self.added:
            self.at.project.home.store.write(
                "INSERT INTO persons (id, created_at, properties, is_identified, is_deleted, "
                f"version) VALUES ('{one}', now(), '{{}}', 1, 1, 9)"
            )
        self.added.clear()
        meta = self.at.project.home.meta
        for kind in ("cohort", "feature_flag"):
            gone = [{**one, "deleted": True} for one in meta.documents(kind)]
            meta.put_documents({kind: gone})
        self.at.wire.sent.clear()
        self.at.wire.fault = None
        person = self.at.person
        person.choice, person.first = Choice.YES, lambda: None
        person.cards.clear()

    def add(self, distinct_id: str, **properties: Any) -> str:
        """Another person, until the next `clear`; gives their id."""
        self.added.append(self.at.project.add_person(distinct_id, properties))
        return self.added[-1]

    def sent(self) -> tuple[str, str, Any]:
        """The last request that changed something."""
        request = self.at.wire.sent[-1]
        path = request.url.path.rpartition("/cohorts/")[2]
        return request.method, path, json.loads(request.content)

    def cohort(self, number: int) -> Any:
        """A cohort once it is calculated."""
        ends = time.monotonic() + PATIENCE
        while (body := self.at.project.get(f"{COHORTS}{number}/")[1])["is_calculating"]:
            assert time.monotonic() < ends, body
            time.sleep(0.01)
        return body

    def static(self, name: str, *numbers: int) -> Any:
        """A new static cohort of people by their numbers."""
        body = {"name": name, "is_static": True, "_create_static_person_ids": self.of(numbers)}
        status, made = self.at.project.post(COHORTS, body)
        assert status == 201, made
        return made

    def dynamic(self, name: str, *criteria: Any) -> Any:
        """A new dynamic cohort of all who meet some criteria, once it is calculated."""
        filters = {"properties": {"type": "AND", "values": list(criteria)}}
        status, made = self.at.project.post(COHORTS, {"name": name, "filters": filters})
        assert status == 201, made
        return self.cohort(made["id"])

    def edit(self, number: int, **fields: Any) -> None:
        """Somebody else changes a cohort."""
        status, body = self.at.project.patch(f"{COHORTS}{number}/", fields)
        assert status == 200, body

    def flagged(self, key: str, number: int) -> Any:
        """A flag that uses a cohort."""
        test = {"type": "cohort", "key": "id", "value": number, "operator": "in"}
        return self.at.project.made(
            key, {"groups": [{"properties": [test], "rollout_percentage": 100}]}
        )

    def members(self, number: int) -> set[int]:
        """The numbers of the people in a cohort; nobody once it is deleted."""
        found = self.at.project.get(f"{COHORTS}{number}/persons/")[1].get("results", ())
        return {list(self.ids).index(one["uuid"]) for one in found}

    def of(self, numbers: Sequence[int]) -> list[str]:
        """Ids by numbers."""
        return [self.ids[one] for one in numbers]


@contextmanager
def club(folder: Path) -> Iterator[Club]:
    """Person 7 bought once a day for 7 days and joined 70 days ago; every other is on pro."""
    with desk(folder) as at:
        home, ids = at.project.home, [str(uuid.UUID(int=n + 1)) for n in range(PEOPLE)]
        home.store.write(
            "INSERT INTO persons (id, created_at, properties, is_identified, version) VALUES "
            + ", ".join(_person(n, one) for n, one in enumerate(ids))
        )
        home.store.write(
            "INSERT INTO person_distinct_ids (distinct_id, person_id, version) VALUES "
            + ", ".join(f"('p{n}', '{one}', 0)" for n, one in enumerate(ids))
        )
        rows = [
            _event("bought", ids[n], n, timedelta(hours=12 + day * 24), amount=n)
            for n in range(PEOPLE)
            for day in range(n)
        ]
        rows += [_event("joined", ids[n], n, timedelta(days=10 * n + 1)) for n in range(PEOPLE)]
        home.store.write(
            "INSERT INTO events (uuid, event, properties, timestamp, distinct_id, person_id, "
            f"person_created_at, person_properties) VALUES {', '.join(rows)}"
        )
        observe_events(home.meta, home.store)
        observe_persons(home.meta, home.store)
        yield Club(at, ids)


def _person(number: int, one: str) -> str:
    held = {"email": mail(number), "plan": "pro" if number % 2 else "free", "age": number}
    return f"('{one}', now(), {string(json.dumps(held))}, 1, 1)"


def _event(name: str, person: str, number: int, ago: timedelta, **properties: Any) -> str:
    moment = f"{datetime.now(UTC) - ago:%Y-%m-%d %H:%M:%S}"
    held = string(json.dumps(properties))
    return (
        f"('{uuid.uuid4()}', '{name}', {held}, '{moment}', 'p{number}', '{person}', now(), '{{}}')"
    )
