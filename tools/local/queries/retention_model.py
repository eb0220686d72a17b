"""RetentionQuery as PostHog's schema has it, and the intervals it is about."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from tools.local.dates import Interval, Window, earlier, floor, later
from tools.local.queries.model import BreakdownFilter, DateRange, Entity, Filters, Insight, Part
from tools.local.queries.reader import Reader

RECURRING = "retention_recurring"
FIRST_EVER = "retention_first_ever_occurrence"
_PERIODS: dict[str, Interval] = {"Hour": "hour", "Day": "day", "Week": "week", "Month": "month"}


class RetentionEntity(Part):
    """What people begin with, or come back for."""

    id: str | int | None = None
    """The name of an event, or the id of an action; None for every event."""

    type: Literal["events", "actions"] | None = None
    kind: Literal["EventsNode", "ActionsNode"] | None = None
    properties: Filters = None
    name: str | None = None
    custom_name: str | None = None
    order: int | None = None
    uuid: str | None = None

    def entity(self) -> Entity:
        """The same as the other insights write it."""
        if self.type == "actions":
            action = str(self.id)
            number = int(action) if action.isdecimal() else None
            return Entity(kind="ActionsNode", id=number, properties=self.properties)
        event = None if self.id is None else str(self.id)
        return Entity(kind="EventsNode", event=event, properties=self.properties)


class RetentionFilter(Part):
    """Who counts as back, and when; the fields without a type are for screens."""

    retentionType: Literal[
        "retention_recurring", "retention_first_time", "retention_first_ever_occurrence"
    ] = "retention_recurring"
    period: Literal["Hour", "Day", "Week", "Month"] | None = None
    totalIntervals: int | None = Field(default=None, ge=1, le=1000)
    targetEntity: RetentionEntity | None = None
    returningEntity: RetentionEntity | None = None
    cumulative: bool | None = None
    minimumOccurrences: int | None = Field(default=None, ge=1)
    timeWindowMode: Literal["strict_calendar_dates"] | None = None
    aggregationType: Literal["count"] | None = None
    aggregationProperty: None = None
    aggregationPropertyType: None = None
    retentionCustomBrackets: None = None
    dashboardDisplay: Any = None
    display: Any = None
    goalLines: Any = None
    meanRetentionCalculation: Any = None
    retentionReference: Any = None
    selectedInterval: Any = None
    showTrendLines: Any = None


class RetentionQuery(Insight):
    """How many of those who began in one interval were back in each of the next."""

    retentionFilter: RetentionFilter
    breakdownFilter: BreakdownFilter | None = None

    @property
    def interval(self) -> Interval:
        """The length of an interval."""
        return _PERIODS[self.retentionFilter.period or "Day"]

    @property
    def ahead(self) -> int:
        """How many intervals are looked at, with the one people began in."""
        return self.retentionFilter.totalIntervals or 8


def cohort_window(query: RetentionQuery, reader: Reader) -> Window:
    """The intervals people begin in, all of them whole: the last one touches the end of the range.

    Without a beginning the range is as many intervals long as are looked ahead.
    """
    dates, interval = query.dateRange or DateRange(), query.interval
    span = reader.window(dates, interval)
    end = floor(later(span.end, interval), interval, span.week_start)
    start = span.start if dates.date_from else earlier(end, interval, query.ahead)
    first = floor(start, interval, span.week_start)
    return replace(span, start=first, end=_before(end), exact=False)


def _before(at: datetime) -> datetime:
    return at - timedelta(microseconds=1)
