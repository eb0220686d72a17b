"""Two periods side by side."""

from collections.abc import Sequence
from typing import Any

from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, cut, table
from agent.planner.answers.grid import Cell, Grid, Key
from agent.planner.answers.growth import difference
from agent.planner.answers.single import SHOWN
from agent.planner.answers.view import View, at, tidy
from agent.planner.asking.trends import unit
from agent.planner.english.windows import Span

CHANGES = ("change", "change %")


def compared(view: View, now: Grid, before: Grid) -> Finding:
    """The asked period beside the other, and the change between them."""
    if unit(view.plan) and view.plan.scope.breakdowns:
        return _split_series(view, now, before)
    if unit(view.plan):
        return _series(view, now, before)
    if view.plan.scope.breakdowns:
        return _ranking(view, now, before)
    return _single(view, now, before)


def _single(view: View, now: Grid, before: Grid) -> Finding:
    spans, cells = _spans(view), (now.cells[0], before.cells[0])
    values = [view.figure(cell) for cell in cells]
    moved = [difference(*values), figures.change(*values)]
    rows = [
        [span.label, when.dates(span, view.clock), *view.row(cell), *extra]
        for span, cell, extra in zip(spans, cells, (moved, [None, None]), strict=True)
    ]
    shown = table(["period", "dates", *view.columns(), *CHANGES], rows)
    said = "; ".join(_pair(view, cells, place) for place in _places(view))
    empty, doubtful = now.empty and before.empty, now.empty or before.empty
    return Finding(f"{said}.", (shown,), _notes(view), empty=empty, doubtful=doubtful)


def _places(view: View) -> range:
    return range(len(view.plan.series) if view.many else 1)


def _pair(view: View, cells: tuple[Cell, Cell], place: int) -> str:
    """One figure in both periods, and the change."""
    spans = [when.period(span, view.clock) for span in _spans(view)]
    one = view.plan.series[place]
    if not view.many:
        now, before = (view.figure(cell) for cell in cells)
        said, named, unit = view.said, view.measure, view.step
    else:
        now, before = (tidy(cell.values[place]) for cell in cells)
        unit = "" if words.counts(one) else figures.unit(one.property)
        said, named = (lambda value: figures.amount(value, unit)), view.naming(one)
    moved = figures.changed(now, before, unit)
    if view.many or view.counts:
        return f"{said(now)} {named}, {spans[0]}, against {said(before)}, {spans[1]}: {moved}"
    against = f"{said(now)}, {spans[0]}, against {said(before)}, {spans[1]}"
    return f"{words.capital(named)}: {against}: {moved}"


def _ranking(view: View, now: Grid, before: Grid) -> Finding:
    """Values of a breakdown in both periods: by size, or by change where growth is asked for."""
    old = {cell.key: cell for cell in before.cells}
    new = {cell.key: cell for cell in now.cells}
    pairs = [
        (key, _known(view, new, key, now), _known(view, old, key, before))
        for key in [*new, *(k for k in old if k not in new)]
    ]
    if view.plan.growth:
        sign = 1 if view.plan.scope.ascending else -1
        pairs.sort(key=lambda one: (None in one[1:], sign * (difference(one[1], one[2]) or 0)))
    if view.plan.scope.limit:
        pairs = [one for one in pairs if None not in one[0]]
    rows = [
        [*view.key(key), value, other, difference(value, other), figures.change(value, other)]
        for key, value, other in pairs
    ]
    labels = [span.label for span in _spans(view)]
    shown = table([*view.splits(), *labels, *CHANGES], rows, whole=now.whole and before.whole)
    shown = cut(shown, view.plan.scope.limit or SHOWN)
    said = _ranked(view, pairs)
    doubtful = now.empty or before.empty
    return Finding(f"{said}.", (shown,), _notes(view), empty=not rows, doubtful=doubtful)


def _known(view: View, cells: dict[Key, Cell], key: Key, grid: Grid) -> Any:
    """A figure; none at all is zero of what is counted, if nothing was left out."""
    if key in cells:
        return view.figure(cells[key])
    return 0 if grid.whole and (view.counts or view.additive) else None


def _ranked(view: View, pairs: Sequence[tuple[Key, Any, Any]]) -> str:
    against = " against ".join(when.period(span, view.clock) for span in _spans(view))
    by = words.splits(view.plan.scope.breakdowns)
    named = [one for one in pairs if None not in one[0] and one[1] is not None]
    if not named:
        return f"No {view.measure} by {by}, {against}"
    key, now, before = named[0]
    if view.plan.growth:
        lead = _moved(view, key, difference(now, before))
    else:
        key, now, before = max(named, key=lambda one: one[1])
        lead = f"{view.called(key)} has the most {view.measure}" if view.counts else (
            f"{view.called(key)} has the highest {view.measure}"
        )  # fmt: skip
    moved = figures.changed(now, before, view.step)
    return f"{lead}: {view.said(now)} against {view.said(before)}, {moved}, by {by}, {against}"


def _moved(view: View, key: Key, moved: Any) -> str:
    """Who leads in change; said as it is where nothing declined, or nothing grew."""
    down = view.plan.scope.ascending
    name, wrong = view.called(key), moved is not None and (moved >= 0 if down else moved <= 0)
    if not wrong:
        return f"{name} has the largest {'decline' if down else 'increase'} in {view.measure}"
    none = "declined" if down else "increased"
    return f"None {none} in {view.measure}; {name} comes nearest to it"


def _series(view: View, now: Grid, before: Grid) -> Finding:
    """Interval by interval, the first of one period beside the first of the other."""
    size = max(len(now.cells), len(before.cells))
    rows = [_row(view, now, before, n) for n in range(size)]
    labels = [span.label for span in _spans(view)]
    columns = [view.unit, labels[0], f"{view.unit} before", labels[1], *CHANGES]
    shown = table(columns, rows, whole=now.whole and before.whole)
    against = " against ".join(when.period(span, view.clock) for span in _spans(view))
    said = f"{words.capital(view.measure)} per {view.unit}, {against}"
    if view.additive:
        sums = [tidy(sum(view.figure(c) or 0 for c in grid.cells)) for grid in (now, before)]
        said += f": {view.said(sums[0])} against {view.said(sums[1])}, "
        said += figures.changed(sums[0], sums[1], view.step)
    notes = (*when.unfinished(view.span, view.unit, view.clock), *_notes(view))
    empty, doubtful = now.empty and before.empty, now.empty or before.empty
    return Finding(f"{said}.", (shown,), notes, empty=empty, doubtful=doubtful)


def _row(view: View, now: Grid, before: Grid, place: int) -> list[Any]:
    cells = [grid.cells[place] if place < len(grid.cells) else None for grid in (now, before)]
    values = [view.figure(cell) for cell in cells]
    names = [when.bucket(at(cell), view.unit) if cell else None for cell in cells]
    return [names[0], values[0], names[1], values[1], difference(*values), figures.change(*values)]


def _split_series(view: View, now: Grid, before: Grid) -> Finding:
    """Every value of a breakdown, interval by interval, in both periods."""
    rows = []
    for key in now.splits:
        pair = [Grid(tuple(grid.of(key)), grid.whole) for grid in (now, before)]
        size = max(len(pair[0].cells), len(pair[1].cells))
        for place in range(size):
            first, *rest = _row(view, pair[0], pair[1], place)
            rows.append([first, *view.key(key), *rest])
    labels = [span.label for span in _spans(view)]
    columns = [view.unit, *view.splits(), labels[0], f"{view.unit} before", labels[1], *CHANGES]
    shown = table(columns, rows, whole=now.whole and before.whole)
    against = " against ".join(when.period(span, view.clock) for span in _spans(view))
    by = f"{view.measure} by {words.splits(view.plan.scope.breakdowns)}, per {view.unit}"
    notes = (*when.unfinished(view.span, view.unit, view.clock), *_notes(view))
    return Finding(f"{words.capital(by)}, {against}.", (shown,), notes, empty=not rows)


def _notes(view: View) -> tuple[str, ...]:
    """A remark where the periods are not as long as each other."""
    first, second = _spans(view)
    if not (first.start and first.end and second.start and second.end):
        return ()
    lengths = [(span.end - span.start).days for span in (first, second) if span.end and span.start]
    if abs(lengths[0] - lengths[1]) <= 3 or min(lengths) >= 28 * max(lengths) / 31:
        return ()
    return ("The periods are not of one length.",)


def _spans(view: View) -> tuple[Span, Span]:
    assert view.plan.scope.compare is not None
    return view.span, view.plan.scope.compare
