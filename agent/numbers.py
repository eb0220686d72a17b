"""Every number a language model states is found in a result of its turn, or is told."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations
from typing import Any

NUMBER = re.compile(
    r"(?<![\w.,-])(?P<digits>\d{1,3}(?:[,\u202f\u00a0' ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s?(?P<unit>%|percent\b|thousand\b|million\b|billion\b|[kKMB]\b)?(?![\w-])"
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?!\d)"
TIME = re.compile(
    r"`[^`]*`"
    r"|\d{4}-\d{2}(?:-\d{2})?(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\d{1,2}:\d{2}(?::\d{2})?"
    r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?"
    rf"|(?:{_DAY}\s*(?:to|until|through|and|-|\u2013)\s*)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+\d{{4}})?"
    rf"|{_MONTH}\s+{_DAY}(?:\s*(?:to|until|through|-|\u2013)\s*(?:{_MONTH}\s+)?{_DAY})?(?:,?\s+\d{{4}})?"
    rf"|{_MONTH}\s+\d{{4}}|\b(?:in|of|since|until|during|year|q[1-4])\s+(?:19|20)\d\d\b"
    r"|\b(?:last|past|previous|next|top|first|week)\s+\d+",
    re.IGNORECASE,
)
SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}
PAIRED = 40
"""Cells at most of which differences, sums and ratios are tried."""


def unfounded(text: str, cells: Sequence[Any], said: Iterable[str]) -> tuple[list[str], bool]:
    """The numbers of a text that neither cells nor earlier words hold, and whether that is all."""
    found = list(NUMBER.finditer(TIME.sub(" ", text)))
    values = [float(c) for c in cells if isinstance(c, int | float) and not isinstance(c, bool)]
    grounds = [*values, *_derived(values), *_spoken([*said, *map(str, cells)])]
    missing = [match[0].strip() for match in found if not _holds(match, grounds)]
    return missing, bool(found) and len(missing) == len(found)


def _holds(match: re.Match[str], grounds: Sequence[float]) -> bool:
    digits = re.sub(r"[,\u202f\u00a0' ]", "", match["digits"])
    unit = (match["unit"] or "").lower()
    scale = SCALES.get(unit, 1.0)
    half = 0.5 * 10.0 ** -len(digits.partition(".")[2]) * scale * (1 + 1e-9)
    value = float(digits) * scale
    factors = (1.0, 100.0) if unit in ("%", "percent") else (1.0,)
    return any(abs(abs(g) * f - value) <= half for g in grounds for f in factors)


def _derived(values: Sequence[float]) -> Iterator[float]:
    """What a reader may work out from a few cells: sums, means, differences, ratios, changes."""
    if len(values) > PAIRED:
        return
    total, count = sum(values), float(len(values))
    yield from (total, count, total / max(1.0, count))
    for a, b in permutations(values, 2):
        yield from (a + b, a - b)
        if b:
            yield from (a / b, (a - b) / b)


def _spoken(texts: Iterable[str]) -> Iterator[float]:
    for text in texts:
        yield from (float(digits) for digits in re.findall(r"\d+(?:\.\d+)?", text.replace(",", "")))
