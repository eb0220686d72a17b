"""The results of a plan's trends side by side: by interval and by what they are split by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.planner.answers import when, words
from agent.planner.asking.trends import Part, unit
from agent.planner.english.windows import Clock, Span
from agent.planner.plan import Trends
from agent.planner.world import World

PARTS = {"hour": range(24), "weekday": range(1, 8)}
"""Parts of the time, all of which are shown."""

Key = tuple[Any, ...]
Place = tuple[datetime | None, Key]


@dataclass(frozen=True)
class Cell:
    """The values of all series at one place, and how many numbers each was calculated from."""

    at: datetime | None
    key: Key
    values: tuple[Any, ...]
    counts: tuple[int | None, ...]


@dataclass(frozen=True)
class Grid:
    """All cells of one period, interval by interval, the largest values of a split first."""

    cells: tuple[Cell, ...]
    whole: bool
    """Whether no value of a breakdown is missing."""

    labels: dict[Key, Any] = field(default_factory=dict)
    """What values of a breakdown are also called."""

    running: bool = False
    """Whether the values add up over time already."""

    @property
    def splits(self) -> list[Key]:
        """The values of the breakdowns, in order."""
        return list(dict.fromkeys(cell.key for cell in self.cells))

    def of(self, key: Key) -> list[Cell]:
        """The cells of one value."""
        return [cell for cell in self.cells if cell.key == key]

    @property
    def empty(self) -> bool:
        """Whether there is nothing anywhere."""
        return not any(value for cell in self.cells for value in cell.values)


@dataclass
class _Sheet:
    """What is collected from the outputs."""

    plan: Trends
    values: dict[Place, dict[int, Any]] = field(default_factory=dict)
    counts: dict[Place, dict[int, int]] = field(default_factory=dict)
    labels: dict[Key, Any] = field(default_factory=dict)
    cut: set[int] = field(default_factory=set)
    """The series that do not list all values."""

    def take(self, part: Part, output: Any) -> None:
        """Add the rows of one output."""
        plan = self.plan
        if not output.whole:
            self.cut |= set(part.series)
        lead, width = int(unit(plan) is not None), len(plan.scope.breakdowns)
        labelled = part.request[0] == "run_hogql" and any(
            b.label for b in plan.scope.breakdowns[:1]
        )
        for row in output.rows:
            at = when.local(row[0]) if lead else None
            key = tuple(_known(value) for value in row[lead : lead + width])
            rest = row[lead + width + labelled :]
            if labelled:
                self.labels[key] = row[lead + width]
            where = self.values.setdefault((at, key), {}), self.counts.setdefault((at, key), {})
            where[0].update(zip(part.series, rest, strict=False))
            where[1].update(zip(part.counted, rest[len(part.series) :], strict=False))


def grid(
    plan: Trends, parts: Sequence[Part], outputs: Sequence[Any], span: Span, world: World
) -> Grid:
    """The grid of one period."""
    sheet = _Sheet(plan)
    for part, output in zip(parts, outputs, strict=True):
        sheet.take(part, output)
    keys = _keys(sheet)
    cells = [_cell(sheet, at, key) for at in _starts(sheet, span, world.clock) for key in keys]
    running = all(part.running for part in parts)
    return Grid(tuple(cells), not sheet.cut, sheet.labels, running)


def _starts(sheet: _Sheet, span: Span, clock: Clock) -> Sequence[datetime | None]:
    """Every interval of the period; those there are where nobody knows when the data begins."""
    every = unit(sheet.plan)
    if every is None:
        return [None]
    if span.start or clock.first:
        return when.buckets(span, every, clock)
    return sorted({at for at, _ in sheet.values if at})


def _keys(sheet: _Sheet) -> list[Key]:
    """The values by their size in the first series; parts of the time in their own order."""
    plan = sheet.plan
    if not plan.scope.breakdowns:
        return [()]
    sizes: dict[Key, float] = {}
    for (_, key), values in sheet.values.items():
        sizes[key] = sizes.get(key, 0) + (values.get(0) or 0)
    part = plan.scope.breakdowns[0].part
    if part and len(plan.scope.breakdowns) == 1:
        sizes = {(n,): 0.0 for n in PARTS[part]} | sizes
    if part and not plan.scope.ranked:
        return sorted(sizes, key=lambda key: (key[0] is None, key[0] or 0, str(key)))
    sign = 1 if plan.scope.ascending else -1
    return sorted(sizes, key=lambda key: (None in key, sign * sizes[key], str(key)))


def _cell(sheet: _Sheet, at: datetime | None, key: Key) -> Cell:
    found = sheet.values.get((at, key), {})
    counts = sheet.counts.get((at, key), {})
    places = range(len(sheet.plan.series))
    values = tuple(_value(sheet, n, found.get(n), counts.get(n)) for n in places)
    return Cell(at, key, values, tuple(counts.get(n) for n in places))


def _value(sheet: _Sheet, place: int, value: Any, count: int | None) -> Any:
    """A value; none is zero for what is counted, and no value for what is calculated."""
    one = sheet.plan.series[place]
    if words.counts(one) or one.math == "sum":
        return 0 if value is None and place not in sheet.cut else value
    return None if not value and (count == 0 or count is None) else value


def _known(value: Any) -> Any:
    return None if value == "" else value
