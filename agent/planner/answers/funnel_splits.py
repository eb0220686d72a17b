"""Funnels by the values of a breakdown: who converts best, who is fastest."""

from collections.abc import Sequence
from typing import Any

from agent.answer import AnswerTable
from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, table
from agent.planner.answers.funnel_parts import Passage, ends, passages
from agent.planner.english.windows import Clock
from agent.planner.plan import Funnel

FEW = 10
"""With fewer at the start, a value is not called the best or the worst."""


def split(plan: Funnel, output: Any, clock: Clock) -> Finding:
    """The conversion of each value, the best first."""
    found = sorted(passages(plan, output), key=lambda one: _order(plan, one))
    if plan.scope.limit:
        found = [one for one in found if one.value is not None][: plan.scope.limit]
    said = _fastest(plan, found) if plan.report.endswith("time") else _best(plan, found)
    notes = ["Each counts under the first value it has at a step."]
    notes += [] if output.whole else ["There are more values than these."]
    shown = _summary(plan, found, whole=output.whole)
    several = len(plan.steps) > 2
    tables = (_steps(plan, found, whole=output.whole), shown) if several else (shown,)
    return Finding(f"{said}, {when.period(plan.scope.span, clock)}.", tables, tuple(notes))


def _order(plan: Funnel, one: Passage) -> tuple[Any, ...]:
    """The highest conversion first, those of few behind, those without a value last."""
    sign = 1 if plan.scope.ascending else -1
    small = one.began < FEW
    return (one.value is None, small, one.share is None, sign * (one.share or 0), str(one.value))


def _best(plan: Funnel, found: Sequence[Passage]) -> str:
    """The value that converts best, and how far the one that does worst lies behind."""
    ranked = [one for one in found if one.value is not None and one.share is not None]
    if not ranked:
        return f"There are no {words.actors(plan)} {words.did(plan, 0)} with a value to split by"
    ranked = [one for one in ranked if one.began >= FEW] or ranked
    first, last = ranked[0], ranked[-1]
    order = "lowest" if plan.scope.ascending else "highest"
    said = (
        f"{words.named(first.value)} has the {order} conversion from {ends(plan)}: {_said(first)}"
    )
    if first is last:
        return said
    gap = figures.points(first.share, last.share).removeprefix("+")
    return f"{said}, {words.named(last.value)} {_said(last)}, a difference of {gap}"


def _said(one: Passage) -> str:
    return f"{figures.percent(one.share)} ({one.converted:,} of {one.began:,})"


def _fastest(plan: Funnel, found: Sequence[Passage]) -> str:
    """How long the last step takes, shortest and longest."""
    word = "average" if plan.report == "average_time" else "median"

    def time(one: Passage) -> float | None:
        return (one.averages if word == "average" else one.medians)[-1]

    timed = [one for one in found if one.value is not None and time(one) is not None]
    timed.sort(key=lambda one: time(one) or 0)
    leg = f"{words.done(plan.steps[-2])} to {words.done(plan.steps[-1])}"
    if not timed:
        return f"No {words.actors(plan)} got from {leg}"
    size, unit = figures.lasting([time(one) for one in timed])
    said = [
        f"{words.named(one.value)}: {figures.scaled(time(one), size):,} {unit}" for one in timed
    ]
    longest = f", longest for {said[-1]}" if len(said) > 1 else ""
    return f"The {word} time from {leg} is shortest for {said[0]}{longest}"


def _summary(plan: Funnel, found: Sequence[Passage], *, whole: bool) -> AnswerTable:
    """A row for each value: who began, who came through, how long the last step took."""
    size, unit = figures.lasting([t for one in found for t in (one.averages[-1], one.medians[-1])])
    name = words.splits(plan.scope.breakdowns)
    columns = [name, "began", "converted", "conversion %", f"average {unit}", f"median {unit}"]
    rows = [
        [
            one.value,
            one.began,
            one.converted,
            one.share,
            figures.scaled(one.averages[-1], size),
            figures.scaled(one.medians[-1], size),
        ]
        for one in found
    ]
    return table(columns, rows, whole=whole)


def _steps(plan: Funnel, found: Sequence[Passage], *, whole: bool) -> AnswerTable:
    """Every step of every value."""
    name = words.splits(plan.scope.breakdowns)
    rows = [
        [one.value, place + 1, words.done(step), count, figures.part(count, one.began)]
        for one in found
        for place, (step, count) in enumerate(zip(plan.steps, one.counts, strict=True))
    ]
    return table([name, "step", "event", words.actors(plan), "% of first"], rows, whole=whole)
