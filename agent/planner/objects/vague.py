"""Questions that could mean several things: which one is asked back."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from agent.answer import Draft
from agent.planner.answers.words import groups
from agent.planner.objects import naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import busiest, coming, events_for
from agent.planner.world import World
from tools.wording import joined


def vague_answer(asked: Asked, world: World) -> Draft | None:
    """A question back where several answers are as likely, else None."""
    if asked.says("vague.quarter"):
        return _quarter(asked)
    if asked.says("vague.setup") and len(asked.words) <= 5:
        return _setup(asked)
    if asked.says("vague.broken") and len(asked.words) <= 4:
        return _broken(world)
    if asked.says("vague.decide"):
        return _decide(asked, world)
    if asked.says("vague.customers") and len(_told(asked)) == 0:
        return _customers(world)
    return _unclear(asked, world)


def _unclear(asked: Asked, world: World) -> Draft | None:
    """A notion without a figure to it, unless something saved goes by that name."""
    if asked.says("vague.object"):
        return None
    for notion in _notions():
        if asked.says(f"vague.{notion}") and not _told(asked):
            return _notion(notion, world)
    return None


def _told(asked: Asked) -> list[str]:
    """Words that say more than the vague notion itself."""
    return [word for word in naming.topic(asked) if word not in phrases.word_set("vague.plain")]


def _notion(notion: str, world: World) -> Draft:
    """The question back, with questions of this project that work."""
    told = _notions()[notion]
    ways = [
        way.format(**_fillers(world))
        for way in told["ways"]
        if "{cancel}" not in way or _ending(world)
    ]
    return telling.asks(told["ask"], "Each of these works:", choices=ways)


@cache
def _notions() -> dict[str, Any]:
    text = files("agent.planner.objects").joinpath("vague.toml").read_text("utf-8")
    return tomllib.loads(text)


def _fillers(world: World) -> dict[str, str]:
    own = busiest(world) or _begin(world)
    joining = [
        one.name for one in events_for(["sign", "up"], world, described=False) if one.share >= 0.6
    ]
    first = (coming(joining, world) or own)[0]
    other = next((name for name in own if name != first), first)
    return {"first": first, "other": other, "cancel": (_ending(world) or own)[0]}


def _ending(world: World) -> list[str]:
    """Events that end something, a subscription before anything else."""
    found = [one.name for one in events_for(["cancel"], world, described=False) if one.share >= 0.6]
    lasting = {"subscript", "plan", "account", "membership", "trial"}
    return sorted(coming(found, world), key=lambda name: not lasting & set(naming.pieces(name)))


def _begin(world: World) -> list[str]:
    """The events of one's own."""
    names = list(dict.fromkeys(one.name for one in world.events.names if one.name[0] != "$"))
    return names or ["$pageview"]


def _quarter(asked: Asked) -> Draft:
    """A period that contradicts itself: last quarter to date."""
    unit = next(
        unit for unit in ("quarter", "month", "week", "year") if asked.has(f"last|previous {unit}")
    )
    first = asked.text.replace("to date", "").replace("so far", "").replace("  ", " ").strip()
    second = re.sub(
        rf"(?:last|previous)\s+{unit}\s+(?:to date|so far)",
        f"this {unit} so far",
        asked.text,
        flags=re.IGNORECASE,
    )
    return telling.asks(
        f"“Last {unit}” is over and “to date” runs until now. Which is meant: the whole last"
        f" {unit}, or this {unit} so far?",
        choices=(first, second),
    )


def _setup(asked: Asked) -> Draft:
    return telling.asks(
        "What should the feature flag be for? Its key, who gets it, and to which share.",
        "Say it like “create a feature flag called new-homepage for 10% of users”; nothing is"
        " created by asking. How it is done in PostHog: “How do I set up a feature flag?”.",
        choices=("How do I set up a feature flag?",),
    )


def _broken(world: World) -> Draft:
    clock, facts = world.clock, world.facts
    last = f"{clock.last:%Y-%m-%d %H:%M} ({world.zone.key})" if clock.last else "unknown"
    total = f"{facts.events:,}" if facts.events is not None else "an unknown number of"
    return telling.asks(
        "What is broken: events that do not arrive, a flag, an insight with odd numbers, or the"
        " connection?",
        f"From here {facts.name} answers: {total} events, the last at {last}.",
        choices=(
            "Why are my events not showing up?",
            "What data quality issues exist?",
            "Which flags are on?",
        ),
    )


def _decide(asked: Asked, world: World) -> Draft:
    """A decision that data bears on but does not make."""
    words = naming.topic(
        asked, "should", "build", "next", "fix", "first", "focus", "prioritize", "invest", "better"
    )
    found = [
        one.name
        for one in events_for(words, world)
        if one.share >= 0.3 and not one.name.startswith("$")
    ][:2]
    ways = [f"{name} per week for the last 8 weeks" for name in found]
    if any(word in ("mobile", "app", "ios", "android") for word in words):
        ways.append("unique users by $device_type in the last 30 days")
    if len(found) > 1:
        ways.append(f"conversion from {found[0]} to {found[1]}")
    return telling.asks(
        "Data can't decide that, but it bears on it. What should decide: how many people each would"
        " reach, or how much is lost today?",
        "Figures that help:",
        choices=ways or [f"{_begin(world)[0]} per week for the last 8 weeks"],
    )


def _customers(world: World) -> Draft | None:
    """Who counts as a customer: persons, or one of the groups."""
    if not world.facts.groups:
        return None
    ways = ["How many unique users were there in the last 30 days?"]
    ways += [
        f"How many {groups(group)} were active in the last 30 days?" for group in world.facts.groups
    ]
    paid = [
        one.name for one in events_for(["payment"], world, described=False) if one.share >= 0.8
    ][:1]
    ways += [f"How many unique users did {name} in the last 30 days?" for name in paid]
    return telling.asks(
        "Who counts as a customer: people, those who paid, or groups"
        f" ({joined(world.facts.groups, 'or')})?",
        choices=ways,
    )
