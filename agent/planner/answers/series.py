"""Trends over time: developments, peaks, gaps, running totals, means by interval."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agent.answer import AnswerTable
from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, table
from agent.planner.answers.grid import Cell, Grid
from agent.planner.answers.growth import growing, growth
from agent.planner.answers.single import SHOWN, quotient
from agent.planner.answers.view import View, at, tidy
from agent.planner.english.windows import Unit, floor

MANY = 10
"""From how many a usual interval has, one with nothing is remarkable."""


def series(view: View, grid: Grid) -> Finding:
    """A development over time."""
    plan = view.plan
    if plan.gaps:
        return _gaps(view, grid)
    if plan.growth:
        return growth(view, grid)
    grid = _running(view, grid)
    rows = [[when.bucket(at(cell), view.unit), *view.row(cell)] for cell in grid.cells]
    shown = table([view.unit, *view.columns()], rows, whole=grid.whole)
    notes = (*_course(view, grid.cells), *when.unfinished(view.span, view.unit, view.clock))
    edges = [cell for cell in (grid.cells[:1] + grid.cells[-2:]) if not view.figure(cell)]
    headline = f"{_headline(view, grid.cells)}."
    return Finding(headline, (shown,), notes, empty=grid.empty, doubtful=bool(edges))


def _headline(view: View, cells: Sequence[Cell]) -> str:
    best = view.best(cells)
    if best is None:
        return f"No value for the {view.measure}, {view.when}"
    if view.plan.cumulative:
        last = view.figure(cells[-1])
        return f"{view.said(last)} {view.measure} in all by the end, {view.when}"
    if view.plan.peak:
        place = when.bucket(at(best), view.unit)
        order = f"the {view.extreme} {view.measure}"
        return (
            f"{place} was the {view.unit} with {order}: {view.said(view.figure(best))}, {view.when}"
        )
    if view.many:
        return _side_by_side(view, cells)
    most = f"{view.said(view.figure(best))} {when.within(at(best), view.unit)}"
    if view.plan.formula:
        return f"{_overall(view, cells)}{view.when}; the {view.extreme} was {most}"
    if view.additive:
        total = view.said(tidy(sum(view.figure(cell) or 0 for cell in cells)))
        name = words.capital(view.measure)
        total = f"{total} {view.measure}" if view.counts else f"{name}: {total}"
        return f"{total}, {view.when}; the {view.extreme}: {most}"
    return (
        f"{words.capital(view.measure)} per {view.unit}, {view.when}: the {view.extreme} was {most}"
    )


def _side_by_side(view: View, cells: Sequence[Cell]) -> str:
    """Several series: their totals where they add up."""
    said = []
    for place, one in enumerate(view.plan.series):
        values = [cell.values[place] or 0 for cell in cells]
        if words.additive(one):
            unit = "" if words.counts(one) else figures.unit(one.property)
            said.append(f"{figures.amount(tidy(sum(values)), unit)} {view.naming(one)}")
        else:
            said.append(f"{view.naming(one)} by {view.unit}")
    conditions = words.filtered(view.plan.scope.filters)
    return f"{', '.join(said)}{f' where {conditions}' if conditions else ''}, {view.when}"


def _overall(view: View, cells: Sequence[Cell]) -> str:
    """A share or ratio over the whole period, where both sides add up."""
    both = view.plan.series[:2]
    if not all(map(words.additive, both)) or view.plan.cumulative:
        return f"{words.capital(view.measure)} per {view.unit}, "
    sums = tuple(sum(cell.values[n] or 0 for cell in cells) for n in (0, 1))
    return f"{quotient(view, replace(cells[0], values=sums))}, "


def _course(view: View, cells: Sequence[Cell]) -> tuple[str, ...]:
    """From the first whole interval to the last, and the holes in between."""
    whole = view.whole(cells)
    if len(whole) < 2 or view.plan.cumulative or view.many:
        return ()
    return (*_ends(view, whole), *_holes(view, whole))


def _holes(view: View, whole: Sequence[Cell]) -> tuple[str, ...]:
    """Intervals with nothing among others with much: perhaps it was not tracked then."""
    figures = sorted(view.figure(cell) or 0 for cell in whole)
    usual = figures[len(figures) // 2]
    seen = [n for n, cell in enumerate(whole) if view.figure(cell)]
    if not view.counts or usual < MANY:
        return ()
    none = [whole[n] for n in range(seen[0], seen[-1]) if not view.figure(whole[n])]
    if not none:
        return ()
    named = ", ".join(when.bucket(at(cell), view.unit) for cell in none[:5])
    return (
        f"There is nothing at all in {named}, where {view.said(usual)} would be usual: "
        "perhaps it was not tracked then.",
    )


def _ends(view: View, whole: Sequence[Cell]) -> tuple[str, ...]:
    first, last = whole[0], whole[-1]
    values = view.figure(first), view.figure(last)
    if None in values:
        return ()
    moved = figures.changed(values[1], values[0], view.step)
    places = [when.bucket(at(cell), view.unit) for cell in (first, last)]
    return (
        f"From {view.said(values[0])} ({places[0]}) to {view.said(values[1])} ({places[1]}): "
        f"{moved}.",
    )


def _gaps(view: View, grid: Grid) -> Finding:
    """The whole intervals in which nothing happened."""
    whole = view.whole(grid.cells)
    none = [when.bucket(at(cell), view.unit) for cell in whole if not cell.values[0]]
    shown = table([view.unit, *view.columns()], [[name, 0] for name in none])
    if not none:
        return Finding(f"No: every whole {view.unit} had {view.measure}, {view.when}.", (shown,))
    named = ", ".join(none[:5]) + (f" and {len(none) - 5} more" if len(none) > 5 else "")
    start = "beginning " if view.unit == "week" else ""
    many = f"{len(none)} whole {view.unit}{'s' if len(none) > 1 else ''}"
    said = f"Yes: {many} without {view.measure} ({start}{named}), {view.when}."
    return Finding(said, (shown,), empty=grid.empty)


def mean(view: View, grid: Grid) -> Finding:
    """A mean over intervals: bookings per day on average."""
    each, interval = view.unit, view.plan.scope.interval
    whole = view.whole(grid.cells) or list(grid.cells)
    known = [cell for cell in whole if view.figure(cell) is not None]
    if not known:
        return Finding(f"No value for the {view.measure}, {view.when}.", empty=True)
    average = _mean(view, known)
    rows = [[when.bucket(at(cell), each), *view.row(cell)] for cell in grid.cells]
    shown = table([each, *view.columns()], rows, whole=grid.whole)
    said = f"{view.said(average)} {view.measure} per {each} on average"
    extent = f"over {figures.plural(len(known), f'whole {each}')}"
    tables = (shown,) if interval in (None, each) else (_means(view, known, interval), shown)
    notes = when.unfinished(view.span, each, view.clock)
    return Finding(f"{said}, {extent}, {view.when}.", tables, notes, empty=grid.empty)


def means(view: View, grid: Grid) -> Finding:
    """A mean over intervals for each value of a breakdown, the highest first."""
    found = []
    for key in grid.splits:
        known = [c for c in view.whole(grid.of(key)) if view.figure(c) is not None]
        if known:
            found.append((key, _mean(view, known), len(known)))
    sign = 1 if view.plan.scope.ascending else -1
    found.sort(key=lambda one: (None in one[0], sign * one[1], str(one[0])))
    found = found[: view.plan.scope.limit or SHOWN]
    rows = [[*view.key(key), value, count] for key, value, count in found]
    each = f"{view.measure} per {view.unit}"
    shown = table([*view.splits(), each, f"{view.unit}s"], rows, whole=grid.whole)
    named = [one for one in found if None not in one[0]]
    if not named:
        return Finding(f"No value for {each}, {view.when}.", (shown,), empty=grid.empty)
    order = "lowest" if view.plan.scope.ascending else "highest"
    said = f"{view.called(named[0][0])} has the {order} {each} on average"
    extent = f"over {figures.plural(named[0][2], f'whole {view.unit}')}"
    return Finding(f"{said}: {view.said(named[0][1])}, {extent}, {view.when}.", (shown,))


def _means(view: View, cells: Sequence[Cell], interval: Unit) -> AnswerTable:
    """The means of the intervals within longer ones."""
    longer: dict[str, list[Cell]] = {}
    for cell in cells:
        start = floor(at(cell), interval, view.clock.week_start)
        longer.setdefault(when.bucket(start, interval), []).append(cell)
    rows = [[name, _mean(view, part), len(part)] for name, part in longer.items()]
    return table([interval, f"{view.measure} per {view.unit}", f"{view.unit}s"], rows)


def _mean(view: View, cells: Sequence[Cell]) -> Any:
    return tidy(sum(view.figure(cell) for cell in cells) / len(cells))


def split(view: View, grid: Grid) -> Finding:
    """A development over time for each value of a breakdown, the largest value first."""
    grid = _running(view, _first(view, grid))
    rows = [
        [when.bucket(at(cell), view.unit), *view.key(cell.key), *view.row(cell)]
        for cell in grid.cells
        if any(value is not None for value in cell.values)
    ]
    shown = table([view.unit, *view.splits(), *view.columns()], rows, whole=grid.whole)
    notes = when.unfinished(view.span, view.unit, view.clock)
    if not grid.whole:
        notes = ("Only the largest values are shown.", *notes)
    by = f"{view.measure} by {words.splits(view.plan.scope.breakdowns)}, per {view.unit}"
    by = f"the running total of {by.removeprefix('total ')}" if view.plan.cumulative else by
    if not rows:
        return Finding(f"No {by}, {view.when}.", (shown,), notes, empty=True)
    if view.plan.growth:
        return growing(view, grid, notes)
    return Finding(f"{words.capital(by)}, {view.when}{_largest(view, grid)}.", (shown,), notes)


def _first(view: View, grid: Grid) -> Grid:
    """Only as many values as were asked for, without those that have none."""
    limit = view.plan.scope.limit
    if not limit:
        return grid
    kept = [key for key in grid.splits if None not in key][:limit]
    cells = tuple(cell for cell in grid.cells if cell.key in kept)
    return replace(grid, cells=cells, whole=grid.whole and len(kept) == len(grid.splits))


def _largest(view: View, grid: Grid) -> str:
    """The value with the most in all, or at the end."""
    sums = []
    for key in grid.splits:
        values = [view.figure(cell) for cell in grid.of(key)]
        known = [value for value in values if value is not None]
        if None in key or not known:
            continue
        whole = view.whole(grid.of(key))
        last = view.figure(whole[-1]) if whole else known[-1]
        end = known[-1] if view.plan.cumulative else last
        sums.append((tidy(sum(known)) if view.additive and not view.plan.cumulative else end, key))
    ranked = [one for one in sums if one[0] is not None]
    if not ranked:
        return ""
    value, key = (min if view.plan.scope.ascending else max)(ranked, key=lambda one: one[0])
    where = "in all" if view.additive else f"in the last whole {view.unit}"
    where = "in all by the end" if view.plan.cumulative else where
    return f"; {view.called(key)} has the {view.extreme} {where}: {view.said(value)}"


def _running(view: View, grid: Grid) -> Grid:
    """Values added up over time, where PostHog has not done it already."""
    if not view.plan.cumulative or grid.running:
        return grid
    totals: dict[Any, list[float]] = {}
    cells = []
    for cell in grid.cells:
        sums = totals.setdefault(cell.key, [0.0] * len(cell.values))
        sums[:] = [total + (value or 0) for total, value in zip(sums, cell.values, strict=True)]
        cells.append(replace(cell, values=tuple(map(tidy, sums))))
    return replace(grid, cells=tuple(cells))
