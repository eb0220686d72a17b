"""PathsQuery as PostHog writes it."""

from typing import Any, Literal

from pydantic import Field

from tools.local.hogql import HogQLError
from tools.local.queries.model import Insight, Part


class Cleaning(Part):
    """A part of a path that goes by another name."""

    regex: str | None = None
    alias: str | None = None
    order: float | None = None


class PathsFilter(Part):
    """Which events make a path, and which part of it is asked for."""

    includeEventTypes: list[Literal["$pageview", "$screen", "custom_event", "hogql"]] | None = None
    excludeEvents: list[str] | None = None
    pathsHogQLExpression: str | None = None
    startPoint: str | None = None
    endPoint: str | None = None
    pathGroupings: list[str] | None = None
    localPathCleaningFilters: list[Cleaning] | None = None
    pathReplacements: bool | None = None
    """Whether the project's own cleaning applies; the embedded project has none."""

    stepLimit: int | None = Field(default=None, ge=1)
    edgeLimit: int | None = Field(default=None, ge=1)
    minEdgeWeight: int | None = None
    maxEdgeWeight: int | None = None
    pathStartKey: str | None = None
    pathEndKey: str | None = None
    pathDropoffKey: str | None = None
    showFullUrls: Any = None

    @property
    def target(self) -> str | None:
        """The one point that paths are taken from or to, as pages are written in them."""
        point = self.endPoint or self.startPoint
        return point[:-1] if point and len(point) > 1 and point.endswith("/") else point


class PathsQuery(Insight):
    """The ways that people take from event to event within half an hour."""

    pathsFilter: PathsFilter = PathsFilter()
    funnelPathsFilter: dict[str, Any] | None = None

    def check(self) -> None:
        """Refuse what is not supported."""
        if self.funnelPathsFilter:
            raise HogQLError("funnelPathsFilter is not supported in the embedded project.")
        if self.aggregation_group_type_index is not None:
            raise HogQLError("Paths of groups are not supported: leave the group type out.")
