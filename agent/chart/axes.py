"""The axes and colours of a chart as Vega-Lite has them."""

from typing import Any

from agent.chart.columns import moment
from agent.chart.spec import Chart

BLUE, INK, GREY, PALE = "#2563c9", "#1c2430", "#6b7480", "#e3e7ec"
COLOURS = (
    BLUE, "#e07b1a", "#1a9a78", "#b8429b", "#7a5cc7", "#c2a20c", "#5aa9e0", "#9a5b3c",
)  # fmt: skip
"""Told apart by people who see colours differently, and in print."""

LIFE = {"new": BLUE, "returning": "#1a9a78", "resurrecting": "#c2a20c", "dormant": "#a7afb9"}
Spec = dict[str, Any]


def across(chart: Chart) -> Spec:
    """The axis of the names, from left to right."""
    if not (chart.timed and chart.kind == "line"):
        axis = {"labelAngle": 0, "labelOverlap": "parity", "domain": False}
        return {"field": "x", "type": "ordinal", "sort": None, "title": chart.axis, "axis": axis}
    return {
        "field": "x", "type": "temporal", "scale": {"type": "utc"}, "title": chart.axis,
        "axis": {"format": _format(chart), "labelOverlap": True, "grid": False,
                 "tickCount": min(10, len(chart.names)), **_ticks(chart)},
    }  # fmt: skip


def _ticks(chart: Chart) -> Spec:
    """Marks at the periods themselves, where all of them find room."""
    if len(chart.names) > 14:
        return {}
    return {"values": [f"{moment(name).isoformat()}Z" for name in chart.names]}


def _format(chart: Chart) -> str:
    first, last = moment(chart.names[0]), moment(chart.names[-1])
    if any(moment(name).hour for name in chart.names) and (last - first).days < 7:
        return "%H:%M" if first.date() == last.date() else "%b %-d, %H:%M"
    if chart.axis.removeprefix("end of ") in ("month", "quarter", "year"):
        return "%b %Y"
    return "%b %-d" if first.year == last.year else "%b %-d, %Y"


def up(chart: Chart) -> Spec:
    """The axis of the values."""
    axis = {**_values(chart), "tickCount": 6}
    return {
        "field": "y",
        "type": "quantitative",
        "title": measured(chart),
        "axis": axis,
        **_room(chart),
    }


def _room(chart: Chart) -> Spec:
    """A scale with room for the labels of bars below zero, and one for nothing but zeros."""
    values = [v for one in chart.series for v in one.values if v is not None]
    low, high = min(0, *values, 0), max(0, *values, 0)
    if low == high:
        return {"scale": {"domain": [0, 1]}}
    if low < 0 and chart.kind == "bar" and not chart.ordered and not chart.timed:
        room = 0.18 * (high - low)
        return {"scale": {"domain": [low - room, high + (room if high else 0)], "nice": False}}
    return {}


def _values(chart: Chart) -> Spec:
    """The axis of the values, each with its unit; no halves where only whole ones are counted."""
    counted = all(v is None or v == int(v) for one in chart.series for v in one.values)
    step = {"tickMinStep": 1} if counted else {}
    plain = (
        "(abs(datum.value) >= 1e6 ? replace(format(datum.value, '~s'), 'G', 'B')"
        " : format(datum.value, ',~f'))"
    )
    if chart.unit.isupper():
        return {"labelExpr": f"'{chart.unit} ' + {plain}", **step}
    return {"labelExpr": f"{plain} + '\u202f%'" if chart.unit == "%" else plain, **step}


def measured(chart: Chart) -> str:
    """What the values are, with their unit."""
    known = chart.unit.lower() in chart.measure.lower() if chart.unit else True
    return chart.measure if known else f"{chart.measure} ({chart.unit})".strip()


def names_down(chart: Chart) -> Spec:
    """The axis of the names, one below the other."""
    names = chart.names if not chart.timed else _told(chart).values()
    axis = {"ticks": False, "labelColor": INK, "grid": False}
    return {"field": "x", "type": "nominal", "title": None, "axis": axis,
            "scale": {"domain": list(names)}}  # fmt: skip


def order(chart: Chart) -> list[str]:
    """The names of the series as they are to stand."""
    return [one.name for one in chart.series]


def colour(chart: Chart) -> Spec:
    """A colour for each series, and the same one for the stages of a life everywhere."""
    if len(chart.series) == 1:
        return {"value": BLUE}
    names = order(chart)
    life = all(name in LIFE for name in names)
    colours = [LIFE[name] for name in names] if life else list(COLOURS[: len(names)])
    return {"field": "s", "type": "nominal", "sort": None,
            "scale": {"domain": names, "range": colours}}  # fmt: skip


def faded() -> Spec:
    """What is not over is drawn lighter."""
    return {"condition": {"test": "datum.end === 0", "value": 0.45}, "value": 1}


def place_of(chart: Chart, name: str) -> str:
    """A place on the axis: a moment for lines, whose distances matter; else a name."""
    if not chart.timed:
        return name
    return f"{moment(name).isoformat()}Z" if chart.kind == "line" else _told(chart)[name]


def _told(chart: Chart) -> dict[str, str]:
    """The moments of an axis as words, those of ISO where two would look alike."""
    shape = _format(chart)
    told = {name: f"{moment(name):{shape}}" for name in chart.names}
    return told if len({*told.values()}) == len(told) else {name: name for name in chart.names}
