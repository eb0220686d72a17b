"""A rate's change in words and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.answer import AnswerTable
from agent.planner.plan import Funnel, Trends
from agent.planner.why.chance import two_shares
from agent.planner.why.comparable import Compared, dates
from agent.planner.why.dimensions import CHANNEL
from agent.planner.why.figures import figure, listed, percent, plural, points, table
from agent.planner.why.locating import Claimed
from agent.planner.why.mixing import Mix, RatePart, explaining, largest, rate, within_alike
from agent.planner.why.overlay import Overlay
from agent.planner.why.premise import LEADS, Holds
from agent.planner.why.rate import REST, Rate, RateCell
from agent.planner.why.telling import UNKNOWN, noted
from agent.planner.world import World

SHOWN = 12
APART = 2.0
"""How many standard deviations a step's conversion is off to have changed."""


@dataclass(frozen=True)
class RateCase:
    """A question about a rate, and its figures."""

    plan: Trends | Funnel
    what: Rate
    compared: Compared
    claimed: Claimed | None
    world: World
    whole: RateCell
    cells: tuple[RateCell, ...]
    assumptions: tuple[str, ...]

    @property
    def now(self) -> float:
        """The rate in the period."""
        return rate(self.whole.now)

    @property
    def usual(self) -> float:
        """The rate over the periods before."""
        return rate(self.whole.before)

    @property
    def preferred(self) -> set[str]:
        """The properties that the question itself names."""
        asked = [one.property for one in self.plan.scope.breakdowns if one.property]
        return {CHANNEL if one.name == "$channel_type" else one.name for one in asked}

    @property
    def change(self) -> float:
        """By how much it changed."""
        return self.now - self.usual


def premise(case: RateCase, holds: Holds) -> str:
    """Whether it is so, with the figures."""
    span, now, before = case.compared.span, case.whole.now, case.whole.before
    when = f"{span.label} ({dates(span)})" if span.label else dates(span)
    times = len(case.compared.near)
    each = " on average" if times > 1 else ""
    return (
        f"{LEADS[holds] if case.claimed else ''}{case.what.what} was {percent(case.now)} "
        f"({figure(now[-1])} of {figure(now[0])}), {when}, against {percent(case.usual)} "
        f"({figure(before[-1] / times)} of {figure(before[0] / times)}{each}) in "
        f"{case.compared.words}: {points(case.change)}"
    )


def top(case: RateCase, found: Sequence[Mix], mix: Mix | None, part: RatePart | None) -> str:
    """The finding that explains the most, and the step that changed."""
    steps = _steps(case)
    step = f"The step that changed is {steps[0]}" if steps else ""
    said = _of_mix(case, mix) if mix else _of_part(part) if part else ""
    if said:
        also = _also(case, found, mix) if mix else ""
        return ". ".join(filter(None, (step, f"Top finding: {said}{also}")))
    return step or "No property stands out in it"


def _of_mix(case: RateCase, mix: Mix) -> str:
    cell = largest(mix, case.change)
    n, m = case.whole.now[0], case.whole.before[0]
    rose, fell, of = within_alike(mix)
    own = "every value's own rate rose" if rose == of else "every value's own rate fell"
    own = own if of in (rose, fell) else f"of {of} values {rose} rose by themselves, {fell} fell"
    return (
        f"others came, by {mix.dimension.name}: the shift in who enters alone makes "
        f"{points(mix.mix)}, the rates within {points(mix.within)} ({own}). {_value(cell)} went "
        f"from {percent(cell.before[0] / m)} to {percent(cell.now[0] / n)} of those who enter, at "
        f"a rate of {percent(rate(cell.now))}, where the others have "
        f"{percent(_of_others(case, cell))}"
    )


def _of_others(case: RateCase, cell: RateCell) -> float:
    entered = case.whole.now[0] - cell.now[0]
    return (case.whole.now[-1] - cell.now[-1]) / entered if entered > 0 else 0.0


def _also(case: RateCase, found: Sequence[Mix], mix: Mix) -> str:
    """Other properties by which the same shift shows."""
    other = [one for one in explaining(found, case.whole) if one is not mix]
    said = [f"{_value(largest(one, case.change))} ({points(one.mix)})" for one in other]
    return f". The same shift shows by {listed(said, 3)}" if said else ""


def _of_part(part: RatePart) -> str:
    now, before = rate(part.cell.now), rate(part.cell.before)
    counts = f"{figure(part.cell.now[-1])} of {figure(part.cell.now[0])}"
    if part.instead:
        return (
            f"{_value(part.cell)} is new, in the place of {listed(list(part.instead), 3)}, and has "
            f"{percent(part.share)} of the change: its rate is {percent(now)} ({counts}), where "
            f"those had {percent(before)}"
        )
    return (
        f"{_value(part.cell)} has {percent(part.share)} of the change: its own rate went from "
        f"{percent(before)} to {percent(now)} ({counts}), while that of all others did not move as "
        "much"
    )


def _steps(case: RateCase) -> list[str]:
    """Of several steps, those whose own conversion changed, the surest first."""
    if len(case.what.steps) < 3:
        return []
    found = []
    for i, name in enumerate(case.what.steps[1:], 1):
        now, before = case.whole.now, case.whole.before
        z = two_shares(now[i], now[i - 1], before[i], before[i - 1])
        if abs(z) > APART:
            own, old = percent(_step(now, i)), percent(_step(before, i))
            found.append((-abs(z), f"{case.what.steps[i - 1]} to {name}, from {old} to {own}"))
    return [said for _, said in sorted(found)]


def _step(counts: Sequence[float], i: int) -> float:
    return counts[i] / counts[i - 1] if counts[i - 1] else 0.0


def text(case: RateCase, found: Sequence[Mix], mix: Mix | None) -> str:
    """What else changed or did not, what was checked, what stays open."""
    now, before, times = case.whole.now, case.whole.before, len(case.compared.near)
    lines = [
        f"Those who enter went from {figure(before[0] / times)} to {figure(now[0])}, those who get "
        f"to the end from {figure(before[-1] / times)} to {figure(now[-1])}."
    ]
    steps = _steps(case)
    lines += [f"Steps that changed: {listed(steps)}."] if len(steps) > 1 else []
    if len(case.what.steps) > 2 and not steps:
        lines.append("No single step changed by more than chance.")
    calm = [one.dimension.name for one in found if abs(one.mix) < abs(case.change) / 4]
    lines += [f"Who enters did not shift by {listed(calm)}."] if calm and not mix else []
    names = sorted({one.dimension.name for one in found})
    checked = f"Checked: {plural(len(names), 'property', 'properties')} ({listed(names, 12)})"
    overlay = Overlay(case.world, case.compared.span)
    also = ", flags, experiments and notes."
    return "\n".join([*lines, noted(overlay), f"{checked}{also}", UNKNOWN])


def periods(case: RateCase) -> AnswerTable:
    """The rate in each period."""
    spans, counts = (case.compared.span, *case.compared.near), (case.whole.now, *case.whole.slices)
    rows = [
        (dates(span), round(one[0]), round(one[-1]), percent(rate(one)))
        for span, one in zip(spans, counts, strict=True)
    ]
    return table(("period", case.what.steps[0], case.what.steps[-1], "rate"), rows)


def steps_table(case: RateCase) -> list[AnswerTable]:
    """The conversion from step to step, where there are several."""
    rows = []
    for i, name in enumerate(case.what.steps[1:], 1):
        own, old = _step(case.whole.now, i), _step(case.whole.before, i)
        rows.append((f"{case.what.steps[i - 1]} to {name}", percent(own), percent(old)))
    return [table(("step", "now", "usual"), rows)] if len(rows) > 1 else []


def values_table(mix: Mix | None, parts: Sequence[RatePart]) -> list[AnswerTable]:
    """The values that made the change."""
    return [_by_mix(mix)] if mix else [_by_part(parts)] if parts else []


def _by_mix(mix: Mix) -> AnswerTable:
    pairs = sorted(zip(mix.cells, mix.effects, strict=True), key=lambda pair: -abs(pair[1][0]))
    rows = [
        (
            _value(cell),
            round(cell.now[0]),
            percent(rate(cell.now)),
            percent(rate(cell.before)),
            points(of_mix),
            points(within),
        )
        for cell, (of_mix, within) in pairs[:SHOWN]
    ]
    columns = (mix.dimension.name, "entered", "rate now", "rate before", "by mix", "within")
    return table(columns, rows, len(pairs))


def _by_part(parts: Sequence[RatePart]) -> AnswerTable:
    rows = [
        (
            _value(one.cell),
            round(one.cell.now[0]),
            percent(rate(one.cell.now)),
            percent(rate(one.cell.before)),
            percent(one.share),
        )
        for one in parts[:SHOWN]
    ]
    columns = ("part", "entered", "rate now", "rate before", "share of the change")
    return table(columns, rows, len(parts))


def _value(cell: RateCell) -> str:
    said = "others" if cell.value == REST else cell.dimension.words(cell.value)
    return f"{cell.dimension.name} {said}"
