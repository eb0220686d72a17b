"""A chart made of characters, for the width, the letters and the colours that a console has."""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from agent.cells import column
from agent.chart.columns import number
from agent.chart.letters import BRAILLE, bar, line, sparkline
from agent.chart.spec import Chart, Number

HEIGHT = 8
WIDEST = 120
INKS = ("cyan", "yellow", "green", "magenta", "blue", "red", "bright_cyan", "bright_yellow")
"""Colours of the terminal's own, which fit a dark and a light one."""

SHADES = "█▓▒░▚▞▤▥"
BLUES = (17, 18, 19, 20, 26, 32, 38, 44)
"""From little to much, of the 256 colours."""


class Drawn:
    """A chart to print; where there are no letters for it, its numbers."""

    def __init__(self, chart: Chart, *, plain: bool = False) -> None:
        self.chart = chart
        self.plain = plain

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        chart, width = self.chart, options.max_width
        coloured = console.color_system is not None and not console.no_color
        if self.plain or options.ascii_only or width < 24:
            yield numbers(chart)
        elif chart.kind == "line":
            if len(chart.series) == 1 or coloured:
                yield from lines(chart, width)
            else:
                yield sparks(chart, width, chart.measure)
        elif chart.kind == "heat":
            yield heat(chart, width, coloured=coloured)
        elif chart.kind == "stacked":
            yield from _stacked(chart, width, coloured=coloured)
        else:
            yield _bars(chart, width)
        yield Text(" · ".join(filter(None, (chart.period, *chart.notes, _open_end(chart)))), "dim")


def numbers(chart: Chart) -> Table:
    """The values of a chart alone."""
    grid = _grid(("", *(one.name for one in chart.series)))
    for place, name in enumerate(chart.names):
        grid.add_row(Text(name), *(_said(chart, one.values[place]) for one in chart.series))
    return grid


def _open_end(chart: Chart) -> str:
    return f"the last {chart.axis.removeprefix('end of ')} is not over" if chart.unfinished else ""


def _said(chart: Chart, value: Number | None) -> Text:
    return Text("" if value is None else number(value, chart.unit))


def lines(chart: Chart, width: int) -> Iterator[Text]:
    """Every series on one scale, each in its colour, above a legend where there are several."""
    present = [v for one in chart.series for v in one.values if v is not None] or [0]
    low, high = min(0, *present), max(0, *present)
    labels = [number(high, chart.unit), *[""] * (HEIGHT - 2), number(low, chart.unit)]
    margin = max(map(cell_len, labels))
    room = max(10, min(width - margin - 2, WIDEST))
    drawn = [line(one.values, room, HEIGHT, (low, high)) for one in chart.series]
    for place, label in enumerate(labels):
        row = Text(f"{label:>{margin}} ")
        for cells in zip(*(one[place] for one in drawn), strict=True):
            row.append(*_on_top(cells))
        yield row
    times = column("", chart.names)
    first, last = times[0], times[-1]
    yield Text(f"{'':{margin}} {first}{'':{max(1, room - len(first) - len(last))}}{last}", "dim")
    if len(chart.series) > 1:
        yield _legend(chart, "─" * len(chart.series))


def _on_top(cells: tuple[str, ...]) -> tuple[str, str]:
    """What one place shows: the first series that passes it."""
    passing = [place for place, cell in enumerate(cells) if cell != chr(BRAILLE)]
    return (cells[passing[0]], INKS[passing[0] % len(INKS)]) if passing else (cells[0], "")


def _legend(chart: Chart, letters: str) -> Text:
    told = Text()
    for place, (letter, one) in enumerate(zip(letters, chart.series, strict=False)):
        told.append(f"{letter * 2} ", INKS[place % len(INKS)]).append(f"{one.name}   ")
    return told


def sparks(chart: Chart, width: int, named: str) -> Table:
    """A small line for each series, with its last value and its peak."""
    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    grid.add_column(Text(named), overflow="fold")
    grid.add_column("")
    grid.add_column("last", justify="right")
    grid.add_column("peak", justify="right")
    for one in chart.series:
        present = [v for v in one.values if v is not None] or [0]
        drawn = Text(sparkline(one.values[-(width // 2) :], width // 2), "cyan")
        grid.add_row(
            Text(one.name), drawn, _said(chart, one.values[-1]), _said(chart, max(present, key=abs))
        )
    return grid


def _bars(chart: Chart, width: int) -> Table:
    several = len(chart.series) > 1
    peak = max((abs(v) for one in chart.series for v in one.values if v is not None), default=0)
    first = {one.name: one.values[0] for one in chart.series}
    grid = _grid(("", *([""] if several else []), chart.measure), bars=True)
    room = max(8, width // 2 - 8)
    for place, name in enumerate(chart.names):
        for rank, one in enumerate(chart.series):
            value = one.values[place]
            ink = INKS[rank % len(INKS)] if value is None or value >= 0 else "red"
            drawn = Text(bar(abs(value) if value else value, peak, room), ink)
            if chart.kind == "funnel" and place and value is not None and (of := first[one.name]):
                drawn.append(f" {number(100 * value / of, '%')}", "dim")
            named = Text("" if rank else name)
            split = [Text(one.name)] if several else []
            grid.add_row(named, *split, _said(chart, value), drawn)
    return grid


def _stacked(chart: Chart, width: int, *, coloured: bool) -> Iterator[RenderableType]:
    """One bar a name, made of a part for each series; what is below zero stands in numbers."""
    totals = [sum(max(0, v or 0) for v in values) for values in zip(*_values(chart), strict=True)]
    peak, room = max(totals, default=0), max(10, width // 2)
    letters = SHADES[0] * len(chart.series) if coloured else SHADES
    grid = _grid(("", "all"), bars=True)
    for place, name in enumerate(chart.names):
        drawn = Text()
        for rank, one in enumerate(chart.series):
            part = max(0, one.values[place] or 0)
            ink = INKS[rank % len(INKS)] if coloured else ""
            drawn.append(letters[rank] * round(room * part / peak if peak else 0), ink)
        grid.add_row(Text(name), _said(chart, totals[place]), drawn)
    yield grid
    yield _legend(chart, letters)


def _values(chart: Chart) -> list[tuple[Number | None, ...]]:
    return [one.values for one in chart.series]


def heat(chart: Chart, width: int, *, coloured: bool) -> Table:
    """Who came back when, darker or lighter by how many."""
    top = max((v for one in chart.series for v in one.values if v is not None), default=0)
    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 0))
    grid.add_column(Text(chart.axis), justify="right", overflow="fold")
    for name in _marks(chart, width):
        grid.add_column(Text(f" {name}"), justify="right")
    for one in chart.series:
        grid.add_row(Text(one.name), *(_cell(v, top, coloured=coloured) for v in one.values))
    return grid


def _marks(chart: Chart, width: int) -> tuple[str, ...]:
    """How late each column is: “week 1, week 2”, or “week 1, 2” where there is little room."""
    named = max((cell_len(one.name) for one in chart.series), default=0)
    if named + sum(cell_len(name) + 1 for name in chart.names) <= width:
        return chart.names
    first, *others = chart.names
    return (first, *(name.split()[-1] for name in others))


def _cell(value: Number | None, top: Number, *, coloured: bool) -> Text:
    if value is None:
        return Text("")
    shade = BLUES[min(len(BLUES) - 1, int(value / top * len(BLUES)) if top else 0)]
    ink = f"{'black' if shade > 37 else 'white'} on color({shade})" if coloured else ""
    return Text(f" {value:,.0f} ", ink)


def _grid(names: tuple[str, ...], *, bars: bool = False) -> Table:
    """A table whose last columns are numbers, or numbers and a bar."""
    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for place, name in enumerate(names):
        last = place == len(names) - 1
        right = last or (not bars and place > 0)
        grid.add_column(Text(name), justify="right" if right else "left", overflow="fold")
    if bars:
        grid.add_column("")
    return grid
