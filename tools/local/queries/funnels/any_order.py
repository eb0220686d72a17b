"""How many of the steps each actor took within the window, in any order, and when.

After funnel-udf/src/unordered_steps.rs. From every event the next event of each step is looked
for; an exclusion ends the attempts under way, and those that were not over do not count.
"""

from collections.abc import Mapping, Sequence

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.any_order_replay import replayed
from tools.local.queries.funnels.layout import has, has_any
from tools.local.queries.funnels.plan import Plan

_NEVER = nodes.constant(1 << 53)
"""A time, in microseconds, after all others."""

_CLOCK = "SELECT actor, journey, arrayMap(e -> {time}, journey) AS clock FROM {journeys}"
_NEXT = "arrayReverseFill(x -> x < {never}, arrayMap(e -> if({found}, {time}, {never}), journey))"
_NEAR = "if({next} - at <= {window}, 1, 0)"
_NEAR_ENOUGH = "if({next} - at <= {window} and {next} <= until, 1, 0)"
_OVER = """arrayMap((n, at, until) -> if(n = {steps} or until - at > {window}, n, 0), {counts},
    clock, until)"""
_FURTHEST = """SELECT actor, journey, {counts} AS counts, arrayMax(counts) AS level,
    arraySlice(arraySort({firsts}), 1, level) AS times FROM {nexts}"""
_FIRST = "arrayFirst((x, n) -> n = level, {next}, counts)"
_E = nodes.field("e")


def any_order(plan: Plan, journeys: Node, kept: Sequence[Node]) -> Node:
    """A SELECT of actor, the journeys' columns to be kept, level and times."""
    tree = nodes.query(
        _FURTHEST,
        counts=_ended(plan, counts(plan)) if plan.layout.excludes else counts(plan),
        firsts={
            "node": "Array",
            "exprs": [nodes.expr(_FIRST, next=nodes.field(name)) for name in _names(plan)],
        },
        nexts=nexts(plan, journeys, kept),
    )
    return replayed(plan, nodes.selecting(tree, kept), kept)


def nexts(plan: Plan, journeys: Node, kept: Sequence[Node]) -> Node:
    """The journeys, and for each of their events when each step comes next."""
    layout, time = plan.layout, plan.layout.time(_E)
    found = {name: has(_E, layout.step(n)) for n, name in enumerate(_names(plan), 1)}
    if layout.excludes:
        found["until"] = has_any(_E, layout.any_exclusion)
    columns = [
        nodes.alias(name, nodes.expr(_NEXT, found=test, time=time, never=_NEVER))
        for name, test in found.items()
    ]
    tree = nodes.query(_CLOCK, time=time, journeys=journeys)
    return nodes.selecting(tree, [*kept, *columns])


def counts(plan: Plan) -> Node:
    """For each event, how many steps are taken from it on within the window."""
    window, names = nodes.constant(plan.chosen.window), _names(plan)
    text = _NEAR_ENOUGH if plan.layout.excludes else _NEAR
    total = nodes.constant(0)
    for name in names:
        near = nodes.expr(text, next=nodes.field(f"{name}_then"), window=window)
        total = nodes.arithmetic("+", total, near)
    arrays = {f"{name}_then": nodes.field(name) for name in names} | {"at": nodes.field("clock")}
    if plan.layout.excludes:
        arrays["until"] = nodes.field("until")
    return _each(arrays, total)


def _ended(plan: Plan, found: Node) -> Node:
    """The counts of attempts that were over before an exclusion came."""
    steps, window = nodes.constant(plan.layout.steps), nodes.constant(plan.chosen.window)
    return nodes.expr(_OVER, steps=steps, window=window, counts=found)


def _each(arrays: Mapping[str, Node], body: Node) -> Node:
    """An array of what is computed from the elements of others, by their names."""
    computed = {"node": "Lambda", "args": list(arrays), "expr": body}
    return nodes.call("arrayMap", computed, *arrays.values())


def _names(plan: Plan) -> list[str]:
    return [f"next_{number}" for number in range(1, plan.layout.steps + 1)]
