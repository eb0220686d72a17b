"""Trying again: what may pass by itself is tried a few times, with longer and longer waits."""

import time
from collections.abc import Callable
from typing import TypeVar

from agent.errors import AgentError, ModelError
from tools.errors import Unreachable

FIRST = 2.0
LONGEST = 60.0
PASSING = frozenset({"RateLimited", "ServerFailed", "Unreachable", "EmptyReply"})
"""Failures of an answer that a later one may not have."""

T = TypeVar("T")


class Undelivered(AgentError):
    """Something could not be brought where it should go."""


class Passing(AgentError):
    """A failure that may be gone in a moment; `wait` is how long it said to wait."""

    def __init__(self, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait


def again(do: Callable[[], T], retries: int, sleep: Callable[[float], None] = time.sleep) -> T:
    """What `do` gives, tried so many times more while its failures may pass."""
    for attempt in range(retries):
        try:
            return do()
        except (Passing, Unreachable, ModelError) as error:
            told = error.wait if isinstance(error, Passing) else None
            sleep(min(LONGEST, told if told is not None else FIRST * 2.0**attempt))
    return do()
