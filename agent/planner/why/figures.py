"""Figures, changes and lists in words."""

from collections.abc import Sequence

from agent.answer import AnswerTable, Window
from agent.planner.english.windows import Span
from agent.planner.why.comparable import end, start
from agent.planner.world import World

WHOLE = 100
"""From here on a mean is told without decimals."""


def figure(value: float) -> str:
    """A figure as people write it."""
    if float(value).is_integer() or abs(value) >= WHOLE:
        return f"{round(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2g}"


def change(now: float, usual: float) -> str:
    """The change in percent, signed."""
    if not usual:
        return "none before" if now else "none at all"
    percent = 100 * (now - usual) / abs(usual)
    if abs(percent) >= 1_000:
        return f"{now / usual:,.0f} times as many"
    return (
        "unchanged" if abs(percent) < 0.05 else f"{percent:+.{0 if abs(percent) >= 10 else 1}f} %"
    )


def points(value: float) -> str:
    """A difference of shares in percentage points, signed."""
    return f"{100 * value:+.1f} points"


def percent(share: float) -> str:
    """A share in percent."""
    shown = 100 * share
    return f"{shown:.{0 if abs(shown) >= 10 or shown == round(shown) else 1}f} %"


def share(part: float) -> str:
    """The share of a change that a part has; more than all of it is no percentage for people."""
    if part > 1.05:
        return "more than all"
    return "all" if part >= 0.95 else percent(part)


def listed(words: Sequence[str], most: int = 6) -> str:
    """Words as a list, cut with the number that is left out."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return (
        words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
    )


def rounded(value: float) -> float | int:
    """A figure for a table: whole where it is, else with two decimals."""
    return int(value) if float(value).is_integer() else round(value, 2)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], total: int = 0) -> AnswerTable:
    """A table of all rows, or of the first of `total`."""
    kept = tuple(tuple(row) for row in rows)
    return AnswerTable(tuple(columns), kept, len(kept) >= total, max(total, len(kept)))


def window(span: Span, world: World) -> Window:
    """The period an answer covers."""
    first, last = (at.replace(tzinfo=world.zone).isoformat() for at in (start(span), end(span)))
    return Window(first, last, world.facts.timezone)


def plural(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
