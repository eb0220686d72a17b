"""PathsQuery: from which event people go on to which."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.intervals import resolved
from tools.local.queries.kind import Kind
from tools.local.queries.paths_model import PathsFilter, PathsQuery
from tools.local.queries.paths_sql import steps
from tools.local.queries.reader import Reader

EDGES = 50
_START = "1_"
_EDGES = """SELECT source, target, count() AS value, avg(time) / 1000 FROM {steps}
    WHERE source != '' GROUP BY source, target HAVING {weighty}
    ORDER BY value DESC, source, target LIMIT {limit}"""
_ACTORS = """SELECT actor AS actor_id, count() AS event_count FROM {steps} WHERE {test}
    GROUP BY actor_id"""

Edge = Sequence[Any]


def answer(query: PathsQuery, reader: Reader) -> Mapping[str, Any]:
    """The edges that most people take, as far as they hang together."""
    chosen = query.pathsFilter
    tree = nodes.query(
        _EDGES,
        steps=steps(query, reader),
        weighty=_weighty(chosen),
        limit=nodes.constant(chosen.edgeLimit or EDGES),
    )
    names = ("source", "target", "value", "average_conversion_time")
    return {
        "results": [dict(zip(names, edge, strict=True)) for edge in _joined(reader.rows(tree))],
        "resolved_date_range": resolved(reader.window(query.dateRange)),
    }


def actors(query: PathsQuery, point: Any, reader: Reader) -> Node:
    """A SELECT of `actor_id` and `event_count`: who took an edge, or ended a path at a key."""
    test = nodes.all_of(_tests(query.pathsFilter))
    return nodes.query(_ACTORS, steps=steps(query, reader), test=test)


def _tests(chosen: PathsFilter) -> list[Node]:
    if chosen.pathDropoffKey:
        last = nodes.compare("==", nodes.field("ending"), nodes.constant(chosen.pathDropoffKey))
        return [last, nodes.compare("==", nodes.field("ending"), nodes.field("target"))]
    keys = {"source": chosen.pathStartKey, "target": chosen.pathEndKey}
    return [
        nodes.compare("==", nodes.field(name), nodes.constant(key))
        for name, key in keys.items()
        if key
    ]


def _weighty(chosen: PathsFilter) -> Node:
    """Whether an edge is taken neither too seldom nor too often."""
    bounds = ((">=", chosen.minEdgeWeight), ("<=", chosen.maxEdgeWeight))
    return nodes.all_of(
        nodes.compare(op, nodes.field("value"), nodes.constant(weight))
        for op, weight in bounds
        if weight
    )


def _joined(edges: Sequence[Edge]) -> list[Edge]:
    """Without the edges that no path from a beginning leads to."""
    onward: dict[str, list[str]] = defaultdict(list)
    for source, target, *_ in edges:
        onward[source].append(target)
    waiting = [source for source in onward if source.startswith(_START)]
    reached = set(waiting)
    while waiting:
        found = [target for target in onward.get(waiting.pop(), ()) if target not in reached]
        reached.update(found)
        waiting.extend(found)
    return [edge for edge in edges if edge[0] in reached]


KIND = Kind("PathsQuery", PathsQuery, answer, actors)
