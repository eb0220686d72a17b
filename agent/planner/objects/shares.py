"""Percentages in a request to change a rollout, with the people each is for."""

import re
from dataclasses import dataclass

SHARE = re.compile(
    r"(?P<sign>-?)(?P<share>\d+(?:\.\d+)?)\s*(?:%|percent\b|per\s+cent\b)"
    r"(?:\s+(?:(?:of|for|to|among|from)\s+|(?=(?:in|on|with|using)\b))(?P<who>.+?))?(?=\s*(?:,|;|[.!?]*$|rollout\b|\band\s+(?:the\s+)?-?\d|\bwith\s+))",
    re.IGNORECASE,
)
FROM = re.compile(
    r"(?:\bfrom\s+)?(?<![\d.])\d+(?:\.\d+)?\s*(?:%|percent\b)?\s+(?:up\s+|down\s+)?(?=to\s+\d)",
    re.IGNORECASE,
)
"""Where a rollout stands, before where it is to go."""

BARE = re.compile(r"\bto\s+(?P<share>-?\d+(?:\.\d+)?)\s*[.!]?$", re.IGNORECASE)
POINTS = re.compile(
    r"\bby\s+(\d+(?:\.\d+)?)\s*(?:%|percentage points|points?|percent|pp)?", re.IGNORECASE
)
TIMES = {"double": 2.0, "triple": 3.0, "quadruple": 4.0, "halve": 0.5}
VARIANT = re.compile(r"(?<![\w-])([A-Za-z][\w-]*)\s*(at|=|:|to)?\s*(\d+(?:\.\d+)?)\s*%")
NO_VARIANT = frozenset(
    [
        "at",
        "to",
        "and",
        "with",
        "for",
        "of",
        "the",
        "is",
        "by",
        "split",
        "rollout",
        "set",
        "about",
        "only",
        "just",
        "roll",
        "from",
    ]
)


@dataclass(frozen=True)
class Share:
    """A percentage and the words for those it is of."""

    percent: float
    who: str = ""


def shares(text: str) -> list[Share]:
    """Every percentage that a rollout is to have."""
    said = FROM.sub("", text.strip())
    found = [
        Share(float(one["sign"] + one["share"]), (one["who"] or "").strip())
        for one in SHARE.finditer(said)
    ]
    bare = BARE.search(said)
    return found or ([Share(float(bare["share"]))] if bare else [])


def moved(text: str, now: float) -> float | None:
    """The rollout after a change that is told relative to now: doubled, up by 10 points."""
    words = re.findall(r"[a-z]+", text.lower())
    for word, factor in TIMES.items():
        if word in words:
            return now * factor
    points = POINTS.search(text)
    if points is None:
        return None
    down = {"lower", "reduce", "decrease", "drop", "cut", "down", "shrink"} & set(words)
    return now - float(points[1]) if down else now + float(points[1])


def variants(text: str) -> list[tuple[str, float]]:
    """Named variants with their shares: “control at 34%, variant_a at 33%”."""
    found = [
        (name, float(share)) for name, how, share in VARIANT.findall(text) if how or name != "a"
    ]
    return [(name, share) for name, share in found if name.lower() not in NO_VARIANT]


def parts(text: str) -> list[float]:
    """A split like 70/30 or 50/25/25."""
    found = re.findall(r"\b\d{1,3}(?:\s*/\s*\d{1,3})+\b", text)
    return [float(part) for part in re.split(r"\s*/\s*", found[-1])] if found else []
