"""Lists of feature flags, by state, rollout, use and topic."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from agent.answer import Draft
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.world import World
from tools.flag_words import Flag, said

STALE = timedelta(days=30)
"""Without a call or a change for so long, a flag is taken for stale, as PostHog does."""

COLUMNS = ("flag", "state", "who gets it", "largest rollout in %", "last changed", "by")


def flag_list(asked: Asked, flags: Sequence[Flag], world: World) -> Draft:
    """The flags that a question asks for."""
    kept, words, notes = list(flags), [], []
    for keep, said_of_them, note in _filters(asked, flags, world):
        kept = [flag for flag in kept if keep(flag)]
        words.append(said_of_them)
        notes += [note] if note else []
    what = " and ".join(words)
    total = telling.many(len(flags), "feature flag")
    if not kept:
        nothing = f"None of the {total} is {what}." if what else "The project has no feature flags."
        return telling.answered(nothing, *notes)
    rows = [_row(flag, world) for flag in sorted(kept, key=lambda flag: flag.key)]
    names = ", ".join(flag.key for flag in sorted(kept, key=lambda flag: flag.key)[:8])
    more = "" if len(kept) <= 8 else ", …"
    verb = "is" if len(kept) == 1 else "are"
    head = f"{len(kept)} of {total} {verb} {what}" if what else f"There {verb} {total}"
    text = telling.table(COLUMNS, rows)
    return telling.answered(
        f"{head}: {names}{more}.",
        *notes,
        tables=[text],
        assumptions=(f"as of {telling.now(world)}",),
    )


Filter = tuple[Callable[[Flag], bool], str, str]


def _filters(asked: Asked, flags: Sequence[Flag], world: World) -> list[Filter]:
    found: list[Filter] = []
    if asked.says("flag.stale"):
        told = lookups.softly(world, ("list_flags", {"stale": True}))
        of_posthog = {flag.key for flag in told[0].rows} if told else set()
        words = "stale: at 100% or off for all, or not called, and unchanged for 30 days"
        found.append(
            (
                lambda flag: flag.key in of_posthog or _stale(flag, world),
                "stale",
                f"Counted as {words}; or by PostHog itself.",
            )
        )
    elif asked.says("flag.off"):
        found.append((lambda flag: not flag.on, "off", ""))
    elif asked.says("flag.on") and not asked.has("based on"):
        zero = [flag.key for flag in flags if flag.on and flag.widest == 0]
        note = f"Of them {', '.join(zero)} is on at 0%, so nobody gets it." if zero else ""
        found.append((lambda flag: flag.on, "on", note))
    found += _by_rollout(asked)
    if asked.says("flag.multi"):
        found.append((lambda flag: bool(flag.variants), "multivariate", ""))
    if asked.says("flag.groups"):
        found.append(
            (lambda flag: flag.reaches != "persons", "asked of groups instead of persons", "")
        )
    return found + _by_topic(asked, flags, found)


def _by_rollout(asked: Asked) -> list[Filter]:
    numbers = [
        float(t.word.rstrip("%"))
        for t in asked.every
        if t.kind == "number" and t.word.rstrip("%").isdigit()
    ]
    if not numbers or not asked.says("flag.under", "flag.over"):
        return []
    edge, note = (
        numbers[0],
        "The largest rollout of any condition counts; a flag that is off is at 0%.",
    )
    if asked.says("flag.under"):
        return [(lambda flag: flag.widest < edge, f"rolled out to less than {edge:g}%", note)]
    return [(lambda flag: flag.widest >= edge, f"rolled out to {edge:g}% or more", note)]


def _by_topic(asked: Asked, flags: Sequence[Flag], known: Sequence[Filter]) -> list[Filter]:
    """Flags about something, by the words that state and rollout leave."""
    if known and not asked.says("flag.related"):
        return []
    left = naming.topic(asked, *phrases.word_set("flag.plain"))
    if not left or not asked.says("flag.related", "flag.cohort", "flag.list"):
        return []
    texts = {
        flag.key: f"{flag.key} {flag.description} {' '.join(flag.tags)} {said(flag)}"
        for flag in flags
    }
    about = set(naming.related(left, texts))
    words = f"about “{' '.join(left)}”"
    return [
        (
            lambda flag: flag.key in about,
            words,
            "Looked for in keys, descriptions, tags and conditions.",
        )
    ]


def _stale(flag: Flag, world: World) -> bool:
    """Nothing has changed for a while, and it decides nothing any more, or nobody asks for it."""
    since = world.clock.now - STALE
    called, changed = world.local(flag.last_called_at), world.local(flag.changed_at)
    idle = called is None or called < since
    plain = not flag.variants and all(not one.words for one in flag.conditions)
    settled = plain and (not flag.on or flag.widest == 100)
    return (changed is None or changed < since) and (idle or settled)


def _row(flag: Flag, world: World) -> tuple[str, str, str, float, str, str]:
    return (
        flag.key,
        "on" if flag.on else "off",
        said(flag) if flag.on else "nobody",
        flag.widest,
        telling.day(flag.changed_at, world),
        flag.changed_by,
    )
