"""A chart as a Vega-Lite specification; texts from data stand in its values alone."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from agent.chart.axes import (
    GREY,
    INK,
    PALE,
    Spec,
    across,
    colour,
    faded,
    measured,
    names_down,
    order,
    place_of,
    up,
)
from agent.chart.columns import number
from agent.chart.spec import Chart, Number

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
WIDTH, HEIGHT = 720, 340
FEW = 31
"""Up to so many points each has a dot of its own."""

FONT = "Inter, Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif"
CONFIG: Mapping[str, Any] = {
    "background": "white",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": GREY, "titleColor": GREY, "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": "normal", "gridColor": PALE, "domain": False, "tickColor": PALE,
        "labelLimit": 330, "titleLimit": 600,
    },
    "legend": {
        "orient": "top", "direction": "horizontal", "title": None, "labelFontSize": 12,
        "labelColor": INK, "labelLimit": 220, "symbolStrokeWidth": 3, "columns": 4,
    },
    "title": {
        "anchor": "start", "color": INK, "fontSize": 18, "fontWeight": 600, "lineHeight": 23,
        "subtitleColor": GREY, "subtitleFontSize": 13, "subtitleLineHeight": 18,
        "subtitlePadding": 6, "offset": 14, "frame": "bounds", "limit": 900,
    },
    "concat": {"spacing": 8},
}  # fmt: skip
LETTERS = 78


def vega_lite(chart: Chart) -> Spec:
    """The chart as Vega-Lite, with title, window and zone above it and its source below."""
    source = {
        "text": [chart.source], "orient": "bottom", "fontSize": 11, "fontWeight": "normal",
        "color": GREY, "offset": 10,
    }  # fmt: skip
    return {
        "$schema": SCHEMA,
        "config": dict(CONFIG),
        "padding": 24,
        "title": {"text": _title(chart), "subtitle": _subtitle(chart)},
        "data": {"values": _rows(chart)},
        "vconcat": [{"title": source, **DRAWN[chart.kind](chart)}],
    }


def _title(chart: Chart) -> list[str]:
    return textwrap.wrap(chart.title, LETTERS, max_lines=3, placeholder=" …")


def _subtitle(chart: Chart) -> list[str]:
    notes = [chart.period, *chart.notes]
    if chart.unfinished:
        way = "dashed" if chart.kind == "line" else "drawn lighter"
        notes.append(f"The last {chart.axis.removeprefix('end of ')} is not over ({way}).")
    return textwrap.wrap(" · ".join(filter(None, notes)), 110)


def _rows(chart: Chart) -> list[Spec]:
    """One row a value: its name and place on the axis, its series, and its label."""
    last = len(chart.names) - 1
    rows = []
    for place, name in enumerate(chart.names):
        at = place_of(chart, name)
        for rank, one in enumerate(chart.series):
            value = one.values[place]
            row: Spec = {"x": at, "y": value, "s": one.name, "o": rank, "i": place}
            row["label"] = "" if value is None else _label(chart, one.values, place)
            if chart.unfinished and place >= last - 1:
                row["end"] = last - place
            rows.append(row)
    return rows


def _label(chart: Chart, values: Sequence[Number | None], place: int) -> str:
    value, first = values[place], values[0]
    assert value is not None
    text = number(value, chart.unit)
    if chart.kind == "heat":
        return f"{value:,.0f}"
    if chart.kind == "funnel" and first and place:
        return f"{text}  ({number(100 * value / first, '%')})"
    return text


def _line(chart: Chart) -> Spec:
    dots = len(chart.names) <= FEW
    solid: Spec = {
        "transform": [{"filter": "datum.end !== 0"}],
        "mark": {"type": "line", "strokeWidth": 2.5 if len(chart.names) < 500 else 1.2,
                 "strokeJoin": "round", "point": {"size": 36} if dots else False},
    }  # fmt: skip
    layers = [solid]
    if chart.unfinished:
        open_end = {"type": "line", "strokeDash": [4, 4], "strokeWidth": 2, "opacity": 0.6}
        hollow = {"type": "point", "fill": "white", "size": 42, "opacity": 1, "strokeWidth": 2}
        layers += [
            {"transform": [{"filter": "isValid(datum.end)"}], "mark": open_end},
            {"transform": [{"filter": "datum.end === 0"}], "mark": hollow},
        ]
    encoding = {"x": across(chart), "y": up(chart), "color": colour(chart)}
    return {"width": WIDTH, "height": HEIGHT, "encoding": encoding, "layer": layers}


def _bar(chart: Chart) -> Spec:
    if chart.timed or chart.ordered:
        return _columns(chart)
    several = len(chart.series) > 1
    encoding: Spec = {"y": names_down(chart), "x": up(chart)}
    encoding["color"] = colour(chart)
    if several:
        encoding["yOffset"] = {"field": "s", "sort": order(chart)}
    step = {"step": 17 if several else 27, "for": "offset" if several else "position"}
    layers = [{"mark": {"type": "bar", "cornerRadiusEnd": 2}}, *_labelled(chart)]
    return {"width": WIDTH, "height": step, "encoding": encoding, "layer": layers}


def _labelled(chart: Chart) -> list[Spec]:
    """Each bar's value at its end, on the side away from zero."""
    text: Spec = {"type": "text", "color": INK, "fontSize": 12, "baseline": "middle"}
    sides: tuple[tuple[str, str, int], ...] = (
        ("datum.y >= 0", "left", 5),
        ("datum.y < 0", "right", -5),
    )
    return [
        {
            "transform": [{"filter": f"isValid(datum.y) && {side}"}],
            "mark": {**text, "align": align, "dx": shift},
            "encoding": {"text": {"field": "label"}, "color": {"value": INK}},
        }
        for side, align, shift in sides
    ]


def _columns(chart: Chart) -> Spec:
    """Upright bars, for names that have an order."""
    several = len(chart.series) > 1
    encoding: Spec = {"x": across(chart), "y": up(chart), "color": colour(chart)}
    encoding["opacity"] = faded()
    if several:
        encoding["xOffset"] = {"field": "s", "sort": order(chart)}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "encoding": encoding,
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
    }


def _stacked(chart: Chart) -> Spec:
    if not chart.timed:
        encoding: Spec = {"y": names_down(chart), "x": up(chart), "color": colour(chart)}
        encoding["order"] = {"field": "o"}
        height: Any = {"step": 27}
    else:
        encoding = {"x": across(chart), "y": up(chart), "color": colour(chart)}
        encoding |= {"order": {"field": "o"}, "opacity": faded()}
        height = HEIGHT
    return {"width": WIDTH, "height": height, "encoding": encoding, "mark": {"type": "bar"}}


def _funnel(chart: Chart) -> Spec:
    several = len(chart.series) > 1
    encoding: Spec = {"y": names_down(chart), "x": up(chart), "color": colour(chart)}
    if several:
        encoding["yOffset"] = {"field": "s", "sort": order(chart)}
    step = {"step": 20 if several else 46, "for": "offset" if several else "position"}
    layers = [{"mark": {"type": "bar", "cornerRadiusEnd": 3}}, *_labelled(chart)]
    return {"width": WIDTH - 60, "height": step, "encoding": encoding, "layer": layers}


def _heat(chart: Chart) -> Spec:
    top = max((v for one in chart.series for v in one.values if v is not None), default=1)
    later = {
        "field": "x", "type": "nominal", "sort": None, "title": None,
        "axis": {"orient": "top", "labelAngle": 0, "ticks": False},
    }  # fmt: skip
    cohorts = {
        "field": "s", "type": "nominal", "sort": None, "title": f"{chart.axis} (size)",
        "axis": {"ticks": False},
    }  # fmt: skip
    legend = {"title": measured(chart), "orient": "right", "direction": "vertical",
              "gradientLength": 140}  # fmt: skip
    shade = {
        "field": "y", "type": "quantitative", "legend": legend,
        "scale": {"domain": [0, top], "range": ["#f1f5fc", "#1f55b5"]},
    }  # fmt: skip
    ink = {"condition": {"test": f"datum.y > {0.55 * top}", "value": "white"}, "value": INK}
    return {
        "width": {"step": max(46, min(110, WIDTH // max(1, len(chart.names))))},
        "height": {"step": 27},
        "transform": [{"filter": "isValid(datum.y)"}],
        "encoding": {"x": later, "y": cohorts},
        "layer": [
            {"mark": {"type": "rect", "stroke": "white", "strokeWidth": 2},
             "encoding": {"color": shade}},
            {"mark": {"type": "text", "fontSize": 12},
             "encoding": {"text": {"field": "label"}, "color": ink}},
        ],
    }  # fmt: skip


DRAWN = {"line": _line, "bar": _bar, "stacked": _stacked, "funnel": _funnel, "heat": _heat}
