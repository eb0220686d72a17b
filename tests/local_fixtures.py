"""Embedded projects for tests: real workers, in a home that is thrown away."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.answer import Answer
from agent.loop import Agent
from tools.client import PostHog, unix_socket
from tools.local.connect import LocalProject, import_file, open_project, stop_worker
from tools.local.folder import create_project, open_meta
from tools.local.keys import create_key
from tools.local.progress import Progress
from tools.toolbox import Toolbox

Event = dict[str, Any]

EVENTS: tuple[Event, ...] = tuple(
    {
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "event": "signup" if number % 3 == 0 else "purchase",
        "distinct_id": f"person{number % 10}",
        "timestamp": f"2026-03-{1 + number % 28:02}T10:00:00Z",
        "properties": {
            "plan": "pro" if number % 2 else "free",
            **({} if number % 3 == 0 else {"amount": number, "vip": number % 2 == 0}),
        },
    }
    for number in range(100)
)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProject]:
    """A project that holds EVENTS and is only read."""
    home = tmp_path_factory.mktemp("shop")
    create_project(home, "shop")
    project = open_project(home, "shop")
    imported(project, write_lines(home / "events.jsonl", EVENTS))
    yield project
    stop_worker(project)


@pytest.fixture
def new_project(tmp_path: Path) -> Iterator[Callable[..., LocalProject]]:
    """Make an empty project; its worker ends with the test."""
    made: list[LocalProject] = []

    def make(**options: Any) -> LocalProject:
        name = f"project{len(made)}"
        create_project(tmp_path, name, **options)
        made.append(open_project(tmp_path, name))
        return made[-1]

    yield make
    for project in made:
        stop_worker(project)


def write_lines(path: Path, events: Sequence[Event]) -> Path:
    """A file of events, one JSON object a line."""
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


def imported(project: LocalProject, path: Path, **options: Any) -> Progress:
    """How the import of a file ended."""
    *_, last = import_file(project, path, **options)
    return last


def new_key(project: LocalProject, *scopes: str, teams: tuple[int, ...] = ()) -> str:
    """A key with some scopes only."""
    with open_meta(project) as meta:
        return create_key(meta, scopes, "for a test", teams=teams)


def client(project: LocalProject, key: str | None = None) -> httpx.Client:
    """HTTP to the project's worker with its own key, another one, or with none for ""."""
    sent = project.key if key is None else key
    return httpx.Client(
        transport=httpx.HTTPTransport(uds=str(project.socket())),
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {sent}"} if sent else {},
        timeout=60,
    )


def rows(project: LocalProject, query: str) -> list[list[Any]]:
    """The rows of a HogQL query."""
    with client(project) as http:
        asked = {"query": {"kind": "HogQLQuery", "query": query}}
        answer = http.post("/api/projects/@current/query/", json=asked)
    assert answer.status_code == 200, answer.text
    found: list[list[Any]] = answer.json()["results"]
    return found


def asked(project: LocalProject, question: str) -> Answer:
    """What the planner answers about a project, through the loop, the tools and the worker."""
    return conversation(project, question)[0]


def conversation(project: LocalProject, *questions: str) -> list[Answer]:
    """What the planner answers to one question after the other."""
    from agent.planner import Planner

    posthog = PostHog(
        host="http://embedded",
        key=project.key,
        project_id=project.project_id,
        transport=unix_socket(project.socket),
    )
    agent = Agent(Planner(), Toolbox(posthog))
    answers = [[*agent.ask(question)][-1] for question in questions]
    posthog.close()
    assert all(isinstance(answer, Answer) for answer in answers)
    return [answer for answer in answers if isinstance(answer, Answer)]
