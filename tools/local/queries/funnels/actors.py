"""Who took a step of a funnel, who was lost before it, and who entered in an interval."""

from typing import Any

from tools.local.dates import floor, parse_date
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import intervals
from tools.local.queries.funnels.attempts import attempts
from tools.local.queries.funnels.breakdown import OTHER, Split
from tools.local.queries.funnels.entrances import entrances
from tools.local.queries.funnels.model import FunnelsQuery
from tools.local.queries.funnels.plan import Plan, plan
from tools.local.queries.reader import Reader

_ACTORS = "SELECT actor AS actor_id FROM {found} WHERE {test} GROUP BY actor_id"


def actors(query: FunnelsQuery, point: Any, reader: Reader) -> Node:
    """A SELECT of `actor_id`; `point` is the FunnelsActorsQuery around the funnel."""
    made = plan(query, reader)
    if query.funnelsFilter.funnelVizType == "trends":
        found, test = entrances(made, reader), _entered(made, point, reader)
    else:
        found, test = attempts(made), _stepped(made, point)
    value = getattr(point, "funnelStepBreakdown", None)
    if value is not None:
        test = nodes.all_of([test, _valued(made.split, value)])
    return nodes.query(_ACTORS, found=found, test=test)


def _stepped(made: Plan, point: Any) -> Node:
    level, step = nodes.field("level"), getattr(point, "funnelStep", None)
    if listed := getattr(point, "funnelCustomSteps", None):
        return nodes.compare("in", level, nodes.constant(tuple(listed)))
    if step is None:
        raise HogQLError("Say with funnelStep whose step of the funnel it is.")
    if step == 0 or step == -1 or abs(step) > made.layout.steps:
        raise HogQLError(
            f"funnelStep is a step from 1 to {made.layout.steps}, or -2 and below for those "
            "who were lost before the second step and later ones."
        )
    op, number = (">=", step) if step > 0 else ("==", -step - 1)
    return nodes.compare(op, level, nodes.constant(number))


def _entered(made: Plan, point: Any, reader: Reader) -> Node:
    start = getattr(point, "funnelTrendsEntrancePeriodStart", None)
    lost = getattr(point, "funnelTrendsDropOff", None)
    if start is None or lost is None:
        raise HogQLError(
            "Actors of a funnel's trend need funnelTrendsEntrancePeriodStart and "
            "funnelTrendsDropOff."
        )
    interval = made.span.interval
    at = floor(parse_date(start, reader.now), interval, made.span.week_start)
    same = nodes.compare("==", nodes.field("tick"), intervals.moment(interval, at))
    converted = nodes.field("converted")
    return nodes.all_of([same, nodes.negated(converted) if lost else converted])


def _valued(split: Split | None, value: Any) -> Node:
    """Whether an actor is counted under a value."""
    if split is None:
        raise HogQLError("This funnel is not split, so there is no funnelStepBreakdown.")
    if split.cohorts:
        cohort = value[0] if isinstance(value, list) and value else value
        return nodes.compare("==", nodes.field("value"), nodes.constant(cohort))
    listed = [_text(one) for one in (value if isinstance(value, list) else [value])]
    if split.limit is not None and listed == [OTHER]:
        raise HogQLError(f"Those under {OTHER} can't be listed: name a value of their own.")
    return nodes.compare("==", nodes.field("value"), nodes.constant(listed))


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, int | float) else str(value)
