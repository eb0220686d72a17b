"""A table's chart as SVG without any style of its own: lines over time, or bars."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from agent.answer import AnswerTable
from agent.cells import column, is_numeric, is_time, one_line

WIDTH, HEIGHT = 520, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28
SERIES = 6
"""How many lines have a colour of their own."""

BARS = 20
BAR = 26
NAMES, FIGURES = 160, 70
"""The room for names on the left of bars, and for figures on their right."""

NAME = 24
"""How many letters of a name stand beside a bar."""

Series = Mapping[str, Sequence[float | None]]


def chart(table: AnswerTable) -> str:
    """The chart that suits a table, "" where none does or where rows were left out."""
    columns = [list(values) for values in zip(*table.rows, strict=True)]
    if len(columns) < 2 or len(table.rows) < 2 or not table.whole:
        return ""
    if is_time(columns[0]):
        times, series = _over_time(table, columns)
        return _lines(times, series) if series and len(times) > 1 else ""
    numeric = [i for i, values in enumerate(columns) if is_numeric(values)]
    if numeric[:1] != [1] or numeric != list(range(1, len(columns))):
        return ""
    return _bars(column(table.columns[0], columns[0]), columns[1])


def _over_time(table: AnswerTable, columns: Sequence[list[object]]) -> tuple[list[str], Series]:
    """The moments of a table, and its lines: one a column of numbers, or one a name."""
    times = [str(time) for time in dict.fromkeys(columns[0])]
    labels = column(table.columns[0], times)
    if len(columns) == 3 and not is_numeric(columns[1]) and is_numeric(columns[2]):
        found: dict[str, dict[str, float | None]] = {}
        for time, name, value in table.rows:
            found.setdefault(column("", [name])[0], {})[str(time)] = value
        return labels, _largest({n: [at.get(t) for t in times] for n, at in found.items()})
    if len(times) != len(table.rows):
        return labels, {}
    named = zip(table.columns[1:], columns[1:], strict=True)
    return labels, _largest({n: list(v) for n, v in named if is_numeric(v)})  # type: ignore[arg-type]


def _largest(series: Series) -> Series:
    kept = sorted(series, key=lambda name: -sum(v or 0 for v in series[name]))[:SERIES]
    return {name: series[name] for name in kept}


def _lines(times: Sequence[str], series: Series) -> str:
    values = [v for line in series.values() for v in line if v is not None]
    low, high = min(0, *values), max(0, *values)
    span = (high - low) or 1
    legend = 18 * len(series) if len(series) > 1 else 0
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(i: int, value: float) -> str:
        x = LEFT + i * across / (len(times) - 1)
        return f"{x:.1f},{TOP + (high - value) / span * down:.1f}"

    parts = [*_axes(column("", [high, low]), times)]
    for n, (name, line) in enumerate(series.items()):
        for run in _runs(line):
            points = " ".join(at(i, value) for i, value in run)
            if len(run) == 1:
                cx, cy = points.split(",")
                parts.append(f'<circle class="f{n}" cx="{cx}" cy="{cy}" r="2.5"/>')
            else:
                parts.append(f'<polyline class="line s{n}" points="{points}"/>')
        if legend:
            y = HEIGHT + 18 * n + 8
            parts.append(f'<rect class="f{n}" x="{LEFT}" y="{y - 8}" width="10" height="10"/>')
            parts.append(f'<text x="{LEFT + 16}" y="{y + 1}">{_text(name)}</text>')
    return _svg(HEIGHT + legend, parts)


def _axes(sides: Sequence[str], times: Sequence[str]) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for y, label in ((TOP, sides[0]), (bottom, sides[1])):
        yield f'<line class="axis" x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{_text(label)}</text>'
    yield f'<text x="{LEFT}" y="{HEIGHT - 8}">{_text(times[0])}</text>'
    yield f'<text x="{right}" y="{HEIGHT - 8}" text-anchor="end">{_text(times[-1])}</text>'


def _runs(line: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """The stretches of a line between missing values."""
    run: list[tuple[int, float]] = []
    for i, value in enumerate((*line, None)):
        if value is not None:
            run.append((i, value))
        elif run:
            yield run
            run = []


def _bars(names: Sequence[str], values: Sequence[float | None]) -> str:
    present = [value for value in values if value is not None]
    if min(present) < 0 or max(present) <= 0:
        return ""
    shown = list(zip(names, values, column("", values), strict=True))[:BARS]
    start, room = NAMES, WIDTH - NAMES - FIGURES
    parts = []
    for n, (name, value, label) in enumerate(shown):
        y, wide = n * BAR, (value or 0) / max(present) * room
        short = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
        parts.append(f'<text x="{start - 8}" y="{y + 17}" text-anchor="end">{_text(short)}</text>')
        parts.append(f'<rect class="f0" x="{start}" y="{y + 4}" width="{wide:.1f}" height="18"/>')
        parts.append(f'<text x="{start + wide + 6:.1f}" y="{y + 17}">{_text(label)}</text>')
    return _svg(len(shown) * BAR, parts)


def _svg(height: int, parts: Sequence[str]) -> str:
    inner = "".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="chart">{inner}</svg>'


def _text(text: str) -> str:
    return escape(one_line(text))
