"""People who did some things and not others, as a finding: how many, or who."""

from collections.abc import Sequence
from typing import Any

from agent.answer import AnswerTable
from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, table
from agent.planner.answers.view import tidy
from agent.planner.asking.segments import span
from agent.planner.english.windows import Clock, Span
from agent.planner.plan import Segment, Series
from agent.planner.world import World


def segment(plan: Segment, outputs: Sequence[Any], world: World) -> Finding:
    """How many there are, and who where that was asked for."""
    counts = outputs[1:] if plan.listed else outputs
    made = (
        _split(plan, counts[0], world.clock)
        if plan.scope.breakdowns
        else _count(plan, counts, world.clock)
    )
    if not plan.listed or plan.scope.breakdowns:
        return made
    count = counts[0].rows[0][0]
    listed = _list(plan, outputs[0], count)
    shown = len(listed.rows)
    extent = "all of them are" if shown == count else f"the first {shown:,} are"
    said = f"{made.headline.removesuffix('.')}; {extent} listed by {_criterion(plan)}."
    lead = f"{_first(plan, outputs[0].rows[0])}. " if count and _ranked(plan) else ""
    headline = f"{lead}{said}" if count else made.headline
    return Finding(headline, (listed,), made.notes, empty=made.empty, doubtful=made.doubtful)


def _ranked(plan: Segment) -> bool:
    """Whether an order was asked for, so that the first in it comes first."""
    return bool(plan.order or plan.scope.ranked) and bool(plan.did or plan.order)


def _first(plan: Segment, row: Sequence[Any]) -> str:
    """The one with the most, or the least."""
    order = "lowest" if plan.scope.ascending else "highest"
    if plan.order:
        value = figures.amount(tidy(row[-2]), figures.unit(plan.order.property))
        return f"{row[1] or row[0]} has the {order} {words.measured(plan.order)}: {value}"
    often = "least" if plan.scope.ascending else "most"
    done = words.done(Series(plan.did[0].events, filters=plan.did[0].filters))
    return f"{row[1] or row[0]} did {done} {often} often: {figures.plural(row[2], 'time')}"


def _count(plan: Segment, counts: Sequence[Any], clock: Clock) -> Finding:
    """How many there are, of how many, in one period or in two."""
    spans = [span(plan), *([plan.scope.compare] if plan.scope.compare else [])]
    periods = [when.period(one, clock) for one in spans]
    pairs = [output.rows[0] for output in counts]
    (value, base), *others = pairs
    said = f"{value:,} {words.segment(plan).replace(' who', '', 1)}{_where(plan)}"
    if _has_base(plan):
        share = figures.percent(figures.part(value, base))
        said += f", {share} of the {base:,} {_base(plan)}"
    said += f", {periods[0]}"
    if others:
        moved = figures.changed(value, others[0][0])
        said += f", against {others[0][0]:,}, {periods[1]}: {moved}"
    shown = _table(plan, spans, pairs, clock)
    return Finding(f"{said}.", (shown,), empty=not base, doubtful=not value)


def _table(plan: Segment, spans: Sequence[Span], pairs: Sequence[Any], clock: Clock) -> AnswerTable:
    columns = ["period", "dates", words.who(plan)]
    rows = [
        [one.label, when.dates(one, clock), value]
        + ([base, figures.part(value, base)] if _has_base(plan) else [])
        for one, (value, base) in zip(spans, pairs, strict=True)
    ]
    return table([*columns, *([_base(plan), "%"] if _has_base(plan) else [])], rows)


def _has_base(plan: Segment) -> bool:
    """Whether there is something that those found are a part of."""
    return bool(plan.never) or len(plan.did) > 1 or any(one.times for one in plan.did)


def _base(plan: Segment) -> str:
    if not plan.did:
        return f"{words.who(plan)} with any event"
    one = plan.did[0]
    first = Series(one.events, filters=one.filters, span=one.span)
    return f"{words.who(plan)} with {words.done(first)}"


def _where(plan: Segment) -> str:
    conditions = words.filtered(plan.scope.filters)
    return f", where {conditions}" if conditions else ""


def _split(plan: Segment, output: Any, clock: Clock) -> Finding:
    """How many by the latest value that each has."""
    width = len(plan.scope.breakdowns)
    rows = [[*row, figures.part(row[-2], row[-1])] for row in output.rows]
    names = [words.split(one) for one in plan.scope.breakdowns]
    shown = table([*names, words.who(plan), _base(plan), "%"], rows, whole=output.whole)
    total = sum(row[-2] for row in output.rows)
    said = f"{total:,} {words.segment(plan).replace(' who', '', 1)}{_where(plan)}"
    said += f", by {words.splits(plan.scope.breakdowns)}"
    ranked = [row for row in output.rows if None not in row[:width] and row[-2]]
    if ranked:
        name = ", ".join(map(words.named, ranked[0][:width]))
        said += f"; most of them {name}: {ranked[0][-2]:,}"
    period = when.period(span(plan), clock)
    notes = ("Each counts under the latest value in the period.",)
    return Finding(f"{said}, {period}.", (shown,), notes, empty=not rows)


def _list(plan: Segment, output: Any, count: int) -> AnswerTable:
    """Who they are, with what they were found by."""
    columns = ["known as", "id", *(words.done(one) for one in plan.did)]
    columns += [words.measured(plan.order)] if plan.order else []
    rows = [[row[1], row[0], *map(tidy, row[2:-1]), row[-1]] for row in output.rows]
    return table([*columns, "last seen"], rows, whole=len(rows) == count, total=count)


def _criterion(plan: Segment) -> str:
    if plan.order:
        return words.measured(plan.order)
    first = Series(plan.did[0].events) if plan.did else None
    return f"how often they did {words.done(first)}" if first else "when they were last seen"
