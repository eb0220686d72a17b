"""Whether an event has what the rest of a question asks of it."""

from collections.abc import Sequence

from agent.planner.english.names import Link
from agent.planner.reading import adding, events
from agent.planner.reading.groups import Condition
from agent.planner.reading.properties import Properties, choose, money, own
from agent.planner.reading.said import Said


def fits(said: Said) -> events.Fits:
    """Whether an event has the properties that results are split by."""
    wanted = [
        one.value for chunk in said.all("split") for one in chunk.value if one.kind == "property"
    ]
    wanted += [
        c.value for c in said.all("property") if said.has("rank") and not adding.adds(said, c)
    ]

    wheres = [g.value for g in said.all("where") if not g.value.holder and not g.value.path]

    def suits(event: str) -> bool:
        properties = own(said.world, (event,))
        return all(_named_as_well(said, links, properties) for links in wanted) and all(
            _has(said, one, properties) for one in wheres
        )

    return suits if wanted or wheres else events.anything


def _has(said: Said, condition: Condition, properties: Properties) -> bool:
    """Whether a condition can be asked of an event."""
    if condition.found:
        return any(
            v.property.holder != "event" or v.property.name in properties for v in condition.found
        )
    if not condition.links:
        return not condition.amount or money(properties) is not None
    return choose(condition.links, properties, said.world) is not None


def _named_as_well(said: Said, links: Sequence[Link], properties: Properties) -> bool:
    """Whether an event has a property that the words name about as well as they can."""
    found = choose(links, properties, said.world)
    best = max(link.score for link in links)
    return any(found and link.name == found.name and link.score >= best - 0.2 for link in links)
