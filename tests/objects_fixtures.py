"""The API over a small project inside the test process, asked as a client asks it."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.test import Client

from tests.streams import NOW, Event, StreamProject, person_id, stream_project
from tools.local.keys import create_key
from tools.local.server import Server

PATIENCE = 30


class Said(NamedTuple):
    """An answer."""

    status: int
    body: Any


class Api:
    """A client with a key for one project."""

    def __init__(self, project: StreamProject) -> None:
        self.project = project
        self.home = project.home
        self._client = Client(Server(project.home))
        self._keys: dict[tuple[str, ...], str] = {}

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        scopes: Sequence[str] = ("*",),
        **more: Any,
    ) -> Said:
        """One request; a path is of the project unless it begins with /api."""
        where = path if path.startswith("/api") else f"/api/projects/@current/{path}"
        sent = {"json": body} if body is not None else {}
        headers = {"Authorization": f"Bearer {self._key(tuple(scopes))}"}
        with self._client.open(where, method=method, headers=headers, **sent, **more) as answer:
            kind = answer.headers.get("Content-Type", "")
            return Said(answer.status_code, _read(answer.data, kind))

    def get(self, path: str, **more: Any) -> Any:
        """The body of what is there."""
        status, body = self("GET", path, **more)
        assert status == 200, body
        return body

    def post(self, path: str, body: Any, **more: Any) -> Any:
        """The body of what was made."""
        status, answer = self("POST", path, body, **more)
        assert status in (200, 201, 202), answer
        return answer

    def patch(self, path: str, body: Any) -> Any:
        """The body of what was changed."""
        status, answer = self("PATCH", path, body)
        assert status == 200, answer
        return answer

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """The status and the sentence of a refusal."""
        status, answer = self(method, path, body, **more)
        assert status >= 400, answer
        return status, answer["detail"]

    def until(self, path: str, field: str, busy: Sequence[Any]) -> Any:
        """The body once a field no longer says that work is under way."""
        ends = time.monotonic() + PATIENCE
        while (body := self.get(path))[field] in busy:
            assert time.monotonic() < ends, body
            time.sleep(0.01)
        return body

    def cohort(self, number: int) -> Any:
        """A cohort once it is calculated."""
        return self.until(f"cohorts/{number}/", "is_calculating", [True])

    def members(self, number: int) -> set[int]:
        """The numbers of the persons in a cohort, by a query."""
        self.cohort(number)
        query = (
            f"SELECT DISTINCT toString(person_id) FROM events WHERE person_id IN COHORT {number}"
        )
        body = self.post("query/", {"query": {"kind": "HogQLQuery", "query": query}})
        return {int(row[0][-12:]) for row in body["results"]}

    def _key(self, scopes: tuple[str, ...]) -> str:
        if scopes not in self._keys:
            self._keys[scopes] = create_key(self.home.meta, scopes, "for a test")
        return self._keys[scopes]


@contextmanager
def api(folder: Path) -> Iterator[Api]:
    """An empty project and a client."""
    with stream_project(folder) as project:
        yield Api(project)


def people(*numbers: int, **properties: Any) -> list[dict[str, Any]]:
    """Rows of persons with the same properties; each later one was created a day later."""
    return [
        {
            "id": person_id(number),
            "created_at": f"2026-01-{number:02} 00:00:00",
            "properties": json.dumps({"email": f"p{number}@example.com", **properties}),
            "is_identified": 1,
            "version": 1,
        }
        for number in numbers
    ]


def ids(*numbers: int) -> list[dict[str, Any]]:
    """Rows of distinct ids: p1 for person 1."""
    return [
        {"distinct_id": f"p{number}", "person_id": person_id(number), "version": 0}
        for number in numbers
    ]


def behavior(value: str = "performed_event", **more: Any) -> dict[str, Any]:
    """A criterion about the event a in the last 7 days, unless it says otherwise."""
    return {
        "type": "behavioral",
        "key": "a",
        "value": value,
        "event_type": "events",
        "time_value": 7,
        "time_interval": "day",
        **more,
    }


def filters(*criteria: dict[str, Any], how: str = "AND") -> dict[str, Any]:
    """Criteria as the filters of a cohort."""
    return {"properties": {"type": how, "values": list(criteria)}}


def static_cohort(ask: Api, *numbers: int, **more: Any) -> int:
    """The id of a new static cohort of these persons."""
    named = [person_id(one) for one in numbers]
    body = {"is_static": True, "_create_static_person_ids": named, **more}
    number: int = ask.post("cohorts/", body)["id"]
    return number


def _read(raw: bytes, kind: str) -> Any:
    return json.loads(raw) if raw and kind.startswith("application/json") else raw


__all__ = [
    "NOW",
    "Api",
    "Event",
    "api",
    "behavior",
    "filters",
    "ids",
    "people",
    "person_id",
    "static_cohort",
]
