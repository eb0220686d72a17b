"""A chart as PNG or SVG, the same for a terminal, a file and a message."""

import json
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from agent.answer import Answer
from agent.chart.shapes import chart_of
from agent.chart.spec import Chart, Kind
from agent.chart.vega import vega_lite
from agent.errors import SettingsError

SHARP = 2
"""Pixels a point, for screens of today."""

FORMS = (".png", ".svg")
VEGA_LITE = "5.21"


def picture(answer: Answer) -> bytes | None:
    """The answer's chart as PNG, None when it has none."""
    chart = chart_of(answer)
    return png(chart) if chart else None


def can_draw() -> bool:
    """Whether the library for pictures is installed."""
    return find_spec("vl_convert") is not None


def write_picture(answer: Answer, path: Path, kind: Kind | None = None) -> None:
    """Write the answer's chart to a file, PNG or SVG by its name; a file that is there stays."""
    check(path)
    chart = chart_of(answer, kind)
    if chart is None:
        shape = f"shape for a {kind} chart" if kind else "rows that a chart could show"
        raise SettingsError(f"{path.name} is not written: this answer has no {shape}.")
    made = svg(chart).encode() if path.suffix.lower() == ".svg" else png(chart)
    try:
        with path.open("xb") as file:
            file.write(made)
    except FileExistsError:
        raise SettingsError(f"{path} is there already: name another file.") from None
    except OSError as error:
        raise SettingsError(f"{path} can't be written ({error.strerror}): check it.") from None


def check(path: Path) -> None:
    """Refuse a file that no picture can be written to, before anything is asked for it."""
    if path.suffix.lower() not in FORMS:
        raise SettingsError(f"{path.name} is no picture: name a file that ends in .png or .svg.")
    if path.exists():
        raise SettingsError(f"{path} is there already: name another file.")
    _drawer()


def png(chart: Chart) -> bytes:
    """The chart as PNG."""
    return bytes(
        _drawer().vegalite_to_png(
            json.dumps(vega_lite(chart)), vl_version=VEGA_LITE, scale=SHARP, allowed_base_urls=[]
        )
    )


def svg(chart: Chart) -> str:
    """The chart as SVG."""
    return str(
        _drawer().vegalite_to_svg(
            json.dumps(vega_lite(chart)), vl_version=VEGA_LITE, allowed_base_urls=[]
        )
    )


def _drawer() -> ModuleType:
    """The library that draws, which only pictures need."""
    try:
        import vl_convert
    except ImportError:
        raise SettingsError(
            "Pictures need one more library: pip install 'hogloop[chart]'."
        ) from None
    return vl_convert
