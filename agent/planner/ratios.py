"""Shares and ratios: two measures in one question."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.planner import cues
from agent.planner.sheet import Sheet

PIVOTS = frozenset(
    [
        "that",
        "which",
        "who",
        "get",
        "gets",
        "got",
        "was",
        "were",
        "is",
        "are",
        "have",
        "has",
        "had",
        "did",
        "do",
        "used",
        "use",
        "came",
        "come",
        "comes",
    ]
)
DIVIDED = ("divided by", "relative to", "over all", "out of")


@dataclass(frozen=True)
class Ratio:
    """Which tokens name the part and which the whole."""

    part: tuple[int, ...]
    whole: tuple[int, ...]
    share: bool
    """As a percentage."""


JOINERS = frozenset({"and", "vs", "versus", ",", "against", "compared", "or"})


def joined(sheet: Sheet, places: set[int]) -> list[tuple[int, ...]]:
    """The places on each side of words like "and" and "vs"."""
    parts: list[list[int]] = [[]]
    for i, token in enumerate(sheet.tokens):
        if token.word in JOINERS:
            parts.append([])
        elif i in places:
            parts[-1].append(i)
    return [tuple(part) for part in parts if sheet.meaningful(part)]


def ratio(sheet: Sheet) -> Ratio | None:
    """The two sides of a share or ratio, None when the question has none."""
    share = sheet.find(cues.SHARES)
    divided = sheet.find(DIVIDED)
    if divided:
        return _divided(sheet, share, divided)
    if share:
        return _share(sheet, share)
    between = sheet.find(("ratio of", "ratio between"))
    return _two(sheet, between) if between else None


def _divided(
    sheet: Sheet, share: tuple[int, int, str] | None, divided: tuple[int, int, str]
) -> Ratio | None:
    """Cancellations divided by orders; the words around only repeat it."""
    part = _side(sheet, range(divided[0] - 1, -1, -1))
    whole = _side(sheet, range(divided[1], len(sheet.tokens)))
    if not part or not whole:
        return None
    before = [i for i in sorted(sheet.free) if i < min(part) and sheet.word(min(part) - 1) == ""]
    sheet.take(range(divided[0], divided[1]))
    if share:
        sheet.take(range(share[0], share[1]))
        sheet.take(i for i in range(share[1], min(part)))
    sheet.take(before)
    return Ratio(part, whole, share is not None)


def _share(sheet: Sheet, share: tuple[int, int, str]) -> Ratio | None:
    """Share of orders that get cancelled: after the verb comes the part."""
    pivot = next(
        (i for i in range(share[1] + 1, len(sheet.tokens)) if sheet.word(i) in PIVOTS), None
    )
    end = len(sheet.tokens)
    sheet.take(range(share[0], share[1]))
    if pivot is None:
        pivot = next(
            (
                i
                for i in range(share[1] + 1, end)
                if sheet.word(i) in ("from", "with", "by", "in", "on", "via")
            ),
            None,
        )
    if pivot is None:
        return None
    whole = tuple(i for i in range(share[1], pivot) if i in sheet.free)
    part = tuple(i for i in range(pivot, end) if i in sheet.free)
    return Ratio(part, whole, share=True) if whole and part else None


def _two(sheet: Sheet, between: tuple[int, int, str]) -> Ratio | None:
    """Ratio of cancellations to orders."""
    pivot = next(
        (i for i in range(between[1] + 1, len(sheet.tokens)) if sheet.word(i) in ("to", "and")),
        None,
    )
    if pivot is None:
        return None
    sheet.take([*range(between[0], between[1]), pivot])
    part = tuple(i for i in range(between[1], pivot) if i in sheet.free)
    whole = _side(sheet, range(pivot + 1, len(sheet.tokens)))
    return Ratio(part, whole, share=False) if part and whole else None


def _side(sheet: Sheet, places: Iterable[int]) -> tuple[int, ...]:
    """The words next to the sign of division, up to a mark or grammar once something was said."""
    found: list[int] = []
    for i in places:
        if sheet.tokens[i].kind == "mark" or len(found) == 4:
            break
        if i not in sheet.free or sheet.word(i) in ("by", "per", "in", "for", "from", "the"):
            if found:
                break
            continue
        if sheet.grammar(i) and found:
            break
        found.append(i)
    return tuple(sorted(found))
