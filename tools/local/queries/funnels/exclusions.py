"""Exclusions in a funnel in order: attempts they spoil, and actors who do not count for it.

What the machine of chain.py knows of an attempt is when it entered. An exclusion spoils the
attempt that waits for the step after it; a spoilt one goes no further, but may still be the
furthest, and then its actor does not count. Whether one that reached a step counts there is
decided by the next exclusion after it.
"""

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.layout import has
from tools.local.queries.funnels.plan import Plan

_SPOILT = """arrayFill(x -> x >= 0, arrayMap((e, entry) -> if({excluded} and entry > 0
    and {time} - entry <= {window}, entry, -1), journey, {entered}))"""
_CAME_SPOILT = """arrayExists((e, before, spoilt, now) -> {taken} and before > 0
    and {time} - before <= {window} and before = spoilt and now != before,
    journey, {before}, {spoilt}, {now})"""
_CAME = "arrayFirst(x -> x > 0, {entered})"
_NEXT_OUT = "arrayReverseFill(x -> x > 0, arrayMap(e -> if({excluded}, {time}, 0), journey))"
_STAYED = """arrayFirst((entry, was, out) -> entry > 0 and entry != was
    and (out = 0 or out - entry > {window}), {entered}, {was}, {out})"""
_BEFORE = "arrayPopBack(arrayPushFront({state}, -1))"
_E = nodes.field("e")


def spoilt(plan: Plan, number: int) -> Node:
    """After each event, the latest entry that was spoilt while it stood at a step."""
    return nodes.expr(
        _SPOILT,
        excluded=_excluded(plan, number),
        entered=nodes.field(f"entered_{number}"),
        **_clock(plan),
    )


def came_spoilt(plan: Plan, number: int) -> Node:
    """Whether a spoilt attempt came to a step; none can where no exclusion stands before it."""
    if not plan.excludes_before(number):
        return nodes.FALSE
    return nodes.expr(
        _CAME_SPOILT,
        taken=has(_E, plan.required(number)),
        before=before(f"entered_{number - 1}"),
        spoilt=before(f"spoilt_{number - 1}"),
        now=before(f"entered_{number}"),
        **_clock(plan),
    )


def stayed(plan: Plan, number: int) -> Node:
    """The first entry that came to a step and was not spoilt there; nought without one."""
    if not plan.excludes_before(number + 1):
        return nodes.expr(_CAME, entered=nodes.field(f"entered_{number}"))
    out = nodes.expr(_NEXT_OUT, excluded=_excluded(plan, number), time=plan.layout.time(_E))
    return nodes.expr(
        _STAYED,
        entered=nodes.field(f"entered_{number}"),
        was=before(f"entered_{number}"),
        out=out,
        window=nodes.constant(plan.chosen.window),
    )


def before(name: str) -> Node:
    """A state as it was one event before."""
    return nodes.expr(_BEFORE, state=nodes.field(name))


def _excluded(plan: Plan, number: int) -> Node:
    """Whether an event is an exclusion after a step."""
    return has(_E, plan.layout.exclusion(number + 1))


def _clock(plan: Plan) -> dict[str, Node]:
    return {"time": plan.layout.time(_E), "window": nodes.constant(plan.chosen.window)}
