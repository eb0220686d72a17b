"""Metrics of sessions as a finding: like trends, with names and definitions of their own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent.planner.answers import when, words
from agent.planner.answers.compared import compared
from agent.planner.answers.finding import Finding
from agent.planner.answers.grid import Cell, Grid, Key
from agent.planner.answers.series import series, split
from agent.planner.answers.single import ranking, single
from agent.planner.answers.view import View
from agent.planner.asking.sessions import PAGES, metrics
from agent.planner.english.windows import Clock, Span, Unit
from agent.planner.plan import Breakdown, Metric, Property, Series, Sessions, Trends
from agent.planner.world import World

NUMBERS: dict[Metric, Property] = {
    "duration": Property("duration", "session", "Numeric"),
    "bounce": Property("bounce_percent", "session", "Numeric"),
    "pages": Property("pages", "session", "Numeric"),
}
DEFINED: dict[Metric, str] = {
    "duration": "A session lasts from its first event to its last.",
    "bounce": (
        "A bounce is a session with one page view, no click that PostHog caught, and less than "
        "10 seconds; sessions without a page view don't count."
    ),
    "pages": "Pages are page views.",
    "entry": "The entry page is the path of a session's first page view.",
    "exit": "The exit page is the path of a session's last page view.",
}
COUNTED = "Sessions count in the period they begin in."


def sessions(plan: Sessions, outputs: Sequence[Any], world: World) -> Finding:
    """What the outputs of the queries say."""
    lists = metrics(plan)
    found = [
        _finding(plan, chosen, outputs[place :: len(lists)], world)
        for place, chosen in enumerate(lists)
    ]
    defined = [DEFINED[one] for one in plan.metrics if one in DEFINED]
    notes = tuple(dict.fromkeys(note for one in found for note in one.notes))
    return Finding(
        " ".join(one.headline for one in found),
        tuple(shown for one in found for shown in one.tables),
        (*notes, *defined, COUNTED),
        empty=all(one.empty for one in found),
    )


def _finding(
    plan: Sessions, chosen: tuple[Metric, ...], outputs: Sequence[Any], world: World
) -> Finding:
    view = _view(plan, chosen, world)
    now = _grid(view, outputs[0], plan.scope.span, world)
    if plan.scope.compare:
        return compared(view, now, _grid(view, outputs[1], plan.scope.compare, world))
    if plan.scope.interval:
        return split(view, now) if view.plan.scope.breakdowns else series(view, now)
    if view.plan.scope.breakdowns:
        return ranking(view, now)
    found, count = single(view, now), outputs[0].rows[0][-1]
    return replace(found, notes=(f"From {count:,} sessions.",)) if view.many else found


def _view(plan: Sessions, chosen: tuple[Metric, ...], world: World) -> View:
    """The metrics as trends that answers know how to speak of."""
    lists = tuple(Breakdown(Property(PAGES[one])) for one in chosen if one in PAGES)
    scope = replace(plan.scope, breakdowns=(*plan.scope.breakdowns, *lists))
    made = tuple(_series(plan, one) for one in chosen)
    names = tuple(_name(plan, one) for one in chosen)
    return View(Trends(scope, made), world.clock, names, source="session")


def _series(plan: Sessions, metric: Metric) -> Series:
    if metric not in NUMBERS:
        return Series(math="total")
    math = "avg" if metric == "bounce" else plan.math
    return Series(math=math, property=NUMBERS[metric], percentile=plan.percentile)


def _name(plan: Sessions, metric: Metric) -> str:
    if metric == "bounce":
        return "bounce rate"
    if metric not in NUMBERS:
        return "sessions"
    statistic = "average" if plan.math == "avg" else words.STATISTICS.get(plan.math, "")
    if plan.math == "percentile":
        statistic = f"{round(plan.percentile * 100)}th percentile of"
    return f"{statistic} {'session duration' if metric == 'duration' else 'pages per session'}"


def _starts(
    span: Span, interval: Unit | None, seen: Sequence[datetime | None], clock: Clock
) -> Sequence[datetime | None]:
    """Every interval of the period; those there are where nobody knows when the data begins."""
    if interval is None:
        return [None]
    if span.start or clock.first:
        return when.buckets(span, interval, clock)
    return sorted({at for at in seen if at})


def _grid(view: View, output: Any, span: Span, world: World) -> Grid:
    """Cells of the rows; sessions are counted with zero where there are none."""
    interval, width = view.plan.scope.interval, len(view.plan.scope.breakdowns)
    lead = int(interval is not None)
    found = {}
    for row in output.rows:
        at = when.local(row[0]) if lead else None
        key: Key = tuple(row[lead : lead + width])
        *values, count = row[lead + width :]
        counts = (count, *(None for _ in values[1:]))
        found[at, key] = Cell(at, key, tuple(values), counts)
    starts = _starts(span, interval, [at for at, _ in found], world.clock)
    keys = list(dict.fromkeys(key for _, key in found)) if width else [()]
    zeros = tuple(0 if words.counts(one) else None for one in view.plan.series)
    none = tuple(None for _ in zeros)
    cells = [found.get((at, key), Cell(at, key, zeros, none)) for at in starts for key in keys]
    return Grid(tuple(cells), output.whole)
