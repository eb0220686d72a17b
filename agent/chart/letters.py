"""Charts made of characters: bars, sparklines and lines."""

from collections.abc import Sequence
from math import ceil

EIGHTHS = " ▏▎▍▌▋▊▉█"
SPARKS = "▁▂▃▄▅▆▇█"
BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of one Braille cell, by row and column."""

Number = int | float


def bar(value: Number | None, peak: Number, width: int) -> str:
    """A bar to scale, an eighth of a character exact; nothing for zero and for no value."""
    if not value or peak <= 0:
        return ""
    eighths = max(1, round(value / peak * width * 8))
    return EIGHTHS[8] * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def sparkline(values: Sequence[Number | None], width: int) -> str:
    """One character a value, from zero up; empty when there is no room for each of them."""
    present = [value for value in values if value is not None]
    if len(values) > width or not present:
        return ""
    low, high = min(0, *present), max(0, *present)
    span = (high - low) or 1
    return "".join(" " if v is None else SPARKS[round((v - low) / span * 7)] for v in values)


def line(
    values: Sequence[Number | None],
    width: int,
    height: int,
    scale: tuple[Number, Number] | None = None,
) -> list[str]:
    """A line through all values, the highest row first; a missing value breaks it."""
    present = [value for value in values if value is not None]
    low, high = scale or (min(0, *present), max(0, *present))
    span, rows, last = (high - low) or 1, height * 4 - 1, max(1, len(values) - 1)
    points = [
        None if v is None else (i * (width * 2 - 1) / last, rows - (v - low) / span * rows)
        for i, v in enumerate(values)
    ]
    cells = [[BRAILLE] * width for _ in range(height)]
    for start, end in zip(points, [*points[1:], None], strict=True):
        for x, y in _between(start, end or start):
            cells[y // 4][x // 2] |= DOTS[y % 4][x % 2]
    return ["".join(map(chr, row)) for row in cells]


def _between(
    start: tuple[float, float] | None, end: tuple[float, float] | None
) -> list[tuple[int, int]]:
    """The dots of a straight line."""
    if start is None or end is None:
        return []
    (x0, y0), (x1, y1) = start, end
    steps = max(1, ceil(max(abs(x1 - x0), abs(y1 - y0))))
    # round() takes halves to the even neighbour, which would leave gaps.
    return [
        (int(x0 + (x1 - x0) * i / steps + 0.5), int(y0 + (y1 - y0) * i / steps + 0.5))
        for i in range(steps + 1)
    ]
