"""What an item of a list takes from the others beside it."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.plan import Series
from agent.planner.reading import numbers
from agent.planner.reading.properties import money, own
from agent.planner.reading.said import Said


def alike(said: Said, made: Sequence[Series]) -> list[Series]:
    """“Average rate quoted vs approved”: the calculation holds for what it is compared with."""
    first, *rest = made
    if first.property is None or not first.events:
        return list(made)
    name = first.property.name
    return [
        first,
        *(
            replace(one, math=first.math, property=first.property, percentile=first.percentile)
            if one.math == "total" and one.events and name in own(said.world, one.events)
            else one
            for one in rest
        ),
    ]


def beside(said: Said, one: Series, main: Series | None, all_of: Sequence[Series]) -> Series:
    """An item beside the others: unique users of the event, the money of the event."""
    if main is None:
        return one
    if not one.events and one.math == "unique" and not one.filters:
        return replace(one, events=main.events)
    if not one.events and one.property and one.property.name in own(said.world, main.events):
        return replace(one, events=main.events)
    summed = any(other.math == "sum" for other in all_of)
    if summed and one.math == "total" and one.events and numbers.OWED.search(one.events[0].lower()):
        prop = money(own(said.world, one.events))
        if prop:
            said.assumptions.append(f"{one.events[0]} as the sum of {prop.name}")
            return replace(one, math="sum", property=prop)
    return one
