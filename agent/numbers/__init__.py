"""Every number of an answer is found in a result of its turn, or is marked.

A number is looked up where the words around it point: in the rows and columns they name. What is
in no such cell may follow from those cells, or from the other numbers of its sentence, by one
operation. The more digits are written, the more exactly they must fit.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.numbers import dates
from agent.numbers.anywhere import anywhere, pool
from agent.numbers.clauses import Clause, clauses
from agent.numbers.counts import counted, known, repeats
from agent.numbers.derived import follows
from agent.numbers.direct import Grounds, hits
from agent.numbers.fits import Hit
from agent.numbers.groups import grouped, restates
from agent.numbers.labels import items
from agent.numbers.mentions import Mention, mentions
from agent.numbers.results import Result
from agent.numbers.roles import came_from, came_to
from agent.numbers.words import words

CODE = re.compile(r"`[^`\n]*`")
QUOTES = re.compile(r"“[^”\n]*[a-z][^”\n]*”")
PURE = re.compile(r"`[\s$€£]*[\d.,]+\s?%?`")
VERSION = re.compile(r"(?<![\w.])v?\d+(?:\.\d+){2,}(?![\w.]*\d)")
NAME = re.compile(
    r"(?<![\w.,$€£-])(?:#?[A-Za-z][\w-]*(?:\d{3}|[_-]\d)[\w-]*|#\d+"
    r"|(?=[\da-f-]*[a-f])[\da-f]{8}-[\da-f]{4}-[\w-]+)"
)
LEVEL = re.compile(
    r"\b\d\d(?:\.\d)?\s?%(?=[\s-](?:(?:confidence|credible)\b|(?:interval|CI)s?\b))", re.IGNORECASE
)
"""How sure an interval is: part of its name, not a figure."""

BASE = re.compile(r"\b(?:every|each|per|out\sof)\s1(?:00|[,.]?000)\b")
"""What so many are said to be of, for every 100: no figure either."""

PAIRED = ("times", "points")
"""Kinds of numbers that hold two others against each other."""

BULLET = re.compile(r"^\s*(?:\d{1,2}[.)]\s)", re.MULTILINE)


@dataclass(frozen=True)
class Unmatched:
    """A number that nothing of its turn founds, and where it stands."""

    start: int
    end: int
    text: str


def unmatched(
    text: str,
    results: Sequence[Result],
    said: Iterable[str] = (),
    periods: Sequence[tuple[float, float]] = (),
    *,
    coded: bool = False,
) -> list[Unmatched]:
    """The numbers of a text that neither results, nor earlier words, nor the period found.

    In words that code wrote (`coded`), a number may be of any row: code mixes up none.
    """
    results = [one for one in results if one.rows]
    missing = _missing(text, results, "\n".join(said), periods)
    if not coded or not missing:
        return missing
    held, stated = pool(results), mentions(dates.DATE.sub(_blank, text))
    unfounded = {one.start for one in missing}
    while True:
        founded = [one for one in stated if one.start not in unfounded]
        found = [m for m in stated if m.start in unfounded and anywhere(m, held, founded)]
        if not found:
            break
        unfounded -= {one.start for one in found}
    return [one for one in missing if one.start in unfounded and not _quoted(text, one)]


def _blank(match: re.Match[str]) -> str:
    return "_" * len(match[0])


def _quoted(text: str, one: Unmatched) -> bool:
    """Whether a number is part of a name or an example in quotes."""
    quotes = (m.span() for m in QUOTES.finditer(text))
    return any(a < one.start and one.end < b for a, b in quotes)


def _missing(
    text: str,
    results: Sequence[Result],
    earlier: str,
    periods: Sequence[tuple[float, float]],
) -> list[Unmatched]:
    moments = dates.moments(text)
    found = words(text)
    labels = items(found, results, moments, text)
    said, asked = _dated(earlier), [span for one in results for span in dates.spans(one.about)]
    lengths = [b - a for a, b in (*periods, *asked)]
    grounds = Grounds(results, mentions(dates.DATE.sub(" ", earlier)), lengths)
    spans = [*periods, *said, *asked]
    known_words = _haystack(results, earlier)
    strange = [
        one
        for one in moments
        if not known(one, grounds, spans) and not (one.iso and one.iso in known_words)
    ]
    blank = [(one.start, one.end) for one in moments]
    blank += [(one.start, one.end) for one in labels]
    ids = _names((VERSION, NAME), text, blank)
    levels = _names((LEVEL,), text, blank)
    blank += [(one.start, one.end) for one in (*ids, *levels)]
    blank += [m.span() for one in (BULLET, BASE) for m in one.finditer(text)]
    blank += [m.span() for m in CODE.finditer(text) if not PURE.fullmatch(m[0])]
    claims = [one for one in mentions(_blanked(text, blank))]
    missing = [Unmatched(one.start, one.end, text[one.start : one.end]) for one in strange]
    missing += [one for one in ids if one.text.lower() not in known_words]
    missing += [one for one in levels if not _leveled(one, results, known_words)]
    missing += _unfounded(clauses(text, claims, labels, found), grounds)
    return sorted(set(missing), key=lambda one: one.start)


def _unfounded(found: Sequence[Clause], grounds: Grounds) -> list[Unmatched]:
    places = {one.mention.start: hits(one, grounds) for one in found}
    missing = []
    for one in sorted(
        found, key=lambda c: c.mention.kind in ("percent", "part", "points", "times")
    ):
        own = places[one.mention.start]
        if own and not _turned(one, found, places):
            continue
        beside = _beside(one, found, places)
        if not own and (
            counted(one, grounds)
            or repeats(one, grounds)
            or follows(one, beside, grounds)
            or grouped(one, grounds)
            or restates(one, [c.mention for c in found if places[c.mention.start]])
        ):
            if not own and one.mention.kind in ("plain", "duration"):
                places[one.mention.start] = [
                    Hit(-1, None, -1, one.mention.value, one.mention.start)
                ]
            continue
        missing.append(_marked(one.mention, one.text))
    return missing


def _beside(one: Clause, found: Sequence[Clause], places: dict[int, list[Hit]]) -> list[Hit]:
    """Where the other numbers of the sentence were found, else those of the sentence before."""
    before = dict.fromkeys(c.sentence for c in found if c.sentence[1] <= one.sentence[0])
    hit: list[Hit] = []
    for sentence in (one.sentence, *list(before)[:-3:-1]):
        same = [c for c in found if c.sentence == sentence and c is not one]
        hit += [places[c.mention.start][0] for c in same if places[c.mention.start]]
        if hit and (len(hit) > 1 or sentence == one.sentence) and one.mention.kind not in PAIRED:
            return hit
    return hit


def _turned(one: Clause, found: Sequence[Clause], places: dict[int, list[Hit]]) -> bool:
    """Whether a number "to" which something rose is below the one it rose from, or the reverse."""
    onward = one.text[one.segment[0] :].lower().startswith((", from", "(from"))
    if not (one.here or (onward and one.direction)) or not came_to(one.text, one.mention.start):
        return False
    others = [
        other
        for other in found
        if other.sentence == one.sentence
        and came_from(one.text, other.mention.start)
        and any(
            a.result == b.result and (a.column == b.column or a.row == b.row is not None)
            for a in places[one.mention.start]
            for b in places[other.mention.start]
        )
    ]
    near = min(others, key=lambda c: abs(c.mention.start - one.mention.start), default=None)
    return near is not None and (one.mention.value - near.mention.value) * one.direction < 0


def _marked(mention: Mention, text: str) -> Unmatched:
    stated = text[mention.start : mention.end]
    return Unmatched(mention.start, mention.end, stated.strip())


def _leveled(one: Unmatched, results: Sequence[Result], known_words: str) -> bool:
    """Whether a column, or what was said, has the level of an interval in its name."""
    level = one.text.rstrip(" %")
    names = (re.findall(r"\d+(?:\.\d+)?", name) for r in results for name in r.columns)
    return any(level in found for found in names) or f"{level}%" in known_words


def _names(
    patterns: Sequence[re.Pattern[str]], text: str, blank: Sequence[tuple[int, int]]
) -> list[Unmatched]:
    """Versions, ids and the like, which must stand somewhere as they are."""
    found = [m for pattern in patterns for m in pattern.finditer(text)]
    return [
        Unmatched(m.start(), m.end(), m[0])
        for m in found
        if not any(m.start() < b and a < m.end() for a, b in blank)
    ]


def _dated(earlier: str) -> list[tuple[float, float]]:
    found = [one for one in dates.moments(earlier) if one.year is not None]
    return [span for one in found if (span := one.span(one.year or 1))]


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    letters = list(text)
    for start, end in spans:
        letters[start:end] = ["_" if c not in "\n" else c for c in letters[start:end]]
    return "".join(letters)


def _haystack(results: Sequence[Result], earlier: str) -> str:
    cells = (str(cell) for r in results for row in r.rows for cell in row if isinstance(cell, str))
    return "\n".join((earlier, *cells)).lower()
