"""Answers about PostHog itself, after its public documentation."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agent.answer import Draft
from agent.planner.objects import lookups, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.world import World

DOCS = "https://posthog.com/docs"


@dataclass(frozen=True)
class Topic:
    """One thing people ask about PostHog, and the answer."""

    name: str
    says: tuple[phrases.Phrase, ...]
    answer: str
    docs: str
    always: bool = False
    more: str = ""
    event: str = ""
    """An event whose recent number tells whether it works here."""

    looks: str = ""
    """What is looked up of this project besides."""


def help_answer(asked: Asked, world: World) -> Draft | None:
    """The answer to a question about PostHog, None when it is about this project's data."""
    asking = asked.says("help.how", "help.why", "help.what")
    if asked.says("help.metric") and not asked.has("posthog|sdk|api"):
        return None
    topic = _topic(asked, asking)
    if topic:
        return _told(topic, world)
    if asked.has("posthog") and asking and not asked.says("help.own"):
        return telling.declined(
            "hogloop has no answer to that about PostHog itself; its documentation may.",
            f"See {DOCS}.",
            "What hogloop can answer is about this project: its figures, events, flags, cohorts,"
            " experiments and saved insights.",
        )
    return None


def _topic(asked: Asked, asking: bool) -> Topic | None:
    """The topic whose phrase takes up most of the question."""
    best: tuple[int, Topic | None] = (0, None)
    for topic in topics():
        if asking or topic.always:
            size = max((len(one) for one in topic.says if asked.stands(one)), default=0)
            best = (size, topic) if size > best[0] else best
    return best[1]


@cache
def topics() -> tuple[Topic, ...]:
    """What is known, from help.toml."""
    text = files("agent.planner.objects").joinpath("help.toml").read_text("utf-8")
    return tuple(_read(one) for one in tomllib.loads(text)["topic"])


def _read(one: Mapping[str, Any]) -> Topic:
    known = {name: value for name, value in one.items() if name != "says"}
    return Topic(says=tuple(map(phrases.phrase, one["says"])), **known)


def _told(topic: Topic, world: World) -> Draft:
    first, _, rest = topic.answer.partition(". ")
    names = [one.name for one in world.events.names if not one.name.startswith("$")]
    filled = dict(zip(("event", "other"), [*names, "$pageview", "$pageview"], strict=False))
    return telling.answered(
        f"{first.rstrip('.')}.",
        rest,
        topic.more.format(**filled) if topic.more else "",
        _here(topic, world),
        f"More: {DOCS}/{topic.docs}",
    )


def _here(topic: Topic, world: World) -> str:
    """What this project itself has to say to it."""
    if topic.looks == "cohorts" and (found := lookups.softly(world, ("list_cohorts", {}))):
        rows = [one for one in found[0].rows if not one.static]
        failed = [one.name for one in rows if one.error]
        told = ", ".join(f"{one.name} {telling.at(one.calculated_at, world)}" for one in rows[:4])
        bad = f" The last calculation of {', '.join(failed)} failed." if failed else ""
        return f"Here the dynamic cohorts were last calculated: {told}.{bad}" if rows else ""
    if topic.looks == "volume" or topic.event:
        return _volume(topic.event, world)
    return ""


def _volume(event: str, world: World) -> str:
    where = f" AND event = '{event}'" if event else ""
    found = lookups.table(
        world,
        "SELECT countIf(timestamp >= now() - INTERVAL 1 DAY), count(), max(timestamp) FROM events "
        f"WHERE timestamp >= now() - INTERVAL 7 DAY{where}",
        1,
    )
    day, week, last = found.rows[0]
    what = event or "events"
    if not week:
        return f"Here no {what} came in within the last 7 days."
    return (
        f"Here {day:,} {what} came in within the last 24 hours and {week:,} in 7 days, the last at"
        f" {telling.at(last, world)}."
    )
