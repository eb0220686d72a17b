"""How much one question may spend."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agent.errors import LimitReached
from agent.messages import ToolCall, ToolResult, Usage
from agent.spending import Free, Purse


@dataclass(frozen=True)
class Limits:
    """Steps, seconds and tokens of one turn."""

    steps: int = 12
    seconds: float = 600.0
    """Room for a model without a GPU, which takes minutes; the steps bound a fast one."""

    tokens: int = 200_000
    same_calls: int = 3
    """How often one call may be made with the same arguments."""

    purse: Purse = field(default_factory=Free)
    """What the day still allows."""

    price: Callable[[Usage], float | None] = lambda usage: None
    """What tokens cost in dollars, None where nobody knows."""

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
    dollars: float | None = None
    """What the turn has cost, None where no price is known."""

    calls: Counter[str] = field(default_factory=Counter)

    @property
    def seconds(self) -> float:
        """Seconds since the turn began."""
        return self.clock() - self.started

    def each_step(self) -> Iterator[int]:
        """Count the steps of the turn, raising as soon as one limit is reached."""
        while True:
            self._check()
            self.limits.purse.spend(model_calls=1)
            self.steps += 1
            yield self.steps

    def spend(self, usage: Usage) -> None:
        """Add what one reply cost."""
        self.usage += usage
        self.dollars = self.limits.price(self.usage)
        dollars = self.limits.price(usage) or 0.0
        self.limits.purse.spend(tokens=usage.input_tokens + usage.output_tokens, dollars=dollars)

    def note(self, call: ToolCall, result: ToolResult) -> None:
        """Add what one call cost; a call that is made again and again ends the turn."""
        rows = len(getattr(result.output, "rows", ()))
        self.limits.purse.spend(queries=int(call.name.startswith("run_")), rows=rows)
        key = f"{call.name} {json.dumps(call.arguments, sort_keys=True, default=str)}"
        self.calls[key] += 1
        if self.calls[key] > self.limits.same_calls:
            raise LimitReached(
                f"The model made the same call {self.calls[key]} times: ask in other words."
            )

    def _check(self) -> None:
        if self.steps >= self.limits.steps:
            raise LimitReached(f"No answer after {self.limits.steps} steps: ask something smaller.")
        if self.seconds >= self.limits.seconds:
            raise LimitReached(f"No answer after {self.limits.seconds:g} seconds: ask again.")
        if self.usage.input_tokens + self.usage.output_tokens >= self.limits.tokens:
            raise LimitReached(f"The turn used its {self.limits.tokens:,} tokens: ask again.")
