"""A project with feature flags in the test process, behind its API and behind a real port."""

import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client

from tools.local.folder import create_project
from tools.local.hogql.literals import string
from tools.local.home import Home, open_home
from tools.local.keys import create_key
from tools.local.project_key import project_key
from tools.local.server import Server

FLAGS = "/api/projects/@current/feature_flags/"
EVERYBODY = {"groups": [{"properties": [], "rollout_percentage": 100}]}
Answer = tuple[int, Any]


@dataclass(frozen=True)
class Project:
    """An open project and who asks it."""

    home: Home
    key: str
    client: Client

    @property
    def token(self) -> str:
        """The project's own key."""
        return project_key(self.home.meta)

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """The status and the body of an answer; a path without a slash is one of flags."""
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        whole = path if path.startswith("/") else FLAGS + path
        if body is not None:
            options["json"] = body
        answer = self.client.open(whole, method=method, headers=headers, **options)
        return answer.status_code, json.loads(answer.text) if answer.text else None

    def get(self, path: str, **options: Any) -> Answer:
        """GET."""
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        """POST."""
        return self.ask("POST", path, body, **options)

    def patch(self, path: Any, body: Any) -> Answer:
        """PATCH; a number is the flag's."""
        return self.ask("PATCH", f"{path}/" if isinstance(path, int) else path, body)

    def made(self, key: str, filters: Mapping[str, Any] = EVERYBODY, **fields: Any) -> Any:
        """A new flag."""
        status, flag = self.post("", {"key": key, "filters": filters, **fields})
        assert status == 201, flag
        return flag

    def limited(self, *scopes: str) -> "Project":
        """The same, asked with a key of some scopes only."""
        key = create_key(self.home.meta, scopes, "for a test")
        return replace(self, key=key)

    def values(self, distinct_id: str, **more: Any) -> Any:
        """What the flags say of somebody."""
        status, answer = self.post(
            "/flags/?v=2",
            {"token": self.token, "distinct_id": distinct_id, **more},
            headers={"User-Agent": "posthog-python/7"},
        )
        assert status == 200, answer
        return answer["flags"]

    def add_person(self, distinct_id: str, properties: Mapping[str, Any]) -> str:
        """A person as the store has them; gives their id."""
        person = str(uuid.uuid5(uuid.NAMESPACE_OID, distinct_id))
        self.home.store.write(
            "INSERT INTO persons (id, created_at, properties, is_identified, version) VALUES "
            f"('{person}', now(), {string(json.dumps(properties))}, 1, 1)"
        )
        self.home.store.write(
            "INSERT INTO person_distinct_ids (distinct_id, person_id, version) VALUES "
            f"({string(distinct_id)}, '{person}', 0)"
        )
        return person

    def add_group(self, index: int, key: str, properties: Mapping[str, Any]) -> None:
        """A group as the store has it."""
        self.home.store.write(
            "INSERT INTO groups (`index`, key, created_at, updated_at, properties) VALUES "
            f"({index}, {string(key)}, now(), now(), {string(json.dumps(properties))})"
        )


@contextmanager
def opened(folder: Path, **options: Any) -> Iterator[Project]:
    """A new project, open until the block ends."""
    made = create_project(folder, "flags", **options)
    home = open_home(made.folder, lambda: None)
    try:
        yield Project(home, made.key, Client(Server(home)))
    finally:
        home.close()


class Quiet(WSGIRequestHandler):
    """Says nothing of the requests it answers."""

    def log(self, type, message, *args):
        pass


@contextmanager
def served(project: Project) -> Iterator[str]:
    """The project on a port of this computer, until the block ends."""
    server = make_server("127.0.0.1", 0, Server(project.home), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
