"""What typed queries have in common: PostHog's schema as far as the embedded project answers it.

Fields that only tell how a screen draws the result are read and left alone; a field that is not
known at all, or that would change the result and is not supported, is refused by name.
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.local.dates import Interval

Filters = list[dict[str, Any]] | dict[str, Any] | None


class Part(BaseModel):
    """A part of a query; only the fields named are known."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class DateRange(Part):
    """From when to when, as PostHog writes dates."""

    date_from: str | None = None
    date_to: str | None = None
    explicitDate: bool | None = None


class Entity(Part):
    """An event, an action or any event, with filters and what is measured of it."""

    kind: Literal["EventsNode", "ActionsNode"]
    event: str | None = None
    """For EventsNode; None means every event."""

    id: int | None = None
    """For ActionsNode."""

    name: str | None = None
    custom_name: str | None = None
    properties: Filters = None
    fixedProperties: Filters = None
    math: str | None = None
    math_property: str | None = None
    math_property_type: str | None = None
    math_property_revenue_currency: dict[str, Any] | None = None
    math_hogql: str | None = None
    math_group_type_index: int | None = None
    math_multiplier: float | None = None
    optionalInFunnel: bool | None = None
    orderBy: list[str] | None = None
    limit: int | None = None
    response: Any = None
    version: int | None = None


class Breakdown(Part):
    """One property to split by."""

    property: str | int
    type: str | None = None
    group_type_index: int | None = None
    histogram_bin_count: int | None = None
    normalize_url: bool | None = None


class BreakdownFilter(Part):
    """What to split a result by."""

    breakdown: str | int | list[str | int] | None = None
    breakdown_type: str | None = None
    breakdowns: list[Breakdown] | None = None
    breakdown_limit: int | None = Field(default=None, ge=1, le=1000)
    breakdown_hide_other_aggregation: bool | None = None
    breakdown_group_type_index: int | None = None
    breakdown_histogram_bin_count: int | None = None
    breakdown_normalize_url: bool | None = None
    breakdown_path_cleaning: bool | None = None
    """Whether the project's own cleaning applies; the embedded project has none."""

    def parts(self) -> Iterator[Breakdown]:
        """The properties to split by, written the new way or the old."""
        yield from self.breakdowns or ()
        if not self.breakdowns and self.breakdown is not None:
            listed = self.breakdown if isinstance(self.breakdown, list) else [self.breakdown]
            for one in listed:
                yield Breakdown(
                    property=one,
                    type=self.breakdown_type,
                    group_type_index=self.breakdown_group_type_index,
                    histogram_bin_count=self.breakdown_histogram_bin_count,
                    normalize_url=self.breakdown_normalize_url,
                )


class CompareFilter(Part):
    """Whether to compare with the period before, or with one some time ago."""

    compare: bool | None = None
    compare_to: str | None = None
    """As -1w or -1y; without it the period before."""


class Insight(Part):
    """The fields every insight query has."""

    dateRange: DateRange | None = None
    filterTestAccounts: bool | None = None
    properties: Filters = None
    samplingFactor: float | None = None
    aggregation_group_type_index: int | None = None
    dataColorTheme: float | None = None
    modifiers: dict[str, Any] | None = None
    tags: dict[str, Any] | None = None
    version: int | None = None
    response: Any = None


class Timed(Insight):
    """An insight over intervals."""

    interval: Interval | None = None
