"""What the words beside a number say of it: the largest, a mean, where something came from."""

import re

from agent.numbers.clauses import PINNED, Clause
from agent.numbers.words import listed

MOST = listed(
    "peak peaks peaked peaking highest high most max maximum largest biggest busiest top best "
    "longest greatest slowest record"
)

LEAST = listed(
    "lowest low least min minimum fewest smallest quietest shortest worst bottom fastest"
)

MEAN = listed("average averaged averages averaging mean typical typically avg per each")

TOTAL = listed(
    "total totals totalling overall all together combined altogether sum across whole add adds "
    "added entire"
)

SPREAD = re.compile(
    r"\b(?:rang|vari|fluctuat)\w+\b|\bbetween\s(?:[$€]?\d[\d.,]*\s?%?\sand\s)?[$€]?$"
)

_JUST = r"(?:just|only|about|around|roughly|nearly|almost|over|under|an?|low|high|of|some)"

FROM = re.compile(rf"\b(?:from|after\b[\w\s]{{,24}}\bat)\s(?:{_JUST}\s)*[$€£~*(]*$", re.IGNORECASE)

THEN = re.compile(r"\b(?:before|previous|prior|preceding)\b[^,;.]{0,12}$", re.IGNORECASE)

VERSUS = re.compile(
    rf"\b(?:vs\.?|versus|against|compared\s(?:to|with))\s(?:{_JUST}\s)*[$€£~*(]*$", re.I
)

ONTO = re.compile(rf"(?:\bto|→)\s(?:{_JUST}\s)*[$€£~*(]*$", re.IGNORECASE)


def came_from(text: str, start: int) -> bool:
    """Whether a number follows "from"."""
    return bool(FROM.search(text[max(0, start - 30) : start]) or THEN.search(text[:start]))


def versus(text: str, start: int) -> bool:
    """Whether a number is what another one is held against."""
    return bool(VERSUS.search(text[max(0, start - 40) : start]))


def came_to(text: str, start: int) -> bool:
    """Whether a number follows "to"."""
    return bool(ONTO.search(text[max(0, start - 30) : start]))


def pinned(clause: Clause) -> bool:
    """Whether a label follows a number that is said of it."""
    return any(PINNED.fullmatch(clause.text, clause.mention.end, one.start) for one in clause.own)


def carried(clause: Clause) -> bool:
    """Whether a number is bound by the labels of another segment only."""
    return not any(clause.segment[0] <= one.start < clause.segment[1] for one in clause.own)


def means(clause: Clause) -> bool:
    """Whether words ask for a mean."""
    following = {word.plain.lower() for word in clause.after[:3]}
    return bool(clause.said & MEAN or following & {"a", "an", "every", "daily", "weekly"})


def roles_of(clause: Clause) -> set[int]:
    """Whether a number is said to be the largest (1) or the smallest (-1), or may be either."""
    near = [word.plain.lower() for word in (*clause.before[:4], *clause.after[:3])]
    found = {1 for word in near if word in MOST} | {-1 for word in near if word in LEAST}
    if SPREAD.search(clause.lead[-40:]):
        found |= {1, -1}
    return found
