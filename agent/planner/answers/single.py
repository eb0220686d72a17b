"""Trends in total: one figure, several side by side, or split and ranked."""

from collections.abc import Sequence

from agent.answer import AnswerTable
from agent.planner.answers import figures, words
from agent.planner.answers.finding import Finding, cut, table
from agent.planner.answers.grid import Cell, Grid
from agent.planner.answers.view import View
from agent.planner.plan import Series

SHOWN = 25
HALF = 50


def single(view: View, grid: Grid) -> Finding:
    """One figure, or several side by side."""
    (cell,) = grid.cells
    shown = table(view.columns(), [view.row(cell)])
    return Finding(f"{_single(view, cell)}, {view.when}.", (shown,), empty=grid.empty)


def _single(view: View, cell: Cell) -> str:
    figure = view.figure(cell)
    if view.many:
        pairs = zip(cell.values, view.plan.series, strict=True)
        return ", ".join(f"{_value(one, value)} {view.naming(one)}" for value, one in pairs)
    if view.plan.formula:
        return quotient(view, cell)
    if figure is None:
        return f"No value for the {view.measure}: no event there has it"
    if view.counts:
        return f"{view.said(figure)} {view.measure}"
    article = "" if view.first.math == "per_person" else "the "
    named = words.capital(f"{article}{view.measure}")
    return f"{named}: {view.said(figure)}{view.counted(cell)}"


def _value(one: Series, value: object) -> str:
    return figures.amount(value, "" if words.counts(one) else figures.unit(one.property))


def quotient(view: View, cell: Cell) -> str:
    """A share, ratio or difference with what it is made of."""
    plan, figure = view.plan, view.figure(cell)
    names = [view.naming(one) for one in plan.series[:2]]
    conditions = words.filtered(plan.scope.filters)
    where = f" where {conditions}" if conditions else ""
    if figure is None:
        return f"There are no {names[1]}{where}, so there is nothing to relate {names[0]} to"
    if plan.formula == "share":
        sure = "Yes: " if figure > HALF else "No: "
        said = f"{sure if plan.yes_no else ''}{view.said(figure)}"
        return f"{said}{_made_of(view, cell)}: {names[0]}, of {names[1]}{where}"
    return f"{view.said(figure)}{_made_of(view, cell)}: {view.measure}"


def ranking(view: View, grid: Grid) -> Finding:
    """Values of a breakdown by their figures."""
    plan = view.plan
    named = [cell for cell in _sorted(view, grid) if None not in cell.key]
    chosen = named if _leaves_out(view) else _sorted(view, grid)
    shown = _table(view, grid, chosen)
    if not named:
        said = "has a value" if grid.cells else "is there"
        text = f"No {view.measure} {said} by {words.splits(plan.scope.breakdowns)}, {view.when}."
        return Finding(text, (shown,), empty=not grid.cells)
    notes = _notes(view, grid, named, shown)
    return Finding(f"{_winner(view, grid, named)}, {view.when}.", (shown,), notes)


def _sorted(view: View, grid: Grid) -> list[Cell]:
    """By the figure, which may be made of several; parts of the time stay in their order."""
    if not view.plan.formula or view.plan.scope.breakdowns[0].part:
        return list(grid.cells)
    sign = 1 if view.plan.scope.ascending else -1
    known = [cell for cell in grid.cells if view.figure(cell) is not None]
    rest = [cell for cell in grid.cells if view.figure(cell) is None]
    return sorted(known, key=lambda cell: sign * view.figure(cell)) + rest


def _leaves_out(view: View) -> bool:
    """Whether those without a value are no rank."""
    return bool(view.plan.scope.limit or view.plan.scope.nth)


def _table(view: View, grid: Grid, cells: Sequence[Cell]) -> AnswerTable:
    labelled = bool(grid.labels)
    columns = [*view.splits(), *(["name"] if labelled else []), *view.columns()]
    total = _total(view, grid)
    shares = total is not None and len(view.plan.series) == 1
    rows = [
        [
            *view.key(cell.key),
            *([grid.labels.get(cell.key)] if labelled else []),
            *view.row(cell),
            *([figures.part(view.figure(cell), total)] if shares else []),
        ]
        for cell in cells
    ]
    found = table([*columns, *(["% of all"] if shares else [])], rows, whole=grid.whole)
    part = view.plan.scope.breakdowns[0].part
    return (
        found if part and not view.plan.scope.limit else cut(found, view.plan.scope.limit or SHOWN)
    )


def _total(view: View, grid: Grid) -> float | None:
    """The figure over all values, where those are all and add up."""
    if not (view.additive and grid.whole):
        return None
    return sum(view.figure(cell) or 0 for cell in grid.cells)


def _winner(view: View, grid: Grid, named: Sequence[Cell]) -> str:
    """The first in order, or the place that was asked for."""
    nth, figure = view.plan.scope.nth, view.figure
    if nth and nth > 1:
        return _nth(view, named, nth)
    best = view.best(named) or named[0]
    same = [cell for cell in named if figure(cell) == figure(best)]
    names = " and ".join(_called(view, grid, cell) for cell in same[:3])
    verb, each = ("has", "") if len(same) == 1 else ("have", " each")
    total = _total(view, grid)
    share = f" of {view.said(total)}" if total and view.counts and len(same) == 1 else ""
    part = f" ({figures.percent(figures.part(figure(best), total))})" if share else ""
    order = f"the {view.extreme}" if view.counts else f"the {view.extreme} {view.measure}"
    what = f" {view.measure}" if view.counts else ""
    made = _made_of(view, best) if len(same) == 1 else ""
    found = f"{names} {verb} {order}{what}: {view.said(figure(best))}{made}{share}{part}{each}"
    return found + _difference(view, named, best)


def _made_of(view: View, cell: Cell) -> str:
    """The two values that a figure is made of."""
    if not view.plan.formula:
        return ""
    values = zip(view.plan.series[:2], cell.values, strict=False)
    part, whole = (_value(one, value) for one, value in values)
    sign = {"share": "of", "ratio": "/", "difference": "-"}[view.plan.formula]
    return f" ({part} {sign} {whole})"


def _difference(view: View, named: Sequence[Cell], best: Cell) -> str:
    """How far two that are compared lie apart."""
    if len(named) != 2 or view.many:
        return ""
    other = next(cell for cell in named if cell is not best)
    now, before = view.figure(best), view.figure(other)
    if now is None or before is None or now == before:
        return ""
    moved = figures.changed(now, before, view.step).removeprefix("+")
    return f", {view.called(other.key)} {view.said(before)}: a difference of {moved}"


def _nth(view: View, named: Sequence[Cell], nth: int) -> str:
    if len(named) < nth:
        return f"There are only {len(named)} by {words.splits(view.plan.scope.breakdowns)}"
    cell, best = named[nth - 1], named[0]
    place = figures.ordinal(nth)
    return (
        f"{view.called(cell.key)} has the {place} {view.extreme} {view.measure}: "
        f"{view.said(view.figure(cell))}; {view.called(best.key)} comes first with "
        f"{view.said(view.figure(best))}"
    )


def _called(view: View, grid: Grid, cell: Cell) -> str:
    label = grid.labels.get(cell.key)
    return f"{view.called(cell.key)} ({label})" if label else view.called(cell.key)


def _notes(view: View, grid: Grid, named: Sequence[Cell], shown: AnswerTable) -> tuple[str, ...]:
    found = []
    without = [cell for cell in grid.cells if None in cell.key]
    if without and _leaves_out(view):
        figure = view.said(view.figure(without[0])) if len(without) == 1 else str(len(without))
        found.append(f"Those without a value are left out ({figure}).")
    if not grid.whole:
        found.append("There are more values than these, so there is no total.")
    limit = view.plan.scope.limit
    if limit and len(named) < limit and grid.whole:
        found.append(f"There are only {len(named)}.")
    if limit and len(named) > limit:
        last, following = (view.figure(named[n]) for n in (limit - 1, limit))
        if last == following:
            found.append(f"More than one has {view.said(last)}, the last figure shown.")
    return tuple(found)
