"""Requests for a new feature flag: its key, its variants, a safe beginning."""

import re
from collections.abc import Iterator
from typing import Any

from agent.answer import Draft
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.deeds import OFF, deed
from agent.planner.objects.flags_told import state
from agent.planner.objects.shares import shares, variants
from agent.planner.world import World
from tools.wording import joined

KEY = re.compile(r"[A-Za-z0-9_-]+")
WRITTEN = re.compile(
    r"(?:\b(?:flag|toggle)s?:?\s+|\bfor\s+(?=\S+$))(?P<key>[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)+)",
    re.IGNORECASE,
)
"""A key that stands right after the word flag, or at the very end."""


def creation(asked: Asked, world: World) -> Draft:
    """The flag that would be made."""
    flags = {flag.key.lower(): flag for flag in lookups.flags(world)}
    key, given = _key(asked)
    if not key:
        return telling.asks(
            "What is the flag for? Give it a key, as in “create a flag called new-homepage”.",
            "A flag also needs to know who gets it: a share in percent, and conditions where it has"
            " any.",
        )
    if key.lower() in flags:
        return _exists(key, flags[key.lower()], world)
    if not KEY.fullmatch(key):
        return telling.declined(
            f"“{key}” can't be a key: only letters, digits, - and _ are allowed. “{_slug(key)}”"
            " could be."
        )
    return _new(asked, key, given, world)


def _new(asked: Asked, key: str, given: bool, world: World) -> Draft:
    split, assumed = _split(asked)
    total = sum(share for _, share in split)
    told = joined([f"{name} {share:g}%" for name, share in split])
    if split and abs(total - 100) > 1e-9:
        return telling.declined(
            f"The variants of a flag add up to 100%, and {told} are {total:g}%.",
            "Nothing was created. Say other shares.",
        )
    percent = next((one.percent for one in shares(asked.text) if not split), 0.0)
    if not 0 <= percent <= 100:
        return telling.declined(
            f"A rollout is between 0% and 100%, so {percent:g}% is not possible. "
            "Nothing was created."
        )
    rows = [
        ("key", key),
        ("kind", "multivariate" if split else "boolean"),
        *((f"variant {name}", f"{share:g}%") for name, share in split),
        ("state", "off"),
        ("rollout", f"{percent:g}% of everyone"),
    ]
    call: dict[str, Any] = {"key": key, "percent": percent, "on": False}
    if split:
        call["variants"] = [{"key": name, "percent": share} for name, share in split]
    if made := deed(("create_flag", call), world):
        return made
    keys = [flag.key for flag in lookups.flags(world)]
    near = [name for name in naming.near(key, keys) if naming.misspelled(key, [name])]
    return telling.declined(
        f"A new {'multivariate ' if split else ''}flag {key} would be created"
        f"{f' with {told}' if split else ''}, turned off at {percent:g}%. "
        f"Nothing was created: {OFF}.",
        f"Its key is free{f'; {joined(near)} is near, if you mean that' if near else ''}.",
        f"In PostHog: Feature flags → New ({telling.place(world, 'feature_flags', 'new')}).",
        tables=[telling.table(("new flag", "value"), rows)],
        assumptions=tuple(_guesses(key, given, assumed, percent)),
    )


def _guesses(key: str, given: bool, assumed: bool, percent: float) -> Iterator[str]:
    """What was not said and is proposed."""
    if not given:
        yield f"the key {key} is a proposal"
    if assumed:
        yield "the variants control and test at 50% each are assumed: name others"
    yield (
        "it begins turned off" if percent else "it begins turned off at 0%, so that nobody meets it"
    )


def _exists(key: str, flag: object, world: World) -> Draft:
    found = next(one for one in lookups.flags(world) if one is flag)
    free = f"{key}-2"
    return telling.declined(
        f"A flag {found.key} exists already, so no second one can be made with that key.",
        f"Now: {state(found)}",
        f"Change that one ({telling.place(world, 'feature_flags', found.id)}), or take another key"
        f" such as {free}.",
        choices=(
            f"Create a flag called {free}",
            f"What are the rollout conditions of the flag {found.key}?",
        ),
    )


def _key(asked: Asked) -> tuple[str, bool]:
    """The key that is given, or one made from what the flag is for."""
    if asked.quoted:
        return asked.quoted[0].strip(), True
    if written := WRITTEN.search(asked.text):
        return written["key"], True
    named = asked.after("called|named|key")
    if named:
        end = next(
            (i for i, token in enumerate(named) if token.word in phrases.word_set("creation.end")),
            len(named),
        )
        return asked.written(named[: max(1, end)]), True
    after = asked.after("for")
    plain = phrases.word_set("creation.plain") | phrases.word_set("articles")
    said = set(naming.topic(asked)) if not after else {token.word for token in after}
    kept = [token.text for token in after or asked.words if token.word in said - plain]
    return _slug(" ".join(dict.fromkeys(kept[:4]))), False


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def _split(asked: Asked) -> tuple[list[tuple[str, float]], bool]:
    """The variants that are named, or the two that are usual; none for a plain flag."""
    told = variants(asked.text) if asked.has("multivariate|variant|variants|control") else []
    if told:
        return told, False
    return (
        ([("control", 50.0), ("test", 50.0)], True)
        if asked.has("multivariate|variants|variant")
        else ([], False)
    )
