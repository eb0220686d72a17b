"""Cells of results as numbers."""

import re
from decimal import Decimal
from typing import Any

FIGURE = re.compile(
    r"\s*(?:up|down)?\s*[+\-\u2212]?[$€£]?(?:\d[\d,\u202f\u00a0]*)(?:\.\d+)?\s?(?:%|pp|points)?\s*"
)


def number(cell: Any) -> float | None:
    """A cell as a number; texts that are figures with a sign or a unit count too."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float | Decimal):
        return float(cell) if abs(float(cell)) < 1e300 else None
    if isinstance(cell, str) and len(cell) < 24 and FIGURE.fullmatch(cell):
        digits = re.sub(r"[^\d.]", "", cell)
        negative = "-" in cell or "\u2212" in cell or "down" in cell
        return (-1.0 if negative else 1.0) * float(digits)
    return None
