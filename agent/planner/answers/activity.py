"""Lifecycle and stickiness as findings."""

from collections.abc import Sequence
from typing import Any

from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, table
from agent.planner.english.windows import Clock
from agent.planner.plan import Lifecycle, Stickiness
from agent.planner.world import World
from tools.activity import STATUSES

DEFINED = (
    "New are those first seen in the interval, returning those active in it and the one before, "
    "resurrecting those back after a break, dormant those active in the one before and not in it."
)


def lifecycle(plan: Lifecycle, outputs: Sequence[Any], world: World) -> Finding:
    """Who is new, returning, resurrecting and dormant, in the last interval that is over."""
    unit, clock, span = plan.scope.interval or "week", world.clock, plan.scope.span
    rows = [(when.local(row[0]), *row[1:]) for row in outputs[0].rows]
    shown = table([unit, *STATUSES], [[when.bucket(row[0], unit), *row[1:]] for row in rows])
    period, done = when.period(span, clock), words.done(plan.series)
    if not rows:
        return Finding(f"Nobody did {done}, {period}.", (shown,), empty=True)
    over = [row for row in rows if when.over(row[0], span, unit, clock)]
    latest = over[-1] if over else rows[-1]
    counts = [f"{count:,} {status}" for count, status in zip(latest[1:], STATUSES, strict=True)]
    listed = f"{', '.join(counts[:-1])} and {counts[-1]}"
    headline = f"{listed} people by {done} {when.within(latest[0], unit)}"
    last = f"the last whole {unit} of {period}" if over and len(rows) > 1 else period
    notes = (DEFINED, *when.unfinished(span, unit, clock))
    empty = not any(any(row[1:]) for row in rows)
    return Finding(f"{headline}, {last}.", (shown,), notes, empty=empty)


def stickiness(plan: Stickiness, outputs: Sequence[Any], world: World) -> Finding:
    """On how many days people were active."""
    unit, clock = plan.scope.interval or "day", world.clock
    rows = _trimmed(outputs[0].rows)
    shown = _distribution(unit, rows)
    period = when.period(plan.scope.span, clock)
    people = sum(row[1] for row in rows)
    if not people:
        return Finding(f"Nobody did {words.done(plan.series)}, {period}.", (shown,), empty=True)
    extent = f"{len(outputs[0].rows)} {unit}s"
    if plan.at_least:
        said = _at_least(plan, rows, unit, extent)
    else:
        said = _usual(plan, rows, unit, extent)
    notes = _against(plan, outputs, unit, clock)
    return Finding(f"{said}, {period}.", (shown,), notes)


def _trimmed(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Without the numbers of days at the end that nobody reaches."""
    most = max((row[0] for row in rows if row[1]), default=0)
    return [row for row in rows if row[0] <= most]


def _distribution(unit: str, rows: Sequence[tuple[Any, ...]]) -> Any:
    people = sum(row[1] for row in rows)
    shown = [[*row, figures.part(row[1], people)] for row in rows]
    return table([f"{unit}s", "people", "% of people"], shown)


def _at_least(plan: Stickiness, rows: Sequence[tuple[Any, ...]], unit: str, extent: str) -> str:
    people, enough = sum(row[1] for row in rows), _enough(plan, rows)
    return (
        f"{enough:,} people did {words.done(plan.series)} on {plan.at_least} or more of the "
        f"{extent} ({figures.percent(figures.part(enough, people))} of {people:,} active people)"
    )


def _enough(plan: Stickiness, rows: Sequence[tuple[Any, ...]]) -> int:
    return sum(int(row[1]) for row in rows if row[0] >= (plan.at_least or 1))


def _usual(plan: Stickiness, rows: Sequence[tuple[Any, ...]], unit: str, extent: str) -> str:
    people = sum(row[1] for row in rows)
    days, most = max(rows, key=lambda row: row[1])[:2]
    return (
        f"People did {words.done(plan.series)} on {figures.amount(_average(rows))} of the {extent} "
        f"on average; most often on {figures.plural(days, unit)} ({most:,} of {people:,} people)"
    )


def _average(rows: Sequence[tuple[Any, ...]]) -> float:
    people = sum(row[1] for row in rows)
    return round(sum(row[0] * row[1] for row in rows) / people, 2) if people else 0


def _against(plan: Stickiness, outputs: Sequence[Any], unit: str, clock: Clock) -> tuple[str, ...]:
    """The same of the period that is compared with."""
    if plan.scope.compare is None:
        return ()
    rows = outputs[1].rows
    period = when.period(plan.scope.compare, clock)
    if plan.at_least:
        return (f"In {period} it was {_enough(plan, rows):,} people.",)
    return (f"In {period} it was {figures.amount(_average(rows))} {unit}s on average.",)
