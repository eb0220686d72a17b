"""A studio's project with everything plans speak of, and a planner's room in it."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from agent.answer import Draft
from agent.messages import Assistant, Message, ToolCall, ToolResult, User
from agent.planner.answers import answer
from agent.planner.asking import calls
from agent.planner.plan import Plan
from agent.planner.world import Known, Missing, Request, World
from tests.capture_fixtures import said, send
from tests.local_fixtures import imported, write_lines
from tools.base import Output
from tools.client import PostHog, unix_socket
from tools.errors import ToolError
from tools.local.connect import LocalProject, open_project, stop_worker
from tools.local.folder import create_project
from tools.toolbox import Toolbox

T = TypeVar("T")
ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 4, 15, 12, 30, tzinfo=ZONE)
FIRST = datetime(2026, 1, 5, 8, tzinfo=ZONE)
COMPANIES = {"acme": "Acme Ltd", "bolt": "Bolt Inc", "coil": "Coil GmbH"}
CATEGORIES = ("yoga", "pilates", "boxing", None)
IDENTIFIED = "$groupidentify"
PAGES = ("/", "/pricing", "/classes/a", "/classes/b", "/about")


@dataclass(frozen=True)
class Happening:
    """One event of the studio."""

    event: str
    at: datetime
    person: int
    properties: dict[str, Any] = field(default_factory=dict)
    session: str = ""

    @property
    def day(self) -> str:
        return f"{self.at:%Y-%m-%d}"

    @property
    def company(self) -> str:
        return tuple(COMPANIES)[self.person % 3] if self.person % 4 else ""

    def get(self, name: str) -> Any:
        return self.properties.get(name)

    def row(self, number: int) -> dict[str, Any]:
        groups = {"$groups": {"company": self.company}} if self.company else {}
        return {
            "uuid": f"00000000-0000-4000-8000-{number:012}",
            "event": self.event,
            "distinct_id": f"person{self.person}",
            "timestamp": self.at.isoformat(),
            "properties": self.properties
            | groups
            | ({"$session_id": self.session} if self.session else {})
            | {"$set": {"email": email(self.person), "city": city(self.person)}},
        }


def email(person: int) -> str:
    return f"p{person}@example.com"


def city(person: int) -> str:
    return ("Berlin", "Paris", "Rome")[person % 3]


def _session(at: datetime, number: int) -> str:
    """A session's id, with its beginning in it."""
    text = f"{int(at.timestamp() * 1000):012x}"
    return f"{text[:8]}-{text[8:]}-7000-8000-{number:012}"


def _visit(dice: random.Random, person: int, at: datetime, number: int) -> Iterator[Happening]:
    """The page views of a visit, and what may follow them."""
    session, os = _session(at, number), ("iOS", "Android", "Mac OS X")[person % 3]
    for page in dice.sample(PAGES, dice.choice((1, 1, 2, 3))):
        seen = {"$pathname": page, "$current_url": f"https://studio.example{page}", "$os": os}
        yield Happening("$pageview", at, person, seen, session)
        at += timedelta(seconds=dice.randrange(5, 240))
    if dice.random() < 0.5:
        shared = {"category": dice.choice(CATEGORIES), "$os": os}
        shared = {name: value for name, value in shared.items() if value is not None}
        yield Happening("booking_started", at, person, dict(shared), session)
        at += timedelta(seconds=dice.randrange(20, 900))
        if dice.random() < 0.7:
            amount = {"amount_usd": dice.randrange(500, 6000) / 100, "first": dice.random() < 0.3}
            yield Happening("booking_completed", at, person, shared | amount, session)
        elif dice.random() < 0.5:
            reason = {"reason": dice.choice(("price", "time"))}
            yield Happening("booking_cancelled", at, person, shared | reason, session)


def _life(dice: random.Random, person: int) -> Iterator[Happening]:
    """All that one person does."""
    at = FIRST + timedelta(days=dice.randrange(0, 85), minutes=dice.randrange(600))
    yield Happening("signed_up", at, person, {"method": ("email", "google")[person % 2]})
    number = person * 100
    while (at := at + timedelta(hours=dice.randrange(8, 260))) < NOW - timedelta(hours=1):
        number += 1
        yield from _visit(dice, person, at, number)
    if person % 5 == 0:
        yield from _subscription(dice, person)


def _subscription(dice: random.Random, person: int) -> Iterator[Happening]:
    start = datetime(2026, 1 + person % 3, 10, 9, tzinfo=ZONE)
    plan, amount = (("plus", 20.0), ("team", 55.5))[person % 2]
    yield Happening("subscription_started", start, person, {"plan": plan, "mrr_usd": amount})
    if person % 10 == 0:
        more = {"new_plan": "team", "mrr_delta_usd": 15.0}
        yield Happening("subscription_upgraded", start + timedelta(days=20), person, more)
    if person % 15 == 0:
        gone = {"plan": plan, "mrr_usd": amount, "reason": "price"}
        yield Happening("subscription_cancelled", start + timedelta(days=40), person, gone)


def _happenings() -> tuple[Happening, ...]:
    dice = random.Random(20260415)
    found = [one for person in range(60) for one in _life(dice, person)]
    found += [Happening("old_ping", FIRST + timedelta(days=n), n, {"n": n}) for n in range(10)]
    found += [
        Happening(IDENTIFIED, FIRST, 1, {"$group_type": "company", "$group_key": key})
        for key in COMPANIES
    ]
    found += [
        Happening("new_ping", NOW - timedelta(days=n, hours=2), n, {"n": n}) for n in range(5)
    ]
    return tuple(sorted(found, key=lambda one: one.at))


EVENTS = _happenings()


@dataclass
class Room:
    """What a planner knows of a project, looked up through its tools as the loop does it."""

    toolbox: Toolbox
    messages: list[Message] = field(default_factory=lambda: [User("a question")])
    made: list[Request] = field(default_factory=list)
    """The calls of the last plan."""

    def think(self, about: Callable[[World], T]) -> T:
        """What a function makes of the world, once everything it asks for is looked up."""
        while True:
            try:
                return about(World(Known(self.messages)))
            except Missing as missing:
                self._answer(missing.requests)

    def draft(self, plan: Plan) -> Draft:
        """The draft of an answer to a plan."""
        self.made = list(self.think(lambda world: calls(plan, world)))
        return self.think(lambda world: answer(plan, world.look(*calls(plan, world)), world))

    def outputs(self, plan: Plan) -> list[Output]:
        """What the calls of a plan return."""
        return self.think(lambda world: world.look(*calls(plan, world)))

    def run(self, name: str, **arguments: Any) -> Any:
        """What one tool returns."""
        return self.toolbox.run(name, arguments)

    def _answer(self, requests: Sequence[Request]) -> None:
        for name, arguments in requests:
            call = ToolCall(f"call{len(self.messages)}", name, arguments)
            self.messages += [Assistant(tool_calls=(call,)), self._result(call)]

    def _result(self, call: ToolCall) -> ToolResult:
        assert isinstance(call.arguments, dict)
        try:
            output = self.toolbox.run(call.name, call.arguments)
        except ToolError as error:
            raise AssertionError(f"{call.name} {call.arguments}: {error}") from error
        return ToolResult(call.id, call.name, "", output)


def load(project: LocalProject, folder: Path) -> None:
    """Put EVENTS into a project; what companies are called comes as SDKs send it."""
    rows = [one.row(n) for n, one in enumerate(EVENTS) if one.event != IDENTIFIED]
    imported(project, write_lines(folder / "events.jsonl", rows))
    for key, name in COMPANIES.items():
        about = {"$group_type": "company", "$group_key": key}
        named = about | {"$group_set": {"name": name, "seats": len(key) * len(name)}}
        send(project, said(IDENTIFIED, "person1", **named) | {"timestamp": FIRST.isoformat()})


@pytest.fixture(scope="session")
def studio_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProject]:
    """A project that holds EVENTS and is only read; it is noon of NOW there for ever."""
    home = tmp_path_factory.mktemp("studio")
    create_project(home, "studio", timezone="Europe/Berlin", now=NOW)
    project = open_project(home, "studio")
    load(project, home)
    yield project
    stop_worker(project)


@pytest.fixture(scope="session")
def studio(studio_project: LocalProject) -> Iterator[Room]:
    """A planner's room in the studio's project."""
    posthog = PostHog(
        host="http://embedded",
        key=studio_project.key,
        project_id=studio_project.project_id,
        transport=unix_socket(studio_project.socket),
    )
    yield Room(Toolbox(posthog))
    posthog.close()


@pytest.fixture
def shop_room(shop: LocalProject) -> Iterator[Room]:
    """A planner's room in a project with other words."""
    posthog = PostHog(
        host="http://embedded",
        key=shop.key,
        project_id=shop.project_id,
        transport=unix_socket(shop.socket),
    )
    yield Room(Toolbox(posthog))
    posthog.close()
