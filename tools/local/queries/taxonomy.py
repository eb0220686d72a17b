"""What there is to ask about: events by how frequent they are, properties and some of their values.

After posthog/hogql_queries/ai: the cheap looks around a project of the last thirty days.
"""

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
MOST = 500
"""How many events or properties are listed where no limit is asked for."""

IGNORED = (
    "$pageleave",
    "$autocapture",
    "$$heatmap",
    "$copy_autocapture",
    "$set",
    "$opt_in",
    "$feature_flag_called",
    "$feature_view",
    "$feature_interaction",
    "$capture_metrics",
    "$create_alias",
    "$merge_dangerously",
    "$groupidentify",
)
"""Events that PostHog leaves out, as they say little about a product."""

# PostHog's own list: what only its machinery reads, and what would tell where somebody lives.
_HIDDEN = (
    r"(\$set|\$time|\$set_once|\$sent_at|distinct_id|\$ip|\$feature\/|\$feature_enrollment\/|"
    r"\$feature_interaction\/|\$product_tour|__|survey_dismiss|survey_responded|phjs|"
    r"partial_filter_chosen|changed_action|window-id|changed_event|partial_filter)"
)
_PAIRS = """SELECT key, arraySlice(arrayDistinct(groupArray(value)), 1, {most}),
  count(DISTINCT value) AS total FROM (
  SELECT arrayJoin(JSONExtractKeysAndValues(properties, 'String')) AS pair,
    tupleElement(pair, 1) AS key, tupleElement(pair, 2) AS value
  FROM (SELECT properties FROM events WHERE {where} ORDER BY timestamp DESC LIMIT {looked_at}))
WHERE not(match(key, {hidden})) GROUP BY key ORDER BY total DESC, key"""
_VALUES = """SELECT key, arrayMap(x -> tupleElement(x, 2),
  arraySlice(arraySort(groupArray(tuple(-times, value))), 1, {most})), count() AS total FROM (
  SELECT tupleElement(pair, 1) AS key, tupleElement(pair, 2) AS value, count() AS times FROM (
    SELECT arrayJoin({pairs}) AS pair FROM events WHERE {where})
  WHERE value != '' GROUP BY key, value)
GROUP BY key ORDER BY total DESC, key"""
_LATEST = """SELECT value, count() OVER () FROM (
  SELECT toString({property}) AS value, max(created_at) AS last FROM {table}
  WHERE {where} GROUP BY value HAVING isNotNull(value))
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
    limit: int | None = Field(default=None, ge=1, le=MOST)
    offset: int | None = Field(default=None, ge=0, lt=2**63)


class ActorsPropertyTaxonomyQuery(Taxonomy):
    """The values of properties of persons, or of groups of one type."""

    properties: list[str]
    groupTypeIndex: int | None = Field(default=None, ge=0, le=4)


def events(query: TeamTaxonomyQuery, reader: Reader) -> dict[str, Any]:
    """The events of the last thirty days and how many of each there were."""
    name, count = nodes.field("event"), nodes.call("count")
    order = [ordered(count), ordered(name, "ASC")]
    table = nodes.source(nodes.field("events"))
    told = nodes.compare("not in", name, nodes.constant(list(IGNORED)))
    listing = Listing(table, [name, count], [_recent(reader), told], order)
    page = read_page(query.model_copy(update={"limit": query.limit or MOST}), listing, reader)
    rows = page["results"]
    return {**page, "results": [{"event": event, "count": total} for event, total in rows]}


def event(query: EventTaxonomyQuery, reader: Reader) -> dict[str, Any]:
    """The properties of one event: all of its latest ones', or those asked for."""
    where = nodes.all_of([_recent(reader), _named(query)])
    tree = _asked_for(query, where) if query.properties else _looked_at(query, where)
    limit, offset = query.limit or MOST, query.offset or 0
    bounds = {"limit": nodes.constant(limit + 1), "offset": nodes.constant(offset)}
    rows = reader.rows({**tree, **bounds})
    results = [
        {"property": key, "sample_values": values, "sample_count": total}
        for key, values, total in rows[:limit]
    ]
    return {"results": results, "hasMore": len(rows) > limit, "limit": limit, "offset": offset}


def _looked_at(query: EventTaxonomyQuery, where: Node) -> Node:
    return nodes.query(
        _PAIRS,
        where=where,
        most=query.most,
        looked_at=nodes.constant(LOOKED_AT),
        hidden=nodes.constant(_HIDDEN),
    )


def _asked_for(query: EventTaxonomyQuery, where: Node) -> Node:
    names = [nodes.constant(name) for name in query.properties or ()]
    texts = [nodes.call("JSONExtractString", nodes.field("properties"), name) for name in names]
    found = [nodes.call("tuple", *pair) for pair in zip(names, texts, strict=True)]
    pairs: Node = {"node": "Array", "exprs": found}
    return nodes.query(_VALUES, pairs=pairs, where=where, most=query.most)


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
    if query.event:
        return nodes.compare("==", nodes.field("event"), nodes.constant(query.event))
    if query.actionId is None:
        raise HogQLError("Either event or actionId must be provided to EventTaxonomyQuery.")
    return nodes.call("matchesAction", nodes.constant(query.actionId))


KINDS = (
    Kind("TeamTaxonomyQuery", TeamTaxonomyQuery, events),
    Kind("EventTaxonomyQuery", EventTaxonomyQuery, event),
    Kind("ActorsPropertyTaxonomyQuery", ActorsPropertyTaxonomyQuery, actors),
)
