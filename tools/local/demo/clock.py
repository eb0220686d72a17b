"""The demo's calendar in microseconds: its bounds, its seasons, its busy hours."""

from datetime import UTC, datetime

import numpy as np

from tools.local.demo.draw import Array, choice_by_row

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

SEASONS = (1.18, 1.08, 1.05, 1.0, 1.0, 1.0, 0.62, 0.6, 1.02, 1.05, 1.08, 0.95)
WEEKDAYS = (1.18, 1.15, 1.15, 1.1, 0.9, 1.0, 0.8)
_WORKDAY = (2, 1, 1, 1, 2, 6, 18, 26, 22, 18, 18, 22, 30, 24, 20, 22, 34, 62, 58, 32, 24, 18, 10, 5)
_FRIDAY = (2, 1, 1, 1, 2, 6, 16, 22, 20, 20, 22, 26, 32, 28, 26, 30, 36, 34, 26, 20, 16, 14, 10, 6)
_SATURDAY = (4, 2, 1, 1, 2, 5, 14, 30, 42, 66, 62, 40, 28, 24, 22, 20, 20, 18, 16, 14, 12, 10, 8, 6)
_SUNDAY = (4, 2, 1, 1, 2, 4, 8, 16, 28, 38, 40, 34, 28, 24, 24, 26, 28, 28, 26, 24, 20, 16, 10, 6)
HOURS = np.array([_WORKDAY] * 4 + [_FRIDAY, _SATURDAY, _SUNDAY], dtype=np.float64)


def at(text: str) -> int:
    """Return the moment in UTC as microseconds since 1970."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


FROM = at("2025-09-01")
NOW = at("2026-11-15T12:00:00")
LATEST_START = NOW - HOUR
DAYS = (NOW - FROM) // DAY + 1


def day_weights() -> Array:
    """Return how busy each day of the history is, before growth."""
    days = FROM // DAY + np.arange(DAYS)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    weights: Array = np.array(SEASONS)[month] * np.array(WEEKDAYS)[weekday(days)]
    weights[-1] /= 2
    return weights


def weekday(days: Array) -> Array:
    """Return the weekday of days since 1970, 0 for Monday."""
    return (days + 3) % 7


def hours_of(rng: np.random.Generator, days: Array) -> Array:
    """Return a moment in each day since 1970, at its usual busy hours."""
    hour = choice_by_row(rng, HOURS[weekday(days)])
    moment: Array = days * DAY + hour * HOUR + rng.integers(0, HOUR, len(days))
    return moment


def moments(rng: np.random.Generator, begin: Array, end: Array) -> Array:
    """Return a moment between each pair of bounds, at usual days and hours."""
    edges = np.concatenate([[0.0], np.cumsum(day_weights())])
    grid = FROM + np.arange(DAYS + 1) * DAY
    low, high = np.interp(begin, grid, edges), np.interp(end, grid, edges)
    position = np.interp(low + rng.random(len(low)) * (high - low), edges, grid)
    return np.maximum(hours_of(rng, position.astype(np.int64) // DAY), begin)


def iso(times: Array, unit: str = "s") -> Array:
    """Return ISO texts of moments: a day for unit "D", a UTC time for "s"."""
    texts = np.datetime_as_string(times.astype("datetime64[us]").astype(f"datetime64[{unit}]"))
    return texts if unit == "D" else np.char.add(texts, "Z")
