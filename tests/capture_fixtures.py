"""Events sent to a real worker, as an SDK sends them."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.local_fixtures import client
from tools.local.connect import LocalProject, open_project, stop_worker
from tools.local.folder import create_project, open_meta
from tools.local.project_key import project_key


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProject]:
    """A project that the tests of a module send to; each uses names of its own."""
    folder = tmp_path_factory.mktemp("capture")
    create_project(folder, "shop")
    project = open_project(folder, "shop")
    yield project
    stop_worker(project)


def key_of(project: LocalProject) -> str:
    """The project's own key."""
    with open_meta(project) as meta:
        return project_key(meta)


def post(project: LocalProject, path: str, **options: Any) -> httpx.Response:
    """One request without a personal key."""
    with client(project, "") as http:
        return http.post(path, **options)


def send(project: LocalProject, *events: dict[str, Any], **outer: Any) -> None:
    """Events through `/batch/`; fails unless they are taken."""
    body = {"api_key": key_of(project), "batch": list(events), **outer}
    answer = post(project, "/batch/", content=json.dumps(body))
    assert (answer.status_code, answer.text) == (200, '{"status":"Ok"}')


def said(event: str, who: Any, /, **properties: Any) -> dict[str, Any]:
    """An event with an id of its own."""
    return {
        "event": event,
        "distinct_id": who,
        "uuid": str(uuid.uuid4()),
        "timestamp": "2026-03-01T10:00:00Z",
        "properties": properties,
    }
