"""What a query is compiled for, and what comes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Objects = Callable[[str], Sequence[Mapping[str, Any]]]
ON_EVENTS = "person_id_override_properties_on_events"
"""PostHog's default way to find the person of an event and that person's properties."""


def _no_objects(kind: str) -> Sequence[Mapping[str, Any]]:
    return ()


def _joined() -> str:
    return ""


def covers_none(scope: str) -> bool:
    """For who may read no objects that need a scope."""
    return False


@dataclass(frozen=True)
class Context:
    """The project a query runs in."""

    team: int = 1
    """The project's id, which PostHog keeps on every row as team_id."""
    timezone: str = "UTC"
    week_start: int = 0
    """The first day of a week: 0 for Sunday, 1 for Monday."""
    property_types: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(event, person, group or session; key) → String, Numeric, Boolean or DateTime."""
    materialised: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(table, key) → the physical Nullable(String) column that holds the property."""
    now: datetime | None = None
    """The project's frozen clock; an aware instant."""
    default_limit: int = 100
    max_limit: int = 50_000
    group_types: tuple[str, ...] = ()
    objects: Objects = _no_objects
    """The project's saved objects by kind of document: cohort, action, feature_flag …."""
    test_account_filters: Sequence[Mapping[str, Any]] = ()
    seen: frozenset[str] | None = None
    """Every event property that any event has; None where that is not known."""
    persons_mode: str = ON_EVENTS
    """PostHog's modifier personsOnEventsMode."""
    person_of_event: Callable[[], str] = _joined
    """The column of events that says whose each is today, empty where only the overrides tell.

    Asked only when a query needs the person of an event.
    """
    longest_session: int | None = None
    """Seconds that no session lasts longer than, where that is known."""
    covers: Callable[[str], bool] = covers_none
    """Whether who asks may read objects of a scope, as feature_flag:read."""

    def clock(self) -> datetime:
        """This instant as the project sees it, aware, in its time zone."""
        return (self.now or datetime.now(UTC)).astimezone(ZoneInfo(self.timezone))


@dataclass(frozen=True)
class Compiled:
    """ClickHouse SQL and what a caller must know to read its rows."""

    sql: str
    columns: tuple[str, ...]
    tables: tuple[str, ...]
    limit: int
    """The rows to keep; where the query set no such LIMIT, it asks for one more to show the cut."""
    offset: int
    own_limit: bool
    """Whether the query itself says how many rows it wants, and may have as many."""
    shown: tuple[str, ...]
    """The columns' names as PostHog shows them, of which two may be the same."""
    tree: dict[str, Any]
    """What was compiled, without placeholders and with its LIMIT."""
