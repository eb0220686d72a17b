"""The events of a funnel as one sorted list for each actor, or actor and value."""

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.breakdown import in_cohorts
from tools.local.queries.funnels.layout import VALUE, has
from tools.local.queries.funnels.plan import Plan

_EVENTS = "SELECT {actor} AS actor, timestamp AS at, {entry} AS entry FROM events WHERE {where}"
_WHOLE = "SELECT actor, arraySort(groupArray(entry)) AS journey FROM {events} GROUP BY actor"
_BY_VALUE = """SELECT actor, value, arraySort(groupArray(entry)) AS journey
    FROM {events} GROUP BY actor, value"""
_BY_TOUCH = """SELECT actor, if(empty(touched), {none}, touched) AS value, journey FROM (
    SELECT actor, {touched} AS touched, arraySort(groupArray(entry)) AS journey
    FROM {events} GROUP BY actor)"""
_TOUCHES = {
    "first_touch": "argMinIf(value, at, arrayExists(x -> x != '', value))",
    "last_touch": "argMaxIf(value, at, arrayExists(x -> x != '', value))",
}
_BY_STEP = """SELECT actor, value, arraySort(arrayMap(z -> z.1 + if(z.2 = value, {flag}, 0), pairs))
    AS journey FROM (
    SELECT actor, groupArray((entry, value)) AS pairs,
    groupUniqArrayIf(value, {counts}) AS values FROM {events} GROUP BY actor)
    ARRAY JOIN values AS value"""
_BY_COHORT = """SELECT actor, value, journey FROM {whole} ARRAY JOIN {cohorts} AS value"""


def journeys(plan: Plan) -> Node:
    """A SELECT of actor, value where the funnel is split, and journey."""
    split, events = plan.split, _events(plan)
    if split is None:
        return nodes.query(_WHOLE, events=events)
    if split.value is None:
        whole = nodes.query(_WHOLE, events=events)
        return nodes.query(_BY_COHORT, whole=whole, cohorts=in_cohorts(split, nodes.field("actor")))
    how = plan.chosen.breakdownAttributionType
    if how == "all_events":
        return nodes.query(_BY_VALUE, events=events)
    if how == "step":
        return _by_step(plan, events)
    none = nodes.constant([""] * split.width)
    return nodes.query(_BY_TOUCH, events=events, none=none, touched=nodes.expr(_TOUCHES[how]))


def _by_step(plan: Plan, events: Node) -> Node:
    """One journey for each value seen at the step; in any order, for each value at all."""
    counts = nodes.TRUE
    if plan.chosen.funnelOrderType != "unordered" and plan.valued_step:
        counts = has(nodes.field("entry"), plan.layout.step(plan.valued_step))
    return nodes.query(_BY_STEP, events=events, counts=counts, flag=nodes.constant(VALUE))


def _events(plan: Plan) -> Node:
    """The events that are steps or exclusions; all of them where every event counts."""
    tests = [nodes.TRUE]
    if plan.chosen.funnelOrderType != "strict":
        tests = [
            nodes.any_of(test for test in (*plan.steps, *plan.exclusions) if test != nodes.FALSE)
        ]
    found = nodes.query(
        _EVENTS,
        actor=plan.actor,
        entry=plan.layout.entry(nodes.field("timestamp"), _bits(plan)),
        where=nodes.all_of([plan.where, *tests]),
    )
    if plan.split is None or plan.split.value is None:
        return found
    return nodes.selecting(found, [nodes.alias("value", plan.split.value)])


def _bits(plan: Plan) -> Node:
    bits = nodes.constant(0)
    for number, test in enumerate(plan.steps, 1):
        bits = _either(bits, test, plan.layout.step(number))
    for number, test in enumerate(plan.exclusions, 1):
        if test != nodes.FALSE:
            bits = _either(bits, test, plan.layout.exclusion(number))
    return bits


def _either(bits: Node, test: Node, bit: int) -> Node:
    chosen = nodes.call("if", test, nodes.constant(bit), nodes.constant(0))
    return chosen if bits == nodes.constant(0) else nodes.arithmetic("+", bits, chosen)
