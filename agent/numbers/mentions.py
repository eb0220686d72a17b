"""The numbers that a text states, each as the interval its digits and words leave open."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agent.numbers import spelled

Kind = Literal["plain", "percent", "points", "times", "duration", "part", "count"]
Interval = tuple[float, float]

SCALES = {
    "k": 1e3, "thousand": 1e3, "hundred": 1e2, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6,
    "b": 1e9, "bn": 1e9, "billion": 1e9, "dozen": 12,
}  # fmt: skip
SIGNS = {"+": 1, "-": -1, "\u2212": -1, "–": -1, "▲": 1, "▼": -1, "↑": 1, "↓": -1}
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DIGITS = (
    r"\d{1,3}(?:[,'’\u202f\u00a0]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+"
    r"|\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*"
)
_CLOCK = (
    r"ms|milliseconds?|s|secs?|seconds?|min|mins|minutes?|h|hr|hrs|hours?|days?|d|weeks?|months?"
)
_MINUTES = r"m(?=\s?\d{1,2}\s?s\b)|(?:(?<=h\s\d)|(?<=h\s\d\d))m\b"
"""Minutes beside seconds or hours: 5m 12s, 2h 15m."""

NUMBER = re.compile(
    r"(?<![\w.,/#])(?P<sign>(?<![\w)%])(?:[-–](?!\s)|[+\u2212▲▼↑↓]\s?))?(?P<money>[$€£¥])?"
    rf"(?P<digits>{_DIGITS})"
    r"(?P<scale>\s?(?:thousand|hundred|million|billion|dozen|mio|mn|bn|[kKMB])\b)?"
    r"(?:[-\s]?(?P<unit>percentage[\s-]points?|pp\b|points?\b|%|percent\b|per\s?cent\b"
    rf"|x\b|\u00d7|fold\b|times\b|(?:{_CLOCK})\b|{_MINUTES}))?"
    r"(?:\s?(?:EUR|USD|GBP|CHF|dollars|euros?|pounds|[€£$])(?!\w))?(?P<rank>(?:st|nd|rd|th)\b)?(?![\w]|[.,]\d)",
)
_UNIT = (("ms", "ms"), ("milli", "ms"), ("mo", "month"), ("m", "m"), ("s", "s"), ("h", "h"),
         ("d", "d"), ("w", "w"))  # fmt: skip
ABOUT = (
    r"about|around|approximately|approx\.?|roughly|some|circa|ca\.?|close\sto|~|≈|an?\sestimated"
)
OVER = r"(?:just|slightly|a\slittle|a\sbit|well)?\s?(?:over|above|more\sthan|upwards\sof)|at\sleast"
UNDER = (
    r"nearly|almost|not\squite|up\sto|at\smost"
    r"|(?:just|slightly|a\slittle|a\sbit)?\s?(?:under|below|less\sthan|fewer\sthan|short\sof)"
)
HEDGE = re.compile(
    rf"(?:\b|(?=[~≈]))(?:(?P<about>{ABOUT})|(?P<over>{OVER})|(?P<under>{UNDER}))\s*(?:the\s)?$",
    re.IGNORECASE,
)
SHY = 0.05
"""How far from a round number what is hedged may be, relatively."""


@dataclass(frozen=True)
class Mention:
    """One number of a text: where it stands, and between what bounds its value may lie."""

    start: int
    end: int
    kind: Kind
    readings: tuple[Interval, ...]
    sign: int = 0
    unit: str = ""
    tight: Interval = (0.0, 0.0)
    """The bounds without any hedge."""

    def holds(self, value: float) -> bool:
        """Whether the value may be what is stated, its sign aside."""
        return any(low <= abs(value) <= high for low, high in self.readings)

    @property
    def width(self) -> float:
        """How much the statement leaves open, relatively."""
        low, high = self.readings[0]
        return (high - low) / max(high, 1e-9)

    @property
    def value(self) -> float:
        """The number as it is written."""
        return sum(self.tight) / 2


def mentions(text: str) -> list[Mention]:
    """The numbers of a text in order; durations of several parts are one."""
    found = [_read(match, text) for match in NUMBER.finditer(text)]
    joined = list(_joined(found, text))
    taken = [(one.start, one.end) for one in joined]
    said = [
        _spelled(one, text)
        for one in spelled.spelled(text)
        if not any(one.start < end and start < one.end for start, end in taken)
    ]
    return sorted((*joined, *said), key=lambda one: one.start)


def _read(match: re.Match[str], text: str) -> Mention:
    scale = SCALES.get((match["scale"] or "").strip().lower(), 1.0)
    unit = (match["unit"] or "").lower()
    kind, clock = _kind(unit, bool(match["rank"]))
    factor = scale * SECONDS.get(clock, 1.0)
    start = match.start()
    hedge = _hedge(text[:start])
    tights = [
        (float(digits) * factor, 0.5 * 10.0 ** -len(digits.partition(".")[2]) * factor, digits)
        for digits in _readings(match["digits"])
    ]
    value, half, _ = tights[0]
    readings = tuple(_open(v, h, d, factor, hedge) for v, h, d in tights)
    sign = SIGNS.get((match["sign"] or "").strip(), 0)
    tight = (value - half, value + half)
    return Mention(start, match.end(), kind, readings, sign, clock, tight)


def _readings(digits: str) -> list[str]:
    """The digits as Python writes them, in each way the separators can be read."""
    bare = re.sub(r"['’\u202f\u00a0 ]", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", bare):
        return [bare.replace(",", "")]
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}", bare):
        return [bare.replace(".", "").replace(",", ".")]
    if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", bare):
        return [bare, bare.replace(".", "")]
    if bare.count(",") == 1:
        return [bare.replace(",", ".")]
    return [bare if bare.count(".") < 2 else bare.replace(".", "")]


def _kind(unit: str, rank: bool) -> tuple[Kind, str]:
    if rank:
        return "count", ""
    if unit in ("%", "percent") or unit.startswith("per"):
        return ("points" if "point" in unit else "percent"), ""
    if unit == "pp" or unit.startswith("point"):
        return "points", ""
    if unit in ("x", "\u00d7", "fold", "times"):
        return "times", unit
    clock = next((short for long, short in _UNIT if unit and unit.startswith(long)), "")
    return ("duration" if clock in SECONDS else "plain"), clock


def _hedge(before: str) -> str:
    found = HEDGE.search(before[-30:])
    return found.lastgroup or "" if found else ""


def _open(value: float, half: float, digits: str, factor: float, hedge: str) -> Interval:
    """The bounds of a number, wider where words hedge a round one."""
    edge = half * (1 + 1e-9) + value * 1e-12
    zeros = len(digits) - len(digits.rstrip("0")) if "." not in digits and value else 0
    exact = len(digits.replace(".", "").strip("0"))
    if hedge == "over" and exact < 3:
        return value - edge * 0.02, value * 1.25 + edge
    if hedge == "under" and exact < 3:
        return value * (0.75 if exact < 2 else 0.9) - edge, value + edge * 0.02
    if hedge == "about" and zeros:
        edge = max(edge, min(0.5 * 10.0**zeros * factor, SHY * value))
    return value - edge, value + edge


def _joined(found: list[Mention], text: str) -> Iterator[Mention]:
    """The mentions, with "1 min 23 s" as one."""
    waiting: Mention | None = None
    for one in found:
        near = waiting and re.fullmatch(r",?\s*(?:and\s)?", text[waiting.end : one.start])
        finer = waiting and one.kind == waiting.kind == "duration"
        if waiting and near and finer and SECONDS[one.unit] < SECONDS[waiting.unit]:
            value, half = waiting.value + one.value, (one.tight[1] - one.tight[0]) / 2
            bounds = (value - half * (1 + 1e-9), value + half * (1 + 1e-9))
            waiting = Mention(
                waiting.start, one.end, "duration", (bounds,), waiting.sign, one.unit, bounds
            )
            continue
        if waiting:
            yield waiting
        waiting = one
    if waiting:
        yield waiting


def _spelled(one: "spelled.Spelled", text: str) -> Mention:
    hedge = _hedge(text[: one.start])
    if one.kind in ("part", "times"):
        loose = 0.1 if hedge else SHY
        low, high = one.value * (1 - loose), one.value * (1 + loose)
        if hedge == "over":
            low, high = one.value * 0.999, one.value * 1.25
        elif hedge == "under":
            low, high = one.value * 0.85, one.value * 1.001
        return Mention(one.start, one.end, one.kind, ((low, high),), tight=(low, high))
    bounds = _open(one.value, 0.5 * one.step, str(int(one.value)), 1.0, hedge)
    kind: Kind = "count" if one.value <= 20 and not one.kind else one.kind or "plain"
    return Mention(one.start, one.end, kind, (bounds,), tight=(one.value, one.value))
