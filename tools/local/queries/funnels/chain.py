"""How far each actor came through the steps in their order, and when.

PostHog's funnel is a machine that keeps, for each step, the latest entry with which the step was
reached (funnel-udf/src/steps.rs). Here each of these states is one array as long as the journey,
computed from the array of the step before, so that ClickHouse works on whole columns. Journeys
for which that is not enough are replayed event by event.
"""

from collections.abc import Iterable, Mapping, Sequence

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.layout import has, has_any
from tools.local.queries.funnels.plan import Plan
from tools.local.queries.funnels.replay import replayed

_FIRST = "arrayFill(x -> x >= 0, arrayMap(e -> if({taken}, {time}, {otherwise}), journey))"
_NEXT = """arrayFill(x -> x >= 0, arrayMap((e, before) -> if({taken} and before > 0
    and {time} - before <= {window}, before, {otherwise}),
    journey, arrayPopBack(arrayPushFront({previous}, -1))))"""
_STAYS = "if({matches}, -1, 0)"
_EVER = "arrayExists(x -> x > 0, {entered})"
_REACHED = "arrayFirst(x -> x > 0, {entered})"
_WHEN = "arrayFirst((at, x) -> x = entry, clock, {entered})"
_CHAIN = """SELECT actor, journey, arrayMap(e -> {time}, journey) AS clock,
    arrayFilter(x -> x > 0, {reached}) AS entries, length(entries) AS level, entries[-1] AS entry,
    {times} AS times FROM {entered}"""
_TIED = """arrayExists((e, f) -> {time} = {next_time} and {matches} != {next_matches} and {crowded},
    journey, arrayPushBack(arrayPopFront(journey), 0))"""
_EXCLUDED = "arrayExists(e -> {excluded}, journey)"
_E, _F = nodes.field("e"), nodes.field("f")


def chain(plan: Plan, journeys: Node, kept: Sequence[Node]) -> Node:
    """A SELECT of actor, the journeys' columns to be kept, level and times."""
    names = [f"entered_{number}" for number in _numbers(plan)]
    whens = [nodes.expr(_WHEN, entered=nodes.field(name)) for name in names[1:]]
    tree = nodes.query(
        _CHAIN,
        time=plan.layout.time(_E),
        reached=_array(nodes.expr(_REACHED, entered=nodes.field(name)) for name in names),
        times=_array([nodes.field("entry"), *whens]),
        entered=_states(plan, journeys, kept),
    )
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
    states = [
        nodes.alias(f"entered_{number}", _state(plan, number, plan.required(number, own=own)))
        for number in _numbers(plan)
    ]
    inner = nodes.query("SELECT actor, journey FROM {journeys}", journeys=journeys)
    return nodes.selecting(inner, [*kept, *states])


def _state(plan: Plan, number: int, bits: int) -> Node:
    """The entry with which a step stands reached after each event; -1 before there is one."""
    return nodes.expr(
        _FIRST if number == 1 else _NEXT,
        taken=has(_E, bits),
        time=plan.layout.time(_E),
        window=nodes.constant(plan.chosen.window),
        previous=nodes.field(f"entered_{number - 1}"),
        otherwise=_otherwise(plan, number),
    )


def _otherwise(plan: Plan, number: int) -> Node:
    """A strict funnel forgets the steps that an event does not match."""
    if plan.chosen.funnelOrderType != "strict":
        return nodes.constant(-1)
    return nodes.expr(_STAYS, matches=has(_E, plan.layout.step(number)))


def _hard(plan: Plan) -> Node:
    """Whether a journey must be replayed: the order within one time matters, or it is cut."""
    tests = []
    if plan.layout.excludes:
        tests.append(nodes.expr(_EXCLUDED, excluded=has_any(_E, plan.layout.any_exclusion)))
    if plan.chosen.funnelOrderType == "strict":
        tests.append(_tied(plan, nodes.TRUE))
    elif plan.overlaps:
        tests.append(_tied(plan, nodes.any_of([_crowded(plan, _E), _crowded(plan, _F)])))
    return nodes.any_of(tests)


def _tied(plan: Plan, crowded: Node) -> Node:
    layout = plan.layout
    return nodes.expr(
        _TIED,
        time=layout.time(_E),
        next_time=layout.time(_F),
        matches=layout.matches(_E),
        next_matches=layout.matches(_F),
        crowded=crowded,
    )


def _crowded(plan: Plan, entry: Node) -> Node:
    """Whether an event is several steps."""
    steps = nodes.call("bitAnd", entry, nodes.constant(plan.layout.any_step))
    return nodes.compare(">", nodes.call("bitCount", steps), nodes.constant(1))


def _numbers(plan: Plan) -> range:
    return range(1, plan.layout.steps + 1)


def _array(items: Iterable[Node]) -> Node:
    return {"node": "Array", "exprs": list(items)}
