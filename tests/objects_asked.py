"""The demo's objects as the planner tells of them, and as its API and HogQL have them."""

import json
import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest

from agent.answer import Answer
from agent.loop import Agent
from agent.planner import Planner
from agent.planner.glossary import NO_GLOSSARY, Glossary
from agent.planner.objects.reply import reply
from tests.demo_fixtures import run, toolbox
from tests.studio import Room
from tools.base import Output
from tools.local.connect import LocalProject
from tools.toolbox import Toolbox

LISTS = (
    "feature_flags",
    "cohorts",
    "experiments",
    "insights",
    "dashboards",
    "annotations",
    "actions",
    "event_definitions",
    "persons",
)
"""All that a write could change."""


class Remembering(Toolbox):
    """Tools that run each call once, as nothing changes what they return."""

    @cached_property
    def _known(self) -> dict[str, Output]:
        return {}

    def run(self, name: str, arguments: dict[str, Any] | str) -> Output:
        """What the same call returned before, else what it returns now."""
        call = json.dumps([name, arguments], sort_keys=True, default=str)
        if call not in self._known:
            self._known[call] = super().run(name, arguments)
        return self._known[call]


class Desk:
    """Somebody who asks about a project, with all that may be looked up about it."""

    def __init__(self, project: LocalProject, *scopes: str) -> None:
        self.posthog = toolbox(project, *scopes).posthog
        self.tools = Remembering(self.posthog)

    def ask(self, *questions: str, glossary: Glossary = NO_GLOSSARY) -> Answer:
        """The answer to the last of some questions of one conversation."""
        agent = Agent(Planner(glossary=glossary), self.tools)
        *_, answer = [message for one in questions for message in agent.ask(one)]
        assert isinstance(answer, Answer)
        return answer

    def is_about_objects(self, question: str) -> bool:
        """Whether a question is answered as one about objects."""
        return Room(self.tools).think(lambda world: reply(question, world)) is not None

    def rows(self, query: str) -> list[Any]:
        """The rows of a HogQL query."""
        found: list[Any] = run(self.tools, "run_hogql", query=query, limit=5_000).rows
        return found

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """The objects of a kind, as the API has them now."""
        return list(self.posthog.pages(f"{kind}/"))

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """The object of a kind that has a name or a key."""
        return next(x for x in self.listed(kind) if name in (x.get("key"), x.get("name")))

    def everything(self) -> str:
        """All that a write could change, as the API has it now."""
        return json.dumps({kind: self.listed(kind) for kind in LISTS}, sort_keys=True)


@pytest.fixture(scope="session")
def desk(stretchwell: LocalProject) -> Iterator[Desk]:
    """A desk on the demo, with a key that may do everything."""
    made = Desk(stretchwell)
    while any(one["is_calculating"] for one in made.listed("cohorts")):
        time.sleep(0.1)
    yield made
    made.posthog.close()


def first(answer: Answer, table: int = 0) -> set[Any]:
    """The first column of a table of an answer."""
    return {row[0] for row in answer.tables[table].rows}


def told(answer: Answer) -> str:
    """All words of an answer."""
    return f"{answer.headline}\n{answer.text}"
