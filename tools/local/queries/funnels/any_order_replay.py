"""Journeys in any order replayed event by event.

After funnel-udf/src/unordered_steps.rs: an event that is several steps counts for the one that
was taken longest ago, and where a value counts, an attempt begins with an event that has it.
"""

from collections.abc import Sequence

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.layout import VALUE, has, has_any
from tools.local.queries.funnels.plan import Plan

# Only the hard journeys are handed to the inner function, so that the others cost nothing.
_REPLAY = """SELECT actor, level AS plain_level, times AS plain_times, {hard} AS is_hard,
    arrayMap(hard -> arrayFold((s, e) -> {event}, arrayPushBack(hard, {end}),
    (arrayMap(x -> arrayResize([_toInt64(0)], 0), {bits}), arrayResize([_toInt64(0)], 0))).2,
    if(is_hard, [journey], []))[1] AS furthest FROM {plain}"""
# An index and not `if`, which ClickHouse evaluates late: then each of these anew.
_RESULT = """SELECT actor, [plain_level, length(furthest)][is_hard + 1] AS level,
    [plain_times, furthest][is_hard + 1] AS times FROM {replay}"""

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
_END = "bitShiftLeft(bitShiftRight(hard[-1], {shift}) + {window} + 1, {shift})"
_E = nodes.field("e")


def replayed(plan: Plan, plain: Node, kept: Sequence[Node]) -> Node:
    """A SELECT of actor, the columns to be kept, level and times; hard journeys anew."""
    if plan.valued_step:
        hard = nodes.TRUE
    elif plan.overlaps:
        hard = nodes.expr(_CROWDED, any_step=nodes.constant(plan.layout.any_step))
    else:
        bare = nodes.query("SELECT actor, level, times FROM {plain}", plain=plain)
        return nodes.selecting(bare, kept)
    window, shift = nodes.constant(plan.chosen.window), nodes.constant(plan.layout.shift)
    replay = nodes.query(
        _REPLAY,
        hard=hard,
        event=_event(plan),
        end=nodes.expr(_END, shift=shift, window=window),
        bits=nodes.constant(plan.layout.bits),
        plain=plain,
    )
    result = nodes.query(_RESULT, replay=nodes.selecting(replay, kept))
    return nodes.selecting(result, kept)


def _event(plan: Plan) -> Node:
    """What one event makes of the state before it."""
    layout, window = plan.layout, nodes.constant(plan.chosen.window)
    stepless = nodes.negated(has_any(_E, layout.any_step))
    barred = [stepless]
    if plan.valued_step:
        barred.append(nodes.all_of([nodes.negated(has(_E, VALUE)), nodes.expr(_UNBEGUN)]))
    chosen = nodes.expr(_CHOSEN, barred=nodes.any_of(barred), bits=nodes.constant(layout.bits))
    return nodes.expr(
        _EVENT,
        excluded=nodes.all_of([stepless, has_any(_E, layout.any_exclusion)]),
        pushed=nodes.expr(_PUSHED, chosen=chosen, time=layout.time(_E)),
        window=window,
        time=layout.time(_E),
        steps=nodes.constant(layout.steps),
    )
