"""Requests to make or change cohorts: what it would be and how many are in it."""

import re
from collections.abc import Sequence
from typing import Any

from agent.answer import Draft
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.cohort_creation import creation
from agent.planner.objects.cohort_membership import membership
from agent.planner.objects.cohorts import no_such_cohort, sized, whom
from agent.planner.objects.criteria import counted, often
from agent.planner.objects.deeds import OFF, deed
from agent.planner.world import Request, World
from tools.cohorts import Cohort, CohortFacts
from tools.wording import joined

FROM_TO = re.compile(r"\bto\s+(\d+)\b.*\binstead of\s+(\d+)", re.IGNORECASE)
NUMBER = re.compile(r"\bcohort\s+#?(\d+)\b", re.IGNORECASE)
REPEATED = re.compile(r"did (\S+) (?:at least )?(\d+) times in the last (\d+) days")
OPENINGS = (
    "write.create",
    "write.delete",
    "write.rename",
    "write.change",
    "write.copy",
    "write.save",
    "write.enable",
    "cohort.of",
)


def cohort_change(asked: Asked, world: World) -> Draft | None:
    """What a request to make or change a cohort would do, None when it asks for something else."""
    about = asked.says("noun.cohort")
    if about and asked.opens("refuse.destroy") and asked.says("refuse.bulk"):
        return _bulk(world)
    if moved := membership(asked, world):
        return moved
    if about and (
        asked.opens("cohort.of", "write.create")
        or (asked.opens("write.save") and asked.has("cohort"))
    ):
        return (
            None
            if asked.says("noun.dashboard", "cohort.metric", "noun.insight")
            else creation(asked, world)
        )
    if about and asked.opens("write.undo"):
        return _restoration(asked, world)
    if not asked.opens(*OPENINGS):
        return None
    cohorts = lookups.softly(world, ("list_cohorts", {}))
    every: Sequence[Cohort] = cohorts[0].rows if cohorts else ()
    named = naming.named(asked, [one.name for one in every])
    if named and (about or asked.opens("write.delete", "write.rename", "write.change")):
        first = min(named, key=lambda place: place.start).name
        return _changed(asked, next(one for one in every if one.name == first), world)
    if about and asked.opens("write.delete", "write.rename", "write.change", "write.copy"):
        said = (
            asked.quoted[0]
            if asked.quoted
            else " ".join(naming.topic(asked, "delete", "remove", "rename", "change", "copy"))
        )
        return no_such_cohort(said or "…", every)
    return None


def _changed(asked: Asked, cohort: Cohort, world: World) -> Draft:
    (facts,) = world.look(("get_cohort", {"name": str(cohort.id)}))
    if asked.opens("write.delete"):
        return _deletion(cohort, facts, world)
    if asked.opens("write.rename"):
        to = asked.quoted[-1] if asked.quoted else asked.written(asked.after("to"))
        call = ("update_cohort", {"name": str(cohort.id), "new_name": to})
        said = f"The cohort {cohort.name} would be called “{to}”."
        return _told(call if to else None, said, cohort, facts, world)
    if asked.has("description") and asked.quoted:
        text = asked.quoted[-1]
        call = ("update_cohort", {"name": str(cohort.id), "description": text})
        said = f"The description of {cohort.name} would be “{text}”."
        return _told(call, said, cohort, facts, world)
    return _other_criteria(asked, cohort, facts, world)


def _told(
    call: Request | None,
    said: str,
    cohort: Cohort,
    facts: CohortFacts,
    world: World,
    *notes: str,
    **more: Any,
) -> Draft:
    """A change as it would be; in write mode what became of it."""
    if made := deed(call, world):
        return made
    return telling.declined(
        f"{said} Nothing was changed: {OFF if call else telling.READS_ONLY}.",
        *notes,
        f"Now: {sized(cohort, world)}; {whom(cohort)}.",
        _used(facts),
        _place(cohort, world),
        **more,
    )


def _place(cohort: Cohort, world: World) -> str:
    return f"In PostHog it is changed on {telling.place(world, 'cohorts', cohort.id)}."


def _other_criteria(asked: Asked, cohort: Cohort, facts: CohortFacts, world: World) -> Draft:
    numbers = FROM_TO.search(asked.text)
    repeated = REPEATED.fullmatch(cohort.criteria)
    if numbers is None or repeated is None or repeated[2] != numbers[2]:
        return telling.declined(
            f"What should the criteria of {cohort.name} be? I read no further than its name.",
            f"Now: {sized(cohort, world)}; {whom(cohort)}.",
            "Such as “change it to 10 or more bookings instead of 8”.",
            _used(facts),
            _place(cohort, world),
        )
    after = often(repeated[1], int(numbers[1]), int(repeated[3]))
    call = ("update_cohort", {"name": str(cohort.id), "any_of": [after.rule]})
    if made := deed(call, world):
        return made
    meet, total = counted([after], world)
    rows = [
        ("criteria", cohort.criteria, after.words),
        ("people now", cohort.people, meet),
    ]
    return telling.declined(
        f"{cohort.name} would go from “{cohort.criteria}” to “{after.words}”. Nothing was changed:"
        f" {OFF}.",
        f"It would then have {telling.many(meet, 'person')} of {total:,} instead of"
        f" {cohort.people or 0:,}.",
        _used(facts),
        _place(cohort, world),
        tables=[telling.table((cohort.name, "now", "would be"), rows)],
        assumptions=(f"as of {telling.now(world)}",),
    )


def _deletion(cohort: Cohort, facts: CohortFacts, world: World) -> Draft:
    call = ("delete_cohort", {"name": str(cohort.id)})
    if made := deed(call, world):
        return made
    flags = joined(facts.used_by_flags)
    refusal = (
        f"The feature flag {flags} uses it: PostHog refuses to delete a cohort while an active flag"
        " does, so take it out of there first."
        if flags
        else ""
    )
    rows = [("exists", "yes", "deleted"), ("people", cohort.people, "stay, only the list is gone")]
    return telling.declined(
        f"The cohort {cohort.name} would be deleted"
        f"{f', but the flag {flags} uses it' if flags else ''}. Nothing was changed: {OFF}.",
        refusal or _used(facts),
        f"Now: {sized(cohort, world)}; {whom(cohort)}.",
        "Deleting needs a clear yes.",
        _place(cohort, world),
        tables=[telling.table((cohort.name, "now", "would be"), rows)],
    )


def _restoration(asked: Asked, world: World) -> Draft:
    """A deleted cohort is brought back by its number: PostHog does not list its name."""
    shown = NUMBER.search(asked.text)
    if shown is None:
        return telling.declined(
            "Which cohort should come back? PostHog does not list deleted cohorts by name.",
            "Give its number, as in “restore the cohort 12”; what was deleted here, `hogloop"
            " changes` lists and `hogloop undo` brings back.",
        )
    made = deed(("restore_cohort", {"id": int(shown[1])}), world)
    return made or telling.declined(
        f"The cohort {shown[1]} would be brought back. Nothing was changed: {OFF}."
    )


def _bulk(world: World) -> Draft:
    cohorts = lookups.cohorts(world)
    return telling.declined(
        f"No: {telling.many(len(cohorts), 'cohort')} at once are not deleted on one sentence, and"
        f" {telling.READS_ONLY}.",
        f"They are {joined([one.name for one in cohorts])}. Name the one that is meant.",
    )


def _used(facts: CohortFacts) -> str:
    uses = [
        *(f"flag {one}" for one in facts.used_by_flags),
        *(f"insight {one}" for one in facts.used_by_insights),
    ]
    uses += [f"cohort {one}" for one in facts.used_by_cohorts]
    return (
        f"It is used by {joined(uses)}, which would change with it."
        if uses
        else "No flag, insight or cohort uses it."
    )
