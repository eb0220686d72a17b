"""Plans: what a question asks, as data; calls, sentences and follow-ups are made from them."""

from dataclasses import dataclass
from typing import Literal

from agent.planner.english.windows import Span, Unit

Math = Literal[
    "total", "unique", "weekly_active", "monthly_active", "first_time", "sessions", "groups",
    "distinct", "sum", "avg", "median", "percentile", "min", "max", "per_person",
]  # fmt: skip
Operator = Literal[
    "=", "!=", ">", ">=", "<", "<=", "contains", "not contains", "starts", "set", "not set"
]
Outcome = Literal["asked", "declined"]
Order = Literal["ordered", "strict", "unordered"]
Report = Literal["steps", "drop", "average_time", "median_time"]
Formula = Literal["share", "ratio", "difference"]
Metric = Literal["count", "duration", "bounce", "pages", "entry", "exit"]
Value = str | float | bool


@dataclass(frozen=True)
class Property:
    """Something known of events, persons, sessions or groups, with PostHog's type of it."""

    name: str
    holder: str = "event"
    """event, person, session, cohort, time, or the name of a group type."""

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
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Times:
    """How often somebody must have done something."""

    operator: Operator
    count: int


@dataclass(frozen=True)
class Series:
    """Some events and what is counted or calculated over them; no event means any event."""

    events: tuple[str, ...] = ()
    """Any of these."""

    math: Math = "total"
    property: Property | None = None
    percentile: float = 0.5
    filters: tuple[Filter, ...] = ()
    group: str | None = None
    """The group type whose members are counted."""

    times: Times | None = None
    first: bool = False
    """Only the first time that somebody did it."""

    span: Span | None = None
    """A period of its own, where it has one."""


@dataclass(frozen=True)
class Breakdown:
    """What results are split by: a property, a part of the time, or the event itself."""

    property: Property | None = None
    part: Literal["hour", "weekday"] | None = None
    label: Property | None = None
    """Another property that names the same thing for people ("product" beside "stock_code")."""

    bins: int | None = None
    """How many ranges of equal width a number is split into, None for each value by itself."""


@dataclass(frozen=True)
class Scope:
    """What holds for all of a question: period, conditions, splits, order."""

    span: Span
    compare: Span | None = None
    filters: tuple[Filter, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    interval: Unit | None = None
    limit: int | None = None
    """How many values of the breakdown were asked for."""

    nth: int | None = None
    """Which place of the order was asked for: 2 for the second highest."""

    ascending: bool = False
    ranked: bool = False
    """Whether an order was asked for, so that the winner is named first."""

    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trends:
    """Counts and calculations, in total or over time."""

    scope: Scope
    series: tuple[Series, ...]
    formula: Formula | None = None
    """What is made of the first two series: the first in percent of the second, or over it."""

    cumulative: bool = False
    growth: bool = False
    """The change from each interval to the next."""

    gaps: bool = False
    """Only the intervals in which nothing happened."""

    peak: bool = False
    """Only the interval with the most or the least."""

    yes_no: bool = False
    """Whether it is asked if most do it."""

    each: Unit | None = None
    """The unit that a mean over intervals is taken by: bookings per day on average."""


@dataclass(frozen=True)
class Window:
    """A length of time."""

    count: int
    unit: str


@dataclass(frozen=True)
class Funnel:
    """Steps that people take one after the other."""

    scope: Scope
    steps: tuple[Series, ...]
    window: Window = Window(14, "day")
    order: Order = "ordered"
    exclusions: tuple[tuple[Series, int, int], ...] = ()
    """What ends an attempt between two steps, which are counted from 1."""

    by_session: bool = False
    report: Report = "steps"
    trend: bool = False


@dataclass(frozen=True)
class Retention:
    """Who came back in the intervals after the one they began in."""

    scope: Scope
    start: Series
    back: Series
    period: Unit = "week"
    intervals: int | None = None
    report: tuple[int, ...] = ()
    """The intervals that were asked for: 7 for day 7."""

    churned: bool = False
    """Whether those who stayed away are asked for."""


@dataclass(frozen=True)
class Lifecycle:
    """Who is new, returns, comes back after a break, or stays away."""

    scope: Scope
    series: Series


@dataclass(frozen=True)
class Stickiness:
    """On how many days, weeks or months people did something."""

    scope: Scope
    series: Series
    at_least: int | None = None


@dataclass(frozen=True)
class Paths:
    """What people do from a point, or up to one."""

    scope: Scope
    start: Series | None = None
    end: Series | None = None
    pages: bool = False
    """Whether only views of pages are looked at."""


@dataclass(frozen=True)
class Sessions:
    """Sessions counted or measured."""

    scope: Scope
    metrics: tuple[Metric, ...]
    math: Math = "avg"
    percentile: float = 0.5


@dataclass(frozen=True)
class Recurring:
    """Monthly recurring revenue, from the events that start, change and end subscriptions."""

    scope: Scope


@dataclass(frozen=True)
class Segment:
    """People who did some things, and not others: how many, or who."""

    scope: Scope
    did: tuple[Series, ...]
    never: tuple[Series, ...] = ()
    listed: bool = False
    share: bool = False
    """In percent of those who did the first thing."""

    order: Series | None = None
    """What they are ranked by."""

    group: str | None = None
    """The group type that is asked about instead of people."""


@dataclass(frozen=True)
class Cause:
    """Why a figure moved: a plan for it, and what was claimed of it."""

    scope: Scope
    figure: Trends | Funnel
    claimed: Literal["up", "down", "zero"] | None = None


@dataclass(frozen=True)
class Watch:
    """What changed across the product in a period."""

    scope: Scope


@dataclass(frozen=True)
class Drivers:
    """Which behaviour goes with a later outcome."""

    scope: Scope
    outcome: Series
    """What is done later, or any event for those who came back."""

    candidates: tuple[Series, ...] = ()
    """The behaviours asked about; none for all of them."""

    absent: bool = False
    """Whether the outcome is that they did not come back: churn."""


Plan = (
    Trends | Funnel | Retention | Lifecycle | Stickiness | Paths | Sessions | Recurring | Segment
    | Cause | Watch | Drivers
)  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """What is said instead of an answer: a question back, or a refusal."""

    outcome: Outcome
    headline: str
    text: str = ""
    choices: tuple[str, ...] = ()
    rephrased: "tuple[str | Plan, ...]" = ()
    """What each choice means: the question as it would read, or a plan."""


class Unsure(Exception):
    """A question can't be read further; the reply says why."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.headline)


class Unfit(Exception):
    """A question is not of the kind that it was tried to be read as."""
