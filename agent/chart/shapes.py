"""From an answer to its chart: the kind follows from the shape of the data, here and only here."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from agent.answer import Answer, AnswerTable, Window
from agent.cells import column, is_numeric, is_time, one_line
from agent.chart.columns import (
    BESIDE,
    NAMED,
    QUOTIENTS,
    WEEKDAYS,
    distinct,
    moment,
    span,
    unit,
)
from agent.chart.spec import Chart, Kind, Number, Series
from agent.marks import marked
from agent.settings import EMBEDDED_HOST

BARS = 20
LINES = 8
LIFE = ("new", "returning", "resurrecting", "dormant")
DATES = re.compile(r" ?\(\d{4}-\d\d-\d\d[^)]*\)")
LATER = re.compile(r"(\w+ \d+)( %)?")
JOINTS = {"percent": "in % of", "ratio": "per", "difference": "minus"}
COMPARABLE = 50
"""How many times larger one column may be than another on the same axis."""


def chart_of(answer: Answer, kind: Kind | None = None) -> Chart | None:
    """The chart of an answer, None when its tables have no shape that a chart can show."""
    found = [made for table in answer.tables if (made := drawn(table, answer.window))]
    if not found:
        return None
    chart = next((one for one in found if one.kind in ("heat", "funnel")), found[-1])
    wanted = as_kind(chart, kind) if kind else chart
    window = answer.window
    return wanted and replace(
        wanted,
        title=DATES.sub("", one_line(marked(answer, "headline"))),
        period=f"{_words(window)} ({one_line(window.timezone)})" if window else "",
        source=_source(answer),
    )


def as_kind(chart: Chart, kind: Kind) -> Chart | None:
    """The chart drawn another way, None where that would mislead."""
    if kind == chart.kind:
        return chart
    if kind in ("heat", "funnel") or chart.kind in ("heat", "funnel"):
        return None
    adds = chart.unit != "%" and all(
        value is None or value >= 0 for one in chart.series for value in one.values
    )
    if kind == "line" and not (chart.timed or chart.ordered):
        return None
    if kind == "stacked" and not (adds and len(chart.series) > 1):
        return None
    return replace(chart, kind=kind)


def drawn(table: AnswerTable, window: Window | None = None) -> Chart | None:
    """The chart of one table, without what only its answer knows."""
    if not table.rows or not table.columns:
        return None
    columns = [[*map(_finite, values)] for values in zip(*table.rows, strict=True)]
    chart = _funnel(table.columns, columns) or _heat(table.columns, columns)
    chart = chart or _matrix(table.columns, columns) or _long(table, columns)
    if chart is None:
        return None
    notes = () if table.whole else ("The largest only: there are more.",)
    chart = replace(chart, notes=(*chart.notes, *notes))
    return replace(chart, unfinished=_unfinished(chart, window))


def _funnel(names: Sequence[str], columns: list[list[Any]]) -> Chart | None:
    if "step" not in names or "event" not in names or "% of first" not in names:
        return None
    step, first = names.index("step"), names.index("% of first")
    if step > 1 or first < 3:
        return None
    labels, counts = columns[names.index("event")], columns[first - 1]
    groups = columns[0] if step else [""] * len(labels)
    values: dict[str, list[Number | None]] = {}
    for group, count in zip(groups, counts, strict=True):
        values.setdefault(one_line("(none)" if group is None else group), []).append(count)
    length = len(next(iter(values.values())))
    if any(len(one) != length for one in values.values()):
        return None
    steps = [f"{place}. {label}" for place, label in enumerate(labels[:length], 1)]
    series = tuple(Series(name, tuple(one)) for name, one in [*values.items()][:LINES])
    measure = one_line(names[first - 1])
    notes = (f"{LINES} of {len(values)} groups.",) if len(values) > LINES else ()
    return Chart(
        "funnel",
        "",
        "",
        "",
        "step",
        measure,
        "",
        distinct(steps),
        series,
        ordered=True,
        notes=notes,
    )


def _heat(names: Sequence[str], columns: list[list[Any]]) -> Chart | None:
    later = [place for place, name in enumerate(names) if LATER.fullmatch(name)]
    if len(later) < 2 or later[0] != 2 or names[1] not in ("size", "people"):
        return None
    if not is_numeric(columns[1]):
        return None
    rows = list(zip(*columns, strict=True))[:BARS]
    labels = distinct([f"{_text(row[0])} ({row[1]:,})" for row in rows])
    series = tuple(
        Series(label, tuple(row[place] for place in later))
        for label, row in zip(labels, rows, strict=True)
    )
    percent = "%" if names[later[0]].endswith("%") else ""
    marks = tuple(one_line(names[place]).removesuffix(" %") for place in later)
    measure = "came back" if percent else "people who came back"
    notes = () if len(rows) == len(columns[0]) else (f"The first {BARS} of {len(columns[0])}.",)
    return Chart(
        "heat", "", "", "", one_line(names[0]), measure, percent, marks, series, ordered=True,
        notes=notes,
    )  # fmt: skip


def _matrix(names: Sequence[str], columns: list[list[Any]]) -> Chart | None:
    """Moments or names in the first column, each once, and numbers beside them."""
    labels = columns[0]
    if len({*map(str, labels)}) < len(labels) or len(columns) < 2:
        return None
    places = _values(names, columns)
    if not places:
        return None
    timed = is_time(labels) and all(a < b for a, b in pairwise(labels))
    if not timed and any(not is_numeric(one) for one in columns[1 : places[0]]):
        return None
    kind: Kind = "line" if timed else "bar"
    if timed and [names[place] for place in places] == [*LIFE]:
        kind = "stacked"
        columns[places[-1]] = [None if v is None else -v for v in columns[places[-1]]]
    kept = len(labels) if timed or _ordered(labels) else BARS
    series = tuple(Series(one_line(names[place]), tuple(columns[place][:kept])) for place in places)
    notes = (f"The first {kept} of {len(labels)}.",) if len(labels) > kept else ()
    measure = _measure(names, places)
    told = tuple(map(str, labels)) if timed else distinct([*map(_text, labels)][:kept])
    of = unit(names[1] if names[places[0]] == "ratio" else names[places[0]])
    return Chart(
        kind, "", "", "", one_line(names[0]), measure, of, told, series, timed, _ordered(labels),
        notes=notes,
    )  # fmt: skip


def _long(table: AnswerTable, columns: list[list[Any]]) -> Chart | None:
    """Moments, names and one number: a line a name; two kinds of names: stacked bars."""
    names = table.columns
    if len(columns) < 3 or is_numeric(columns[1]) or not (places := _values(names, columns)):
        return None
    place = places[0]
    if place != 2:
        return None
    timed = is_time(columns[0])
    if not timed and not table.whole:
        return _joined(names, columns, place)
    axis = sorted({*columns[0]}) if timed else [*dict.fromkeys(columns[0])]
    cells: dict[str, dict[Any, Number | None]] = {}
    for at, name, value in zip(columns[0], columns[1], columns[place], strict=True):
        cells.setdefault(_text(name), {})[at] = value
    ranked = sorted(cells, key=lambda one: -sum(v or 0 for v in cells[one].values()))
    shown = ranked[:LINES]
    kept = axis if timed else axis[:BARS]
    if not timed and (unit(names[place]) == "%" or _negative(columns[place])):
        return _joined(names, columns, place)
    series = tuple(
        Series(label, tuple(cells[name].get(at) for at in kept))
        for label, name in zip(distinct(shown), shown, strict=True)
    )
    notes = []
    if len(ranked) > len(shown):
        notes.append(f"The {len(shown)} largest of {len(ranked)}: {one_line(names[1])}.")
    if len(kept) < len(axis):
        notes.append(f"The first {len(kept)} of {len(axis)}: {one_line(names[0])}.")
    told = tuple(map(str, kept)) if timed else distinct([*map(_text, kept)])
    return Chart(
        "line" if timed else "stacked", "", "", "", one_line(names[0]), one_line(names[place]),
        unit(names[place]), told, series, timed, notes=tuple(notes),
    )  # fmt: skip


def _joined(names: Sequence[str], columns: list[list[Any]], place: int) -> Chart:
    """Bars of two names together, where the parts of a whole are not all there."""
    labels = [", ".join(map(_text, pair)) for pair in zip(*columns[:2], strict=True)]
    axis = f"{one_line(names[0])}, {one_line(names[1])}"
    series = Series(one_line(names[place]), tuple(columns[place][:BARS]))
    notes = (f"The first {BARS} of {len(labels)}.",) if len(labels) > BARS else ()
    return Chart(
        "bar", "", "", "", axis, series.name, unit(names[place]), distinct(labels[:BARS]),
        (series,), notes=notes,
    )  # fmt: skip


def _values(names: Sequence[str], columns: list[list[Any]]) -> list[int]:
    """The columns that a chart shows: one measure, or several that can share an axis."""
    numeric = [place for place in range(1, len(names)) if is_numeric(columns[place])]
    if exact := [place for place in numeric if names[place] in QUOTIENTS]:
        return exact[-1:]
    main = [place for place in numeric if not BESIDE.fullmatch(names[place])] or numeric[:1]
    if not main:
        return []
    largest = {place: max(abs(v) for v in columns[place] if v is not None) for place in main}
    first = main[0]
    alike = [
        place
        for place in main
        if unit(names[place]) == unit(names[first])
        and largest[place] <= COMPARABLE * largest[first]
        and largest[first] <= COMPARABLE * largest[place]
    ]
    return (alike or [first])[:LINES]


def _ordered(labels: Sequence[Any]) -> bool:
    """Whether names have an order that a reader expects: weekdays, or numbers going up."""
    words = [str(label).lower() for label in labels]
    if len(words) > 1 and all(word in WEEKDAYS for word in words):
        return True
    return is_numeric(labels) and None not in labels and all(a < b for a, b in pairwise(labels))


def _unfinished(chart: Chart, window: Window | None) -> bool:
    if not (chart.timed and window and window.end):
        return False
    try:
        end = datetime.fromisoformat(window.end).replace(tzinfo=None)
        return moment(chart.names[-1]) + span(chart.axis, chart.names) > end
    except ValueError:
        return False


def _finite(value: Any) -> Any:
    """The value, None for what no axis can hold."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _negative(values: Sequence[Any]) -> bool:
    return any(value is not None and value < 0 for value in values)


def _text(value: Any) -> str:
    return column("", [value])[0]


def _measure(names: Sequence[str], places: Sequence[int]) -> str:
    """What columns measure: their name, what a quotient is made of, or the words they share."""
    name = names[places[0]]
    if name in JOINTS and len(names) == 4:
        return one_line(f"{names[1]} {JOINTS[name]} {names[2]}")
    if len(places) == 1:
        return one_line(name)
    words = [one_line(names[place]).split() for place in places]
    common = []
    for parts in zip(*map(reversed, words), strict=False):
        if len({*parts}) > 1:
            break
        common.append(parts[0])
    return "" if common and NAMED.fullmatch(common[0]) else " ".join(reversed(common))


def _words(window: Window) -> str:
    try:
        return one_line(window.words)
    except ValueError:
        return one_line(f"{window.start} up to {window.end}")


def _source(answer: Answer) -> str:
    """Where the numbers come from, so that somebody else can find them again."""
    where = "embedded" if answer.project_host == EMBEDDED_HOST else answer.project_host
    name = answer.project_name or f"project {answer.project_id or 'unknown'}"
    receipt = f", receipt {answer.receipt}" if answer.receipt else ""
    return one_line(f"Source: PostHog, {name} ({where}){receipt}")
