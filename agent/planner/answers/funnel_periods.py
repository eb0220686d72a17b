"""Funnels of two periods side by side, and over time."""

from collections.abc import Sequence
from typing import Any

from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, table
from agent.planner.answers.funnel_parts import Passage, ends, passage, passages, steps_table
from agent.planner.asking.typed import funnel_interval
from agent.planner.english.windows import Clock
from agent.planner.plan import Funnel


def compared(plan: Funnel, outputs: Sequence[Any], clock: Clock) -> Finding:
    """The conversion of both periods."""
    assert plan.scope.compare is not None
    spans = (plan.scope.span, plan.scope.compare)
    taken = [_passages(plan, output) for output in outputs]
    split = [words.split(one) for one in plan.scope.breakdowns]
    rows = [
        [
            span.label,
            when.dates(span, clock),
            *([one.value] if split else []),
            one.began,
            one.converted,
            one.share,
        ]
        for span, found in zip(spans, taken, strict=True)
        for one in found
    ]
    columns = ["period", "dates", *split, "began", "converted", "conversion %"]
    shown = table(columns, rows, whole=all(output.whole for output in outputs))
    periods = [when.period(span, clock) for span in spans]
    if split:
        said = f"Conversion from {ends(plan)} by {split[0]}, {' against '.join(periods)}."
        return Finding(said, (shown,))
    now, before = taken[0][0], taken[1][0]
    said = (
        f"{_said(now)} of {words.actors(plan)} went from {ends(plan)}, {periods[0]}, "
        f"against {_said(before)}, {periods[1]}: {figures.points(now.share, before.share)}."
    )
    return Finding(said, (steps_table(plan, now), shown))


def trend(plan: Funnel, lead: Finding, output: Any, clock: Clock) -> Finding:
    """The conversion by the interval that people began in, after that of the whole period."""
    unit, split = funnel_interval(plan, clock), [words.split(one) for one in plan.scope.breakdowns]
    lines = [(when.local(row[0]), *row[1:]) for row in output.rows]
    rows = [[when.bucket(row[0], unit), *row[1:]] for row in lines]
    shown = table([unit, *split, "conversion %"], rows, whole=output.whole)
    notes = when.unfinished(plan.scope.span, unit, clock)
    if plan.report.endswith("time"):
        notes = ("How the time develops is not measured: this is the conversion over time.", *notes)
    whole = [row for row in lines if when.over(row[0], plan.scope.span, unit, clock)]
    if split or len(whole) < 2:
        return Finding(lead.headline, (*lead.tables, shown), (*lead.notes, *notes))
    first, last = whole[0], whole[-1]
    said = (
        f"Conversion from {ends(plan)}: {figures.percent(first[-1])} of those who began in "
        f"{when.bucket(first[0], unit)}, {figures.percent(last[-1])} in "
        f"{when.bucket(last[0], unit)} ({figures.points(last[-1], first[-1])}), by {unit}, "
        f"{when.period(plan.scope.span, clock)}."
    )
    return Finding(said, (*lead.tables, shown), (lead.headline, *lead.notes, *notes))


def _passages(plan: Funnel, output: Any) -> list[Passage]:
    return passages(plan, output) if plan.scope.breakdowns else [passage(output.rows)]


def _said(one: Passage) -> str:
    return f"{figures.percent(one.share)} ({one.converted:,} of {one.began:,})"
