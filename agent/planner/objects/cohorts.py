"""Answers about cohorts: which there are, how they are defined, how big, what uses them."""

from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.cohort_overlaps import both, overlap
from agent.planner.world import World
from tools.cohorts import Cohort, CohortFacts
from tools.wording import joined

SHAPES = ("cohort.size", "cohort.define", "cohort.used", "cohort.updated", "cohort.person")
COLUMNS = ("cohort", "kind", "who is in it", "people", "calculated")


LEAVING_OUT = frozenset({"excluding", "exclude", "without", "except"})
"""Words before people who are left out of a figure: it is not about them."""


def cohort_answer(asked: Asked, world: World) -> Draft | None:
    """The answer to a question about cohorts, None when it is about something else."""
    about = asked.says("noun.cohort")
    if not about and LEAVING_OUT & {token.word for token in asked.every}:
        return None
    if not about and not asked.says(*SHAPES, "cohort.history", "cohort.also"):
        return None
    if not about and lookups.softly(world, ("list_cohorts", {})) is None:
        return None
    cohorts = lookups.cohorts(world)
    named = naming.named(asked, [cohort.name for cohort in cohorts])
    if not named:
        return _unnamed(asked, cohorts, world) if about else None
    cohort = next(one for one in cohorts if one.name == named[0].name)
    if len(named) == 2 and asked.says("cohort.also"):
        other = next(one for one in cohorts if one.name == named[1].name)
        return both(cohort, other, world)
    return _about(asked, cohort, named[0], world)


def defined(cohort: Cohort) -> str:
    """Who is in a cohort, in words."""
    if cohort.static:
        return f"a fixed list{f': {cohort.description}' if cohort.description else ''}"
    return cohort.criteria or "criteria that hogloop can't read"


def whom(cohort: Cohort) -> str:
    """The people of a cohort as the object of a sentence."""
    if cohort.static or not cohort.criteria:
        return defined(cohort)
    did = cohort.criteria.startswith(("did ", "performed ", "were ", "are "))
    return f"people {'who' if did else 'where'} {cohort.criteria}"


def sized(cohort: Cohort, world: World) -> str:
    """How many are in a cohort, and since when that is known."""
    if cohort.people is None:
        return f"{cohort.name} has not been calculated yet"
    when = telling.at(cohort.calculated_at, world)
    running = ", and is being calculated again" if cohort.calculating else ""
    return (
        f"{cohort.name} has {telling.many(cohort.people, 'person')}, as calculated {when}{running}"
    )


def no_such_cohort(said: str, cohorts: Sequence[Cohort]) -> Draft:
    """Say that there is no such cohort, with the nearest names."""
    names = [cohort.name for cohort in cohorts]
    near = naming.near(said, names)
    hint = f"The nearest: {joined(near, 'or')}." if near else f"There are: {joined(names)}."
    return telling.declined(
        f"There is no cohort “{said}” in this project.",
        hint if names else "It has no cohorts at all.",
    )


def _about(asked: Asked, cohort: Cohort, place: naming.Named, world: World) -> Draft | None:
    if asked.says("cohort.metric") and not asked.says("cohort.define"):
        return None
    if asked.says("cohort.history") and not asked.says(
        "cohort.define", "cohort.updated", "cohort.used"
    ):
        return _no_history(cohort, world)
    rest = [token for i, token in enumerate(asked.every) if not place.start <= i < place.end]
    counted = asked.says("cohort.also") and asked.has("how many")
    if counted and (found := overlap(asked, cohort, rest, world)):
        return found
    if asked.says("cohort.person") and asked.emails:
        return _member(asked.emails[0], cohort, world)
    if asked.says("cohort.size", "cohort.updated") and _nothing_else(rest):
        return _told(cohort, f"{sized(cohort, world)}.", world)
    if asked.says(
        "cohort.define", "cohort.used", "cohort.updated", "noun.cohort"
    ) and _nothing_else(rest):
        head = f"{cohort.name}{' is' if cohort.static else ':'} {whom(cohort)}"
        return _told(cohort, f"{head.rstrip('.')}.", world)
    return None


def _told(cohort: Cohort, headline: str, world: World) -> Draft:
    (facts,) = world.look(("get_cohort", {"name": str(cohort.id)}))
    known = headline.endswith(f" {defined(cohort).rstrip('.')}.")
    static = "It is static: its members are a fixed list."
    sentences = [
        f"{sized(cohort, world)}.",
        static if cohort.static else "" if known else f"Defined as {whom(cohort)}.",
        f"Its description: “{cohort.description.rstrip('.')}”." if cohort.description else "",
        _uses(facts),
        f"Its last calculation failed: {cohort.error}" if cohort.error else "",
    ]
    row = (
        cohort.name,
        "static" if cohort.static else "dynamic",
        defined(cohort),
        cohort.people,
        cohort.calculated_at,
    )
    text = [one for one in sentences if one and one != headline]
    return telling.answered(headline, " ".join(text), tables=[telling.table(COLUMNS, [row])])


def _uses(facts: CohortFacts) -> str:
    if not facts.uses_known:
        return "What uses it can't be told."
    parts = [
        f"{kind} {joined(names)}"
        for kind, names in (
            ("the flag", facts.used_by_flags),
            ("the insight", facts.used_by_insights),
            ("the cohort", facts.used_by_cohorts),
        )
        if names
    ]
    return f"Used by {joined(parts)}." if parts else "No flag, insight or other cohort uses it."


def _unnamed(asked: Asked, cohorts: Sequence[Cohort], world: World) -> Draft | None:
    if asked.says("cohort.metric") and not asked.has("^ what|which|list|show _ cohorts $"):
        return None
    if asked.says("cohort.list"):
        return _list(asked, cohorts, world)
    if not asked.says(*SHAPES):
        return None
    said = (
        asked.quoted[0]
        if asked.quoted
        else " ".join(naming.topic(asked, "big", "large", "defined", "size"))
    )
    slip = naming.misspelled(said, [cohort.name for cohort in cohorts])
    if slip:
        found = next(one for one in cohorts if one.name == slip)
        return _told(found, f"{sized(found, world)}.", world)
    return no_such_cohort(said, cohorts) if said else None


def _list(asked: Asked, cohorts: Sequence[Cohort], world: World) -> Draft:
    left = naming.topic(
        asked,
        "segment",
        "segments",
        "exist",
        "exists",
        "defined",
        "currently",
        "static",
        "dynamic",
        "size",
        "sizes",
        "big",
    )
    texts = {one.name: f"{one.name} {one.description} {one.criteria}" for one in cohorts}
    about = set(naming.related(left, texts)) if left else set(texts)
    kinds = {True} if asked.has("static") else {False} if asked.has("dynamic") else {True, False}
    kept = [one for one in cohorts if one.name in about and one.static in kinds]
    if not kept:
        return telling.answered(
            f"None of the {telling.many(len(cohorts), 'cohort')} is about “{' '.join(left)}”.",
            f"There are: {joined([one.name for one in cohorts])}.",
        )
    rows = [
        (
            one.name,
            "static" if one.static else "dynamic",
            defined(one),
            one.people,
            telling.day(one.calculated_at, world),
        )
        for one in kept
    ]
    verb, of = ("is", "") if len(kept) == 1 else ("are", "")
    of = f" about “{' '.join(left)}”" if left else ""
    return telling.answered(
        f"There {verb} {telling.many(len(kept), 'cohort')}{of}:"
        f" {joined([one.name for one in kept])}.",
        tables=[telling.table(COLUMNS, rows)],
    )


def _no_history(cohort: Cohort, world: World) -> Draft:
    """Why the past size of a cohort is not known, and what is."""
    if cohort.static:
        why = "it is a fixed list, and PostHog keeps only the number of its members now"
    else:
        why = "it is dynamic and PostHog works out who is in it now, and keeps no past sizes"
    return telling.declined(
        f"How {cohort.name} grew can't be told, because {why}.",
        f"{sized(cohort, world)}. It holds {whom(cohort)}.",
        "What its criteria are about can be counted over time instead; ask for those events per"
        " week.",
    )


def _member(email: str, cohort: Cohort, world: World) -> Draft:
    (found,) = world.look(("get_person", {"name": email}))
    if not found.rows:
        return telling.declined(f"No person has the e-mail {email} in this project.")
    inside = cohort.name in (found.rows[0].cohorts or ())
    return telling.answered(
        f"{'Yes' if inside else 'No'}, {email} is {'' if inside else 'not '}in {cohort.name}.",
        f"{sized(cohort, world)}.",
    )


def _nothing_else(rest: Sequence[object]) -> bool:
    """Whether the words beside the cohort's name only ask about the cohort itself."""
    words = {str(getattr(token, "word", "")) for token in rest}
    return not words - phrases.word_set("cohort.plain")
