"""A client whose query another thread can end."""

from contextlib import ExitStack, suppress
from typing import Any
from uuid import uuid4

from tools.client import PostHog
from tools.errors import ToolError, TurnError, Unreachable


class StoppablePostHog(PostHog):
    """PostHog's API for one caller at a time, who may go away while a query runs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._underway = ""
        self._stopped = ExitStack()
        self.is_stopped = False

    def query(self, query: dict[str, Any]) -> dict[str, Any]:
        """Run one query under a name by which it can be ended."""
        self._underway = uuid4().hex
        try:
            if self.is_stopped:
                raise Unreachable("Nobody waits for this any more.")
            body = {"query": query, "name": "hogloop", "client_query_id": self._underway}
            return self.compute("query/", body)
        finally:
            self._underway = ""

    def stop(self) -> None:
        """End the query that runs, in PostHog too, and start no other."""
        self.is_stopped = True
        self._stopped.enter_context(self.pause.hurried())
        if name := self._underway:
            # Whether PostHog ended it or not, nobody reads what it would have said.
            with suppress(ToolError, TurnError):
                self._request("DELETE", f"/api/projects/{self._which()}/query/{name}/")
