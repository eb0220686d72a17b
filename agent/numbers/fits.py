"""Whether a value is the number that a text states, in its unit and with its sign."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.numbers.clauses import Clause
from agent.numbers.mentions import SECONDS, Mention
from agent.numbers.results import Result

CHANCE = 0.05
"""How many cells may be expected to fit a number by accident, where no word selects one."""


@dataclass(frozen=True)
class Hit:
    """Where a number was found."""

    result: int
    row: int | None
    """None for a total, a mean and the like."""

    column: int
    value: float
    start: int
    """Where the number stands in the text."""


def rare(mention: Mention, values: Sequence[float]) -> bool:
    """Whether no more than a few of so many values would fit a number by accident."""
    at = abs(mention.value)
    low, high = mention.tight
    if not at:
        return True
    near = sum(at / 1.5 <= abs(value) <= at * 1.5 for value in values)
    chance = 3 * CHANCE if mention.kind == "part" else CHANCE
    return len(values) <= 1 or near * max(high - low, 1e-9) / (0.83 * at) <= chance


def fits(clause: Clause, result: Result, hit: Hit) -> bool:
    """Whether a value is the number that is stated, in its unit and with its sign."""
    mention = clause.mention
    if mention.kind == "duration":
        clock = result.clock(hit.column)
        near = mention.holds(hit.value * clock) if clock else False
        return near or holds_plainly(mention, hit.value)
    if mention.kind in ("percent", "part"):
        if hit.column not in result.rates:
            return False
        scale = 100.0 if result.fraction(hit.column) else 1.0
        value = hit.value * scale / (100.0 if mention.kind == "part" else 1.0)
    elif mention.kind == "points":
        value = hit.value * (100.0 if result.fraction(hit.column) else 1.0)
    else:
        value = hit.value
    return mention.holds(value) and _signed(clause, result, hit)


def holds_plainly(mention: Mention, value: float) -> bool:
    """Whether a value is a number of some unit of time, counted in that unit."""
    return mention.holds(value * SECONDS.get(mention.unit, 1.0))


def _signed(clause: Clause, result: Result, hit: Hit) -> bool:
    if result.changing(hit.column):
        want = clause.mention.sign or clause.here
        return not want or not hit.value or (hit.value > 0) == (want > 0)
    return not clause.mention.sign or (clause.mention.sign < 0) == (hit.value < 0)
