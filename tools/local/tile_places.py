"""Where the tiles of a dashboard stand on its grid of twelve columns.

After products/dashboards/backend/api/dashboard.py: `sm` is the place on a wide screen, `xs` the one
on a narrow screen, which has one column.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Document = dict[str, Any]
Layout = Literal["preserve", "two_column", "full_width"]

COLUMNS = 12
WIDTH, HEIGHT = 6, 5


def in_place(tiles: Iterable[Document]) -> list[Document]:
    """The tiles from top to bottom and left to right; those that have no place come last."""
    return sorted(tiles, key=_place)


def _place(tile: Document) -> tuple[bool, int, int]:
    box = _wide(tile)
    known = isinstance(box.get("y"), int)
    return (not known, box["y"] if known else 0, box.get("x") or 0)


def repacked(tiles: Sequence[Document], layout: Layout) -> list[Document]:
    """The tiles with places in their order: their sizes kept, or all of one size."""
    heights, placed, below = [0] * COLUMNS, [], 0
    for tile in tiles:
        width, height = _size(tile) if layout == "preserve" else _SIZES[layout]
        tops = [max(heights[x : x + width]) for x in range(COLUMNS - width + 1)]
        y, x = min((top, at) for at, top in enumerate(tops))
        wide = {"x": x, "y": y, "w": width, "h": height}
        narrow = {"x": 0, "y": below, "w": 1, "h": height}
        placed.append({**tile, "layouts": {"sm": wide, "xs": narrow}})
        heights[x : x + width] = [y + height] * width
        below += height
    return placed


_SIZES: Mapping[str, tuple[int, int]] = {
    "two_column": (WIDTH, HEIGHT),
    "full_width": (COLUMNS, HEIGHT),
}


def _size(tile: Document) -> tuple[int, int]:
    box = _wide(tile)
    width, height = _positive(box.get("w"), WIDTH), _positive(box.get("h"), HEIGHT)
    return min(width, COLUMNS), height


def _positive(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and value > 0 else otherwise


def _wide(tile: Document) -> Mapping[str, Any]:
    layouts = tile.get("layouts")
    box = layouts.get("sm") if isinstance(layouts, dict) else None
    return box if isinstance(box, dict) else {}
