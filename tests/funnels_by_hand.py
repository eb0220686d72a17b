"""Funnels taken event by event in plain Python, as the reference for the embedded project's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

Times = tuple[datetime, ...]


@dataclass(frozen=True)
class Taken:
    """An event as a funnel sees it: the steps it is, and those it is an exclusion before."""

    at: datetime
    steps: tuple[int, ...] = ()
    excludes: tuple[int, ...] = ()
    valued: bool = True
    """Whether it has the value its actor is counted under."""


def place(event: Taken) -> tuple[datetime, int, int]:
    """Where an event stands in a journey; those that are exclusions come last at their time."""
    return event.at, sum(1 << n for n in event.excludes), sum(1 << n for n in event.steps)


@dataclass
class _State:
    entry: datetime | None = None
    spoilt: bool = False
    times: Times = ()
    used: tuple[int, ...] = ()


@dataclass
class InOrder:
    """The machine of ordered and strict funnels."""

    steps: int
    window: timedelta
    strict: bool = False
    valued_step: int | None = None
    level: int = 0
    best: _State = field(default_factory=_State)
    states: dict[int, _State] = field(default_factory=dict)

    def run(self, events: Iterable[Taken]) -> Times | None:
        """When each step of the furthest attempt was taken; None for a spoilt one."""
        self.states = {number: _State() for number in range(self.steps + 1)}
        ordered = sorted(events, key=place)
        numbered = list(enumerate(ordered))
        for _, together in groupby(numbered, key=lambda pair: pair[1].at):
            self._together(list(together))
            if self.states[self.steps].entry is not None:
                break
        return None if self.best.spoilt else self.best.times

    def _together(self, events: Sequence[tuple[int, Taken]]) -> None:
        self.states[0] = _State(entry=events[0][1].at)
        if len({(event.steps, event.excludes) for _, event in events}) == 1:
            for number, event in events:
                self._one(number, event)
            return
        for step in range(1, self.steps + 1):
            for number, event in events:
                if step in event.steps:
                    self._take(step, number, event, beside=True)

    def _one(self, number: int, event: Taken) -> None:
        for step in sorted(event.excludes, reverse=True):
            self._spoil(step, event)
        for step in sorted(event.steps, reverse=True):
            self._take(step, number, event, beside=False)
        if self.strict:
            for step in range(1, self.steps + 1):
                if step not in event.steps:
                    self.states[step] = _State()

    def _open(self, step: int, event: Taken) -> bool:
        """Whether an attempt waits for this step, and is not too old for it."""
        entry = self.states[step - 1].entry
        return (
            entry is not None
            and event.at - entry <= self.window
            and self.states[step].entry != entry
        )

    def _spoil(self, step: int, event: Taken) -> None:
        before = self.states[step - 1]
        if not self._open(step, event) or before.spoilt:
            return
        before.spoilt = True
        entry = self.best.entry
        if self.level == step - 1 and entry is not None and event.at - entry <= self.window:
            self.best.spoilt = True

    def _take(self, step: int, number: int, event: Taken, *, beside: bool) -> None:
        before = self.states[step - 1]
        if not self._open(step, event) or (beside and number in before.used):
            return
        if step == self.valued_step and not event.valued:
            return
        times, used = (*before.times, event.at), (*before.used, number)
        reached = _State(before.entry, before.spoilt, times, used)
        if not before.spoilt:
            self.states[step] = reached
        if step > self.level or (step == self.level and self.best.spoilt):
            self.level = step
            self.best = _State(reached.entry, reached.spoilt, times, used)


def in_any_order(
    events: Iterable[Taken], steps: int, window: timedelta, *, valued_first: bool = False
) -> Times:
    """When the steps of the furthest attempt were taken, in whatever order."""
    waiting: dict[int, list[datetime]] = {step: [] for step in range(1, steps + 1)}
    best: Times = ()
    for event in sorted(events, key=place):
        fronts = _fronts(waiting)
        if len(fronts) == steps or (fronts and fronts[0] + window < event.at):
            best = max(best, fronts, key=len)
        for step, times in waiting.items():
            waiting[step] = [at for at in times if at + window >= event.at]
        if not event.steps:
            waiting = {step: [] for step in waiting}
        elif event.valued or not valued_first or any(waiting.values()):
            waiting[_longest_ago(event, waiting)].append(event.at)
    return max(best, _fronts(waiting), key=len)


def _fronts(waiting: Mapping[int, list[datetime]]) -> Times:
    return tuple(sorted(times[0] for times in waiting.values() if times))


def _longest_ago(event: Taken, waiting: Mapping[int, list[datetime]]) -> int:
    """The step of an event that was not taken for the longest time."""
    return min(event.steps, key=lambda step: max(map(datetime.timestamp, waiting[step]), default=0))
