"""Requests to change feature flags: what would be changed, and why it is not done here."""

from collections.abc import Callable, Sequence

from agent.answer import Draft
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.flag_creation import creation
from agent.planner.objects.flag_endings import (
    deletion,
    proposal,
    served,
    undone,
    without_condition,
)
from agent.planner.objects.flag_proposals import rollout, switched
from agent.planner.objects.flag_scheduling import later, scheduled
from agent.planner.objects.flags import no_such_flag, the_flag
from agent.planner.objects.flags_told import state
from agent.planner.objects.shares import moved, shares
from agent.planner.world import World
from tools.flag_words import Flag
from tools.wording import joined

VERBS = (
    "write.enable",
    "write.disable",
    "write.percent",
    "write.change",
    "write.delete",
    "write.undo",
    "write.rename",
    "write.copy",
    "write.schedule",
)


def flag_change(asked: Asked, world: World) -> Draft | None:
    """What a request to change a flag would do, None when it asks for something else."""
    about = asked.says("noun.flag")
    bulk = asked.opens("refuse.destroy") and asked.says("refuse.bulk")
    if about and bulk and not _written(asked, world):
        return _bulk(asked, world)
    if (
        about
        and asked.opens("write.create")
        and not asked.says("noun.dashboard", "noun.experiment")
    ):
        return creation(asked, world)
    serving = asked.says("write.serve") and not asked.says("write.unsure", "write.question")
    if not serving and not asked.opens(*VERBS):
        return None
    if not about and not serving and not _names_a_flag(asked, world):
        return None
    if asked.has("split|distribution") and not about:
        return None
    if asked.says("noun.experiment") and not about and asked.opens("experiment.end"):
        return None
    if (
        asked.says("noun.experiment", "noun.cohort")
        and not about
        and not serving
        and not _names_a_flag(asked, world)
    ):
        return None
    return _changed(asked, world, serving=serving)


def _names_a_flag(asked: Asked, world: World) -> bool:
    """Whether a known key is written, or an unknown one where only a flag can stand."""
    if asked.says(
        "noun.cohort", "noun.insight", "noun.dashboard", "noun.experiment"
    ) and not asked.says("noun.flag"):
        known = lookups.softly(world, ("list_flags", {}))
        return bool(known) and bool(naming.slugs(asked)) and _written(asked, world)
    written = naming.slugs(asked) or asked.quoted
    if (
        asked.opens("write.percent")
        and written
        and (shares(asked.text) or moved(asked.text, 1.0) is not None)
    ):
        return True
    return lookups.softly(world, ("list_flags", {})) is not None and _written(asked, world)


def _written(asked: Asked, world: World) -> bool:
    keys = [flag.key for flag in lookups.flags(world)]
    if naming.named(asked, keys):
        return True
    return any(naming.misspelled(text, keys) for text in (*asked.quoted, *naming.slugs(asked)))


def _changed(asked: Asked, world: World, *, serving: bool) -> Draft | None:
    flags = lookups.flags(world)
    flag, nearest = the_flag(asked, flags)
    if flag is None and serving:
        flag = _of_experiment(asked, flags, world)
    if flag is None:
        return no_such_flag(asked, flags, nearest)
    tell = _way(asked, flag, world, serving=serving)
    return tell(asked, flag, world)


def _way(
    asked: Asked, flag: Flag, world: World, *, serving: bool
) -> Callable[[Asked, Flag, World], Draft]:
    """What kind of change is asked for."""
    if serving:
        return served
    if asked.opens("write.undo"):
        return undone
    if asked.opens("write.schedule", "write.enable", "write.disable", "write.percent") and later(
        asked, world
    ):
        return scheduled
    if asked.opens("write.delete") and asked.has(
        "condition|conditions|rule|filter|restriction|targeting"
    ):
        return without_condition
    if asked.opens("write.delete"):
        return deletion
    if shares(asked.text) or moved(asked.text, flag.widest) is not None:
        return rollout
    if asked.opens("write.disable"):
        return switched
    return switched if asked.opens("write.enable") else proposal


def _of_experiment(asked: Asked, flags: Sequence[Flag], world: World) -> Flag | None:
    """The flag of an experiment that is named instead."""
    found = lookups.softly(world, ("list_experiments", {}))
    names = {one.name: one.flag for one in found[0].rows} if found else {}
    spelled = naming.named(asked, names)
    return next((flag for flag in flags if spelled and flag.key == names[spelled[0].name]), None)


def _bulk(asked: Asked, world: World) -> Draft:
    """Refuse to change all flags at once, with what each of them is now."""
    flags = lookups.flags(world)
    on = [flag for flag in flags if flag.on]
    rows = [
        (flag.key, "on" if flag.on else "off", state(flag))
        for flag in sorted(flags, key=lambda one: one.key)
    ]
    deleting = asked.opens("write.delete") and not asked.has("off")
    hit = flags if deleting else on
    verb = "deleted" if deleting else "turned off"
    return telling.declined(
        f"No: {len(hit)} of {len(flags)} feature flags would be {verb} at once, which is not done"
        " on one sentence.",
        f"They are {joined([flag.key for flag in hit])}; people would lose or change what they see"
        " at once.",
        f"{telling.READS_ONLY}. Name the flag that matters, as in “turn off"
        f" {hit[0].key if hit else 'KEY'}”, and I say what it would change and where in PostHog to"
        " do it.",
        tables=[telling.table(("flag", "state", "now"), rows)],
    )
