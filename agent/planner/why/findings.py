"""What goes with a change, found one way or another, in the order of how much it explains."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["renamed", "ended", "begun", "gap", "failures", "mix", "step", "part", "everywhere"]
ORDER: tuple[Kind, ...] = (
    "renamed", "ended", "begun", "gap", "failures", "mix", "step", "part", "everywhere",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """Something that goes with the change."""

    kind: Kind
    short: str
    """In one clause, for the headline."""

    said: str
    """In full, without a full stop."""

    share: float | None = None
    """Of the change, where that can be told."""

    weight: float = 1.0
    """More than others of another kind, where it explains more."""


def ranked(found: list[Finding]) -> list[Finding]:
    """The most telling first."""
    return sorted(found, key=lambda one: (-one.weight, ORDER.index(one.kind)))
