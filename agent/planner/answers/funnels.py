"""Funnels as a finding: conversion, the worst step, the time it takes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding
from agent.planner.answers.funnel_parts import Passage, passage, steps_table
from agent.planner.answers.funnel_periods import compared, trend
from agent.planner.answers.funnel_splits import split
from agent.planner.english.windows import Clock
from agent.planner.plan import Funnel
from agent.planner.world import World

LENGTHS = {
    "second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 7 * 86_400,
    "month": 31 * 86_400, "quarter": 92 * 86_400, "year": 365 * 86_400,
}  # fmt: skip


def funnel(plan: Funnel, outputs: Sequence[Any], world: World) -> Finding:
    """What the outputs of a funnel's calls say."""
    spans = [plan.scope.span, *([plan.scope.compare] if plan.scope.compare else [])]
    steps, lines = outputs[: len(spans)], outputs[len(spans) :]
    column = 2 + len(plan.scope.breakdowns)
    counts = [row[column] for row in steps[0].rows]
    if plan.trend:
        lead = _lead(plan, steps[0], world.clock)
        found = trend(plan, lead, lines[0], world.clock)
    elif plan.scope.compare:
        found = compared(plan, steps, world.clock)
    else:
        found = _lead(plan, steps[0], world.clock)
    method = _notes(plan, world.clock)
    return Finding(
        found.headline,
        found.tables,
        (*found.notes, *method),
        method=" ".join(method),
        empty=not any(counts),
        doubtful=0 in counts,
    )


def _lead(plan: Funnel, output: Any, clock: Clock) -> Finding:
    """The steps of the whole period."""
    if plan.scope.breakdowns:
        return split(plan, output, clock)
    taken = passage(output.rows)
    tables = (steps_table(plan, taken),)
    period = when.period(plan.scope.span, clock)
    if not taken.began:
        return Finding(f"There are no {words.actors(plan)} {words.did(plan, 0)}, {period}.", tables)
    return Finding(f"{_SAID[plan.report](plan, taken)}, {period}.", tables)


def _conversion(plan: Funnel, taken: Passage) -> str:
    total = figures.percent(figures.part(taken.converted, taken.began))
    said = (
        f"{total} of {words.actors(plan)} {words.did(plan, 0)} went on to "
        f"{words.done(plan.steps[-1])} ({taken.converted:,} of {taken.began:,})"
    )
    worst = f"; {_worst(plan, taken)}" if len(plan.steps) > 2 else ""
    return f"{said}{worst}, within {words.lasting(plan.window)}"


def _loss(plan: Funnel, taken: Passage) -> str:
    lost = taken.began - taken.converted
    said = (
        f"{figures.percent(figures.part(lost, taken.began))} of {words.actors(plan)} "
        f"{words.did(plan, 0)} dropped out before {words.done(plan.steps[-1])} "
        f"({lost:,} of {taken.began:,})"
    )
    worst = f"; {_worst(plan, taken)}" if len(plan.steps) > 2 else ""
    return f"{said}{worst}, within {words.lasting(plan.window)}"


def _worst(plan: Funnel, taken: Passage) -> str:
    """The step at which the largest share is lost."""
    pairs = list(pairwise(taken.counts))
    place = min(
        (n for n, (before, _) in enumerate(pairs) if before),
        key=lambda n: pairs[n][1] / pairs[n][0],
    )
    before, after = pairs[place]
    return (
        f"the worst step is from {words.done(plan.steps[place])} to "
        f"{words.done(plan.steps[place + 1])} ({figures.percent(figures.part(after, before))} "
        f"go on: {after:,} of {before:,})"
    )


def _time(plan: Funnel, taken: Passage) -> str:
    """How long the steps take those who take them."""
    size, unit = taken.scale
    order = ("median", "average") if plan.report == "median_time" else ("average", "median")
    parts = []
    for place in range(1, len(plan.steps)):
        times = {
            "average": figures.scaled(taken.averages[place], size),
            "median": figures.scaled(taken.medians[place], size),
        }
        leg = f"{words.done(plan.steps[place - 1])} to {words.done(plan.steps[place])}"
        if times["median"] is None:
            return f"No {words.actors(plan)} got from {leg}"
        first, second = (f"the {word} {{}}{times[word]:,} {unit}" for word in order)
        count = f"{taken.counts[place]:,} {words.actors(plan)}"
        parts.append(f"from {leg} {first.format('time is ')}, {second.format('')} ({count})")
    return f"{words.capital('; '.join(parts))}, within {words.lasting(plan.window)}"


_SAID: Mapping[str, Callable[[Funnel, Passage], str]] = {
    "steps": _conversion,
    "drop": _loss,
    "average_time": _time,
    "median_time": _time,
}


def _notes(plan: Funnel, clock: Clock) -> tuple[str, ...]:
    """What is left out, and who had less time than the window to go on."""
    length = timedelta(seconds=plan.window.count * LENGTHS[plan.window.unit])
    end = plan.scope.span.end or clock.now
    excluded = " or ".join(words.done(one) for one, _, _ in plan.exclusions)
    notes = [f"Those who did {excluded} in between are left out."] if excluded else []
    notes.append(
        f"All steps lie in the period: those who began after {end - length:%Y-%m-%d %H:%M} "
        f"had less than {words.lasting(plan.window)} to go on."
    )
    return tuple(notes)
