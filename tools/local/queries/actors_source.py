"""Who the persons of a list come from: a point of an insight, or HogQL."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from tools.local.hogql import HogQLError
from tools.local.hogql.kinds import Node
from tools.local.queries.kind import Kind
from tools.local.queries.model import Part
from tools.local.queries.reader import Reader
from tools.parser import SyntaxRefused, parse_select

_IDS = ("group_key", "actor_id", "person_id")
_ONLY = {"StickinessActorsQuery": "StickinessQuery", "FunnelsActorsQuery": "FunnelsQuery"}
"""Points that only one kind of insight has."""


class Point(Part):
    """A point of an insight's result."""

    source: dict[str, Any]
    includeRecordings: bool | None = None
    modifiers: dict[str, Any] | None = None
    response: Any = None
    tags: Any = None
    version: int | None = None


class InsightActorsQuery(Point):
    """A point of a trend, of retention, of a lifecycle, of paths."""

    kind: Literal["InsightActorsQuery"] = "InsightActorsQuery"
    breakdown: str | int | list[str] | None = None
    compare: str | None = None
    day: str | int | None = None
    interval: int | None = None
    series: int | None = None
    status: str | None = None


class StickinessActorsQuery(Point):
    """A point of stickiness."""

    kind: Literal["StickinessActorsQuery"] = "StickinessActorsQuery"
    compare: str | None = None
    day: str | int | None = None
    operator: str | None = None
    series: int | None = None


class FunnelsActorsQuery(Point):
    """A step of a funnel; a negative one means those who were lost before it."""

    kind: Literal["FunnelsActorsQuery"] = "FunnelsActorsQuery"
    funnelStep: int | None = None
    funnelStepBreakdown: Any = None
    funnelCustomSteps: list[int] | None = None
    funnelTrendsDropOff: bool | None = None
    funnelTrendsEntrancePeriodStart: str | None = None


class HogQLSource(Part):
    """Persons that HogQL selects."""

    kind: Literal["HogQLQuery"]
    query: str
    name: Any = None
    values: None = None
    filters: None = None
    variables: None = None
    modifiers: None = None
    response: Any = None
    tags: Any = None
    version: int | None = None


AnyPoint = InsightActorsQuery | StickinessActorsQuery | FunnelsActorsQuery
Source = Annotated[AnyPoint | HogQLSource, Field(discriminator="kind")]


@dataclass(frozen=True)
class Actors:
    """A SELECT of actors: the name of the column of their ids, and what type of group they are."""

    tree: Node
    key: str
    group: int | None


def behind(point: AnyPoint, reader: Reader) -> Actors:
    """Who is behind a point."""
    kind, query = _insight(point)
    if kind.name != _ONLY.get(point.kind, kind.name):
        raise HogQLError(f"The source of a {point.kind} is a {_ONLY[point.kind]}.")
    if kind.actors is None:
        raise HogQLError(f"The persons behind {kind.name} are not supported.")
    return Actors(kind.actors(query, point, reader), "actor_id", _group(query, point))


def written_in_hogql(text: str) -> Actors:
    """Persons that HogQL selects, by its first column with an id in its name."""
    try:
        tree = parse_select(text)
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None
    if "{" in text:
        raise HogQLError("The HogQLQuery of an ActorsQuery takes no placeholders.")
    return Actors(tree, _id_column(tree), None)


def _insight(point: AnyPoint) -> tuple[Kind, BaseModel]:
    # The kinds are known only once they are all defined, the lists of actors among them.
    from tools.local.queries.run import read_query

    return read_query(point.source)


def _group(query: Any, point: Any) -> int | None:
    """The type of group that a point counts; None for persons."""
    index: int | None = getattr(query, "aggregation_group_type_index", None)
    listed = getattr(query, "series", None) or ()
    place = getattr(point, "series", None) or 0
    if 0 <= place < len(listed) and listed[place].math == "unique_group":
        index = listed[place].math_group_type_index
    return index


def _id_column(tree: Node) -> str:
    first = tree.get("initial_select_query", tree)
    names = [_name(column) for column in first.get("select") or ()]
    for name in [*(name for name in names if name in _IDS), *names]:
        if name in _IDS or "id" in name.lower():
            return name
    raise HogQLError("The source of an ActorsQuery must have an id column.")


def _name(column: Node) -> str:
    if column["node"] == "Alias":
        return str(column["alias"])
    return str(column["chain"][-1]) if column["node"] == "Field" else ""
