"""A flag that is to be turned on or off at a later hour."""

import re

from agent.answer import Draft
from agent.planner.objects import telling
from agent.planner.objects.ahead import ahead
from agent.planner.objects.asked import Asked
from agent.planner.objects.deeds import OFF, deed
from agent.planner.objects.flag_telling import refused
from agent.planner.world import Request, World
from tools.flag_words import Flag

PERCENT = re.compile(r"\d\s*(?:%|percent\b|per cent\b)|\b(?:double|triple|halve)\b", re.IGNORECASE)
AGAIN = re.compile(r"\b(?:every|each|daily|weekly|hourly|monthly)\b", re.IGNORECASE)


def later(asked: Asked, world: World) -> bool:
    """Whether a change is to be made at an hour that is to come."""
    return asked.opens("write.schedule") or ahead(asked.text, world.clock.now) is not None


def scheduled(asked: Asked, flag: Flag, world: World) -> Draft:
    """What PostHog would do at that hour."""
    at = ahead(asked.text, world.clock.now)
    if at is None:
        return telling.asks(
            f"When should {flag.key} change?",
            "Say an hour that is to come, as in “on Friday at 9:00”.",
        )
    if AGAIN.search(asked.text):
        return refused(flag, "A change is scheduled once, not again and again", world)
    if PERCENT.search(asked.text):
        said = "PostHog schedules that a flag is turned on or off, not another rollout"
        return refused(flag, said, world)
    switch = _switch(asked)
    if switch is None:
        return refused(flag, "It is not clear whether it is to be turned on or off then", world)
    call: Request = (
        "schedule_flag_change",
        {"key": flag.key, "at": f"{at:%Y-%m-%dT%H:%M}", "on": switch},
    )
    word = "on" if switch else "off"
    return deed(call, world) or telling.declined(
        f"{flag.key} would be turned {word} on {at:%A %Y-%m-%d %H:%M} ({world.zone.key}). Nothing"
        f" was scheduled: {OFF}.",
        f"It is {'on' if flag.on else 'off'} now.",
    )


def _switch(asked: Asked) -> bool | None:
    """On or off, by the words for it wherever they stand."""
    off = asked.has("off|disable|disabled|deactivate|deactivated|stop|stopped|kill|pause|paused")
    on = asked.has("turn|turned|switch|switched _ on") or asked.has(
        "enable|enabled|activate|activated|launch|launched|release|released|live"
    )
    if off:
        return False
    return True if on else None
