"""Answers about what a project tracks: events, properties, their values, since when."""

from agent.answer import Draft
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import events_for
from agent.planner.objects.listing import listing_answer
from agent.planner.objects.naming import pieces, topic_of
from agent.planner.objects.properties import property_answer
from agent.planner.objects.tracking import tracking_answer, unknown_event
from agent.planner.world import World


def schema_answer(asked: Asked, world: World) -> Draft | None:
    """The answer to a question about what is tracked, None when something is to be measured."""
    if missing := _quoted_unknown(asked, world):
        return unknown_event(missing, world)
    for answer in (listing_answer, _tracking, property_answer):
        if draft := answer(asked, world):
            return draft
    return None


def _tracking(asked: Asked, world: World) -> Draft | None:
    other = asked.says("schema.metric") and not asked.says("schema.since")
    return (
        None
        if other or asked.has("property|properties|field|fields")
        else tracking_answer(asked, world)
    )


def _quoted_unknown(asked: Asked, world: World) -> str | None:
    """A name in quotation marks beside the word event that no event has or comes near."""
    if not asked.quoted or not asked.has("event|events") or not asked.says("schema.unknown"):
        return None
    names = {tuple(pieces(one.name)) for one in world.events.names}
    for i, token in enumerate(asked.every):
        beside = [asked.every[k].word for k in (i - 1, i + 1) if 0 <= k < len(asked.every)]
        if (
            token.kind == "quoted"
            and {"event", "events"} & set(beside)
            and tuple(pieces(token.text)) not in names
        ):
            likely = events_for(topic_of(token.text), world)
            return None if likely and likely[0].share >= 0.99 else token.text
    return None
