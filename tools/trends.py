"""run_trends: events counted or calculated, in total or over time, as PostHog's trends do it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, model_validator

from tools.base import tool
from tools.client import PostHog
from tools.conditions import By, Owners, breakdown
from tools.errors import UnexpectedAnswer
from tools.insights import (
    Insight,
    InsightTable,
    Interval,
    Some,
    entity,
    insight,
    ran,
    title,
    told,
)

Math = Literal[
    "total", "unique", "sessions", "groups", "first_time", "weekly_active", "monthly_active",
    "per_person", "sum", "avg", "median", "p75", "p90", "p95", "p99", "min", "max",
]  # fmt: skip
MATHS: Mapping[str, str] = {
    "unique": "dau",
    "sessions": "unique_session",
    "groups": "unique_group",
    "first_time": "first_time_for_user",
    "per_person": "avg_count_per_actor",
}
CALCULATED = frozenset({"sum", "avg", "median", "p75", "p90", "p95", "p99", "min", "max"})
OWNERS: Mapping[str, str] = {"person": "person_properties", "session": "session_properties"}
NULL, OTHER = "$$_posthog_breakdown_null_$$", "$$_posthog_breakdown_other_$$"
MOST = 999

Key = tuple[Any, ...]


class Series(Some):
    """Events, and what is counted or calculated of them."""

    math: Math = "total"
    """total counts events, unique people, sessions and groups those with one, first_time people by
    their first one ever, per_person events per person; the others calculate over `property`, 0
    where nothing has it."""

    property: str | None = None
    """What sum, avg and the like are of."""

    of: Literal["event", "person", "session"] = "event"
    """Whose property."""

    group: str | None = None
    """Of math groups: the group type."""

    @model_validator(mode="after")
    def _fitting(self) -> "Series":
        if (self.math in CALCULATED) != (self.property is not None):
            raise ValueError("sum, avg and the like need a property, the others take none")
        if (self.math == "groups") != (self.group is not None):
            raise ValueError("math groups needs a group type, the others take none")
        return self


class RunTrends(Insight):
    """Arguments of run_trends."""

    series: tuple[Series, ...] = Field(min_length=1, max_length=26)
    """What is measured, a column each."""

    interval: Interval | None = None
    """A row each; without it, one value over the period."""

    breakdown: tuple[By, ...] = Field(default=(), max_length=3)
    """What to split by, largest first."""

    limit: int = Field(default=25, ge=1, le=MOST)
    """Values of the breakdown at most."""

    formula: str | None = None
    """One column made of the series A, B, C …: A / B * 100."""

    cumulative: bool = False
    """Values add up; people count once."""


@tool("query:read")
def run_trends(posthog: PostHog, args: RunTrends) -> InsightTable:
    """Count events or people, or calculate over a property, in total, over time or split."""
    owners = Owners(posthog)
    query = insight(
        "TrendsQuery",
        args,
        owners,
        args.interval,
        series=[_node(one, owners) for one in args.series],
        trendsFilter=_shown(args),
        breakdownFilter=_split(args, owners),
    )
    body = ran(posthog, query, args.series)
    grid = _Grid.of(args, body["results"])
    columns = [*([args.interval] if args.interval else []), *map(split_name, args.breakdown)]
    return told([*columns, *_names(args)], grid.rows(), query, body, whole=grid.whole)


def split_name(one: By) -> str:
    """What the column of a breakdown is called."""
    if one.of == "time":
        return {"hour": "hour of day", "weekday": "weekday"}[one.property]
    return one.property if one.of in ("event", "column") else f"{one.of} {one.property}"


def split_value(one: By, value: Any) -> Any:
    """The value of a breakdown as it is meant."""
    if value in (None, "", NULL):
        return None
    return int(value) if one.of == "time" and str(value).isdecimal() else value


def _node(one: Series, owners: Owners) -> dict[str, Any]:
    return entity(
        one,
        owners,
        math=MATHS.get(one.math, one.math),
        math_property=one.property,
        math_property_type=OWNERS.get(one.of) if one.property else None,
        math_group_type_index=owners.index(one.group) if one.group else None,
    )


def _shown(args: RunTrends) -> dict[str, Any] | None:
    found: dict[str, Any] = {"formula": args.formula} if args.formula else {}
    if args.interval is None:
        return found | {"display": "ActionsBarValue" if args.breakdown else "BoldNumber"}
    return (found | {"display": "ActionsLineGraphCumulative"}) if args.cumulative else found or None


def _split(args: RunTrends, owners: Owners) -> dict[str, Any] | None:
    if not args.breakdown:
        return None
    return {
        "breakdowns": [breakdown(one, owners) for one in args.breakdown],
        "breakdown_limit": args.limit + 1,
        "breakdown_hide_other_aggregation": True,
    }


def _names(args: RunTrends) -> list[str]:
    if args.formula:
        return [args.formula]
    return [_name(one) for one in args.series]


def _name(one: Series) -> str:
    words = {"total": "", "unique": "people", "groups": one.group or "", "first_time": "new people"}
    counted = words.get(one.math, one.math.replace("_", " "))
    return " ".join(filter(None, (counted, one.property and f"{one.property} of", title(one))))


@dataclass(frozen=True)
class _Grid:
    """PostHog's series side by side: by interval and by the values of the breakdowns."""

    args: RunTrends
    series: Sequence[Mapping[Key, Mapping[str, Any]]]
    """For each column its results, by breakdown value."""

    @classmethod
    def of(cls, args: RunTrends, results: Sequence[Mapping[str, Any]]) -> "_Grid":
        """The results of an answer, by the series they are of."""
        found: list[dict[Key, Mapping[str, Any]]] = [{} for _ in _names(args)]
        for result in results:
            key = _key(args, result.get("breakdown_value"))
            action = result.get("action") or {}
            order = 0 if args.formula else int(action.get("order") or 0)
            if order >= len(found):
                raise UnexpectedAnswer("PostHog's answer to a TrendsQuery has a series too many.")
            if key is not None:
                found[order][key] = result
        return cls(args, found)

    @property
    def whole(self) -> bool:
        """Whether no value of the breakdown was left out of any column."""
        return all(len(one) <= self.args.limit for one in self.series)

    def rows(self) -> Iterator[Sequence[Any]]:
        """Interval by interval, the values of the breakdown by size."""
        keys = self._keys()
        if self.args.interval is None:
            yield from ((*key, *(self._value(one, key) for one in self.series)) for key in keys)
            return
        for place, day in enumerate(self._days()):
            for key in keys:
                yield (day, *key, *(self._value(one, key, place) for one in self.series))

    def _keys(self) -> list[Key]:
        """The values, by their size in the first column that has them."""
        if not self.args.breakdown:
            return [()]
        listed = dict.fromkeys(key for one in self.series for key in [*one][: self.args.limit])
        return list(listed)[: self.args.limit]

    def _days(self) -> Sequence[str]:
        every = (result for one in self.series for result in one.values())
        return next((result["days"] for result in every), ())

    def _value(self, one: Mapping[Key, Mapping[str, Any]], key: Key, place: int = 0) -> Any:
        """A cell; what a column that was cut does not list is not known."""
        if key not in one:
            return 0 if len(one) <= self.args.limit else None
        result = one[key]
        return result["aggregated_value"] if self.args.interval is None else result["data"][place]


def _key(args: RunTrends, value: Any) -> Key | None:
    """The values of a result's breakdowns; None for all others together."""
    if not args.breakdown:
        return ()
    listed = value if isinstance(value, list) else [value]
    if OTHER in listed:
        return None
    return tuple(split_value(one, cell) for one, cell in zip(args.breakdown, listed, strict=True))
