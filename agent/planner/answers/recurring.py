"""Monthly recurring revenue as a finding."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, table
from agent.planner.answers.view import tidy
from agent.planner.asking.recurring import Source, interval, moments, sources
from agent.planner.english.windows import Clock, Unit, floor
from agent.planner.plan import Recurring
from agent.planner.world import World

ADDS = frozenset({"starts", "changes"})


def recurring(plan: Recurring, outputs: Sequence[Any], world: World) -> Finding:
    """What there was at the end of each interval."""
    found, ends, unit = sources(world), moments(plan, world), interval(plan)
    money = figures.unit(found[0].amount)
    rows = [row for row in outputs[0].rows if row[2]]
    names = [when.bucket(_begun(end, unit, world.clock), unit) for end in ends]
    totals = [tidy(sum(row[2] for row in rows if row[0] == place)) for place in range(len(ends))]
    payers = [sum(row[3] for row in rows if row[0] == place) for place in range(len(ends))]
    people = figures.amount(payers[-1])
    said = f"MRR is {figures.amount(totals[-1], money)} from {people} paying people"
    said += f" at {ends[-1]:%Y-%m-%d %H:%M}"
    if len(totals) > 1:
        before = f"{figures.amount(totals[-2], money)} at the end of {names[-2]}"
        said += f", against {before}: {figures.changed(totals[-1], totals[-2], money)}"
    shown = (
        _split(plan, rows, names, whole=outputs[0].whole)
        if plan.scope.breakdowns
        else table(
            [f"end of {unit}", "MRR", "paying people", "change"], _rows(names, totals, payers)
        )
    )
    notes = _notes(plan, ends, names, world.clock)
    headline = f"{said}, {when.period(plan.scope.span, world.clock)}."
    return Finding(headline, (shown,), notes, (_defined(found),), empty=not rows)


def _begun(end: datetime, unit: Unit, clock: Clock) -> datetime:
    """The start of the interval that a moment ends."""
    return floor(end - timedelta(microseconds=1), unit, clock.week_start)


def _rows(names: Sequence[str], totals: Sequence[Any], payers: Sequence[int]) -> list[list[Any]]:
    changes = [None, *(tidy(now - before) for before, now in pairwise(totals))]
    return [list(row) for row in zip(names, totals, payers, changes, strict=True)]


def _split(plan: Recurring, rows: Sequence[Any], names: Sequence[str], *, whole: bool) -> Any:
    one = plan.scope.breakdowns[0]
    shown = [[names[row[0]], row[1] or None, tidy(row[2]), row[3]] for row in rows]
    columns = [f"end of {interval(plan)}", words.split(one), "MRR", "paying people"]
    return table(columns, shown, whole=whole)


def _notes(
    plan: Recurring, ends: Sequence[Any], names: Sequence[str], clock: Clock
) -> tuple[str, ...]:
    unit = interval(plan)
    notes = []
    if ends[-1] >= clock.now:
        notes.append(f"The {unit} {names[-1]} is not over: that is what there is now.")
    if plan.scope.breakdowns:
        notes.append("A subscription counts under its latest plan at that moment.")
    return tuple(notes)


def _defined(found: Sequence[Source]) -> str:
    """What recurring revenue is made of here."""
    more, less = (
        " and ".join(
            f"{one.amount.name} of {one.event}" for one in found if (one.role in ADDS) == adds
        )
        for adds in (True, False)
    )
    rest = f", less {less}" if less else ""
    return f"MRR is {more}{rest}, of all people up to the end of each interval"
