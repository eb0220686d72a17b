"""Requests to put people into a static cohort, or to take one out of it."""

import re
from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.cohorts import no_such_cohort, sized, whom
from agent.planner.objects.deeds import OFF, deed
from agent.planner.world import Request, World
from tools.cohorts import Cohort
from tools.wording import joined

WHO = re.compile(
    r"\b(?:add|put|include|enroll?|place|insert|remove|delete|take|kick|drop)\s+(?P<who>.+?)\s+"
    r"(?:to|into|in|from|out\s+of)\s+",
    re.IGNORECASE | re.DOTALL,
)
PARTS = re.compile(r"\s*(?:,|;|\band\b|&)\s*", re.IGNORECASE)
FILLER = re.compile(
    r"^(?:(?:the|a|our|user|users|person|people|persons|member|members|customer|customers|visitor"
    r"|distinct|id|ids)\s+)+",
    re.IGNORECASE,
)
COHORT = re.compile(r"(?:\bthe\s+)?\bcohort\b\s*", re.IGNORECASE)
NEW = re.compile(r"(?:an?|new)\b", re.IGNORECASE)
NOBODY = frozenset({"them", "those", "these", "everyone", "everybody", "people", "users", "all"})
"""Words that stand for people without naming anybody."""


def membership(asked: Asked, world: World) -> Draft | None:
    """What a request to change who is in a cohort would do, None when it asks something else."""
    joins, leaves = asked.opens("cohort.join"), asked.opens("cohort.leave")
    shown = WHO.search(asked.text)
    if shown is None or not (joins or leaves) or COHORT.search(shown["who"]):
        return None
    rest = asked.text[shown.end() :]
    known = lookups.softly(world, ("list_cohorts", {}))
    every: Sequence[Cohort] = known[0].rows if known else ()
    end = shown.end("who")
    named = [
        one
        for one in naming.named(asked, [cohort.name for cohort in every])
        if asked.every[one.start].start >= end
    ]
    if not named:
        old = COHORT.search(rest) and not NEW.match(rest)
        return no_such_cohort(COHORT.sub("", rest).strip(" .?!"), every) if old else None
    cohort = next(one for one in every if one.name == named[0].name)
    return _moved(_people(shown["who"]), cohort, world, inside=not leaves)


def _people(said: str) -> list[str]:
    """The names that are given; none when somebody is only described."""
    names = [FILLER.sub("", one).strip(" \"'“”‘’") for one in PARTS.split(said)]
    plain = all(one and " " not in one and one.lower() not in NOBODY for one in names)
    return names if plain else []


def _moved(names: Sequence[str], cohort: Cohort, world: World, *, inside: bool) -> Draft:
    where = "into" if inside else "out of"
    if not names:
        return telling.declined(
            f"Who should come {where} {cohort.name}? Nothing was changed.",
            "Name people by their e-mail or distinct id, as in “add ann@shop.example to the cohort"
            f" {cohort.name}”.",
        )
    if not inside and len(names) > 1:
        return telling.declined(
            f"PostHog takes people out of a cohort one at a time, and these are {len(names)}."
            " Nothing was changed.",
            "Ask for each of them.",
            choices=[f"Remove {one} from the cohort {cohort.name}" for one in names],
        )
    call: Request = (
        ("add_to_cohort", {"name": str(cohort.id), "people": list(names)})
        if inside
        else ("remove_from_cohort", {"name": str(cohort.id), "person": names[0]})
    )
    if made := deed(call, world):
        return made
    static = "" if cohort.static else "It is dynamic: its criteria say who is in it, not a list."
    return telling.declined(
        f"{joined(names)} would come {where} the cohort {cohort.name}. Nothing was changed: {OFF}.",
        static,
        f"Now: {sized(cohort, world)}; {whom(cohort)}.",
        f"In PostHog it is changed on {telling.place(world, 'cohorts', cohort.id)}.",
    )
