"""What holds for all of a question: its period, conditions, splits and order."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.windows import Unit, aligned
from agent.planner.plan import Breakdown, Filter, Scope
from agent.planner.reading.conditions import conditions
from agent.planner.reading.groups import Rank
from agent.planner.reading.properties import Properties
from agent.planner.reading.said import Said
from agent.planner.reading.spans import interval, period
from agent.planner.reading.splits import contrast, split


def scope(
    said: Said, properties: Properties, *, splits: bool = True, unit: Unit | None = None
) -> Scope:
    """Everything around the measure, for an event with these properties."""
    span, compare = period(said)
    every = unit or interval(said, span)
    ranked = said.pop("rank")
    order = ranked.value if ranked else None
    second = said.first("rank")
    if order and second and second.value.descending == order.descending:
        limits = {order.limit, second.value.limit} - {None}
        said.take(second if len(limits) < 2 else None)
        order = replace(order, limit=order.limit or second.value.limit)
    limit = _counted(said, order)
    if order and limit is None and (told := said.pop("limit")):
        limit = told.value
    breakdowns = split(said, properties, ranked) if splits else ()
    found = conditions(said, properties)
    if not breakdowns and (both := _either_way(said, found)):
        breakdowns, found = (both,), ()
    if said.first("other") and not breakdowns and (rest := _or_the_rest(said, found)):
        breakdowns, found = (rest,), ()
    return Scope(
        span=aligned(span, every, said.world.clock) if every else span,
        compare=compare,
        filters=found,
        breakdowns=_with_contrast(breakdowns, contrast(said, found)),
        interval=every,
        limit=limit,
        nth=order.nth if order else None,
        ascending=bool(order and not order.descending),
        ranked=order is not None,
    )


def _either_way(said: Said, found: Sequence[Filter]) -> Breakdown | None:
    """“Are there more signups at the weekend?”: a condition that is asked about, as a split."""
    asks = said.tokens[0].word in ("is", "are", "do", "does", "did", "was", "were")
    more = said.first("comparative")
    if not (asks and more and len(found) == 1) or found[0].operator != "=":
        return None
    prop = found[0].property
    than = next((g for g in said.groups if g.kind == "than"), None)
    if than:
        after = said.after(than)
        people = after is not None and after.kind == "people" and prop.kind == "Boolean"
        return Breakdown(prop) if people and "bot" in prop.name else None
    if prop.holder == "time":
        return Breakdown(part="hour" if prop.name == "hour" else "weekday")
    return Breakdown(prop) if prop.holder != "cohort" else None


def _or_the_rest(said: Said, found: Sequence[Filter]) -> Breakdown | None:
    """“Invited users against everybody else”: both sides of one condition, as a split."""
    other = said.first("other")
    if other is None or len(found) != 1 or not (said.has("vs") or said.has("compare")):
        return None
    said.take(other, *said.all("vs", "compare"))
    return Breakdown(found[0].property)


def _with_contrast(
    splits: tuple[Breakdown, ...], more: tuple[Breakdown, ...]
) -> tuple[Breakdown, ...]:
    """What is compared is a split beside the one that was asked for."""
    return tuple(dict.fromkeys((*splits, *more))) if len(splits) < 2 else splits


def _counted(said: Said, order: Rank | None) -> int | None:
    """“The 5 cities with the most …”: the number before the ranked noun."""
    if order is None or order.limit is not None:
        return order.limit if order else None
    for number in said.all("number"):
        before, after = said.before(number), said.after(number)
        if before and after and (before.kind, after.kind) == ("open", "close"):
            said.take(number)
            return int(number.value.value)
        plain = not (number.value.money or number.value.percent or number.value.code)
        if plain and after and after.kind in ("property", "group", "people", "event", "anything"):
            said.take(number)
            return int(number.value.value)
    return None
