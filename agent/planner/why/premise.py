"""Whether a figure changed as a question says it did."""

from dataclasses import dataclass
from typing import Literal

from agent.planner.why.comparable import dates
from agent.planner.why.figures import change, figure
from agent.planner.why.locating import Claimed
from agent.planner.why.measured import Measured

UNLIKELY = 0.05
CLEAR = 0.05
"""A change of this size is looked into though it may be chance."""

FAINT = 0.02
"""A change below this is none, however many events there are."""

Holds = Literal["yes", "perhaps", "no"]
LEADS: dict[Holds, str] = {"yes": "Yes: ", "perhaps": "Not beyond the usual: ", "no": "No: "}


@dataclass(frozen=True)
class Verdict:
    """Whether the premise holds, and the sentence that says so with numbers."""

    holds: Holds
    said: str


def judged(found: Measured, claimed: Claimed | None, what: str, *, sure: bool = False) -> Verdict:
    """The premise held against the figures; `sure` when days around it showed it already."""
    holds = _holds(found, claimed, sure)
    lead = LEADS[holds] if claimed else ""
    return Verdict(holds, f"{lead}{what} {_verb(found, holds)}, {period(found)}{_beside(found)}")


def period(found: Measured) -> str:
    """The period with its dates."""
    span = found.compared.span
    return f"{span.label} ({dates(span)})" if span.label else dates(span)


def _holds(found: Measured, claimed: Claimed | None, sure: bool) -> Holds:
    size = abs(found.ratio)
    way = "up" if found.ratio > 0 else "down"
    if claimed and way != {"up": "up", "down": "down", "zero": "down"}[claimed]:
        return "no"
    if claimed == "zero" and found.whole.now:
        return "no"
    if (sure or found.chance < UNLIKELY) and size >= FAINT:
        return "yes"
    return "perhaps" if size >= CLEAR else "no"


def _verb(found: Measured, holds: Holds) -> str:
    whole = found.whole
    if holds != "yes" and abs(found.ratio) < CLEAR:
        return f"stayed about the same, at {figure(whole.now)}"
    moved = "rose" if whole.change > 0 else "fell"
    return f"{moved} to {figure(whole.now)}"


def _beside(found: Measured) -> str:
    """What is usual, in how many periods, and how far they vary."""
    whole, values = found.whole, found.values
    mean = "on average " if len(values) > 1 else ""
    span = f", where it varied from {figure(min(values))} to {figure(max(values))}"
    varied = span if len(values) > 1 and min(values) != max(values) else ""
    left = [dates(one) for one in found.compared.left_out]
    without = f"; without {left[0]}, which was unusual itself" if left else ""
    return (
        f", against {figure(whole.usual)} {mean}in {found.compared.words}"
        f" ({change(whole.now, whole.usual)}){varied}{without}"
    )
