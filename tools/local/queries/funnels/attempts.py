"""The furthest attempt of every actor: the rows that all views of a funnel are made of."""

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.any_order import any_order
from tools.local.queries.funnels.chain import chain
from tools.local.queries.funnels.journeys import journeys
from tools.local.queries.funnels.plan import Plan


def attempts(plan: Plan) -> Node:
    """A SELECT of actor, value where the funnel is split, level and times.

    The level is how many steps were taken; the first so many times are theirs, in microseconds.
    """
    kept = [nodes.field("value")] if plan.split else []
    if plan.chosen.funnelOrderType == "unordered":
        return any_order(plan, journeys(plan), kept)
    return chain(plan, journeys(plan), kept)
