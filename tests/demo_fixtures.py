"""A small demo project behind a real worker, and the tools on it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local_fixtures import new_key
from tools.client import PostHog, unix_socket
from tools.local.connect import LocalProject, create_demo, open_project, stop_worker
from tools.toolbox import Toolbox

SCALE = 0.05


@pytest.fixture(scope="session")
def stretchwell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProject]:
    """The demo at a twentieth of its size; it is only read."""
    project = open_project(tmp_path_factory.mktemp("stretchwell"), "demo")
    for _ in create_demo(project, scale=SCALE):
        pass
    yield project
    stop_worker(project)


@pytest.fixture(scope="session")
def demo_tools(stretchwell: LocalProject) -> Iterator[Toolbox]:
    """The tools on the demo, with a key that may do everything."""
    box = toolbox(stretchwell)
    yield box
    box.posthog.close()


def toolbox(project: LocalProject, *scopes: str) -> Toolbox:
    """The tools on a project, with its own key or one that has only some scopes."""
    posthog = PostHog(
        host="http://embedded",
        key=new_key(project, *scopes) if scopes else project.key,
        project_id=project.project_id,
        transport=unix_socket(project.socket),
    )
    return Toolbox(posthog)


def run(box: Toolbox, tool: str, /, **arguments: Any) -> Any:
    """What a tool returns."""
    return box.run(tool, arguments)
