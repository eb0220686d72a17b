"""Shares and ratios: two measures in one question."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.planner import cues, declines
from agent.planner.lexicon import lexicon
from agent.planner.plan import Unsure
from agent.planner.sheet import Sheet

DIVIDED = ("divided by", "relative to", "out of")
TWO = ("ratio of", "ratio between")
SHORT = ("from", "with", "by", "in", "on", "via")
JOINERS = frozenset({"and", "vs", "versus", ",", "against", "compared", "or"})

Hit = tuple[int, int, str]


@dataclass(frozen=True)
class Ratio:
    """Which tokens name the part and which the whole; the same ones for “share of minor edits”."""

    part: tuple[int, ...]
    whole: tuple[int, ...]
    share: bool
    """As a percentage."""


def joined(sheet: Sheet, places: set[int]) -> list[tuple[int, ...]]:
    """The places on each side of words like “and” and “vs”."""
    parts: list[list[int]] = [[]]
    for i, token in enumerate(sheet.tokens):
        if token.word in JOINERS:
            parts.append([])
        elif i in places:
            parts[-1].append(i)
    return [tuple(part) for part in parts if sheet.meaningful(part)]


def ratio(sheet: Sheet) -> Ratio | None:
    """The two sides of a share or ratio, None when none is asked for."""
    share, divided, two = sheet.find(cues.SHARES), sheet.find(DIVIDED), sheet.find(TWO)
    if not (share or divided or two):
        return None
    found = None
    if divided:
        found = _divided(sheet, share, divided)
    elif share:
        found = _of_another(sheet, share) or _share(sheet, share)
    elif two:
        found = _two(sheet, two)
    if found is None:
        raise Unsure(declines.which_share())
    return found


def _divided(sheet: Sheet, share: Hit | None, divided: Hit) -> Ratio | None:
    """Cancellations divided by orders; the words around only repeat it."""
    part = _side(sheet, range(divided[0] - 1, -1, -1))
    whole = _side(sheet, range(divided[1], len(sheet.tokens)))
    if not part or not whole:
        return None
    sheet.take(range(divided[0], divided[1]))
    if share:
        sheet.take(range(share[0], min(part)))
    return Ratio(part, whole, share is not None)


def _of_another(sheet: Sheet, share: Hit) -> Ratio | None:
    """“Minor edits as a percentage of all edits”: the part stands before."""
    start = share[0] - (2 if sheet.word(share[0] - 1) in ("a", "the") else 1)
    if sheet.word(start) != "as":
        return None
    part = tuple(i for i in range(start) if i in sheet.free)
    whole = tuple(i for i in range(share[1], len(sheet.tokens)) if i in sheet.free)
    sheet.take(range(start, share[1]))
    return Ratio(part, whole, share=True) if part and whole else None


def _share(sheet: Sheet, share: Hit) -> Ratio | None:
    """Share of orders that get cancelled: after the verb comes the part."""
    end = len(sheet.tokens)
    sheet.take(range(share[0], share[1]))
    rest = [i for i in range(share[1], end) if i in sheet.free]
    pivots = lexicon().pivots
    pivot = next((i for i in rest[1:] if sheet.word(i) in pivots), None)
    pivot = pivot or next((i for i in rest[1:] if sheet.word(i) in SHORT), None)
    if pivot is None:
        return Ratio(tuple(rest), tuple(rest), share=True) if rest else None
    whole, part = ([i for i in rest if i < pivot], [i for i in rest if i >= pivot])
    return Ratio(tuple(part), tuple(whole), share=True) if whole and part else None


def _two(sheet: Sheet, between: Hit) -> Ratio | None:
    """Ratio of cancellations to orders."""
    rest = range(between[1] + 1, len(sheet.tokens))
    pivot = next((i for i in rest if sheet.word(i) in ("to", "and")), None)
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
