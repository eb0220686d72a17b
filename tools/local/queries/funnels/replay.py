"""Journeys replayed event by event, as PostHog's machine takes them.

After funnel-udf/src/steps.rs: events of one time that match different steps are taken one step
after the other, none of them twice in one attempt; an exclusion spoils the attempts it falls in,
and an actor whose furthest attempt is spoilt does not count.

A step is known by (entry, spoilt, times, events), the furthest attempt by (level, entry, spoilt,
times), an event to take by (entry of the journey, its place there, whether beside others).
"""

from collections.abc import Sequence

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.plan import Plan

_NEVER = "(_toInt64(0), _toInt64(0), arrayResize([_toInt64(0)], 0), arrayResize([_toInt64(0)], 0))"
_NOWHERE = "(_toInt64(0), _toInt64(0), _toInt64(0), arrayResize([_toInt64(0)], 0))"
_GROUPS = """arraySplit((z, before) -> {time} != before, arrayZip(hard, arrayEnumerate(hard)),
    arrayRotateRight(arrayMap(e -> {plain}, hard), 1))"""
_TAKEN = """arrayFlatten(arrayMap(g -> if(arrayUniq(arrayMap(z -> {matches}, g)) > 1, {apart},
    arrayMap(z -> (z.1, _toInt64(z.2), _toInt64(0)), g)), {groups}))"""
_APART = """arrayFlatten(arrayMap((bit, others) -> arrayMap(
    z -> (z.1 - bitAnd(z.1, others), _toInt64(z.2), _toInt64(1)),
    arrayFilter(z -> bitAnd(z.1, bit) != 0, g)), {bits}, {others}))"""
# Only the hard journeys are handed to the inner function, so that the others cost nothing.
_REPLAY = """SELECT actor, {hard} AS is_hard, level AS plain_level, times AS plain_times,
    arrayMap(hard -> arrayFold((s, z) -> {taken_step}, {taken},
    (arrayMap(x -> {never}, {bits}), {nowhere})).2, if(is_hard, [journey], []))[1] AS furthest
    FROM {chain}"""
# An index and not `if`, which ClickHouse evaluates late: then each of these anew.
_RESULT = """SELECT actor,
    [_toInt64(plain_level), furthest.1 * (1 - furthest.3)][is_hard + 1] AS level,
    [plain_times, furthest.4][is_hard + 1] AS times FROM {replay}"""

_STEP = """arrayMap(x -> arrayMap(a -> ({steps}, {furthest}), [{advances}])[1], [{before}])[1]"""
_ADVANCES = """arrayMap((c, p, bits) -> if(bitAnd(z.1, bits) = bits and p.1 > 0
    and {time} - p.1 <= {window} and c.1 != p.1 and not (z.3 = 1 and has(p.4, z.2)),
    (p.1, p.2, arrayPushBack(p.3, {time}), arrayPushBack(p.4, z.2)), {never}),
    x.1, arrayPushFront(arrayPopBack(x.1),
    ({time}, _toInt64(0), arrayResize([_toInt64(0)], 0), arrayResize([_toInt64(0)], 0))),
    {required})"""
_STEPS = """arrayMap((c, v, bit) -> if(v.1 > 0 and v.2 = 0, v, if({forgets}, {never}, c)),
    x.1, a, {bits})"""
_FORGETS = "z.3 = 0 and bitAnd(z.1, bit) = 0"
_FURTHEST = """arrayMap(i -> if(i > 0, (_toInt64(i), (a[i]).1, (a[i]).2, (a[i]).3), x.2),
    [arrayLastIndex((v, k) -> v.1 > 0 and (k > (x.2).1 or (k = (x.2).1 and (x.2).3 = 1)),
    a, arrayEnumerate(a))])[1]"""
_SPOILT = """(arrayMap((c, following, bit) -> if({hit}, (c.1, _toInt64(1), c.3, c.4), c),
    s.1, arrayPushBack(arrayPopFront(s.1), {never}), {exclusions}),
    if(arrayExists((c, following, bit, k) -> {hit} and k = (s.2).1
    and {time} - (s.2).2 <= {window}, s.1, arrayPushBack(arrayPopFront(s.1), {never}),
    {exclusions}, arrayEnumerate(s.1)), ((s.2).1, (s.2).2, _toInt64(1), (s.2).4), s.2))"""
_HIT = """(bitAnd(z.1, bit) != 0 and c.1 > 0 and {time} - c.1 <= {window}
    and following.1 != c.1 and c.2 = 0)"""


def replayed(plan: Plan, chain: Node, kept: Sequence[Node], hard: Node) -> Node:
    """A SELECT of actor, the columns to be kept, level and times; `hard` journeys anew."""
    if hard == nodes.FALSE:
        plain = nodes.query("SELECT actor, level, times FROM {chain}", chain=chain)
        return nodes.selecting(plain, kept)
    tree = nodes.query(
        _REPLAY,
        hard=hard,
        taken_step=_step(plan),
        taken=_taken(plan),
        never=nodes.expr(_NEVER),
        nowhere=nodes.expr(_NOWHERE),
        bits=nodes.constant(plan.layout.bits),
        chain=chain,
    )
    replay = nodes.selecting(tree, kept)
    return nodes.selecting(nodes.query(_RESULT, replay=replay), kept)


def _taken(plan: Plan) -> Node:
    """The events to take; of several at one time, one for each step in its turn."""
    layout, steps = plan.layout, range(1, plan.layout.steps + 1)
    z = nodes.expr("z.1")
    others = [(layout.any_step | layout.any_exclusion) & ~layout.step(one) for one in steps]
    groups = nodes.expr(_GROUPS, time=layout.time(z), plain=layout.time(nodes.field("e")))
    apart = nodes.expr(_APART, bits=nodes.constant(plan.layout.bits), others=nodes.constant(others))
    return nodes.expr(_TAKEN, matches=layout.matches(z), apart=apart, groups=groups)


def _step(plan: Plan) -> Node:
    """What one event makes of the state before it."""
    window, never = nodes.constant(plan.chosen.window), nodes.expr(_NEVER)
    time = plan.layout.time(nodes.expr("z.1"))
    required = [plan.required(one) for one in range(1, plan.layout.steps + 1)]
    strict = plan.chosen.funnelOrderType == "strict"
    return nodes.expr(
        _STEP,
        before=_spoilt(plan, time) if plan.layout.excludes else nodes.field("s"),
        advances=nodes.expr(
            _ADVANCES, time=time, window=window, never=never, required=nodes.constant(required)
        ),
        steps=nodes.expr(
            _STEPS,
            forgets=nodes.expr(_FORGETS) if strict else nodes.FALSE,
            never=never,
            bits=nodes.constant(plan.layout.bits),
        ),
        furthest=nodes.expr(_FURTHEST),
    )


def _spoilt(plan: Plan, time: Node) -> Node:
    """The state after the exclusions that an event is."""
    window, steps = nodes.constant(plan.chosen.window), plan.layout.steps
    exclusions = [plan.layout.exclusion(one + 1) for one in range(1, steps)]
    return nodes.expr(
        _SPOILT,
        hit=nodes.expr(_HIT, time=time, window=window),
        time=time,
        window=window,
        never=nodes.expr(_NEVER),
        exclusions=nodes.constant([*exclusions, 0]),
    )
