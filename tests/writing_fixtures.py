"""A desk at which changes are made: an embedded project in the test process, a gate, and a person.

`Wire` stands between the client and the server. It notes each request that changes something, can
let somebody else act before or after one, and can lose an answer on its way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from agent.writing.approval import Approver, Choice, Decision
from agent.writing.card import Card
from agent.writing.gate import Gate
from agent.writing.ledger import Ledger
from agent.writing.mode import WriteMode
from agent.writing.policy import Policy
from tests.flags_fixtures import Project, opened
from tools.client import PostHog
from tools.local.keys import create_key
from tools.local.server import Server
from tools.toolbox import Toolbox

READS = ("/user_blast_radius/", "/query/", "/bulk_keys/", "/test_evaluation/")
"""What is asked with POST and changes nothing."""


def changes_something(request: httpx.Request) -> bool:
    """Whether a request may have an effect."""
    reads = request.method == "GET" or request.url.path.endswith(READS)
    return not reads


@dataclass
class Wire(httpx.BaseTransport):
    """The way from a client to a server, in the same process."""

    inner: httpx.BaseTransport
    sent: list[httpx.Request] = field(default_factory=list)
    """Requests that change something, as they left."""

    seen: list[str] = field(default_factory=list)
    """The path of every request but the one about the key itself."""

    refusals: list[str] = field(default_factory=list)
    """What the server said with each 403."""

    before: Callable[[httpx.Request], None] = lambda request: None
    after: Callable[[httpx.Request], None] = lambda request: None
    fault: Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response] | None = None
    """Answers in place of the server, which the second argument asks."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.before(request)
        if changes_something(request):
            self.sent.append(request)
        if not request.url.path.endswith("/@current/"):
            self.seen.append(request.url.path)
        answer = self._answer(request)
        if answer.status_code == 403:
            self.refusals.append(answer.text)
        self.after(request)
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        def served() -> httpx.Response:
            answer = self.inner.handle_request(request)
            answer.read()
            return answer

        return self.fault(request, served) if self.fault else served()


@dataclass
class Person:
    """Somebody who decides about cards as they were told to, and keeps them."""

    choice: Choice = Choice.YES
    name: str = "ann"
    types: bool = True
    cards: list[Card] = field(default_factory=list)
    first: Callable[[], None] = lambda: None
    """Done before deciding."""

    def decide(self, card: Card) -> Decision:
        """The decision."""
        self.cards.append(card)
        self.first()
        return Decision(self.choice, self.name, "test", card.typed if self.types else "")


@dataclass
class Desk:
    """Everything a change goes through."""

    project: Project
    wire: Wire
    posthog: PostHog
    gate: Gate
    person: Person

    def do(self, tool: str, **arguments: Any) -> Any:
        """What came of a call."""
        return Toolbox(self.posthog, gate=self.gate).run(tool, arguments)

    def flag(self, number: int) -> Any:
        """A flag as it is."""
        return self.project.get(f"{number}/")[1]

    def again(self) -> "Desk":
        """The same desk after its process died: only what is on the disk is left."""
        return desk_of(self.project, self.wire, self.gate.ledger.path.parent)

    def keyed(self, *scopes: str, teams: tuple[int, ...] = (1,)) -> "Desk":
        """The same desk with another key, which is judged as any key of PostHog's."""
        meta = self.project.home.meta
        project = replace(self.project, key=create_key(meta, scopes, "test", teams=teams))
        made = desk_of(project, self.wire, self.gate.ledger.path.parent)
        made.gate.own = False
        return made


@contextmanager
def desk(folder: Path, policy: Policy | None = None, **options: Any) -> Iterator[Desk]:
    """A desk with write mode on, and a person who approves everything."""
    with opened(folder / "server", **options) as project:
        wire = Wire(httpx.WSGITransport(app=Server(project.home)))
        made = desk_of(project, wire, folder / "home", policy)
        made.gate.open()
        yield made


def desk_of(project: Project, wire: Wire, home: Path, policy: Policy | None = None) -> Desk:
    """A desk at an open project; write mode is as it was left under `home`."""
    posthog = PostHog(
        host="http://embedded", key=project.key, transport=wire, sleep=lambda seconds: None
    )
    person = Person()
    approver: Approver = person
    gate = Gate(
        posthog=posthog,
        ledger=Ledger(home / "journal.db"),
        mode=WriteMode(home / "write.json"),
        policy=policy or Policy(),
        who="ann",
        approver=approver,
        own=True,
    )
    return Desk(project, wire, posthog, gate, person)
