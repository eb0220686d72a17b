"""Whether a figure changed as a question says it did."""

from dataclasses import dataclass
from typing import Literal

from agent.planner.english.windows import Span
from agent.planner.why.comparable import dates
from agent.planner.why.figures import figure, percent
from agent.planner.why.locating import Claimed
from agent.planner.why.measured import Measured

UNLIKELY = 0.05
CLEAR = 0.05
"""A change of this size is looked into though it may be chance."""

FAINT = 0.02
"""A change below this is none, however many events there are."""

MANY = 10.0
"""How many times the usual a figure is told as times, not as percent."""

BARE = ("yesterday", "today", "last ", "this ")
"""What the names of periods begin with that stand in a sentence as they are."""

Holds = Literal["yes", "perhaps", "no"]
LEADS: dict[Holds, str] = {"yes": "Yes: ", "perhaps": "Barely: ", "no": "No: "}
DENIED: dict[Claimed, str] = {"down": "did not drop", "up": "did not rise", "zero": "never stopped"}


@dataclass(frozen=True)
class Verdict:
    """Whether the premise holds, the clause that says so with numbers, and what is usual."""

    holds: Holds
    said: str
    usual: str = ""


def judged(found: Measured, claimed: Claimed | None, what: str, *, sure: bool = False) -> Verdict:
    """The premise held against the figures; `sure` when days around it showed it already."""
    holds = _holds(found, claimed, sure)
    when = period(found.compared.span)
    if claimed and holds == "no":
        said = f"{what} {DENIED[claimed]} {when}: {_figures(found)}{_signed(found)}"
    elif holds == "no":
        said = f"{what} stayed about the same {when}: {_figures(found)}{_signed(found)}"
    else:
        within = ", which is within what it varies by anyway" if holds == "perhaps" else ""
        said = f"{what} {moved(found)} {when} ({_beside(found)}){within}"
    return Verdict(holds, f"{LEADS[holds] if claimed else ''}{said}", _usual(found))


def period(span: Span) -> str:
    """A period as a sentence has it, with its dates."""
    when = dates(span)
    if not span.label:
        return f"from {when}" if " to " in when else f"on {when}"
    bare = span.label.startswith(BARE)
    if not bare and " to " not in when:
        return f"on {when}"
    if " to " in span.label:
        return f"from {when}"
    return f"{span.label} ({when})" if bare else f"in {span.label} ({when})"


def moved(found: Measured) -> str:
    """By how much a figure rose or fell, as a verb."""
    now, usual = found.whole.now, found.whole.usual
    verb = "rose" if now > usual else "fell"
    if not now or not usual or now >= MANY * usual:
        times = f", {now / usual:,.0f} times the usual" if usual and now else ""
        return f"{verb} to {figure(now)}{times}"
    return f"{verb} by {percent(abs(found.ratio))}"


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


def _beside(found: Measured) -> str:
    """The figures that the verb has not told."""
    told = moved(found).startswith(("rose to", "fell to"))
    return _figures(found).removeprefix(f"{figure(found.whole.now)}, ") if told else _figures(found)


def _figures(found: Measured) -> str:
    whole = found.whole
    if found.compared.given:
        return f"{figure(whole.now)}, against {figure(whole.usual)} in {found.compared.words}"
    return f"{figure(whole.now)}, usually {figure(whole.usual)}"


def _signed(found: Measured) -> str:
    if abs(found.ratio) < 0.0005:
        return ""
    return f" ({'+' if found.ratio > 0 else '-'}{percent(abs(found.ratio))})"


def _usual(found: Measured) -> str:
    """What is usual, in how many periods, and how far they vary."""
    if found.compared.given or not found.values:
        return ""
    values, left = found.values, [dates(one) for one in found.compared.left_out]
    mean = "the mean of " if len(values) > 1 else ""
    span = f", which varied from {figure(min(values))} to {figure(max(values))}"
    varied = span if len(values) > 1 and min(values) != max(values) else ""
    without = f"; {left[0]} was unusual itself and is left out" if left else ""
    return f"“Usually” is {mean}{found.compared.words}{varied}{without}."
