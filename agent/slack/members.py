"""Who belongs to the project: a rule, or what PostHog says."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from agent.slack.rules import Rules, listed
from tools.client import PostHog

MEMBERS = "/api/organizations/@current/members/"
FRESH = 600.0
"""Seconds for which PostHog's list holds."""


class Everybody:
    """Every full member of the Slack workspace."""

    def has(self, mail: str) -> bool:
        """Yes."""
        return True


class Listed:
    """Those whose e-mail addresses a rule names."""

    def __init__(self, mails: tuple[str, ...]) -> None:
        self._mails = mails

    def has(self, mail: str) -> bool:
        """Whether the rule names the address."""
        return listed(mail, self._mails)


class OfPostHog:
    """The members of the project's organization, as PostHog lists them to the bot's key."""

    def __init__(self, open_posthog: Callable[[], PostHog]) -> None:
        self._open = open_posthog
        self._lock = threading.Lock()
        self._mails: frozenset[str] = frozenset()
        self._read = -FRESH

    def has(self, mail: str) -> bool:
        """Whether PostHog lists the address; raises what keeps it from being asked."""
        with self._lock:
            if time.monotonic() - self._read >= FRESH:
                with closing(self._open()) as posthog:
                    self._mails = frozenset(_mails(posthog))
                self._read = time.monotonic()
            return mail.lower() in self._mails


def members(
    rules: Rules, open_posthog: Callable[[], PostHog], *, embedded: bool
) -> Everybody | Listed | OfPostHog:
    """Whom the rules let ask; where they say nothing, an embedded project is the workspace's."""
    chosen = rules.members or ("workspace" if embedded else "posthog")
    if chosen == "workspace":
        return Everybody()
    if chosen == "posthog":
        return OfPostHog(open_posthog)
    return Listed(tuple(chosen))


def _mails(posthog: PostHog) -> Iterator[str]:
    """The addresses in PostHog's list, which wants `organization_member:read`."""
    for member in posthog.pages(MEMBERS):
        if mail := (member.get("user") or {}).get("email"):
            yield str(mail).lower()
