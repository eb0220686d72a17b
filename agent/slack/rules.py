"""The rules for Slack: `slack.toml`, which says who may ask where, and who may approve."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.rules import read_rules

Openness = Literal["off", "aggregates", "full"]
Members = Literal["posthog", "workspace"] | tuple[str, ...]


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Budget(_Rules):
    """How many questions may be asked in an hour."""

    user: int = 60
    channel: int = 200
    waiting: int = 3
    """Questions that may wait in one thread."""


class Rules(_Rules):
    """Every rule of `slack.toml`."""

    members: Members | None = None
    """Who may ask: `posthog`, the members of the project's organization; `workspace`, every full
    member of the Slack workspace; or e-mail addresses, with * for any letters."""

    approvers: tuple[str, ...] = ()
    """E-mail addresses of those who may approve changes; without one nothing can be changed."""

    default: Openness = "aggregates"
    """What is answered in a channel that is not named: figures about people, never the people."""

    channels: dict[str, Openness] = {}
    """By the channel's id."""

    budget: Budget = Budget()

    def openness(self, channel: str) -> Openness:
        """What may be answered in a channel."""
        return self.channels.get(channel, self.default)

    def approves(self, mail: str) -> bool:
        """Whether somebody may approve changes."""
        return listed(mail, self.approvers)


def listed(mail: str, names: tuple[str, ...]) -> bool:
    """Whether an e-mail address is one of some, which may hold *."""
    return any(fnmatchcase(mail.lower(), name.lower()) for name in names)


def load_rules(path: Path) -> Rules:
    """The rules in a file; no file means the defaults, an unknown rule is an error."""
    return read_rules(path, Rules)
