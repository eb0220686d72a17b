"""Requests to make or change experiments: what would be set up, and what speaks against it."""

import re
from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import events_for, spelled_events
from agent.planner.objects.experiment_ending import ending
from agent.planner.objects.saved import about
from agent.planner.objects.shares import parts, variants
from agent.planner.world import World
from tools.experiments import Experiment
from tools.wording import joined

OPENINGS = (
    "write.create",
    "write.change",
    "write.copy",
    "write.delete",
    "write.rename",
    "write.enable",
    "write.disable",
    "write.percent",
    "experiment.test",
    "experiment.end",
)
MEASURED = re.compile(
    r"(?:measur\w+|metric|goal|to see if it (?:gets|brings|makes)|whether .*?"
    r" (?:increases|improves|raises|reduces|lowers|affects)|"
    r"gets? more|increases?|improves?|conversion to|see (?:if|whether) (?:it"
    r" )?\w+)\s+(?:is\s+|more\s+|conversion\s+to\s+|conversion\s+)?(?P<what>[^.,;]+)",
    re.IGNORECASE,
)
END = (
    r"(?=\s+(?:that|to see|to"
    r" get|which|with\s+an?\s+\d|increases?|improves?|raises?|reduces?|lowers?|gets?)\b|[.,;]|$)"
)
ABOUT = (
    re.compile(rf"\bwhether\s+(?P<what>.+?){END}", re.IGNORECASE),
    re.compile(rf"\bfor\s+(?:(?:an?|the|our)\s+)*(?P<what>.+?){END}", re.IGNORECASE),
    re.compile(
        rf"\b(?:test|testing|try)\s+(?!with|for)(?:(?:an?|the|our)\s+)*(?P<what>.+?){END}",
        re.IGNORECASE,
    ),
)
"""What is to be tested, the surest way to say it first."""


def experiment_change(asked: Asked, world: World) -> Draft | None:
    """What a request to make or change an experiment would do, None for something else."""
    named = asked.says("noun.experiment") or asked.has("split|distribution of|for")
    if not asked.opens(*OPENINGS) or not (named or asked.opens("experiment.test")):
        return None
    if asked.says("noun.dashboard", "noun.insight") and asked.opens("write.create"):
        return None
    found = lookups.softly(world, ("list_experiments", {}))
    every: Sequence[Experiment] = found[0].rows if found else ()
    names = {one.name: one for one in every} | {one.flag: one for one in every}
    spelled = naming.named(asked, names)
    if spelled:
        return _changed(asked, names[spelled[0].name], every, world)
    if asked.opens("write.create", "experiment.test"):
        return _creation(asked, every, world)
    return unknown(asked, every) if named else None


def _creation(asked: Asked, every: Sequence[Experiment], world: World) -> Draft:
    """A draft: name, flag, variants, metric."""
    idea, (split, assumed) = _idea(asked), _split(asked)
    total = sum(share for _, share in split)
    if abs(total - 100) > 1e-9:
        return telling.declined(
            f"The variants add up to {total:g}%, not to 100%. Nothing was created:"
            f" {telling.READS_ONLY}."
        )
    key, metric = _free_key(idea, world), _metric(asked, world)
    told = joined([f"{name} {share:g}%" for name, share in split])
    measured = f"people who did {metric}, as a share of those exposed" if metric else "to be chosen"
    rows = [
        ("name", f"{idea[:1].upper()}{idea[1:]}"),
        ("state", "draft, not launched"),
        ("feature flag", f"{key} (new, as an experiment needs one of its own)"),
        ("variants", told),
        ("metric", measured),
    ]
    by = f", measured by {metric}" if metric else ""
    which = f"By which event should it be decided? Such as {joined(_some(world), 'or')}."
    guesses = [f"the name and the key {key} are proposals"]
    guesses += ["control and test at 50% each are assumed"] if assumed else []
    return telling.declined(
        f"A draft experiment “{idea}” would be created with {told}{by}. "
        f"Nothing was created: {telling.READS_ONLY}.",
        "" if metric else which,
        "It stays a draft until it is launched; then decide at the planned end only. “What sample "
        f"size do I need to detect a 2-point lift in {metric or 'EVENT'}?” tells how long that is.",
        f"In PostHog: Experiments → New experiment ({telling.place(world, 'experiments', 'new')}).",
        tables=[telling.table(("new experiment", "value"), rows)],
        assumptions=tuple(guesses),
    )


def _free_key(idea: str, world: World) -> str:
    """A key for a flag that is not taken yet."""
    key = "-".join(re.findall(r"[a-z0-9]+", idea.lower())[:5]) or "new-experiment"
    flags = lookups.softly(world, ("list_flags", {}))
    taken = {flag.key for flag in flags[0].rows} if flags else set()
    return next(one for n in range(1, 100) if (one := f"{key}-{n}" if n > 1 else key) not in taken)


def _changed(asked: Asked, one: Experiment, every: Sequence[Experiment], world: World) -> Draft:
    split = joined([f"{name} {share:g}%" for name, share in one.split.items()])
    when = f"since {telling.day(one.started, world)}" if one.started else "not started"
    when = (
        f"{telling.day(one.started, world)} to {telling.day(one.ended, world)}"
        if one.ended
        else when
    )
    now = f"Now: {one.name} is {one.status} ({when}), flag {one.flag}, {split}."
    where = f"In PostHog it is changed on {telling.place(world, 'experiments', one.id)}."
    if asked.opens("write.copy"):
        return _copied(one, every, now, split, world)
    if parts(asked.text) or variants(asked.text) or asked.has("split|distribution"):
        return _other_split(asked, one, split, now, where)
    if asked.opens("write.rename"):
        to = asked.quoted[-1] if len(asked.quoted) > 1 else asked.written(asked.after("to"))
        return telling.declined(
            f"{one.name} would be called “{to}”. Nothing was changed: {telling.READS_ONLY}.",
            now,
            where,
        )
    if asked.opens("write.delete"):
        return telling.declined(
            f"{one.name} would be deleted with its results. Nothing was changed: "
            f"{telling.READS_ONLY}.",
            now,
            "Archiving keeps the results and hides it from the list; a running one ends first.",
            where,
        )
    if made := ending(asked, one, now, where, world):
        return made
    return telling.declined(
        f"{one.name} would be changed. Nothing was: {telling.READS_ONLY}.", now, where
    )


def _other_split(asked: Asked, one: Experiment, split: str, now: str, where: str) -> Draft:
    """Another split: how it differs from what is said and is, and what it does to the results."""
    told = re.findall(r"\b\d{1,3}(?:\s*/\s*\d{1,3})+\b", asked.text)
    wanted = parts(asked.text) or [share for _, share in variants(asked.text)]
    before = "/".join(f"{share:g}" for share in one.split.values())
    claimed = told[0].replace(" ", "") if len(told) > 1 else ""
    wrong = (
        f"The split is not {claimed} now, but {before} ({split})."
        if claimed and claimed != before
        else ""
    )
    fits = len(wanted) == len(one.split)
    count = (
        f"{len(wanted)} shares are told for {len(one.split)} variants ({', '.join(one.split)}): say"
        " one for each."
        if wanted and not fits
        else ""
    )
    total = sum(wanted)
    off = f"They add up to {total:g}%, not to 100%." if wanted and abs(total - 100) > 1e-9 else ""
    running = (
        f"{one.name} is running: another split moves people from one variant to another, who are"
        " then left out or counted for what they saw first, and the results are biased. Better end"
        " it and start a new one, or only raise its rollout."
        if one.status == "running"
        else ""
    )
    after = "/".join(f"{share:g}" for share in wanted)
    return telling.declined(
        f"The split of {one.name} would go from {before} to"
        f" {after or 'something else'}{', which bends a running experiment' if running else ''}."
        f" Nothing was changed: {telling.READS_ONLY}.",
        wrong,
        count,
        off,
        running,
        now,
        where,
        tables=[telling.table((one.name, "now", "would be"), [("split", split, after)])],
    )


def _copied(
    one: Experiment, every: Sequence[Experiment], now: str, split: str, world: World
) -> Draft:
    key = _free_key(one.flag, world)
    name = f"{one.name} (copy)"
    rows = [
        ("name", one.name, name),
        ("state", one.status, "draft"),
        ("feature flag", one.flag, f"{key} (new)"),
        ("variants", split, split),
        ("metrics", joined(one.metrics), joined(one.metrics)),
    ]
    return telling.declined(
        f"A draft “{name}” would be created from {one.name}, with the new flag {key}. Nothing was"
        f" created: {telling.READS_ONLY}.",
        "An experiment needs a flag of its own, so the copy can't share the old key; the code has"
        " to ask the new one.",
        now,
        f"In PostHog: “Duplicate” on {telling.place(world, 'experiments', one.id)}.",
        tables=[telling.table(("", one.name, "the copy"), rows)],
        assumptions=(f"the key {key} is a proposal; it is free",),
    )


def unknown(asked: Asked, every: Sequence[Experiment]) -> Draft:
    """Say that no such experiment is there, or ask which one is meant."""
    said = asked.quoted[0] if asked.quoted else ""
    names = [one.name for one in every]
    near = naming.near(said, names) if said else []
    if said:
        return telling.declined(
            f"There is no experiment “{said}” in this project.",
            f"There are: {joined(near or names) or 'none'}.",
        )
    return telling.asks(
        "Which experiment?", choices=[f"{asked.text.rstrip('.! ')} ({name})" for name in names]
    )


def _idea(asked: Asked) -> str:
    """What is tested, in the person's words."""
    if asked.quoted:
        return asked.quoted[0]
    found = (pattern.search(asked.text) for pattern in ABOUT)
    return next((one["what"].strip() for one in found if one), "new experiment")


def _split(asked: Asked) -> tuple[list[tuple[str, float]], bool]:
    if told := variants(asked.text):
        return told, False
    found = parts(asked.text)
    names = (
        ["control", "test"]
        if len(found) == 2
        else ["control", *(f"variant-{n}" for n in range(1, len(found)))]
    )
    if found:
        return list(zip(names, found, strict=True)), False
    return [("control", 50.0), ("test", 50.0)], True


def _metric(asked: Asked, world: World) -> str | None:
    """The event that is to decide."""
    spelled = spelled_events(asked, world)
    if spelled and any("_" in one.name for one in spelled):
        return spelled[0].name
    found = MEASURED.search(asked.text)
    words = naming.topic_of(found["what"]) if found else []
    kept = [
        word
        for word in words
        if word not in ("rate", "rates", "conversion", "gets", "more", "number")
    ]
    likely = events_for(kept, world, described=False) if kept else []
    if likely and likely[0].share >= 0.85:
        return likely[0].name
    return _defined(kept, world)


def _defined(words: Sequence[str], world: World) -> str | None:
    """The last step of the saved funnel that a word like activation stands for."""
    saved = lookups.softly(world, ("list_saved", {})) if words else None
    every = saved[0].rows if saved else ()
    funnels = [one for one in every if one.kind == "insight" and one.shows.startswith("funnel of ")]
    found = about(words, funnels, every)
    return found[0].shows.rpartition(" and ")[2] if found else None


def _some(world: World) -> list[str]:
    return [one.name for one in world.events.names if not one.name.startswith("$")][:3]
