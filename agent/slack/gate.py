"""Who somebody is and what they may do here; whatever can't be told for certain is refused."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from agent.slack.errors import SlackLost, SlackRefused
from agent.slack.payloads import Incoming
from agent.slack.rules import Openness, Rules
from agent.slack.store import Store
from agent.slack.web import Web
from tools.errors import ToolError, TurnError

FRESH = 600.0
"""Seconds for which Slack's word about a person holds."""

STRANGER = (
    "I only answer full members of this workspace who are members of the PostHog project: "
    "`/hogloop link` connects your PostHog account."
)
SHARED = "I don't answer where people of other workspaces can read: ask me in a direct message."
OFF = "I am switched off in this channel: ask me in a direct message."
UNSURE = "I can't check right now who you are, so I don't answer: try again in a minute."


@dataclass(frozen=True)
class Me:
    """The bot itself, as Slack knows it."""

    team: str
    user: str
    name: str = "hogloop"


@dataclass(frozen=True)
class Principal:
    """Somebody who may ask."""

    team: str
    user: str
    mail: str
    """Their e-mail address in PostHog."""

    openness: Openness
    """What may be answered where they ask."""

    approves: bool

    @property
    def who(self) -> str:
        """How the ledger names them."""
        return self.mail


@dataclass(frozen=True)
class Refusal:
    """Why somebody is not answered; `reason` is for the log alone."""

    sentence: str
    reason: str


class Members(Protocol):
    """Who belongs to the project."""

    def has(self, mail: str) -> bool:
        """Whether the address is that of a member."""
        ...


class Gate:
    """Asked by every way in, before anything else is done."""

    def __init__(
        self,
        web: Web,
        me: Me,
        rules: Rules,
        members: Members,
        store: Store,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._web = web
        self._me = me
        self._rules = rules
        self._members = members
        self._store = store
        self._now = now
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def check(self, asked: Incoming, *, fresh: bool = False) -> Principal | Refusal:
        """Who asks, or why they are not answered; with `fresh` nothing known before is used."""
        checked = self._checked(asked, fresh)
        if isinstance(checked, Refusal):
            self._store.refuse(asked, checked.reason)
        return checked

    def person(self, asked: Incoming) -> str | Refusal:
        """The e-mail address in Slack of a full member of the workspace, member of PostHog or not.

        Enough to be shown how to connect an account, and for nothing else.
        """
        return self._mail(asked, fresh=True)

    def _checked(self, asked: Incoming, fresh: bool) -> Principal | Refusal:
        mail = self._mail(asked, fresh)
        if isinstance(mail, Refusal):
            return mail
        openness = self._openness(asked, fresh)
        if isinstance(openness, Refusal):
            return openness
        mail = self._store.linked(asked.team, asked.user) or mail
        if not mail:
            return Refusal(STRANGER, "no e-mail address")
        try:
            known = self._members.has(mail)
        except (TurnError, ToolError) as error:
            return Refusal(UNSURE, f"members: {error}")
        if not known:
            return Refusal(STRANGER, "not a member of the project")
        return Principal(asked.team, asked.user, mail, openness, self._rules.approves(mail))

    def _mail(self, asked: Incoming, fresh: bool) -> str | Refusal:
        if asked.team != self._me.team or asked.outside:
            return Refusal(STRANGER, "another workspace")
        if not asked.user or asked.user == self._me.user:
            return Refusal(STRANGER, "nobody")
        try:
            user = self._ask("users.info", asked.user, fresh, user=asked.user)["user"]
        except (SlackRefused, SlackLost, KeyError, TypeError) as error:
            return Refusal(UNSURE, f"users.info: {error}")
        if not isinstance(user, dict):
            return Refusal(UNSURE, "users.info tells of nobody")
        if reason := _unfit(user, self._me.team):
            return Refusal(STRANGER, reason)
        return str((user.get("profile") or {}).get("email") or "")

    def _openness(self, asked: Incoming, fresh: bool) -> Openness | Refusal:
        """What may be answered where it was asked; anything in a direct message."""
        if asked.direct or asked.entry in ("command", "home"):
            return "full"
        openness = self._rules.openness(asked.channel)
        if openness == "off":
            return Refusal(OFF, "switched off in the channel")
        try:
            found = self._ask("conversations.info", asked.channel, fresh, channel=asked.channel)
            channel = found["channel"]
        except (SlackRefused, SlackLost, KeyError, TypeError) as error:
            return Refusal(UNSURE, f"conversations.info: {error}")
        if not isinstance(channel, dict) or any(channel.get(sign) for sign in _SHARED):
            return Refusal(SHARED, "a channel that is shared with others")
        return openness

    def _ask(self, method: str, key: str, fresh: bool, **arguments: Any) -> dict[str, Any]:
        """Slack's answer, or the one of a few minutes ago."""
        known = self._known.get(f"{method} {key}")
        if known and not fresh and self._now() - known[0] < FRESH:
            return known[1]
        body = self._web.call(method, **arguments)
        self._known[f"{method} {key}"] = (self._now(), body)
        return body


_SHARED = ("is_ext_shared", "is_pending_ext_shared", "pending_shared", "pending_connected_team_ids")
UNFIT = {
    "deleted": "no member any more",
    "is_bot": "a bot",
    "is_stranger": "a stranger",
    "is_restricted": "a guest",
    "is_ultra_restricted": "a guest of one channel",
    "is_workflow_bot": "a workflow",
}


def _unfit(user: dict[str, Any], team: str) -> str:
    """Why somebody is no full member of the workspace, or ""."""
    reasons = [reason for sign, reason in UNFIT.items() if user.get(sign)]
    if user.get("is_email_confirmed") is False:
        reasons.append("an e-mail address that nobody confirmed")
    if user.get("team_id") != team:
        reasons.append("of another workspace")
    return reasons[0] if reasons else ""
