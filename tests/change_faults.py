"""What may happen around a change: others act, answers are lost, the process dies."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx

from tests.writing_fixtures import Desk, changes_something
from tools.changes.change import Outcome

MOMENTS = ("deciding", "reading", "sending", "sent")
"""While the person decides; before it is read again; before the request arrives; right after."""

LOSSES = ("none", "before", "after", "500 after")
"""Whether the answer is lost, and whether the server had taken the request by then."""

STEPS = ("no death", "approved", "sending", "sent", "answered", "noted")
"""After which step the process dies."""


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


class Race:
    """One change of ours with what others do meanwhile."""

    def __init__(
        self,
        at: Desk,
        edits: Sequence[tuple[str, str]],
        loss: str,
        edit: Callable[[str], None],
        read: str,
    ) -> None:
        """`edits` are moments and names of edits; `read` is part of the object's path."""
        self.loss, self.waiting, self.edit, self.read = loss, list(edits), edit, read
        self.theirs: list[str] = []
        self.arrived = 0
        self.decided = False
        at.person.first = lambda: self.happen("deciding")
        at.wire.before = self.before
        at.wire.fault = self.fault
        at.wire.sent.clear()

    def happen(self, moment: str) -> None:
        """What others do at a moment, once."""
        if moment == "deciding":
            self.decided = True
        for one in [edit for edit in self.waiting if edit[0] == moment]:
            self.waiting.remove(one)
            self.edit(one[1])
            self.theirs.append(one[1])

    def before(self, request: httpx.Request) -> None:
        """Others act before the object is read again."""
        if self.decided and request.method == "GET" and self.read in request.url.path:
            self.happen("reading")

    def fault(self, request: httpx.Request, served: Callable[[], httpx.Response]) -> httpx.Response:
        """Others act around the request, and its answer may be lost."""
        if not changes_something(request):
            return served()
        self.happen("sending")
        if self.loss == "before":
            raise httpx.ReadTimeout("lost before")
        answer = served()
        self.arrived += answer.status_code < 300
        self.happen("sent")
        if self.loss == "after":
            raise httpx.ReadError("lost after")
        return httpx.Response(500) if self.loss == "500 after" else answer


def faults() -> dict[str, Callable[..., httpx.Response]]:
    """What may become of the request, by name; each takes the way to the server."""

    def raising(error: Exception, *, after: bool) -> Callable[..., httpx.Response]:
        def answer(request: httpx.Request, served: Callable[[], httpx.Response]) -> httpx.Response:
            if after:
                served()
            raise error

        return answer

    def instead(status: int, body: bytes, *, after: bool) -> Callable[..., httpx.Response]:
        def answer(request: httpx.Request, served: Callable[[], httpx.Response]) -> httpx.Response:
            if after:
                served()
            return httpx.Response(status, content=body)

        return answer

    return {
        "none": lambda request, served: served(),
        "not connected": raising(httpx.ConnectError("no"), after=False),
        "lost before": raising(httpx.ReadTimeout("no"), after=False),
        "lost after": raising(httpx.ReadTimeout("no"), after=True),
        "cut off": raising(httpx.RemoteProtocolError("no"), after=True),
        "500 before": instead(500, b"{}", after=False),
        "500 after": instead(500, b"{}", after=True),
        "502 page": instead(502, b"<html>", after=True),
        "half an answer": instead(200, b'{"id": ', after=True),
        "429": instead(429, b"{}", after=False),
        "403": instead(403, b'{"detail": "no"}', after=False),
    }


FAULTS = faults()


def dying(at: Desk, step: str) -> None:
    """Let the process die after a step of the next change."""
    ledger, advance, fault = at.gate.ledger, at.gate.ledger.advance, at.wire.fault

    def advanced(change_id: str, before: Outcome, after: Outcome, who: str, body: Any) -> None:
        advance(change_id, before, after, who, body)
        noted = after not in (Outcome.APPROVED, Outcome.SENDING)
        if step == ("noted" if noted else str(after)):
            raise Killed

    def answered(request: httpx.Request, served: Callable[[], httpx.Response]) -> httpx.Response:
        if not changes_something(request):
            return served()
        if step == "sent":
            fault(request, served)
            raise Killed
        answer = fault(request, served)
        if step == "answered":
            raise Killed
        return answer

    ledger.advance = advanced
    at.wire.fault = answered
