"""Figures as people write them, with their units and changes."""

import re
from collections.abc import Sequence

from agent.planner.plan import Property

CURRENCIES = frozenset(
    {"usd", "eur", "gbp", "chf", "jpy", "cad", "aud", "inr", "sek", "nok", "dkk"}
)
LAST = {"ms": "ms", "s": "s", "sec": "s", "min": "min", "mins": "min", "h": "h", "pct": "%"}
ANYWHERE = {
    "seconds": "s",
    "minutes": "min",
    "hours": "h",
    "days": "days",
    "percent": "%",
    "duration": "s",
}
POINTS = "points"
"""The unit of a change of a share."""

LONG = 120
"""The seconds from which on minutes are told too."""

SCALES: Sequence[tuple[float, str]] = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))
"""Units of time, by their seconds."""


def unit(prop: Property | None) -> str:
    """What a property's name tells of its unit: amount_usd are USD, latency_ms milliseconds."""
    words = [word for word in re.split(r"[^a-z]+", prop.name.lower()) if word] if prop else []
    for word in words:
        if word in CURRENCIES:
            return word.upper()
    if len(words) > 1 and words[-1] in LAST:
        return LAST[words[-1]]
    return next((ANYWHERE[word] for word in words if word in ANYWHERE), "")


def amount(value: object, unit: str = "") -> str:
    """A figure as people write it: thousands separated, at most two decimals, with its unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "no value" if value is None else str(value)
    if unit.upper() == unit and unit.isalpha():
        return f"{unit} {_plain(value, 2)}"
    if unit == "%":
        return percent(value)
    if unit == "s" and value >= LONG:
        return f"{_plain(value)} s ({value / 60:,.1f} min)"
    return f"{_plain(value)}{f' {unit}' if unit else ''}"


def percent(value: float | None) -> str:
    """A share or a change in per cent."""
    return "no value" if value is None else f"{tenths(value)} %"


def tenths(value: float) -> str:
    """A figure with at most one decimal."""
    rounded = round(value, 1)
    return f"{int(rounded):,}" if float(rounded).is_integer() else f"{rounded:,.1f}"


def points(now: float | None, before: float | None) -> str:
    """The change of a share, in points of per cent."""
    if now is None or before is None:
        return "no change to calculate"
    moved = round(now - before, 1)
    sign = "+" if moved > 0 else "-" if moved < 0 else ""
    return f"{sign}{tenths(abs(moved))} points" if moved else "unchanged"


def part(value: float | None, whole: float | None) -> float | None:
    """A part in per cent of the whole; None of nothing."""
    return None if value is None or not whole else round(100 * value / whole, 4)


def change(now: float | None, before: float | None) -> float | None:
    """The change from before to now in per cent; None from nothing."""
    if now is None or not before:
        return None
    return round(100 * (now - before) / abs(before), 4)


def changed(now: float | None, before: float | None, unit: str = "") -> str:
    """The change in absolute terms and in per cent."""
    if now is None or before is None:
        return "no change to calculate"
    if unit == POINTS:
        return points(now, before)
    if now == before:
        return "unchanged"
    moved = change(now, before)
    if moved is None:
        return f"{signed(round(now - before, 4), unit)}, from nothing"
    return (
        f"{signed(round(now - before, 4), unit)} ({'+' if moved > 0 else '-'}{percent(abs(moved))})"
    )


def signed(value: float, unit: str = "") -> str:
    """A figure with its sign."""
    sign = "+" if value > 0 else "-" if value < 0 else ""
    return f"{sign}{amount(abs(value), unit)}"


def lasting(seconds: Sequence[float | None]) -> tuple[float, str]:
    """The unit of time that suits the longest of some durations: its seconds and its name."""
    longest = max((value for value in seconds if value is not None), default=0)
    return next(((size, name) for size, name in SCALES if longest >= 2 * size), (1, "seconds"))


def scaled(seconds: float | None, size: float) -> float | None:
    """A duration in a unit of so many seconds, as it is shown."""
    return None if seconds is None else round(seconds / size, 1)


def ordinal(number: int) -> str:
    """A place in an order: 1st, 2nd, 3rd."""
    tens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if tens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def plural(count: float, noun: str) -> str:
    """A number of things by their name."""
    return f"{amount(count)} {noun}{'' if count == 1 else 's'}"


def _plain(value: float, decimals: int | None = None) -> str:
    if float(value).is_integer():
        return f"{int(value):,}"
    if abs(value) < 0.01 and decimals is None:
        return f"{value:.2g}"
    return f"{value:,.2f}"
