"""Plan: what a question asks, as data; the query, the sentence and follow-ups are made from it."""

from dataclasses import dataclass
from typing import Literal

from agent.planner.windows import Span, Unit

Math = Literal[
    "total", "unique", "first_time", "sessions", "distinct", "sum", "avg", "median",
    "percentile", "min", "max", "per_person",
]  # fmt: skip
Operator = Literal[
    "=", "!=", ">", ">=", "<", "<=", "contains", "not contains", "starts", "set", "not set"
]
Part = Literal["hour", "weekday"]
Holder = Literal["event", "person"]


@dataclass(frozen=True)
class Property:
    """A property of events or persons, with PostHog's type of it."""

    name: str
    holder: Holder = "event"
    kind: str = "String"

    @property
    def numeric(self) -> bool:
        """Whether PostHog knows it as a number."""
        return self.kind == "Numeric"


@dataclass(frozen=True)
class Filter:
    """One condition; several values mean any of them."""

    property: Property
    operator: Operator
    values: tuple[str | float | bool, ...] = ()


@dataclass(frozen=True)
class Measure:
    """What is counted or calculated; no event means any event."""

    event: str | None
    math: Math = "total"
    property: Property | None = None
    percentile: float = 0.5
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Breakdown:
    """What results are split by: a property, a part of the time, or the event itself."""

    property: Property | None = None
    part: Part | None = None
    label_property: Property | None = None
    """Another property that names the same thing for people ("product" beside "stock_code")."""


@dataclass(frozen=True)
class Plan:
    """One question about numbers, completely."""

    measures: tuple[Measure, ...]
    span: Span
    filters: tuple[Filter, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    interval: Unit | None = None
    limit: int | None = None
    """How many values of the breakdown were asked for."""

    ascending: bool = False
    share: bool = False
    """The first measure as a percentage of the second."""

    ratio: bool = False
    """The first measure divided by the second."""

    cumulative: bool = False
    compare: Span | None = None
    gaps: bool = False
    """Only the intervals in which nothing happened."""

    peak: bool = False
    """Which interval had the most, or the fewest when ascending."""

    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What the planner says instead of a plan."""

    outcome: Literal["asked", "declined"]
    headline: str
    text: str = ""
    choices: tuple[str, ...] = ()
    rephrased: tuple[str, ...] = ()
    """The whole question for each choice, as if it had been asked that way."""


class Unsure(Exception):
    """The reading stops here; the reply says what is unclear or impossible."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.headline)
