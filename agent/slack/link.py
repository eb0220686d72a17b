"""Connecting an account: who can write a code into PostHog is who PostHog says they are."""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager

from agent.loop import Agent
from agent.slack.payloads import Incoming
from agent.slack.store import Store
from tools.errors import ScopeDenied, ToolError, TurnError

LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
SECONDS = 1_800.0
LATEST = 50

OpenAgent = Callable[[], AbstractContextManager[Agent]]


class Linker:
    """Gives out codes, and finds in PostHog who has written them."""

    def __init__(self, store: Store, open_agent: OpenAgent) -> None:
        self._store = store
        self._open = open_agent

    def offer(self, asked: Incoming) -> str:
        """A new code, and what to do with it."""
        code = "hogloop-" + "".join(secrets.choice(LETTERS) for _ in range(10))
        self._store.offer_link(asked.team, asked.user, code)
        return (
            f"Make an annotation in your PostHog project that says {code}, within 30 minutes, then "
            "press Check. PostHog notes who made it, and that is how I know you; you may delete it "
            "afterwards."
        )

    def check(self, asked: Incoming) -> str:
        """Whether the code was written, and by whom; says what came of it."""
        code = self._store.offered(asked.team, asked.user, SECONDS)
        if not code:
            return "The code is too old: `/hogloop link` gives you a new one."
        try:
            mail = self._writer(code)
        except (TurnError, ToolError) as error:
            return f"I can't look into PostHog's annotations: {error}"
        if not mail:
            return f"There is no annotation that says {code} yet: make it, then press Check again."
        self._store.link(asked.team, asked.user, mail)
        return f"You are {mail} in PostHog. From now on I answer you as that."

    def _writer(self, code: str) -> str:
        with self._open() as agent:
            posthog = agent.toolbox.posthog
            if missing := posthog.grants.missing(("annotation:read",)):
                raise ScopeDenied("hogloop link", missing)
            page = posthog.read("annotations/", search=code, limit=LATEST)
        for found in page.get("results") or ():
            if str(found.get("content") or "").strip() == code and not found.get("deleted"):
                return str((found.get("created_by") or {}).get("email") or "")
        return ""
