"""Words of a text and of labels, brought to one form so that "sign-ups" finds `signed_up`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from Stemmer import Stemmer

WORD = re.compile(r"[^\W_]+")
SAME = {
    "avg": "averag", "mean": "averag", "p50": "median", "pct": "percent", "percentag": "percent",
    "user": "peopl", "person": "peopl", "uniq": "peopl", "visitor": "peopl", "perc": "percent",
    "paid": "payment", "pay": "payment",
}  # fmt: skip


def listed(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


EMPTY = listed(
    "a an and at by count for from in into is it its no not of on or out per previous properties "
    "than that the their them then there they this to total value values was were with you"
)
"""Words of a column's name that say nothing about what it measures."""

_stem = Stemmer("english").stemWord


@dataclass(frozen=True)
class Word:
    """A word and where it stands."""

    start: int
    end: int
    stem: str
    plain: str


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The form of a word that its inflections share."""
    found: str = _stem(word.lower())
    return SAME.get(found, found)


@lru_cache(maxsize=20_000)
def stems(label: str) -> tuple[str, ...]:
    """The stems of a label's words."""
    return tuple(stem(word) for word in WORD.findall(label))


def key(label: str) -> str:
    """A label without anything that spelling may vary."""
    return "".join(stems(label))


def words(text: str) -> list[Word]:
    """The words of a text."""
    found = WORD.finditer(text)
    return [Word(m.start(), m.end(), stem(m[0]), m[0]) for m in found]


def telling(label: str) -> frozenset[str]:
    """The stems of a column's name that tell what it measures."""
    parts = WORD.findall(label)
    return frozenset(stem(part) for part in parts if part.lower() not in EMPTY)


@lru_cache(maxsize=50_000)
def alike(one: str, other: str) -> bool:
    """Whether two stems are of one family, as of "convert" and "conversion"."""
    if one == other:
        return True
    same = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return same >= 5 and max(len(one), len(other)) - same <= 3


def windows(found: list[Word], longest: int) -> Iterator[tuple[int, int, str]]:
    """Every run of words up to a length as (first, after last, key), the longest first."""
    for size in range(min(longest, len(found)), 0, -1):
        for first in range(len(found) - size + 1):
            yield first, first + size, "".join(w.stem for w in found[first : first + size])
