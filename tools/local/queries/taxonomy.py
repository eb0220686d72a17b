"""What there is to ask about: events by how frequent they are, properties and some of their values.

After posthog/hogql_queries/ai: the cheap looks around a project of the last thirty days.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from tools.local.dates import earlier
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.kind import Kind
from tools.local.queries.model import Part
from tools.local.queries.paged import Listing, Paged, ordered, read_page
from tools.local.queries.reader import Reader

DAYS = 30
LOOKED_AT = 100
VALUES = 5
# PostHog's own list: what only its machinery reads, and what would tell where somebody lives.
_HIDDEN = (
    r"(distinct_id|\$set|\$set_once|\$ip|\$time|\$sent_at|\$feature\/|__|phjs|survey_dismissed|"
    r"survey_responded|partial_filter_chosen|changed_action|window-id|changed_event|partial_filter)"
)
_PAIRS = """SELECT key, arraySlice(arraySort(groupUniqArray(value)), 1, {most}),
  count(DISTINCT value) AS total FROM (
  SELECT arrayJoin(JSONExtractKeysAndValues(properties, 'String')) AS pair,
    tupleElement(pair, 1) AS key, tupleElement(pair, 2) AS value
  FROM (SELECT properties FROM events WHERE {where} ORDER BY timestamp DESC LIMIT {looked_at}))
WHERE not(match(key, {hidden})) GROUP BY key ORDER BY total DESC, key"""
_VALUES = """SELECT value, count() OVER () FROM (
  SELECT toString({property}) AS value, count() AS rows FROM events
  WHERE {where} GROUP BY value HAVING isNotNull(value) and value != '')
ORDER BY rows DESC, value LIMIT {most}"""
_LATEST = """SELECT value, count() OVER () FROM (
  SELECT toString({property}) AS value, max(created_at) AS last FROM {table}
  WHERE {where} GROUP BY value HAVING isNotNull(value) and value != '')
ORDER BY last DESC, value LIMIT {most}"""


class Taxonomy(Part):
    """The fields of every such query."""

    maxPropertyValues: int | None = Field(default=None, ge=1, le=100)
    modifiers: None = None
    response: Any = None
    tags: Any = None
    version: int | None = None

    @property
    def most(self) -> Node:
        """How many values of a property are shown."""
        return nodes.constant(self.maxPropertyValues or VALUES)


class TeamTaxonomyQuery(Paged):
    """The events of a project, the most frequent first."""

    orderBy: None = None


class EventTaxonomyQuery(Taxonomy):
    """The properties of an event or action, with values."""

    event: str | None = None
    actionId: int | None = None
    properties: list[str] | None = None


class ActorsPropertyTaxonomyQuery(Taxonomy):
    """The values of properties of persons, or of groups of one type."""

    properties: list[str]
    groupTypeIndex: int | None = Field(default=None, ge=0, le=4)


def events(query: TeamTaxonomyQuery, reader: Reader) -> dict[str, Any]:
    """The events of the last thirty days and how many of each there were."""
    name, count = nodes.field("event"), nodes.call("count")
    order = [ordered(count), ordered(name, "ASC")]
    table = nodes.source(nodes.field("events"))
    page = read_page(query, Listing(table, [name, count], [_recent(reader)], order), reader)
    rows = page["results"]
    return {**page, "results": [{"event": event, "count": total} for event, total in rows]}


def event(query: EventTaxonomyQuery, reader: Reader) -> dict[str, Any]:
    """The properties of one event: all of its latest ones', or those asked for."""
    where = nodes.all_of([_recent(reader), _named(query)])
    if query.properties is None:
        return {"results": list(_looked_at(query, where, reader))}
    return {"results": list(_asked_for(query, query.properties, where, reader))}


def _looked_at(query: EventTaxonomyQuery, where: Node, reader: Reader) -> Iterator[dict[str, Any]]:
    tree = nodes.query(
        _PAIRS,
        where=where,
        most=query.most,
        looked_at=nodes.constant(LOOKED_AT),
        hidden=nodes.constant(_HIDDEN),
    )
    for key, values, total in reader.rows(tree):
        yield {"property": key, "sample_values": values, "sample_count": total}


def _asked_for(
    query: EventTaxonomyQuery, names: Sequence[str], where: Node, reader: Reader
) -> Iterator[dict[str, Any]]:
    for name in names:
        found = nodes.field("properties", name)
        tree = nodes.query(_VALUES, property=found, where=where, most=query.most)
        yield {"property": name, **_sample(reader.rows(tree))}


def actors(query: ActorsPropertyTaxonomyQuery, reader: Reader) -> dict[str, Any]:
    """The latest values of each property asked for."""
    index, where = query.groupTypeIndex, nodes.TRUE
    if index is not None:
        where = nodes.compare("==", nodes.field("index"), nodes.constant(index))
    table = nodes.field("persons" if index is None else "groups")
    return {
        "results": [
            _sample(
                reader.rows(
                    nodes.query(
                        _LATEST,
                        property=nodes.field("properties", name),
                        table=table,
                        where=where,
                        most=query.most,
                    )
                )
            )
            for name in query.properties
        ]
    }


def _sample(rows: list[list[Any]]) -> dict[str, Any]:
    return {
        "sample_values": [value for value, _ in rows],
        "sample_count": rows[0][1] if rows else 0,
    }


def _recent(reader: Reader) -> Node:
    since = reader.moment(earlier(reader.now, "day", DAYS))
    return nodes.compare(">=", nodes.field("timestamp"), since)


def _named(query: EventTaxonomyQuery) -> Node:
    if query.actionId is not None:
        return nodes.call("matchesAction", nodes.constant(query.actionId))
    if query.event is None:
        raise HogQLError("Either event or actionId must be provided to EventTaxonomyQuery.")
    return nodes.compare("==", nodes.field("event"), nodes.constant(query.event))


KINDS = (
    Kind("TeamTaxonomyQuery", TeamTaxonomyQuery, events),
    Kind("EventTaxonomyQuery", EventTaxonomyQuery, event),
    Kind("ActorsPropertyTaxonomyQuery", ActorsPropertyTaxonomyQuery, actors),
)
