"""How far a long piece of work on an embedded project has come."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Rows of one import so far, and how much of its file has been read."""

    rows: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    bytes_read: int = 0
    bytes_total: int = 0
    rejects: str | None = None
    """The file that lists the rejected rows with their reasons."""


@dataclass(frozen=True)
class Creation:
    """Rows of the demo project written so far."""

    rows: int = 0
    done: bool = False
