"""How far each actor came through the steps in their order, and when.

PostHog's funnel is a machine that keeps, for each step, the latest entry with which the step was
reached (funnel-udf/src/steps.rs). Here each of these states is one array as long as the journey,
computed from the array of the step before, so that ClickHouse works on whole columns. Journeys
for which that is not enough are replayed event by event.
"""

from collections.abc import Iterable, Mapping, Sequence

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.exclusions import before, came_spoilt, spoilt, stayed
from tools.local.queries.funnels.layout import has, has_any
from tools.local.queries.funnels.plan import Plan
from tools.local.queries.funnels.replay import replayed

_FIRST = "arrayFill(x -> x >= 0, arrayMap(e -> if({taken}, {time}, {otherwise}), journey))"
_NEXT = """arrayFill(x -> x >= 0, arrayMap((e, before) -> if({taken} and before > 0
    and {time} - before <= {window}, before, {otherwise}), journey, {before}))"""
_UNSPOILT = """arrayFill(x -> x >= 0, arrayMap((e, before, spoilt) -> if({taken} and before > 0
    and before != spoilt and {time} - before <= {window}, before, -1), journey, {before},
    {spoilt}))"""
_STAYS = "if({matches}, -1, 0)"
_EVER = "arrayExists(x -> x > 0, {entered})"
_REACHED = "arrayFirst(x -> x > 0, {entered})"
_WHEN = "arrayFirst((at, x) -> x = entry, clock, {entered})"
_CHAIN = """SELECT actor, journey, arrayMap(e -> {time}, journey) AS clock,
    arrayFilter(x -> x > 0, {reached}) AS entries, length(entries) AS level, entries[-1] AS entry,
    {times} AS times FROM {states}"""
_SPARED = """SELECT actor, journey, arrayMap(e -> {time}, journey) AS clock,
    arrayCount(x -> x, {reached}) AS furthest, arrayElement({stayed}, furthest) AS entry,
    if(entry = 0 or arrayElement({came_spoilt}, furthest + 1), 0, furthest) AS level,
    {times} AS times FROM {states}"""
_TIED = """arrayExists((e, f) -> {time} = {next_time} and {matches} != {next_matches} and {matters},
    journey, arrayPushBack(arrayPopFront(journey), 0))"""
_EXCLUDED = "arrayExists(e -> {excluded}, journey)"
_CROWDED = "bitCount(bitAnd({entry}, {any_step})) > 1"
_E, _F = nodes.field("e"), nodes.field("f")


def chain(plan: Plan, journeys: Node, kept: Sequence[Node]) -> Node:
    """A SELECT of actor, the journeys' columns to be kept, level and times."""
    entered = [nodes.field(_entered(number)) for number in _numbers(plan)]
    whens = [nodes.expr(_WHEN, entered=one) for one in entered[1:]]
    states = _states(plan, journeys, kept)
    parts = {"time": plan.layout.time(_E), "times": _array([nodes.field("entry"), *whens])}
    if _spoils(plan):
        tree = nodes.query(
            _SPARED,
            reached=_array(nodes.expr(_EVER, entered=one) for one in entered),
            stayed=_array(stayed(plan, number) for number in _numbers(plan)),
            came_spoilt=_array(
                [*(came_spoilt(plan, number) for number in _numbers(plan)), nodes.FALSE]
            ),
            states=states,
            **parts,
        )
    else:
        reached = _array(nodes.expr(_REACHED, entered=one) for one in entered)
        tree = nodes.query(_CHAIN, reached=reached, states=states, **parts)
    return replayed(plan, nodes.selecting(tree, kept), kept, _hard(plan))


def reached(plan: Plan, journeys: Node, kept: Sequence[Node], steps: Mapping[str, int]) -> Node:
    """A SELECT of the columns to be kept, and by name whether a step was reached.

    Only the events that have the flag begin an attempt; those of one time are taken as they stand.
    """
    entered = [
        nodes.alias(name, nodes.expr(_EVER, entered=nodes.field(f"entered_{number}")))
        for name, number in steps.items()
    ]
    states = _states(plan, journeys, kept, own=True)
    tree = nodes.query("SELECT actor FROM {states}", states=states)
    return nodes.selecting(tree, [*kept, *entered])


def _states(plan: Plan, journeys: Node, kept: Sequence[Node], *, own: bool = False) -> Node:
    """The journeys with the states of every step.

    One SELECT a step: an alias that names two others of its own SELECT is written out twice.
    """
    tree, columns = journeys, [nodes.field("actor"), nodes.field("journey"), *kept]
    for number in _numbers(plan):
        new = {}
        if _spoils(plan) and plan.excludes_before(number):
            new[_spoilt(number - 1)] = spoilt(plan, number - 1)
        new[_entered(number)] = _state(plan, number, plan.required(number, own=own))
        inner = nodes.query("SELECT 1 FROM {tree}", tree=tree)
        added = [nodes.alias(name, state) for name, state in new.items()]
        tree = {**inner, "select": [*columns, *added]}
        columns.extend(map(nodes.field, new))
    return tree


def _state(plan: Plan, number: int, bits: int) -> Node:
    """The entry with which a step stands reached after each event; -1 before there is one."""
    parts = {"taken": has(_E, bits), "time": plan.layout.time(_E)}
    if number == 1:
        return nodes.expr(_FIRST, otherwise=_otherwise(plan, number), **parts)
    parts |= {"before": before(_entered(number - 1)), "window": nodes.constant(plan.chosen.window)}
    if _spoils(plan) and plan.excludes_before(number):
        return nodes.expr(_UNSPOILT, spoilt=before(_spoilt(number - 1)), **parts)
    return nodes.expr(_NEXT, otherwise=_otherwise(plan, number), **parts)


def _otherwise(plan: Plan, number: int) -> Node:
    """A strict funnel forgets the steps that an event does not match."""
    if plan.chosen.funnelOrderType != "strict":
        return nodes.constant(-1)
    return nodes.expr(_STAYS, matches=has(_E, plan.layout.step(number)))


def _spoils(plan: Plan) -> bool:
    """Whether exclusions are part of the states; strict funnels that have any are replayed."""
    return plan.layout.excludes and plan.chosen.funnelOrderType == "ordered"


def _hard(plan: Plan) -> Node:
    """Whether a journey must be replayed: events of one time can be taken in several orders."""
    if plan.chosen.funnelOrderType == "strict":
        excluded = has_any(_E, plan.layout.any_exclusion)
        tests = [_tied(plan, nodes.TRUE)]
        if plan.layout.excludes:
            tests.append(nodes.expr(_EXCLUDED, excluded=excluded))
        return nodes.any_of(tests)
    tests = []
    for entry in (_E, _F):
        if plan.overlaps:
            tests.append(_crowded(plan, entry))
        if plan.layout.excludes:
            tests.append(has_any(entry, plan.layout.any_exclusion))
    return _tied(plan, nodes.any_of(tests)) if tests else nodes.FALSE


def _tied(plan: Plan, matters: Node) -> Node:
    layout = plan.layout
    return nodes.expr(
        _TIED,
        time=layout.time(_E),
        next_time=layout.time(_F),
        matches=layout.matches(_E),
        next_matches=layout.matches(_F),
        matters=matters,
    )


def _crowded(plan: Plan, entry: Node) -> Node:
    """Whether an event is several steps."""
    return nodes.expr(_CROWDED, entry=entry, any_step=nodes.constant(plan.layout.any_step))


def _entered(number: int) -> str:
    return f"entered_{number}"


def _spoilt(number: int) -> str:
    return f"spoilt_{number}"


def _numbers(plan: Plan) -> range:
    return range(1, plan.layout.steps + 1)


def _array(items: Iterable[Node]) -> Node:
    return {"node": "Array", "exprs": list(items)}
