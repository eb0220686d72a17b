"""Requests to make or change cohorts: what it would be and how many are in it."""

import re
from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.cohorts import no_such_cohort, sized, whom
from agent.planner.objects.criteria import Criterion, counted, criteria, often
from agent.planner.world import World
from tools.cohorts import Cohort, CohortFacts
from tools.wording import joined

BEGINNING = re.compile(
    r"^.*?\bcohorts?\b\s*(?:(?:called|named)\s+)?(?:[\"'“”‘’][^\"'“”‘’]*[\"'“”‘’])?\s*[:,-]?\s*(?:of|for|with|from|containing|that"
    r" contains?|:)?\s*",
    re.IGNORECASE | re.DOTALL,
)
SAVED = re.compile(
    r"\b(?:save|store|keep|put|turn|make)\s+(?P<who>(?!those|these|them|that\b|it\b).+?)"
    r"\s+(?:as|into|in)\s+(?:an?\s+)?(?:new\s+|static\s+|dynamic\s+)*cohort\b",
    re.IGNORECASE,
)
"""People who are to become a cohort, told before the word."""

FROM_TO = re.compile(r"\bto\s+(\d+)\b.*\binstead of\s+(\d+)", re.IGNORECASE)
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
    if about and (
        asked.opens("cohort.of", "write.create")
        or (asked.opens("write.save") and asked.has("cohort"))
    ):
        return (
            None
            if asked.says("noun.dashboard", "cohort.metric", "noun.insight")
            else _creation(asked, world)
        )
    if not asked.opens(*OPENINGS):
        return None
    cohorts = lookups.softly(world, ("list_cohorts", {}))
    every: Sequence[Cohort] = cohorts[0].rows if cohorts else ()
    named = naming.named(asked, [one.name for one in every])
    if named and (about or asked.opens("write.delete", "write.rename", "write.change")):
        return _changed(asked, next(one for one in every if one.name == named[0].name), world)
    if about and asked.opens("write.delete", "write.rename", "write.change", "write.copy"):
        said = (
            asked.quoted[0]
            if asked.quoted
            else " ".join(naming.topic(asked, "delete", "remove", "rename", "change", "copy"))
        )
        return no_such_cohort(said or "…", every)
    return None


def _creation(asked: Asked, world: World) -> Draft:
    """The cohort that would be made: name, kind, criteria, size."""
    shown = SAVED.search(asked.text)
    text = shown["who"] if shown else BEGINNING.sub("", asked.text, count=1).strip()
    if asked.emails:
        return _of_named(asked, world)
    if re.search(r"\b(?:those|these|them|that)\b", asked.text, re.IGNORECASE) and not text:
        return _of_shown(asked, world)
    read, unread = criteria(text, world)
    name = _name(asked, text)
    static = asked.has("static") or (bool(read) and all(one.fixed for one in read))
    every = lookups.cohorts(world)
    existing = next((one for one in every if one.name.lower() == name.lower()), None)
    size = counted(read, world) if read and not unread else None
    rows = [
        ("name", name),
        ("kind", "static" if static else "dynamic"),
        ("criteria", " and ".join(one.words for one in read) or "not read"),
        ("people now", f"{size[0]:,} of {size[1]:,}" if size else "not counted"),
    ]
    left = joined([f"“{one}”" for one in unread])
    guesses = (_name_note(asked, name), f"the base is all persons, as of {telling.now(world)}")
    return telling.declined(
        _headline(name, static, read, unread, existing),
        f"Not understood, so it is in neither the criteria nor a size: {left}." if unread else "",
        f"Now {telling.many(size[0], 'person')} of {size[1]:,} would be in it." if size else "",
        _same(existing, world),
        _static_note(read, static=static),
        f"In PostHog: Cohorts → New cohort ({telling.place(world, 'cohorts', 'new')}).",
        tables=[telling.table(("new cohort", "value"), rows)],
        assumptions=tuple(filter(None, guesses)),
    )


def _headline(
    name: str,
    static: bool,
    read: Sequence[Criterion],
    unread: Sequence[str],
    existing: Cohort | None,
) -> str:
    if existing:
        return (
            f"A cohort “{existing.name}” exists already. Nothing was created: {telling.READS_ONLY}."
        )
    kind = "static" if static else "dynamic"
    if not read:
        return (
            f"What should be in the cohort “{name}”? Its criteria were not understood. Nothing was"
            f" created: {telling.READS_ONLY}."
        )
    words = " and ".join(one.words for one in read)
    part = " (a part was not understood)" if unread else ""
    return (
        f"A {kind} cohort “{name}” would be created{part}: {words}. Nothing was created:"
        f" {telling.READS_ONLY}."
    )


def _of_named(asked: Asked, world: World) -> Draft:
    """A static cohort of persons that are named."""
    found = world.look(*(("get_person", {"name": email}) for email in asked.emails))
    rows = [
        (email, "found" if one.rows else "no such person")
        for email, one in zip(asked.emails, found, strict=True)
    ]
    there = [email for email, state in rows if state == "found"]
    gone = [email for email, state in rows if state != "found"]
    name = _name(asked, "named people")
    return telling.declined(
        f"A static cohort “{name}” would be created with {telling.many(len(there), 'person')}:"
        f" {joined(there) or 'nobody'}. Nothing was created: {telling.READS_ONLY}.",
        f"Not found in this project: {joined(gone)}." if gone else "Everybody named was found.",
        "In PostHog: Cohorts → New cohort, static, with a CSV of these e-mails"
        f" ({telling.place(world, 'cohorts', 'new')}).",
        tables=[telling.table(("person", "in this project"), rows)],
        assumptions=tuple(filter(None, (_name_note(asked, name),))),
    )


def _of_shown(asked: Asked, world: World) -> Draft:
    name = _name(asked, "")
    return telling.declined(
        f"The people of the last answer can't be saved as the cohort “{name}”:"
        f" {telling.READS_ONLY}.",
        "In PostHog the same people become a static cohort from an insight (“Save as cohort” on the"
        " list of persons), or from a CSV of their ids on the Cohorts page; `hogloop ask --csv`"
        " prints the list here.",
    )


def _changed(asked: Asked, cohort: Cohort, world: World) -> Draft:
    (facts,) = world.look(("get_cohort", {"name": str(cohort.id)}))
    where = f"In PostHog it is changed on {telling.place(world, 'cohorts', cohort.id)}."
    now = f"Now: {sized(cohort, world)}; {whom(cohort)}."
    if asked.opens("write.delete"):
        return _deletion(cohort, facts, now, where)
    if asked.opens("write.rename"):
        to = asked.quoted[-1] if asked.quoted else asked.written(asked.after("to"))
        return telling.declined(
            f"The cohort {cohort.name} would be called “{to}”. Nothing was changed:"
            f" {telling.READS_ONLY}.",
            now,
            _used(facts),
            where,
        )
    return _other_criteria(asked, cohort, facts, now, where, world)


def _other_criteria(
    asked: Asked, cohort: Cohort, facts: CohortFacts, now: str, where: str, world: World
) -> Draft:
    numbers = FROM_TO.search(asked.text)
    repeated = REPEATED.fullmatch(cohort.criteria)
    if numbers is None or repeated is None or repeated[2] != numbers[2]:
        return telling.declined(
            f"What should the criteria of {cohort.name} be? I read no further than its name.",
            now,
            "Such as “change it to 10 or more bookings instead of 8”.",
            _used(facts),
            where,
        )
    after = often(repeated[1], int(numbers[1]), int(repeated[3]))
    meet, total = counted([after], world)
    rows = [
        ("criteria", cohort.criteria, after.words),
        ("people now", cohort.people, meet),
    ]
    return telling.declined(
        f"{cohort.name} would go from “{cohort.criteria}” to “{after.words}”. Nothing was changed:"
        f" {telling.READS_ONLY}.",
        f"It would then have {telling.many(meet, 'person')} of {total:,} instead of"
        f" {cohort.people or 0:,}.",
        _used(facts),
        where,
        tables=[telling.table((cohort.name, "now", "would be"), rows)],
        assumptions=(f"as of {telling.now(world)}",),
    )


def _deletion(cohort: Cohort, facts: CohortFacts, now: str, where: str) -> Draft:
    flags = joined(facts.used_by_flags)
    refusal = (
        f"The feature flag {flags} uses it: PostHog refuses to delete a cohort while an active flag"
        " does, so take it out of there first."
        if flags
        else ""
    )
    rows = [("exists", "yes", "deleted"), ("people", cohort.people, "stay, only the list is gone")]
    return telling.declined(
        f"The cohort {cohort.name} would be"
        f" deleted{f', but the flag {flags} uses it' if flags else ''}. Nothing was changed:"
        f" {telling.READS_ONLY}.",
        refusal or _used(facts),
        now,
        "Deleting needs a clear yes in PostHog.",
        where,
        tables=[telling.table((cohort.name, "now", "would be"), rows)],
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


def _same(existing: Cohort | None, world: World) -> str:
    if existing is None:
        return ""
    return f"It is {whom(existing)}; {sized(existing, world)}. Take another name, or use that one."


def _static_note(read: Sequence[Criterion], *, static: bool) -> str:
    if not read:
        return ""
    if static:
        return "Static: its members are fixed once, which fits a period that is over."
    return (
        "Dynamic: PostHog finds its members again about once a day; say “static” for a fixed list."
    )


def _name(asked: Asked, text: str) -> str:
    if asked.quoted:
        return asked.quoted[0]
    named = asked.after("called|named")
    if named:
        return asked.written(named)
    words = re.sub(
        r"^(?:everyone|everybody|all)?\s*(?:of\s+)?(?:the\s+)?", "", text, flags=re.IGNORECASE
    ).strip(" .")
    short = words if len(words) <= 50 else f"{words[:50].rpartition(' ')[0]} …"
    return f"{short[:1].upper()}{short[1:]}" or "New cohort"


def _name_note(asked: Asked, name: str) -> str:
    return "" if asked.quoted or asked.has("called|named") else f"the name “{name}” is a proposal"
