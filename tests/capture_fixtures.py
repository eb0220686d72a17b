"""Events sent to a real worker, as an SDK sends them."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.local_fixtures import client, rows
from tools.local.connect import LocalProject, open_project, stop_worker
from tools.local.folder import create_project, open_meta
from tools.local.project_key import project_key


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProject]:
    """A project that the tests of a module share; each uses names of its own."""
    folder = tmp_path_factory.mktemp("capture")
    create_project(folder, "shop")
    project = open_project(folder, "shop")
    yield project
    stop_worker(project)


def key_of(project: LocalProject) -> str:
    """The project's own key."""
    with open_meta(project) as meta:
        return project_key(meta)


@pytest.fixture
def post(home: LocalProject) -> Callable[..., httpx.Response]:
    """One request to the shared project, without a personal key."""

    def send(path: str, **options: Any) -> httpx.Response:
        with client(home, "") as http:
            return http.post(path, **options)

    return send


@pytest.fixture
def send(home: LocalProject) -> Callable[..., None]:
    """Events through `/batch/`, with the project's key."""

    def batch(*events: dict[str, Any], **outer: Any) -> None:
        send_to(home, *events, **outer)

    return batch


@pytest.fixture
def ask(home: LocalProject) -> Callable[[str], list[list[Any]]]:
    """The rows of a query on the shared project."""
    return lambda query: rows(home, query)


def send_to(project: LocalProject, *events: dict[str, Any], **outer: Any) -> None:
    """Events through `/batch/`; fails unless they are taken."""
    body = {"api_key": key_of(project), "batch": list(events), **outer}
    with client(project, "") as http:
        answer = http.post("/batch/", content=json.dumps(body))
    assert (answer.status_code, answer.json()) == (200, {"status": "Ok"}), answer.text


def said(event: str, who: str, /, **properties: Any) -> dict[str, Any]:
    """An event with an id of its own."""
    return {
        "event": event,
        "distinct_id": who,
        "uuid": str(uuid.uuid4()),
        "timestamp": "2026-03-01T10:00:00Z",
        "properties": properties,
    }
