"""What a chart shows, whoever draws it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["line", "bar", "stacked", "funnel", "heat"]
Number = int | float


@dataclass(frozen=True)
class Series:
    """One named row of values, one for each name on the axis of the chart."""

    name: str
    values: tuple[Number | None, ...]


@dataclass(frozen=True)
class Chart:
    """A matrix of values with everything that a reader needs to trust it; all texts are safe."""

    kind: Kind
    title: str
    period: str
    """The absolute window with its zone; empty where the answer has none."""

    source: str
    axis: str
    """What the names are."""

    measure: str
    """What the values are."""

    unit: str
    """Behind every value, or before it where it is money; empty for plain counts."""

    names: tuple[str, ...]
    series: tuple[Series, ...]
    timed: bool = False
    """Whether the names are moments, as ISO dates and times."""

    ordered: bool = False
    """Whether the names have an order of their own, as weekdays have."""

    unfinished: bool = False
    """Whether the last period of the axis is not over."""

    notes: tuple[str, ...] = ()
    """What a reader must know besides."""
