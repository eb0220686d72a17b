"""Requests for a new cohort: its name, who would be in it, how many that is now."""

import re
from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.objects import lookups, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.cohorts import sized, whom
from agent.planner.objects.criteria import counted, criteria
from agent.planner.objects.criterion import Criterion, rule
from agent.planner.objects.deeds import OFF, deed
from agent.planner.world import Request, World
from tools.cohorts import Cohort
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

NOT_ALL = "name only people whom this project knows"

CALLED = re.compile(
    r"\b(?:called|named)\s+(?P<name>[^\s\"'“”‘’].*?)"
    r"(?=\s*[:,]|\s+(?:of|for|with|from|containing|that|who|where)\b|\s*[.?!]*$)",
    re.IGNORECASE,
)
"""A name that is not quoted ends before the people."""


def creation(asked: Asked, world: World) -> Draft:
    """The cohort that would be made: name, kind, criteria, size."""
    shown = SAVED.search(asked.text)
    whole = asked.text if asked.quoted else CALLED.sub("", asked.text, count=1)
    text = shown["who"] if shown else BEGINNING.sub("", whole, count=1).strip()
    if asked.emails:
        return _of_named(asked, world)
    if re.search(r"\b(?:those|these|them|that)\b", asked.text, re.IGNORECASE) and not text:
        return _of_shown(asked, world)
    read, unread = criteria(text, world)
    name = _name(asked, text)
    static = asked.has("static") or (bool(read) and all(one.fixed for one in read))
    every = lookups.cohorts(world)
    existing = next((one for one in every if one.name.lower() == name.lower()), None)
    call = None if unread or existing else _call(name, read, static=static)
    if made := deed(call, world):
        return made
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
        f"{_headline(name, static, read, unread, existing)} Nothing was created:"
        f" {OFF if call else telling.READS_ONLY}.",
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
        return f"A cohort “{existing.name}” exists already."
    kind = "static" if static else "dynamic"
    if not read:
        return f"What should be in the cohort “{name}”? Its criteria were not understood."
    words = " and ".join(one.words for one in read)
    part = " (a part was not understood)" if unread else ""
    return f"A {kind} cohort “{name}” would be created{part}: {words}."


def _call(name: str, read: Sequence[Criterion], *, static: bool) -> Request | None:
    """The call that makes the cohort, None when no tool can say who would be in it."""
    if static and read:
        tests = " AND ".join(f"({one.test})" for one in read)
        query = f"SELECT id FROM persons WHERE {tests}"
        return ("create_static_cohort", {"name": name, "query": query})
    group = rule(read)
    return ("create_cohort", {"name": name, "any_of": [group]}) if group else None


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
    call = None if gone else ("create_static_cohort", {"name": name, "people": there})
    if made := deed(call, world):
        return made
    return telling.declined(
        f"A static cohort “{name}” would be created with {telling.many(len(there), 'person')}:"
        f" {joined(there) or 'nobody'}. Nothing was created: {OFF if call else NOT_ALL}.",
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
    if called := CALLED.search(asked.text):
        return called["name"].strip(" .?!,;:")
    words = re.sub(
        r"^(?:everyone|everybody|all)?\s*(?:of\s+)?(?:the\s+)?", "", text, flags=re.IGNORECASE
    ).strip(" .")
    short = words if len(words) <= 50 else f"{words[:50].rpartition(' ')[0]} …"
    return f"{short[:1].upper()}{short[1:]}" or "New cohort"


def _name_note(asked: Asked, name: str) -> str:
    return "" if asked.quoted or asked.has("called|named") else f"the name “{name}” is a proposal"
