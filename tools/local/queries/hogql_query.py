"""HogQLQuery as PostHog's schema has it: the text, and what is put into it from outside."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from tools.local.hogql import Compiled, Context, HogQLError, compile_query
from tools.local.hogql.persons import MODES
from tools.local.hogql.query_filters import QueryFilters
from tools.local.queries.model import DateRange, Part

# Modifiers that say how PostHog is to run a query, and values that say what holds here anyway.
_IDLE = frozenset(
    [
        *("debug", "timings", "inCohortVia", "optimizeJoinedFilters"),
        *("optimizeProjections", "personsArgMaxVersion", "propertyGroupsMode"),
        *("useMaterializedViews", "usePresortedEventsTable", "usePreaggregatedTableTransforms"),
        *("useWebAnalyticsPreAggregatedTables", "usePreaggregatedIntermediateResults"),
    ]
)
_HELD: Mapping[str, tuple[object, ...]] = {
    "convertToProjectTimezone": (True,),
    "materializationMode": ("auto", "disabled"),
    "sessionTableVersion": ("auto", "v3"),
    "bounceRateDurationSeconds": (10,),
    "bounceRatePageViewMode": ("uniq_page_screen_autocaptures",),
}


class HogQLFilters(Part):
    """The filters of the screen around a query."""

    properties: list[dict[str, Any]] | None = None
    dateRange: DateRange | None = None
    filterTestAccounts: bool | None = None

    def given(self) -> QueryFilters:
        """The filters as the compiler takes them."""
        dates = self.dateRange or DateRange()
        return QueryFilters(
            self.properties or (),
            dates.date_from,
            dates.date_to,
            without_test_accounts=bool(self.filterTestAccounts),
        )


class HogQLVariable(Part):
    """One of the variables of a query, with the value it has in this request."""

    variableId: str | int
    code_name: str
    value: Any = None
    isNull: bool | None = None


class HogQLQuery(Part):
    """A query in HogQL; the fields without a type are for screens."""

    query: str = ""
    values: dict[str, Any] | None = None
    filters: HogQLFilters | None = None
    variables: dict[str, HogQLVariable] | None = None
    modifiers: dict[str, Any] | None = None
    connectionId: None = None
    explain: Literal[False] | None = None
    sendRawQuery: Literal[False] | None = None
    name: Any = None
    response: Any = None
    tags: Any = None
    version: int | None = None

    def compiled(self, context: Context) -> Compiled:
        """The query as ClickHouse runs it, in the project as its modifiers want it."""
        filters = self.filters.given() if self.filters else None
        values = {**(self.values or {}), **_values(self.variables or {}, context)}
        return compile_query(self.query, modified(context, self.modifiers), values, filters)


def _values(variables: Mapping[str, HogQLVariable], context: Context) -> dict[str, Any]:
    """A variable without a value has the default of the saved variable."""
    if not variables:
        return {}
    saved = {str(one["code_name"]): one for one in context.objects("insight_variable")}
    found = {}
    for variable in variables.values():
        default = saved.get(variable.code_name, {}).get("default_value")
        value = default if variable.value is None else variable.value
        found[f"variables.{variable.code_name}"] = None if variable.isNull else value
    return found


def modified(context: Context, modifiers: Mapping[str, Any] | None) -> Context:
    """The project as a query's modifiers want it; one we can't honour is refused by name."""
    for name, value in (modifiers or {}).items():
        if value is None or name in _IDLE or value in _HELD.get(name, ()):
            continue
        if name != "personsOnEventsMode":
            raise HogQLError(f"The modifier {name} is not supported in the embedded project.")
        if value not in MODES:
            raise HogQLError(f"The modifier {name} is one of {', '.join(MODES)}.")
        context = replace(context, persons_mode=value)
    return context


def effective(context: Context, modifiers: Mapping[str, Any] | None) -> dict[str, Any]:
    """The modifiers an answer was made with."""
    return {"personsOnEventsMode": context.persons_mode, **(modifiers or {})}
