"""How much one question may spend."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agent.errors import LimitReached
from agent.messages import Usage


@dataclass(frozen=True)
class Limits:
    """Steps, seconds and tokens of one turn."""

    steps: int = 12
    seconds: float = 600.0
    """Room for a model without a GPU, which takes minutes; the steps bound a fast one."""

    tokens: int = 200_000

    def turn(self, clock: Callable[[], float]) -> "Budget":
        """A fresh budget that starts counting now."""
        return Budget(self, clock, clock())


@dataclass
class Budget:
    """What is left of the limits during one turn; running out raises `LimitReached`."""

    limits: Limits
    clock: Callable[[], float]
    started: float
    usage: Usage = field(default_factory=Usage)
    steps: int = 0

    @property
    def seconds(self) -> float:
        """Seconds since the turn began."""
        return self.clock() - self.started

    def each_step(self) -> Iterator[int]:
        """Count the steps of the turn, raising as soon as one limit is reached."""
        while True:
            self._check()
            self.steps += 1
            yield self.steps

    def spend(self, usage: Usage) -> None:
        """Add what one reply cost."""
        self.usage += usage

    def _check(self) -> None:
        if self.steps >= self.limits.steps:
            raise LimitReached(f"No answer after {self.limits.steps} steps: ask something smaller.")
        if self.seconds >= self.limits.seconds:
            raise LimitReached(f"No answer after {self.limits.seconds:g} seconds: ask again.")
        if self.usage.input_tokens + self.usage.output_tokens >= self.limits.tokens:
            raise LimitReached(f"The turn used its {self.limits.tokens:,} tokens: ask again.")
