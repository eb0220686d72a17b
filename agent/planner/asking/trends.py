"""Trends as tool calls: PostHog's own where they can say it, HogQL for the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent.planner.asking.selects import Select
from agent.planner.asking.terms import Arguments, Terms, around, by, some
from agent.planner.english.windows import Span, Unit
from agent.planner.plan import Filter, Reply, Series, Trends, Unsure
from agent.planner.world import Request, World

ROWS = 10_000
SPLIT, OVER_TIME, MOST = 500, 25, 999
"""How many values of a breakdown are asked for: in total, over time, and at most."""

ACTIVE = frozenset({"weekly_active", "monthly_active"})
TYPED = ACTIVE | {"total", "unique", "sessions", "groups", "sum", "avg", "min", "max"}
CALCULATED = frozenset({"sum", "avg", "min", "max"})
ADDING, COUNTED = frozenset({"total", "sum", "first_time"}), frozenset({"unique", "groups"})
"""What adds up over time by itself, and what PostHog counts once over all intervals."""

INTERVALS = (None, "hour", "day", "week", "month")


@dataclass(frozen=True)
class Part:
    """One tool call, and what the value columns of its result are."""

    request: Request
    series: tuple[int, ...]
    """The series of the plan, by their places; their values come first."""

    counted: tuple[int, ...] = ()
    """The series whose number of values stands in further columns."""

    compared: bool = False
    """Whether it is the period that is compared with."""

    running: bool = False
    """Whether the values add up already."""


def trends(plan: Trends, world: World) -> list[Request]:
    """The calls of a plan."""
    return [part.request for part in parts(plan, world)]


def parts(plan: Trends, world: World) -> list[Part]:
    """The calls of a plan: by period, PostHog's own first."""
    spans = [plan.scope.span, *([plan.scope.compare] if plan.scope.compare else [])]
    return [
        replace(part, compared=place == 1)
        for place, span in enumerate(spans)
        for part in _parts(plan, span, world)
    ]


def unit(plan: Trends) -> Unit | None:
    """The interval that is asked for."""
    return plan.each or plan.scope.interval


def _parts(plan: Trends, span: Span, world: World) -> Iterator[Part]:
    _refuse_running(plan)
    own = {n for n, one in enumerate(plan.series) if one.span}
    typed = [n for n, one in enumerate(plan.series) if _is_typed(plan, one)]
    together = [n for n in typed if n not in own]
    if together:
        yield _trends(plan, together, span, world)
    for n, one in enumerate(plan.series):
        if n in typed and n in own:
            yield _trends(plan, [n], one.span or span, world)
        elif n not in typed:
            yield _select(plan, n, one.span or span, world)


def _refuse_running(plan: Trends) -> None:
    """Refuse a running total of what does not add up, unless PostHog counts it so itself."""
    for one in plan.series:
        adds = one.math in ADDING and not one.times
        typed = _is_typed(plan, one) and one.math in COUNTED
        if plan.cumulative and not (adds or typed):
            said = f"A running total of {one.math} by {unit(plan) or 'nothing'} does not add up"
            raise Unsure(Reply("declined", f"{said}: ask for events, people or a sum over time."))


def _is_typed(plan: Trends, one: Series) -> bool:
    """Whether PostHog's own trends can say it."""
    splits = plan.scope.breakdowns
    simple = one.math in TYPED or (one.math == "per_person" and not one.property)
    lowest = splits and plan.scope.ascending and not unit(plan) and not plan.scope.compare
    return (
        simple
        and not (one.first or one.times or lowest)
        and unit(plan) in INTERVALS
        and len(splits) <= 3
        and not any(split.label for split in splits)
        and (one.property is None or one.property.holder in ("event", "person", "session"))
    )


def _trends(plan: Trends, places: Sequence[int], span: Span, world: World) -> Part:
    chosen = [plan.series[n] for n in places]
    counted = [n for n in places if plan.series[n].math in CALCULATED and not plan.formula]
    arguments: Arguments = {
        "series": [*map(_series, chosen), *(_count(plan.series[n]) for n in counted)],
        **around(plan.scope.filters, span, world.clock),
    }
    if interval := unit(plan):
        arguments["interval"] = interval
    if plan.scope.breakdowns:
        arguments |= {"breakdown": [by(one) for one in plan.scope.breakdowns], "limit": limit(plan)}
    if plan.cumulative:
        arguments["cumulative"] = True
    return Part(("run_trends", arguments), tuple(places), tuple(counted), running=plan.cumulative)


def limit(plan: Trends) -> int:
    """How many values of the breakdown are asked for."""
    if plan.scope.compare:
        return MOST
    wanted = OVER_TIME if unit(plan) else SPLIT
    return min(MOST, max(wanted, plan.scope.limit or 0, plan.scope.nth or 0))


def _series(one: Series) -> Arguments:
    found = some(one) | {"math": one.math}
    if one.property:
        found |= {"property": one.property.name, "of": one.property.holder}
    if one.group:
        found |= {"group": one.group}
    if one.math == "sessions":
        within = {"property": "$session_id", "of": "column", "operator": "!=", "values": [""]}
        found["where"] = [*found.get("where", ()), within]
    return found


def _count(one: Series) -> Arguments:
    """How many events have the number that is calculated with."""
    assert one.property is not None
    has = Filter(one.property, "set")
    return some(replace(one, filters=(*one.filters, has)))


def _select(plan: Trends, place: int, span: Span, world: World) -> Part:
    one = plan.series[place]
    select = Select(Terms(world), plan.scope, one, span, unit(plan))
    counted = one.property is not None and one.math not in ("distinct", "per_person")
    request = ("run_hogql", {"query": select.text(), "limit": ROWS})
    return Part(request, (place,), (place,) if counted and not one.times else ())
