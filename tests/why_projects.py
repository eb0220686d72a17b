"""Small projects with a planted cause, or none, in words of their own, and investigated."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from agent.answer import Draft
from agent.messages import Assistant, Message, ToolCall, ToolResult, User
from agent.planner.english.windows import Span
from agent.planner.plan import Scope, Series, Trends
from agent.planner.why import explain
from agent.planner.why.locating import Claimed
from agent.planner.world import Known, Missing, World
from tests.streams import NOW, Event, StreamProject, stream_project
from tools.client import PostHog
from tools.errors import ToolError
from tools.local.definitions import observe_events, observe_persons
from tools.local.keys import create_key
from tools.local.server import Server
from tools.toolbox import Toolbox

WEEKS = 9
LAST = datetime(2026, 4, 2, tzinfo=NOW.tzinfo)
"""The day after the last whole one."""

WEEKDAYS = (1.0, 1.1, 1.15, 1.1, 0.95, 0.6, 0.5)
NETS = ("203.0.113", "198.51.100", "192.0.2")


@dataclass(frozen=True)
class Words:
    """What a project calls things."""

    view: str
    begin: str
    done: str
    failed: str
    other: str
    region: str
    build: str
    way: str
    code: str
    source: str
    segment: str
    amount: str
    regions: tuple[str, ...]
    ways: tuple[str, ...]
    segments: tuple[str, ...]


LIBRARY = Words(
    "shelf_browsed", "loan_requested", "loan_granted", "loan_refused", "note_written",
    "landkreis", "kiosk_build", "medium", "refusal_code", "leaflet", "reader_kind", "fee",
    ("Nord", "Süd", "Ost", "West", "Mitte"), ("book", "audio", "film"), 
    ("child", "adult", "senior"),
)  # fmt: skip
SYNC = Words(
    "File Opened", "Sync Started", "Sync Completed", "Sync Failed", "Comment Posted",
    "regionCode", "appBuild", "transport", "errCode", "campaignTag", "planName", "megabytes",
    ("r1", "r2", "r3", "r4", "r5"), ("wifi", "cell", "cable"), ("solo", "crew", "fleet"),
)  # fmt: skip
HOSTILE = Words(
    "it's a \"look\"; DROP TABLE events --", "go\\n'; SELECT 1", "{{done}} ✓ 100%", "f_a%l' OR 1=1",
    "—\u202e—", "re`gion`'s", "b\\uild", "w'ay", "c;ode", "s\"ource", "seg'ment", "a$m.ount",
    ("x'; --", "y\\", "z\"z", "100%", "\u2603"), ("<b>", "{x}", "'''"), ("a,b", "c=d", "e&f"),
)  # fmt: skip


@dataclass
class Visit:
    """One visit of a person before it is written as events."""

    day: int
    """Days before LAST, 1 for the last whole one."""

    person: int
    region: str
    build: str
    way: str
    source: str | None
    segment: str
    net: str
    agent: str = "Mozilla/5.0"
    views: int = 2
    begins: bool = True
    succeeds: bool = True
    code: str = "busy"
    amount: float = 10.0
    skipped: frozenset[str] = field(default_factory=frozenset)
    """Events that are not stored."""


Change = Callable[[Visit, random.Random], None]


@dataclass(frozen=True)
class Made:
    """A stream of events, and how to make it again."""

    events: tuple[Event, ...]
    words: Words


def made(
    words: Words,
    seed: int,
    *,
    change: Change | None = None,
    more: Callable[[random.Random], Sequence[Visit]] | None = None,
    visits: int = 60,
    growth: float = 0.0,
    rough: float = 0.15,
    rename: Callable[[Event], Event] | None = None,
) -> Made:
    """A project of nine weeks; `change` alters visits, `more` adds some."""
    rng = random.Random(seed)
    people = [_person(words, rng) for _ in range(400)]
    found: list[Visit] = []
    for day in range(WEEKS * 7, 0, -1):
        at = LAST - timedelta(days=day)
        mean = visits * WEEKDAYS[at.weekday()] * (1 + growth) ** (-day / 7)
        mean *= max(0.2, rng.gauss(1, rough))
        for _ in range(_poisson(mean, rng)):
            found.append(_visit(words, day, rng.randrange(len(people)), people, rng))
    found += more(rng) if more else []
    for visit in found:
        if change:
            change(visit, rng)
    events = [event for visit in found for event in _written(words, visit, rng)]
    renamed = [rename(event) for event in events] if rename else events
    return Made(tuple(renamed), words)


def _person(words: Words, rng: random.Random) -> dict[str, str]:
    return {
        "region": rng.choices(words.regions, (5, 4, 3, 2, 1))[0],
        "segment": rng.choices(words.segments, (3, 4, 2))[0],
        "build": rng.choice(("4.0", "4.1")),
        "net": f"{rng.choice(NETS)[:-1]}{rng.randrange(10, 250)}",
    }


def _visit(
    words: Words, day: int, number: int, people: Sequence[dict[str, str]], rng: random.Random
) -> Visit:
    one = people[number]
    return Visit(
        day, number, one["region"], one["build"], rng.choices(words.ways, (5, 3, 2))[0],
        rng.choices((None, "spring", "radio"), (6, 2, 1))[0], one["segment"], one["net"],
        views=1 + _poisson(1.5, rng), begins=rng.random() < 0.6, succeeds=rng.random() < 0.85,
        code=rng.choice(("busy", "limit", "unknown")),
        amount=round(rng.lognormvariate(2.3, 0.5), 2),
    )  # fmt: skip


def _written(words: Words, visit: Visit, rng: random.Random) -> Iterator[Event]:
    at = LAST - timedelta(days=visit.day) + timedelta(seconds=rng.randrange(25_200, 79_200))
    names = [words.view] * visit.views
    if visit.begins:
        names += [words.begin, words.done if visit.succeeds else words.failed]
    if rng.random() < 0.3:
        names.append(words.other)
    for step, name in enumerate(names):
        if name in visit.skipped:
            continue
        own: dict[str, Any] = {words.amount: visit.amount} if name == words.done else {}
        own |= {words.way: visit.way} if name in (words.begin, words.done, words.failed) else {}
        own |= {words.code: visit.code} if name == words.failed else {}
        own |= {words.source: visit.source} if visit.source else {}
        yield Event(
            name,
            visit.person,
            at + timedelta(seconds=20 * step),
            {
                words.region: visit.region, words.build: visit.build, "$ip": f"{visit.net}.7",
                "$raw_user_agent": visit.agent, **own,
            },
            person_properties={words.segment: visit.segment},
        )  # fmt: skip


def _poisson(mean: float, rng: random.Random) -> int:
    """A count of that mean; near enough to normal where it is large."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    limit, count, product = 2.718281828459045**-mean, 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


class Lab:
    """The tools on a project, asked as the loop would ask them."""

    def __init__(self, project: StreamProject) -> None:
        key = create_key(project.home.meta, ("*",), "for a test")
        app = Server(project.home)
        posthog = PostHog(host="http://embedded", key=key, transport=httpx.WSGITransport(app=app))
        self.box = Toolbox(posthog)
        self.messages: list[Message] = []
        self.rounds = 0

    def ask(self, investigation: Callable[[World], Draft]) -> Draft:
        """The answer, all lookups made that it asks for."""
        self.messages, self.rounds = [User("why?")], 0
        while True:
            try:
                return investigation(World(Known(self.messages)))
            except Missing as missing:
                self._make(missing)

    def _make(self, missing: Missing) -> None:
        self.rounds += 1
        assert self.rounds < 11, "a turn has twelve steps"
        calls = [
            ToolCall(f"{self.rounds}-{n}", name, arguments)
            for n, (name, arguments) in enumerate(missing.requests)
        ]
        self.messages.append(Assistant(tool_calls=tuple(calls)))
        self.messages += [self._result(call) for call in calls]

    def _result(self, call: ToolCall) -> ToolResult:
        try:
            output = self.box.run(call.name, call.arguments)
        except ToolError as error:
            kind = type(error).__name__
            return ToolResult(call.id, call.name, f"{kind}: {error}", None, kind)
        return ToolResult(call.id, call.name, "", output)


@contextmanager
def lab(folder: Path, stream: Made) -> Iterator[Lab]:
    """An open project that holds a stream, and its tools."""
    with stream_project(folder) as project:
        home = project.home
        project.load(stream.events, persons=list(_persons(stream)))
        observe_events(home.meta, home.store)
        observe_persons(home.meta, home.store)
        yield Lab(project)


def _persons(stream: Made) -> Iterator[dict[str, Any]]:
    seen = {event.person: event for event in stream.events}
    for event in seen.values():
        row = event.row(0)
        yield {
            "id": row["person_id"], "properties": row["person_properties"], "is_deleted": 0,
            "version": 1, "created_at": row["person_created_at"],
        }  # fmt: skip


def days(first: int, last: int, label: str = "") -> Span:
    """The days from `first` to `last` days before LAST, 1 for the last whole one."""
    begin, finish = (LAST.replace(tzinfo=None) - timedelta(days=n) for n in (first, last - 1))
    return Span(begin, finish, label)


def counting(event: str | tuple[str, ...], span: Span, **series: Any) -> Trends:
    """The plan that counts an event."""
    names = (event,) if isinstance(event, str) else event
    return Trends(Scope(span), (replace(Series(names), **series),))


@dataclass(frozen=True)
class Asked:
    """An open project, its words, and how to ask why one of its figures moved."""

    lab: Lab
    words: Words

    def why(self, event: str, span: Span, claimed: Claimed | None) -> Draft:
        """The answer to why the number of an event moved."""
        plan = counting(event, span)
        return self.lab.ask(lambda world: explain("", plan, span, None, claimed, world))
