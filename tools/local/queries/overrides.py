"""What a dashboard puts over the queries of its tiles."""

from collections.abc import Mapping
from typing import Any

from tools.local.dates import Interval
from tools.local.queries.model import Filters, Part
from tools.local.queries.run import WRAPPERS

Asked = dict[str, Any]


class DashboardFilter(Part):
    """The filters of a dashboard."""

    date_from: str | None = None
    date_to: str | None = None
    explicitDate: bool | None = None
    properties: Filters = None
    breakdown_filter: dict[str, Any] | None = None
    filterTestAccounts: bool | None = None
    interval: Interval | None = None


def overridden(
    asked: Asked, filters: DashboardFilter | None, variables: Mapping[str, Any] | None
) -> Asked:
    """The query with a dashboard's filters and variables in it."""
    if asked.get("kind") in WRAPPERS and isinstance(asked.get("source"), dict):
        return {**asked, "source": overridden(asked["source"], filters, variables)}
    if variables and asked.get("variables"):
        known = asked["variables"]
        asked = {**asked, "variables": {key: variables.get(key, known[key]) for key in known}}
    if filters is None:
        return asked
    if asked.get("kind") == "HogQLQuery":
        return {**asked, "filters": _filtered(asked.get("filters") or {}, filters)}
    return _filtered(asked, filters)


def _filtered(asked: Asked, given: DashboardFilter) -> Asked:
    changed = dict(asked)
    if given.date_from or given.date_to:
        changed["dateRange"] = given.model_dump(
            include={"date_from", "date_to", "explicitDate"}, exclude_none=True
        )
    if given.properties:
        changed["properties"] = _both(asked.get("properties"), given.properties)
    if given.breakdown_filter:
        changed["breakdownFilter"] = given.breakdown_filter
    if given.filterTestAccounts is not None:
        changed["filterTestAccounts"] = given.filterTestAccounts
    if given.interval and "series" in asked:
        changed["interval"] = given.interval
    return changed


def _both(own: Filters, given: Filters) -> Filters:
    if not own:
        return given
    if isinstance(own, list) and isinstance(given, list):
        return [*own, *given]
    return {"type": "AND", "values": [_group(own), _group(given)]}


def _group(filters: Any) -> dict[str, Any]:
    if isinstance(filters, dict):
        return filters
    return {"type": "AND", "values": list(filters)}
