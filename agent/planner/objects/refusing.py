"""Questions that are refused or lie elsewhere: unsafe, private, other products, the world."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from agent.answer import Draft
from agent.planner.objects import naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import events_for
from agent.planner.world import World
from tools.wording import joined

UNSAFE = ("rules", "tenants", "sql", "private", "stalking", "secrets", "falsify", "people")
BEYOND = ("forecast", "competitors", "spend", "ranking", "world")
OTHER_PRODUCTS = ("recordings", "llm", "logs", "surveys", "vitals")


def unsafe_answer(asked: Asked, world: World) -> Draft | None:
    """A refusal of what must not be done, None for anything else."""
    for name in UNSAFE:
        if asked.says(f"refuse.{name}") and not _harmless(name, asked, world):
            return _refused(name, world)
    return None


def beyond_answer(asked: Asked, world: World) -> Draft | None:
    """A word on what no data of the project can tell, None for anything else."""
    for name in BEYOND:
        if asked.says(f"beyond.{name}") and not _known(name, asked, world):
            return _refused(name, world)
    return None


def product_answer(asked: Asked, world: World) -> Draft | None:
    """A word on PostHog's other products, with the nearest that events can tell."""
    if asked.says("product.metric") and not asked.says("llm.plain"):
        return None
    for name in OTHER_PRODUCTS:
        if asked.says(f"beyond.{name}") and not _known(name, asked, world):
            return _refused(name, world)
    return None


def example(world: World) -> str:
    """A question that works here."""
    names = [one.name for one in world.events.names if not one.name.startswith("$")]
    return f"{names[0] if names else '$pageview'} per week for the last 8 weeks"


def _refused(name: str, world: World) -> Draft:
    known = _facts(world)
    texts = _texts()[name]
    return telling.declined(
        texts["said"].format(**known), texts["more"].format(**known), choices=(known["example"],)
    )


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    text = files("agent.planner.objects").joinpath("refusing.toml").read_text("utf-8")
    return tomllib.loads(text)


def _harmless(name: str, asked: Asked, world: World) -> bool:
    """Whether words that sound unsafe are about something that this project tracks."""
    if name == "people":
        return asked.has("how many|much")
    if name == "secrets":
        return not asked.has("show|give|tell|print|what|reveal|list|my|your|our|the") or asked.says(
            "help.how", "schema.metric"
        )
    if name == "stalking":
        return not (
            asked.emails
            or asked.says("person.timeline")
            or asked.has("watch|watched|did|doing|see|saw|read|bought|buy")
        )
    if name == "falsify":
        return asked.says("flag.under") or asked.has(
            "rollout|flag|fake accounts|users|orders|signups"
        )
    if name == "private":
        return (asked.opens("export.verb") and not asked.emails) or asked.says(
            "schema.tracked", "schema.holder", "schema.personal", "schema.place"
        )
    if name == "sql":
        return asked.has("how many")
    return False


def _known(name: str, asked: Asked, world: World) -> bool:
    """Whether the project does track what usually lies elsewhere."""
    if name == "forecast":
        return asked.says("forecast.metric")
    if name == "spend":
        ads = asked.has("google|facebook|meta|tiktok|linkedin|ads|ad|cac|cpi|cpc|cpm|cpa|roas|roi")
        return bool(_tracks(world, "spend", "cost")) and not ads
    if name == "surveys":
        return bool(_tracks(world, "survey")) and asked.says("schema.metric")
    if name == "llm":
        return "$ai_generation" in world.last_seen
    if name == "recordings":
        return asked.says("schema.metric") or bool(_tracks(world, "recording", "replay"))
    return False


def _tracks(world: World, *words: str) -> list[str]:
    """Events and numeric properties whose names have one of the words."""
    names = [one.name for one in world.events.names] + [*world.held["event"]]
    return [name for name in dict.fromkeys(names) if {*words} & set(naming.pieces(name))]


def _facts(world: World) -> dict[str, str]:
    """What the refusals say of the project."""
    names = list(dict.fromkeys(one.name for one in world.events.names))
    people = [name for name in world.held["person"] if not name.startswith("$")]
    ways = [
        name
        for name in ("utm_source", "utm_campaign", "$referring_domain")
        if name in world.held["event"]
    ]
    frictions = [name for name in ("$rageclick", "$exception", "$dead_click") if name in names]
    return {
        "project": world.facts.name or "this project",
        "example": example(world),
        "properties": joined(people[:14]) or "nothing but ids",
        "sources": joined(ways) or "nothing yet",
        "frictions": (
            f"{joined(frictions)} by page, or where a funnel loses people"
            if frictions
            else "where a funnel loses people"
        ),
        "ai": _named(_nearest(world, "ai", "token", "model"), "no event comes near it"),
        "errors": _named(
            [n for n in names if n in ("$exception",)] or _nearest(world, "error", "crash"),
            "not there either",
        ),
        "surveys": _named(_nearest(world, "survey"), "none of them has been received here"),
    }


def _named(names: Sequence[str], otherwise: str) -> str:
    return joined(list(names)) or otherwise


def _nearest(world: World, *words: str) -> list[str]:
    exact = [name for name in _tracks(world, *words) if name in world.last_seen]
    return exact[:3] or [one.name for one in events_for(list(words), world) if one.share >= 0.6][:3]
