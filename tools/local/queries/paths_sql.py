"""Paths as HogQL: events to items, items to visits, visits to steps.

After posthog/hogql_queries/insights/paths_query_runner.py.
"""

import re
from dataclasses import replace

from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.paths_model import PathsQuery
from tools.local.queries.reader import Reader
from tools.local.queries.series import shared
from tools.parser import SyntaxRefused, parse_expr

STEPS = 5
PAUSE = 30 * 60 * 1_000_000
"""The time without an event, in microseconds, after which a path begins anew."""

_PAGE = """if(event = '$pageview',
    replaceRegexpAll(ifNull(properties.$current_url, ''), '(.)/$', '\\\\1'), {other})"""
_SCREEN = "if(event = '$screen', properties.$screen_name, {other})"
_TYPES = {
    "$pageview": "event = '$pageview'",
    "$screen": "event = '$screen'",
    "custom_event": "not startsWith(event, '$')",
}
_EVENTS = """SELECT person_id AS actor, reinterpretAsInt64(timestamp) AS at, {item} AS item
    FROM events WHERE {where}"""
_VISITS = """SELECT actor, arrayFilter((z, next) -> z.2 != next, visit,
    arrayPushBack(arrayPopFront(arrayMap(z -> z.2, visit)), '')) AS compact FROM (
    SELECT actor, arraySort(groupArray((at, item))) AS taken,
    arraySplit((z, pause) -> pause >= {pause}, taken,
    arrayDifference(arrayMap(z -> z.1, taken))) AS visits
    FROM {events} WHERE {kept} GROUP BY actor) ARRAY JOIN visits AS visit"""
_LIMITED = """SELECT actor, {limited} AS limited, arrayMap(z -> z.2, limited) AS path,
    arrayDifference(arrayMap(z -> z.1, limited)) AS times FROM {visits} WHERE {reached}"""
_STEPPED = """SELECT actor, time, concat(toString(place), '_', item) AS target,
    if(place > 1, concat(toString(place - 1), '_', previous), '') AS source,
    concat(toString(length(path)), '_', path[-1]) AS ending FROM {limited}
    ARRAY JOIN path AS item, times AS time, arrayEnumerate(path) AS place,
    arrayPopBack(arrayPushFront(path, '')) AS previous"""

_ITEMS = "arrayMap(z -> z.2, {path})"
_FIRST = "arraySlice({path}, 1, {steps})"
_FROM = "arraySlice({path}, indexOf({items}, {point}))"
_TO = "arraySlice({path}, 1, indexOf({items}, {point}))"
_LAST = "arraySlice({path}, -{steps})"
_HAS = "has({items}, {point})"
_ENDS = """arrayMap(p -> if(length(p) > {steps}, arrayConcat(arraySlice(p, 1, {half}),
    [((p[1 + {half}]).1, '...')], arraySlice(p, -{half}, {half})), p), [{path}])[1]"""


def steps(query: PathsQuery, reader: Reader) -> Node:
    """A SELECT of actor, source (empty at first), target, time in microseconds, and ending."""
    query.check()
    chosen = query.pathsFilter
    excluded = nodes.constant(tuple(chosen.excludeEvents or ()))
    visits = nodes.query(
        _VISITS,
        pause=nodes.constant(PAUSE),
        events=_events(query, reader),
        kept=nodes.compare("not in", nodes.field("item"), excluded)
        if chosen.excludeEvents
        else nodes.TRUE,
    )
    limited, reached = _limited(query)
    return nodes.query(
        _STEPPED, limited=nodes.query(_LIMITED, limited=limited, visits=visits, reached=reached)
    )


def _events(query: PathsQuery, reader: Reader) -> Node:
    types = [_TYPES[one] for one in query.pathsFilter.includeEventTypes or () if one in _TYPES]
    # PostHog's own: the first day is a whole one, however exact the range.
    span = replace(reader.window(query.dateRange), exact=False).in_seconds
    tests = [reader.during(span), shared(query, reader)]
    if types:
        tests.append(nodes.any_of(map(nodes.expr, types)))
    return nodes.query(_EVENTS, item=_item(query), where=nodes.all_of(tests))


def _item(query: PathsQuery) -> Node:
    """What an event is called in a path."""
    chosen = query.pathsFilter
    wanted = chosen.includeEventTypes
    item = nodes.field("event")
    if chosen.pathsHogQLExpression and (not wanted or "hogql" in wanted):
        item = _written(chosen.pathsHogQLExpression)
    for kind, text in (("$pageview", _PAGE), ("$screen", _SCREEN)):
        if kind in wanted if wanted else kind not in (chosen.excludeEvents or ()):
            item = nodes.expr(text, other=item)
    item = nodes.expr("ifNull(toString({item}), '')", item=item)
    return _grouped(query, _cleaned(query, item))


def _cleaned(query: PathsQuery, item: Node) -> Node:
    for one in query.pathsFilter.localPathCleaningFilters or ():
        pattern, name = nodes.constant(one.regex or ""), nodes.constant(one.alias or "")
        item = nodes.call("replaceRegexpAll", item, pattern, name)
    return item


def _grouped(query: PathsQuery, item: Node) -> Node:
    """Items that a pattern with stars covers go by the pattern; the first that does."""
    for pattern in reversed(query.pathsFilter.pathGroupings or ()):
        regex = re.escape(pattern).replace("\\*", ".*")
        covered = nodes.call("match", item, nodes.constant(regex))
        item = nodes.call("if", covered, nodes.constant(pattern), item)
    return item


def _written(text: str) -> Node:
    try:
        return parse_expr(text)
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None


def _limited(query: PathsQuery) -> tuple[Node, Node]:
    """The part of a visit that counts, and whether it has the points it must have."""
    chosen, path = query.pathsFilter, nodes.field("compact")
    count = chosen.stepLimit or STEPS
    limit = nodes.constant(count)
    if chosen.startPoint and chosen.endPoint:
        begun = _part(_FROM, path, chosen.startPoint)
        ended = _part(_TO, begun, chosen.endPoint)
        half = nodes.constant(count // 2)
        test = [_part(_HAS, path, chosen.startPoint), _part(_HAS, begun, chosen.endPoint)]
        return nodes.expr(_ENDS, steps=limit, half=half, path=ended), nodes.all_of(test)
    if chosen.target is None:
        return nodes.expr(_FIRST, path=path, steps=limit), nodes.TRUE
    reached = _part(_HAS, path, chosen.target)
    if chosen.endPoint:
        ended = _part(_TO, path, chosen.target)
        return nodes.expr(_LAST, path=ended, steps=limit), reached
    return nodes.expr(_FIRST, path=_part(_FROM, path, chosen.target), steps=limit), reached


def _part(text: str, path: Node, point: str) -> Node:
    items = nodes.expr(_ITEMS, path=path)
    known = {"path": path} if "{path}" in text else {}
    return nodes.expr(text, items=items, point=nodes.constant(point), **known)
