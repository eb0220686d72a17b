"""A table of an answer as a terminal shows it: rows, rows with bars, or a chart."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from agent.answer import AnswerTable
from agent.cells import column, is_numeric, is_time, one_line
from agent.chart.letters import bar
from agent.chart.shapes import drawn
from agent.chart.spec import Chart
from agent.chart.terminal import heat, lines, sparks

ROWS = 20
SERIES_ROWS = 31
BAR = 32
CELL = 60
LONGEST = 3 * CELL


class Figure:
    """One table, drawn for the width and the letters a console has."""

    def __init__(self, table: AnswerTable, *, chart: bool = True, sign: str = "--") -> None:
        self.table = table
        self.chart = chart
        self.sign = sign
        self.columns = [list(values) for values in zip(*table.rows, strict=True)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        charts = self.chart and not options.ascii_only
        chart = drawn(self.table) if charts else None
        coloured = console.color_system is not None and not console.no_color
        if chart and chart.kind == "heat" and (coloured or self._breadth() > options.max_width):
            yield heat(chart, options.max_width, coloured=coloured)
            yield self._caption(len(chart.series))
        elif chart and chart.kind == "line" and self._is_long(chart):
            if len(chart.series) == 1 or coloured:
                yield from self._line(chart, options.max_width)
            else:
                yield from self._sparklines(chart, options.max_width)
        else:
            yield from self._rows(options.max_width, bars=charts)

    def _is_long(self, chart: Chart) -> bool:
        """Whether a chart says more than the rows that would be shown of it."""
        return len(self.table.rows) > (SERIES_ROWS if self._is_series() else ROWS)

    def _breadth(self) -> int:
        """What all rows take when no word is broken."""
        names = self.table.columns
        return _width(names, [column(*named) for named in zip(names, self.columns, strict=False)])

    def _is_series(self) -> bool:
        """Whether the rows are points in time, in order, each once."""
        times = self.columns[0]
        return is_time(times) and all(a < b for a, b in pairwise(times))

    def _line(self, chart: Chart, width: int) -> Iterator[RenderableType]:
        yield from lines(chart, width)
        yield self._drawn(chart.measure if len(chart.series) == 1 else _and(chart))

    def _sparklines(self, chart: Chart, width: int) -> Iterator[RenderableType]:
        """A small line for each series, where colours can't tell them apart."""
        yield sparks(chart, width, self.table.columns[1])
        first, final = (column("", chart.names)[i] for i in (0, -1))
        of = len({row[1] for row in self.table.rows}) if not self._is_series() else None
        many = f"{len(chart.series)} of {of or len(chart.series)}"
        yield self._drawn(f"{many} from {first} to {final}")

    def _rows(self, width: int, *, bars: bool) -> Iterator[Table | Text]:
        limit = SERIES_ROWS if self.columns and self._is_series() else ROWS
        columns = [values[:limit] for values in self.columns]
        names = self.table.columns
        texts = [[*map(_short, column(*named))] for named in zip(names, columns, strict=False)]
        numeric = {i for i, values in enumerate(columns) if is_numeric(values)}
        drawn = _bars(columns, numeric, width - _width(names, texts)) if bars else []
        grid = _grid([*names, *([""] if drawn else [])], numeric)
        for row in zip(*texts, *([drawn] if drawn else []), strict=True):
            grid.add_row(*map(Text, row))
        yield grid
        yield self._caption(len(columns[0]) if columns else 0)

    def _drawn(self, what: str) -> Text:
        """What a chart shows, and how to get the numbers behind it."""
        if not self.table.whole:
            return Text(f"{what}: {len(self.table.rows):,} rows only, there are more", "yellow")
        return Text(f"{what}: {len(self.table.rows):,} rows; {self.sign}csv writes all", "dim")

    def _caption(self, shown: int) -> Text:
        """How many rows these are, and whether they are all."""
        fetched = len(self.table.rows)
        total = self.table.total_rows or fetched
        if not self.table.whole:
            more = f"of {total:,} rows" if total > fetched else "rows only, there are more"
            return Text(f"the first {shown:,} {more}", "yellow")
        if shown < fetched:
            more = f"the first {shown:,} of {total:,} rows; {self.sign}csv writes all"
            return Text(more, "dim")
        return Text(f"{shown:,} row{'s' * (shown != 1)}, all there are", "dim")


def _and(chart: Chart) -> str:
    """What several lines show together."""
    notes = (note.rstrip(".") for note in chart.notes)
    return " · ".join(filter(None, (chart.measure, *notes))) or chart.axis


def _short(text: str) -> str:
    """A value in at most three lines of a cell; CSV and JSON have all of it."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _grid(names: Sequence[str], numeric: set[int]) -> Table:
    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for i, name in enumerate(names):
        justify: Any = "right" if i in numeric else "left"
        grid.add_column(Text(one_line(name)), justify=justify, overflow="fold", max_width=CELL)
    return grid


def _bars(columns: Sequence[Sequence[Any]], numeric: set[int], room: int) -> list[str]:
    """Bars of the only column of numbers, where there are several and none is negative."""
    if len(numeric) != 1 or len(columns) < 2 or len(columns[0]) < 2 or room < 8:
        return []
    values = columns[next(iter(numeric))]
    present = [value for value in values if value is not None]
    if min(present) < 0 or max(present) <= 0:
        return []
    return [bar(value, max(present), min(room, BAR)) for value in values]


def _width(names: Sequence[str], texts: Sequence[Sequence[str]]) -> int:
    """What the columns take, spaces between them included."""
    return sum(
        2 + min(CELL, max(map(cell_len, (one_line(name), *column))))
        for name, column in zip(names, texts, strict=False)
    )
