"""How many of the steps each actor took within the window, in any order, and when.

After funnel-udf/src/unordered_steps.rs. An event that is several steps counts for the one that
was taken longest ago, and an exclusion ends every attempt under way: such journeys are replayed
event by event.
"""

from collections.abc import Sequence

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.layout import VALUE, has, has_any
from tools.local.queries.funnels.plan import Plan

_LAST = "arrayFill(x -> x > 0, arrayMap(e -> if({taken}, {time}, 0), journey))"
_COUNT = "arrayMap((at, last) -> if(at - last <= {window}, 1, 0), clock, {last})"
_ADDED = """arrayMap((at, last, sum) -> sum + if(at - last <= {window}, 1, 0), clock, {last},
    {before})"""
_FRONT = "arrayFirst((at, e) -> {taken} and at >= complete - {window}, clock, journey)"
_CLOCKS = "SELECT actor, journey, arrayMap(e -> {time}, journey) AS clock FROM {journeys}"
_PLAIN = """SELECT actor, journey, clock, {counts} AS counts, arrayMax(counts) AS plain_level,
    arrayFirst((at, count) -> count = plain_level, clock, counts) AS complete,
    arraySort(arrayFilter(x -> x > 0 and x <= complete, {fronts})) AS plain_times FROM {clocks}"""
_REPLAY = """SELECT actor, plain_level, plain_times, {hard} AS is_hard,
    arrayFold((s, e) -> {event}, if(is_hard, arrayPushBack(journey, {end}), []),
    (arrayMap(x -> arrayResize([_toInt64(0)], 0), {bits}), arrayResize([_toInt64(0)], 0))).2
    AS furthest FROM {plain}"""
_RESULT = """SELECT actor, if(is_hard, length(furthest), plain_level) AS level,
    if(is_hard, furthest, plain_times) AS times FROM {replay}"""

# The state: for each step the times of its events within the window, and the furthest attempt.
# An attempt is over, and looked at, when its first event is too old or all steps are taken; so
# after the last event comes one that is no step and far away.
_EVENT = """arrayMap((fronts, recent) -> (
    if({excluded}, arrayMap(q -> arrayResize(q, 0), recent), {pushed}),
    if(notEmpty(fronts) and (fronts[1] + {window} < {time} or length(fronts) = {steps})
    and length(fronts) > length(s.2), fronts, s.2)),
    [arraySort(arrayMap(q -> q[1], arrayFilter(q -> notEmpty(q), s.1)))],
    [arrayMap(q -> arrayFilter(x -> x + {window} >= {time}, q), s.1)])[1]"""
_PUSHED = """arrayMap((q, k) -> if(k = {chosen}, arrayPushBack(q, {time}), q), recent,
    arrayEnumerate(recent))"""
_CHOSEN = """arrayMap(
    ages -> if({barred}, 0, indexOf(ages, arrayMin(arrayFilter(x -> x >= 0, ages)))),
    [arrayMap((q, bit) -> if(bitAnd(e, bit) = 0, -1, q[-1]), recent, {bits})])[1]"""
_UNBEGUN = "arrayAll(q -> empty(q), recent)"
_CROWDED = "arrayExists(e -> bitCount(bitAnd(e, {any_step})) > 1, journey)"
_END = "bitShiftLeft(bitShiftRight(journey[-1], {shift}) + {window} + 1, {shift})"
_EXCLUDED = "arrayExists(e -> {excluded}, journey)"
_E = nodes.field("e")


def any_order(plan: Plan, journeys: Node, kept: Sequence[Node]) -> Node:
    """A SELECT of actor, the journeys' columns to be kept, level and times."""
    window, hard = nodes.constant(plan.chosen.window), _hard(plan)
    clocks = nodes.query(_CLOCKS, time=plan.layout.time(_E), journeys=journeys)
    steps = [has(_E, one) for one in _bits(plan)]
    plain = nodes.query(
        _PLAIN,
        counts=_counts(plan, steps),
        fronts={
            "node": "Array",
            "exprs": [nodes.expr(_FRONT, taken=one, window=window) for one in steps],
        },
        clocks=nodes.selecting(clocks, kept),
    )
    replay = nodes.query(
        _REPLAY,
        hard=hard,
        event=_event(plan),
        end=nodes.expr(_END, shift=nodes.constant(plan.layout.shift), window=window),
        bits=nodes.constant(_bits(plan)),
        plain=nodes.selecting(plain, kept),
    )
    result = nodes.query(_RESULT, replay=nodes.selecting(replay, kept))
    return nodes.selecting(result, kept)


def _counts(plan: Plan, steps: Sequence[Node]) -> Node:
    """For every event, how many steps were taken in the window that ends with it."""
    window, time = nodes.constant(plan.chosen.window), plan.layout.time(_E)
    first, *others = (nodes.expr(_LAST, taken=one, time=time) for one in steps)
    counts = nodes.expr(_COUNT, window=window, last=first)
    for last in others:
        counts = nodes.expr(_ADDED, window=window, last=last, before=counts)
    return counts


def _hard(plan: Plan) -> Node:
    """Whether a journey must be replayed."""
    if plan.valued_step:
        return nodes.TRUE
    tests = []
    if plan.layout.excludes:
        tests.append(nodes.expr(_EXCLUDED, excluded=has_any(_E, plan.layout.any_exclusion)))
    if plan.overlaps:
        tests.append(nodes.expr(_CROWDED, any_step=nodes.constant(plan.layout.any_step)))
    return nodes.any_of(tests)


def _event(plan: Plan) -> Node:
    """What one event makes of the state before it."""
    layout, window = plan.layout, nodes.constant(plan.chosen.window)
    stepless = nodes.negated(has_any(_E, layout.any_step))
    barred = [stepless]
    if plan.valued_step:
        barred.append(nodes.all_of([nodes.negated(has(_E, VALUE)), nodes.expr(_UNBEGUN)]))
    chosen = nodes.expr(_CHOSEN, barred=nodes.any_of(barred), bits=nodes.constant(_bits(plan)))
    return nodes.expr(
        _EVENT,
        excluded=nodes.all_of([stepless, has_any(_E, layout.any_exclusion)]),
        pushed=nodes.expr(_PUSHED, chosen=chosen, time=layout.time(_E)),
        window=window,
        time=layout.time(_E),
        steps=nodes.constant(layout.steps),
    )


def _bits(plan: Plan) -> list[int]:
    return [plan.layout.step(number) for number in range(1, plan.layout.steps + 1)]
