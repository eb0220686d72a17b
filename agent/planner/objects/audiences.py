"""Whom a change of a flag, or a cohort, is meant for: words as conditions of this project."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.planner.objects import lookups, naming, phrases
from agent.planner.objects.asked import Asked, asked
from agent.planner.world import World, spellings
from tools.cohorts import Cohort
from tools.literals import literal, path

EVERYONE = re.compile(
    r"^(?:to\s+|for\s+|of\s+)?(?:all|every|the)?\s*(?:everyone|everybody|every\s*one"
    r"|(?:all\s+)?(?:our\s+)?"
    r"(?:users|people|persons|members|customers|visitors)|the rest|rest|traffic)?(?:\s+else)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Audience:
    """Some people as a condition, or as the words that could not be read."""

    words: str
    """As a sentence part: "the person’s plan is unlimited"; "" for everyone."""

    test: str = ""
    """HogQL on persons that counts them, "" when that can't be written."""

    cohort: Cohort | None = None
    known: bool = True
    left: tuple[str, ...] = ()
    """Words that the condition gives no place."""

    where: tuple[dict[str, Any], ...] | None = None
    """The condition as tools take it, None when it can't be written; empty for everyone."""


def audience(text: str, world: World) -> Audience:
    """The condition that words about people mean in this project."""
    said = re.sub(r"\s+", " ", text).strip(" .,;!?")
    negated = bool(
        re.search(r"\b(?:except|excluding|without|but not|apart from|not)\b", said, re.IGNORECASE)
    )
    core = re.split(
        r"\b(?:except(?: for)?|excluding|without|but not|apart from)\b", said, flags=re.IGNORECASE
    )[-1].strip()
    if EVERYONE.match(said):
        return Audience("", "1 = 1", where=())
    read = asked(core)
    return (
        _email(read, negated=negated)
        or _cohort(read, world, negated=negated)
        or _property(read, world, negated=negated)
        or Audience(f"“{said}”", known=False)
    )


def size(one: Audience, world: World) -> tuple[int, int] | None:
    """How many persons meet it now, and how many there are; None when that can't be counted."""
    if not one.test:
        return None
    found = lookups.table(world, f"SELECT countIf({one.test}), count() FROM persons", 1)
    return int(found.rows[0][0]), int(found.rows[0][1])


def held(texts: Sequence[str], world: World) -> dict[str, list[tuple[str, str]]]:
    """For each text, the properties of persons that have it as a value, as it is written there."""
    ways = {way.lower(): text for text in texts for way in spellings(text)}
    if not ways:
        return {}
    found = lookups.table(
        world,
        "SELECT property, value, count() AS count FROM (SELECT tupleElement(pair, 1) AS property, "
        "replaceRegexpAll(tupleElement(pair, 2), '^\"|\"$', '') AS value FROM (SELECT "
        "arrayJoin(JSONExtractKeysAndValuesRaw(properties)) AS pair FROM persons)) "
        f"WHERE lower(value) IN ({', '.join(map(literal, ways))}) "
        "GROUP BY property, value ORDER BY count DESC, property, value",
    )
    pairs: dict[str, list[tuple[str, str]]] = {text: [] for text in texts}
    for name, value, _ in found.rows:
        pairs[ways[str(value).lower()]].append((str(name), str(value)))
    return pairs


def _email(read: Asked, *, negated: bool) -> Audience | None:
    if not read.emails:
        return None
    column, names = path("properties", "email"), ", ".join(map(literal, read.emails))
    words = f"the person’s email is {' not' if negated else ''}{' or '.join(read.emails)}".replace(
        "is  not", "is not "
    )
    test = f"{column} {'NOT IN' if negated else 'IN'} ({names})"
    return Audience(words, test, where=(_where("email", *read.emails, negated=negated),))


def _cohort(read: Asked, world: World, *, negated: bool) -> Audience | None:
    if lookups.softly(world, ("list_cohorts", {})) is None:
        return None
    cohorts = {one.name: one for one in lookups.cohorts(world)}
    found = naming.named(read, cohorts)
    if not found:
        return None
    one = cohorts[found[0].name]
    inside = "not in" if negated else "in"
    where = ({**_where(one.name, negated=negated), "of": "cohort"},)
    test = f"id {inside.upper()} COHORT {one.id}"
    return Audience(f"{inside} the cohort {one.name}", test, one, where=where)


def _property(read: Asked, world: World, *, negated: bool) -> Audience | None:
    """A value that one property of persons has: the unlimited plan, Germany, iOS."""
    words = [
        token.text
        for token in read.every
        if token.word not in phrases.word_set("audience.plain") and len(token.text) > 1
    ]
    texts = list(dict.fromkeys(filter(None, [" ".join(words), *words])))[:8]
    found = held(texts, world)
    for text in texts:
        pairs = found.get(text) or []
        named = [one for one in pairs if set(naming.pieces(one[0])) & {t.stem for t in read.every}]
        own = {name for name, _ in pairs if name[0] != "$"}
        if pairs and (named or len({name for name, _ in pairs}) == 1 or len(own) <= 1):
            name, value = next((one for one in named or pairs if one[0][0] != "$"), pairs[0])
            sign, word = ("!=", "is not") if negated else ("=", "is")
            test = f"{path('properties', name)} {sign} {literal(value)}"
            used = {*text.lower().split(), *naming.pieces(name)}
            left = tuple(one for one in words if not {one.lower(), *naming.pieces(one)} & used)
            where = (_where(name, value, negated=negated),)
            return Audience(f"the person’s {name} {word} {value}", test, left=left, where=where)
    return None


def _where(name: str, *values: str, negated: bool) -> dict[str, Any]:
    """A condition on people, as tools take it."""
    operator = "!=" if negated else "="
    return {"property": name, "of": "person", "operator": operator, "values": list(values)}
