"""Timing things against each other: in turns, so that what else the machine does hits all alike."""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WIDTH = 44


@dataclass(frozen=True)
class Times:
    """How long one thing took, several times over, in seconds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one: what is to be expected."""
        return statistics.median(self.seconds)

    @property
    def least(self) -> float:
        """The shortest one: least disturbed by whatever else ran."""
        return min(self.seconds)

    def each(self, count: int) -> "Times":
        """The time of one, where so many were done in a row."""
        return Times(tuple(seconds / count for seconds in self.seconds))


def timed(action: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def in_turns(actions: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, Times]:
    """Time each action once a round, after one round that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds + 1):
        for name, action in actions.items():
            seconds = timed(action)
            if number:
                taken[name].append(seconds)
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}


def title(text: str) -> None:
    """Begin the figures of one benchmark."""
    print(f"\n{text}\n{'':{WIDTH}}    median     least")


def line(name: str, times: Times, peer: Times | None = None, *, unit: str = "ms") -> None:
    """Print one thing's times, and their ratio to the peer's."""
    factor = {"s": 1, "ms": 1e3, "µs": 1e6}[unit]
    text = f"{name:{WIDTH}} {times.median * factor:9.2f} {times.least * factor:9.2f} {unit}"
    if peer:
        text += f"   x {times.median / peer.median:.3g} (least {times.least / peer.least:.3g})"
    print(text, flush=True)


def note(name: str, figure: str) -> None:
    """Print a figure that follows from others."""
    print(f"{name:{WIDTH}} {figure}", flush=True)


def load() -> None:
    """Print how busy the machine is: figures of a busy one say little alone."""
    note("load average", f"{os.getloadavg()[0]:9.2f} on {os.cpu_count()} processors")
