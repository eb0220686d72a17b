"""Who decides about a change: a protocol, and the approver that is nobody."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from agent.writing.card import Card


class Choice(Enum):
    """What a person may say to a card."""

    YES = "yes"
    NO = "no"
    LATER = "later"
    """Nobody is there to ask; it waits until it is approved or too old."""


@dataclass(frozen=True)
class Decision:
    """What was decided, by whom and where."""

    choice: Choice
    who: str = ""
    surface: str = ""
    typed: str = ""
    """What the person typed to approve something risky."""


class Approver(Protocol):
    """Shows a card to a person and brings back the decision."""

    def decide(self, card: Card) -> Decision:
        """The decision; must come from a person, never from a model."""
        ...


class Nobody:
    """The approver where no person can be asked: everything waits."""

    def decide(self, card: Card) -> Decision:
        """Later."""
        return Decision(Choice.LATER)


class Unattended:
    """The approver of `--yes`: it says yes to what the policy allows without a person."""

    def __init__(self, who: str) -> None:
        self._who = who

    def decide(self, card: Card) -> Decision:
        """Yes; the gate lets it through only where the policy has an `allow` for the change."""
        return Decision(Choice.YES, self._who, "--yes")
