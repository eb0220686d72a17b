"""Groups: what neighbouring chunks say together, before the kind of question is known."""

from dataclasses import dataclass, replace
from typing import Literal

from agent.planner.english.names import Link
from agent.planner.plan import Operator, Times, Value
from agent.planner.world import Value as Found


@dataclass(frozen=True)
class Amount:
    """A number, or a range of two, with what it is compared by."""

    operator: Operator
    numbers: tuple[float, ...]
    money: bool = False
    seconds: bool = False
    """Whether it is a length of time."""


@dataclass(frozen=True)
class Condition:
    """A condition whose property is settled once the event is known."""

    links: tuple[Link, ...] = ()
    """The properties its words may name; none when only the values tell."""

    found: tuple[Found, ...] = ()
    """Where its values stand in the data."""

    operator: Operator = "="
    values: tuple[Value, ...] = ()
    amount: Amount | None = None
    path: bool = False
    """Whether the value is a page's path."""

    contrast: bool = False
    """Whether its values are to be compared with each other."""

    holder: str = ""
    """Set where the words tell whose property it is: cohort, time, person."""

    guessed: bool = False
    """Whether its text was taken as it stands, without a value that is just that."""

    @property
    def negated(self) -> bool:
        """Whether it excludes."""
        return self.operator in ("!=", "not contains", "not set")

    def denied(self) -> "Condition":
        """The opposite."""
        opposite: dict[Operator, Operator] = {
            "=": "!=", "contains": "not contains", "set": "not set", "!=": "=",
            "not contains": "contains", "not set": "set", ">": "<=", "<": ">=", ">=": "<",
            "<=": ">", "starts": "not contains",
        }  # fmt: skip
        return replace(self, operator=opposite[self.operator])


@dataclass(frozen=True)
class Event:
    """An event as it was said: what it may be, and what was said of it."""

    links: tuple[Link, ...]
    conditions: tuple[Condition, ...] = ()
    times: Times | None = None
    first: bool = False
    nth: int | None = None
    other: tuple["Event", ...] = ()
    """Further events, any of which will do."""

    doers: bool = False
    """Whether the people were named who do it: bookers."""

    @property
    def score(self) -> float:
        """How surely its best link is meant."""
        return self.links[0].score if self.links else 0.0


@dataclass(frozen=True)
class Dimension:
    """Something results may be split by or counted per."""

    kind: Literal["property", "part", "group", "unit", "event", "people", "sessions", "cohort"]
    value: str | tuple[Link, ...] = ""


@dataclass(frozen=True)
class Rank:
    """An order that was asked for: top 5, the lowest 7, the second highest."""

    descending: bool = True
    limit: int | None = None
    nth: int | None = None


@dataclass(frozen=True)
class People:
    """People as they were said: which noun, and which of them."""

    noun: str
    new: bool = False
    returning: bool = False
    active: bool = False
