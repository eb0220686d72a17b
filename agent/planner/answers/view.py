"""What a plan's trends are about, in words, and the figure of each cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.planner.answers import figures, when, words
from agent.planner.answers.grid import Cell, Key
from agent.planner.asking.trends import unit
from agent.planner.english.windows import Clock, Span, Unit
from agent.planner.plan import Filter, Series, Trends

QUOTIENTS = {"share": "percent", "ratio": "ratio", "difference": "difference"}


@dataclass(frozen=True)
class View:
    """One plan of trends, as answers speak of it."""

    plan: Trends
    clock: Clock
    names: tuple[str, ...] = ()
    """What the series are called, where their events and calculations don't tell."""

    source: str = "value"
    """What calculations are from."""

    def naming(self, one: Series) -> str:
        """What a series measures."""
        return self.names[self.plan.series.index(one)] if self.names else words.measured(one)

    @property
    def span(self) -> Span:
        """The period that is asked about."""
        return self.plan.scope.span

    @property
    def unit(self) -> Unit:
        """The interval; only where there is one."""
        found = unit(self.plan)
        assert found is not None
        return found

    @property
    def many(self) -> bool:
        """Whether several series stand side by side, with nothing made of them."""
        return len(self.plan.series) > 1 and self.plan.formula is None

    @property
    def first(self) -> Series:
        """The series that headlines are about."""
        return self.plan.series[0]

    @property
    def additive(self) -> bool:
        """Whether figures of parts add up to the figure of the whole."""
        return self.plan.formula is None and words.additive(self.first)

    @property
    def counts(self) -> bool:
        """Whether the figure is a number of things."""
        return self.plan.formula is None and words.counts(self.first)

    @property
    def measure(self) -> str:
        """What the figure is, with the conditions of the whole plan."""
        found = self.name
        conditions = words.filtered(f for f in self.plan.scope.filters if not self._shown(f))
        return f"{found} where {conditions}" if conditions else found

    def _shown(self, one: Filter) -> bool:
        """Whether the values of a condition are what results are split by."""
        splits = [split.property for split in self.plan.scope.breakdowns]
        return one.operator == "=" and len(one.values) > 1 and one.property in splits

    @property
    def name(self) -> str:
        """What the figure is."""
        names = [self.naming(one) for one in self.plan.series]
        joint = {"share": "as a share of", "ratio": "per", "difference": "minus"}
        if self.plan.formula:
            return f"{names[0]} {joint[self.plan.formula]} {_single(names[1], self.plan)}"
        return " and ".join(names)

    @property
    def when(self) -> str:
        """The period with its dates."""
        return when.period(self.span, self.clock)

    def figure(self, cell: Cell | None) -> Any:
        """The figure of a cell: its first value, or what is made of the first two."""
        if cell is None:
            return None
        return self.made(*cell.values[:2]) if self.plan.formula else tidy(cell.values[0])

    def made(self, part: Any, whole: Any) -> Any:
        """What is made of two values; no value over nothing."""
        if self.plan.formula == "difference":
            return None if part is None or whole is None else tidy(part - whole)
        if part is None or not whole:
            return None
        return round(100 * part / whole, 4) if self.plan.formula == "share" else tidy(part / whole)

    def said(self, value: Any) -> str:
        """A figure with its unit."""
        if self.plan.formula == "share":
            return figures.percent(value)
        if self.plan.formula and self.plan.series[0].property is None:
            return figures.amount(value)
        return figures.amount(value, figures.unit(self.first.property) if self.measures else "")

    @property
    def measures(self) -> bool:
        """Whether figures are in the unit of a property."""
        return self.first.property is not None and self.first.math != "distinct"

    @property
    def money(self) -> str:
        """The unit of the figure."""
        return figures.unit(self.first.property) if self.measures else ""

    def counted(self, cell: Cell) -> str:
        """How many numbers a calculation is from, for its headline."""
        count = cell.counts[0]
        if count is None or self.many:
            return ""
        return f", from {figures.plural(count, self.source) if count else f'no {self.source}'}"

    def columns(self) -> list[str]:
        """The names of the columns of a cell."""
        found = [self.naming(one) for one in self.plan.series]
        if self.plan.formula:
            return [*found, QUOTIENTS[self.plan.formula]]
        return [*found, *([f"{self.source}s"] if self._tells_counts else [])]

    def row(self, cell: Cell) -> list[Any]:
        """A cell in these columns."""
        found = [tidy(value) for value in cell.values]
        if self.plan.formula:
            return [*found, self.figure(cell)]
        return [*found, *([cell.counts[0]] if self._tells_counts else [])]

    @property
    def _tells_counts(self) -> bool:
        one = self.first
        calculated = one.math in ("sum", "avg", "min", "max", "median", "percentile")
        return len(self.plan.series) == 1 and calculated and not self.plan.cumulative

    def splits(self) -> list[str]:
        """The names of the columns that results are split by."""
        return [words.split(one) for one in self.plan.scope.breakdowns]

    def key(self, key: Key) -> list[Any]:
        """A value of the breakdowns as people read it."""
        pairs = zip(self.plan.scope.breakdowns, key, strict=True)
        return [words.cell(one, value) for one, value in pairs]

    def called(self, key: Key) -> str:
        """A value of the breakdowns in a sentence."""
        pairs = zip(self.plan.scope.breakdowns, key, strict=True)
        return ", ".join(words.called(one, value) for one, value in pairs)

    def best(self, cells: Sequence[Cell]) -> Cell | None:
        """The cell with the highest figure, or the lowest where that is asked for."""
        known = [cell for cell in cells if self.figure(cell) is not None]
        chosen = min if self.plan.scope.ascending else max
        return chosen(known, key=self.figure) if known else None

    def whole(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells of intervals that lie in the period and are over."""
        return [c for c in cells if when.over(at(c), self.span, self.unit, self.clock)]

    @property
    def step(self) -> str:
        """The unit of a change of the figure: of a share in points."""
        share = self.plan.formula == "share" or self.money == "%"
        return figures.POINTS if share else self.money

    @property
    def extreme(self) -> str:
        """What the best is called: most and fewest of things, else highest and lowest."""
        if self.counts:
            return "fewest" if self.plan.scope.ascending else "most"
        return "lowest" if self.plan.scope.ascending else "highest"


def at(cell: Cell) -> datetime:
    """The start of the interval of a cell."""
    assert cell.at is not None
    return cell.at


def tidy(value: Any) -> Any:
    """A value without the noise of binary fractions."""
    if isinstance(value, float):
        rounded = round(value, 4)
        return int(rounded) if rounded.is_integer() else rounded
    return value


def _single(name: str, plan: Trends) -> str:
    """What something is divided by: bookings per person, not per people."""
    if plan.formula != "ratio":
        return name
    for several, one in (("people with", "person with"), ("sessions with", "session with")):
        name = name.replace(several, one, 1)
    return name.removesuffix(" events") + " event" if name.endswith(" events") else name
