"""In which intervals each actor entered a funnel, and whether an entry came through.

After funnel-udf/src/trends.rs: an interval converts if one of its entries does. Strict funnels
are taken interval by interval; for the others it is enough to look, from every event, for the
next event of each step.
"""

from collections.abc import Sequence

from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import intervals
from tools.local.queries.funnels.any_order import counts, nexts
from tools.local.queries.funnels.chain import reached
from tools.local.queries.funnels.journeys import journeys
from tools.local.queries.funnels.layout import OWN, has
from tools.local.queries.funnels.plan import Plan
from tools.local.queries.reader import Reader

_TIME = "toTimeZone(fromUnixTimestamp64Milli(intDiv({time}, 1000)), {zone})"
_TICKS = "arrayDistinct(arrayMap(e -> {tick}, {entries}))"
_FOUND = """SELECT actor, tick, has(succeeded, tick) AS converted FROM {journeys}
    ARRAY JOIN began AS tick"""
_LISTS = "SELECT actor, {began} AS began, {succeeded} AS succeeded FROM {journeys}"

_APART = """SELECT actor, tick, arrayMap(e -> e + if({enters} and {same}, {own}, 0), journey)
    AS journey FROM {journeys} ARRAY JOIN {ticks} AS tick"""
_STRICT = "SELECT actor, tick, converted FROM {attempts} WHERE began"

_ENTERING = "arrayFilter(e -> {enters}, journey)"
_LAST = "arrayReverseFill(x -> x > 0, arrayMap(e -> if({taken}, {time}, 0), journey))"
_BEFORE = "arrayReverseFill(x -> x > 0, arrayMap((e, end) -> if({taken}, end, 0), journey, {ends}))"
_LATER = "arrayPushBack(arrayPopFront({ends}), 0)"
_ENDING = """arrayFilter((e, end) -> {enters} and end > 0 and end - {time} <= {window}, journey,
    {ends})"""

_ENOUGH = "arrayFilter((e, count) -> count >= {number}, journey, {counts})"

_E = nodes.field("e")


def entrances(plan: Plan, reader: Reader) -> Node:
    """A SELECT of actor, value where the funnel is split, tick and whether it converted."""
    _check(plan)
    kept = [nodes.field("value")] if plan.split else []
    tick, source = _tick(plan, reader), journeys(plan)
    if plan.chosen.funnelOrderType == "strict":
        return _strict(plan, tick, source, kept)
    if plan.chosen.funnelOrderType == "unordered":
        source = nexts(plan, source, kept)
    began, succeeded = _lists(plan, tick)
    lists = nodes.query(_LISTS, began=began, succeeded=succeeded, journeys=source)
    found = nodes.query(_FOUND, journeys=nodes.selecting(lists, kept))
    return nodes.selecting(found, kept)


def _check(plan: Plan) -> None:
    chosen = plan.chosen
    if chosen.exclusions:
        raise HogQLError(
            "Exclusions are not supported in trends of funnels in the embedded project."
        )
    if chosen.funnelOrderType == "unordered" and (plan.overlaps or plan.valued_step):
        raise HogQLError(
            "Trends of funnels in any order are supported for steps of different events, "
            "without attribution to a step."
        )


def _tick(plan: Plan, reader: Reader) -> Node:
    """The interval of an entry."""
    zone = nodes.constant(reader.context.timezone)
    time = nodes.expr(_TIME, time=plan.layout.time(_E), zone=zone)
    return intervals.bucket(plan.span.interval, time)


def _ends(plan: Plan) -> tuple[int, int]:
    """The steps from which and to which one converts, counted from one."""
    chosen = plan.chosen
    last = plan.layout.steps if chosen.funnelToStep is None else chosen.funnelToStep + 1
    return (chosen.funnelFromStep or 0) + 1, last


def _strict(plan: Plan, tick: Node, source: Node, kept: Sequence[Node]) -> Node:
    first, last = _ends(plan)
    enters = has(_E, plan.layout.step(1))
    apart = nodes.query(
        _APART,
        enters=enters,
        same=nodes.compare("==", tick, nodes.field("tick")),
        own=nodes.constant(OWN),
        ticks=nodes.expr(_TICKS, tick=tick, entries=nodes.expr(_ENTERING, enters=enters)),
        journeys=source,
    )
    steps = {"began": first, "converted": last}
    columns = [nodes.field("tick"), *kept]
    attempts = reached(plan, nodes.selecting(apart, kept), columns, steps)
    return nodes.selecting(nodes.query(_STRICT, attempts=attempts), kept)


def _lists(plan: Plan, tick: Node) -> tuple[Node, Node]:
    """The intervals with entries that came as far as each of the two steps."""
    entries = _enough if plan.chosen.funnelOrderType == "unordered" else _ending
    began, succeeded = (
        nodes.expr(_TICKS, tick=tick, entries=entries(plan, number)) for number in _ends(plan)
    )
    return began, succeeded


def _ending(plan: Plan, number: int) -> Node:
    """The entries from which a step was reached in order."""
    enters, time = has(_E, plan.required(1)), plan.layout.time(_E)
    if number == 1:
        return nodes.expr(_ENTERING, enters=enters)
    ends = nodes.expr(_LAST, taken=has(_E, plan.required(number)), time=time)
    for earlier in range(number - 1, 1, -1):
        later = nodes.expr(_LATER, ends=ends)
        ends = nodes.expr(_BEFORE, taken=has(_E, plan.required(earlier)), ends=later)
    return nodes.expr(
        _ENDING,
        enters=enters,
        time=time,
        window=nodes.constant(plan.chosen.window),
        ends=nodes.expr(_LATER, ends=ends),
    )


def _enough(plan: Plan, number: int) -> Node:
    """The events from which so many steps were taken."""
    return nodes.expr(_ENOUGH, number=nodes.constant(number), counts=counts(plan))
