"""Growth: the change from each interval to the next."""

from collections.abc import Sequence
from typing import Any

from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, table
from agent.planner.answers.grid import Cell, Grid, Key
from agent.planner.answers.view import View, at, tidy

Grown = tuple[Key, Any, Any, float | None]
"""A value, its last whole interval but one, its last, and the change in per cent."""


def growth(view: View, grid: Grid) -> Finding:
    """The change of one figure from each interval to the next."""
    rows: list[list[Any]] = []
    before: Any = None
    for cell in grid.cells:
        now = view.figure(cell)
        moved = [difference(now, before), figures.change(now, before)]
        rows.append([when.bucket(at(cell), view.unit), *view.row(cell), *moved])
        before = now
    shown = table([view.unit, *view.columns(), "change", "change %"], rows, whole=grid.whole)
    notes = when.unfinished(view.span, view.unit, view.clock)
    doubtful = not view.figure(grid.cells[0])
    headline = f"{_latest(view, grid.cells)}."
    return Finding(headline, (shown,), notes, empty=grid.empty, doubtful=doubtful)


def growing(view: View, grid: Grid, notes: tuple[str, ...]) -> Finding:
    """How each value of a breakdown changed between the last two whole intervals."""
    found = [one for key in grid.splits if None not in key and (one := _grown(view, grid, key))]
    whole = view.whole(grid.of(grid.splits[0]))
    if len(whole) < 2 or not found:
        return Finding(f"{_latest(view, grid.cells[:1])}.", notes=notes)
    sign = 1 if view.plan.scope.ascending else -1
    found.sort(key=lambda one: (one[3] is None, sign * (one[3] or 0), str(one[0])))
    places = [when.bucket(at(cell), view.unit) for cell in whole[-2:]]
    rows = [
        [*view.key(key), before, now, difference(now, before), moved]
        for key, before, now, moved in found
    ]
    shown = table([*view.splits(), *places, "change", "change %"], rows, whole=grid.whole)
    key, before, now, _ = found[0]
    way = "slowest" if view.plan.scope.ascending else "fastest"
    said = (
        f"{view.called(key)} is growing {way} in {view.measure}: "
        f"{figures.changed(now, before, view.step)} from {places[0]} ({view.said(before)}) "
        f"to {places[1]} ({view.said(now)}), the last whole {view.unit} of {view.when}."
    )
    return Finding(said, (shown,), notes)


def difference(now: Any, before: Any) -> Any:
    """The absolute change; none where a side has no value."""
    return None if now is None or before is None else tidy(now - before)


def _grown(view: View, grid: Grid, key: Key) -> Grown | None:
    whole = view.whole(grid.of(key))
    if len(whole) < 2:
        return None
    before, now = (view.figure(cell) for cell in whole[-2:])
    return key, before, now, figures.change(now, before)


def _latest(view: View, cells: Sequence[Cell]) -> str:
    """The latest change between two intervals that are over."""
    whole = view.whole(cells)
    if len(whole) < 2:
        return f"There are no two whole {view.unit}s of {view.measure} to compare, {view.when}"
    before, last = (view.figure(cell) for cell in whole[-2:])
    places = [when.bucket(at(cell), view.unit) for cell in whole[-2:]]
    moved = figures.changed(last, before, view.step)
    return (
        f"{words.capital(view.measure)}: {moved} from {places[0]} ({view.said(before)}) "
        f"to {places[1]} ({view.said(last)}), the last whole {view.unit} of {view.when}"
    )
