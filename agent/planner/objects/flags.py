"""Answers about feature flags: which there are, their state, whom they reach, who changed them."""

from collections.abc import Callable, Sequence

from agent.answer import Draft
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.flags_listed import flag_list
from agent.planner.objects.flags_told import explained, reach_of, state
from agent.planner.world import World
from tools.flag_words import Flag
from tools.wording import joined

NAMELESS = (
    "flag.who",
    "flag.sees",
    "flag.reach",
    "flag.match",
    "flag.state",
    "flag.variants",
    "write.unsure",
)
"""Questions that may be about a flag without saying so."""


def flag_answer(asked: Asked, world: World) -> Draft | None:
    """The answer to a question about feature flags, None when it is about something else."""
    about = asked.says("noun.flag")
    shaped = about or asked.says(*NAMELESS) or asked.has("rollout of|for|conditions")
    if not shaped or _measures(asked):
        return None
    if not about and lookups.softly(world, ("list_flags", {})) is None:
        return None
    flags = lookups.flags(world)
    chosen = spelled_flag(asked, flags)
    if chosen:
        return _about(asked, chosen, world)
    return _unnamed(asked, flags, world) if about else None


def spelled_flag(asked: Asked, flags: Sequence[Flag]) -> Flag | None:
    """The flag whose key is written, be it with a slip."""
    keys = [flag.key for flag in flags]
    found = [one.name for one in naming.named(asked, keys)]
    found += [naming.misspelled(text, keys) or "" for text in (*asked.quoted, *naming.slugs(asked))]
    return next((flag for name in found for flag in flags if flag.key == name), None)


def the_flag(asked: Asked, flags: Sequence[Flag]) -> tuple[Flag | None, list[str]]:
    """The flag that is meant, else the keys that come nearest."""
    if chosen := spelled_flag(asked, flags):
        return chosen, []
    written = [*asked.quoted, *naming.slugs(asked)]
    if written:
        return None, naming.near(written[0], [flag.key for flag in flags])
    texts = {flag.key: f"{flag.key} {flag.description}" for flag in flags}
    found = naming.related(naming.topic(asked), texts)
    return (
        (next(f for f in flags if f.key == found[0]), []) if len(found) == 1 else (None, found[:5])
    )


def no_such_flag(asked: Asked, flags: Sequence[Flag], nearest: Sequence[str]) -> Draft:
    """Say that there is no such flag, with the nearest keys."""
    written = [*asked.quoted, *naming.slugs(asked)]
    keys = list(nearest) or [flag.key for flag in flags][:8]
    if not flags:
        return telling.declined("The project has no feature flags.")
    if not written and (nearest or not naming.topic(asked)):
        ways = [f"{asked.text.rstrip('?. ')} ({key})" for key in keys]
        return telling.asks("Which feature flag do you mean?", choices=ways)
    said = written[0] if written else " ".join(naming.topic(asked))
    near = f"The nearest: {joined(keys, 'or')}." if nearest else f"There are: {joined(keys)}."
    return telling.declined(f"There is no feature flag “{said}” in this project.", near)


def _measures(asked: Asked) -> bool:
    """Whether it asks for figures of events rather than for a flag."""
    reach = asked.says("flag.reach", "flag.match", "flag.who", "flag.list", "flag.trouble")
    return asked.says("flag.metric") and not reach


def _about(asked: Asked, flag: Flag, world: World) -> Draft | None:
    ways: dict[str, Callable[[Asked, Flag, World], Draft]] = {
        "flag.who": _changed,
        "flag.sees": _sees,
        "flag.reach": reach_of,
        "flag.match": _matching,
    }
    for name, tell in ways.items():
        if asked.says(name):
            return tell(asked, flag, world)
    told = asked.says(*NAMELESS, "noun.flag", "flag.conditions")
    if flag.experiments and asked.says("write.unsure"):
        return None
    return explained(flag, world) if told else None


def _unnamed(asked: Asked, flags: Sequence[Flag], world: World) -> Draft | None:
    if asked.says("flag.trouble"):
        return _which_has_trouble(flags, world)
    if asked.says("flag.list") and not asked.says("flag.who") and not asked.says("flag.stated"):
        return flag_list(asked, flags, world)
    if not asked.says(*NAMELESS, "flag.conditions", "flag.explain"):
        return None
    flag, nearest = the_flag(asked, flags)
    if flag is None:
        return no_such_flag(asked, flags, nearest)
    return _about(asked, flag, world)


def _changed(asked: Asked, flag: Flag, world: World) -> Draft:
    """Who changed a flag when, from the log where it goes back so far."""
    log = lookups.softly(world, ("flag_changes", {"key": flag.key}))
    changes = log[0].rows if log else ()
    when = telling.at(flag.changed_at, world)
    if changes:
        last = changes[0]
        rows = [(telling.at(one.at, world), one.by, one.what) for one in changes]
        return telling.answered(
            f"{last.by or 'Somebody'} changed {flag.key} last, at {telling.at(last.at, world)}:"
            f" {last.what}.",
            tables=[
                telling.table(("when", "who", "what"), rows, whole=log[0].whole if log else True)
            ],
        )
    why = (
        "the log of changes holds nothing about it"
        if log
        else "this key may not read the log of changes"
    )
    return telling.answered(
        f"{flag.changed_by or 'Nobody known'} changed {flag.key} last, at {when}.",
        f"It is at version {flag.version} and was made on {telling.day(flag.created_at, world)}. "
        f"What was changed is not known: {why}.",
        f"Now: {state(flag)}",
    )


def _sees(asked: Asked, flag: Flag, world: World) -> Draft:
    """What one person gets, and why."""
    (found,) = world.look(("get_person", {"name": asked.emails[0]}))
    if not found.rows:
        return telling.declined(
            f"No person has the e-mail {asked.emails[0]} in this project.", state(flag)
        )
    (facts,) = world.look(("get_flag", {"key": flag.key, "person": asked.emails[0]}))
    person = found.rows[0]
    return telling.answered(
        f"{_gets(flag, str(facts.value))}: {flag.key} is {facts.value} for {person.name}.",
        f"PostHog's reason: {facts.reason or 'none given'}. Asked with the distinct id"
        f" {person.known_as}, at {telling.now(world)}; another device or id may get another value.",
        state(flag),
    )


def _gets(flag: Flag, value: str) -> str:
    """Whether a value means that somebody sees what the flag is for."""
    if value in ("true", "false"):
        return "Yes" if value == "true" else "No"
    names = {one.key: one.name for one in flag.variants}
    told = f"the variant {value}{f' (“{names[value]}”)' if names.get(value) else ''}"
    return f"No, {told}, by custom what was there before" if value == "control" else f"Yes, {told}"


def _matching(asked: Asked, flag: Flag, world: World) -> Draft:
    """Who meets the conditions of a flag."""
    draft = explained(flag, world)
    where = telling.place(world, "feature_flags", flag.id)
    return telling.answered(
        draft.headline,
        draft.text,
        f"PostHog shows the people behind each condition at {where}; hogloop counts them only.",
        tables=draft.tables,
    )


def _which_has_trouble(flags: Sequence[Flag], world: World) -> Draft:
    """Flags that nobody can see, and what else hides a flag."""
    hidden = [flag for flag in flags if flag.widest == 0]
    rows = [(flag.key, "on" if flag.on else "off", f"{flag.widest:g}%") for flag in hidden]
    return telling.asks(
        "Which flag is it?",
        "A flag is seen by nobody when it is off, when every condition is at 0%, or when nobody"
        " meets the conditions; a raised rollout does nothing while the flag is off. An app also"
        " keeps the values that it was given until it asks again.",
        f"Here {telling.many(len(hidden), 'flag')} can be seen by nobody:"
        f" {joined([f.key for f in hidden]) or 'none'}.",
        choices=[
            f"What are the rollout conditions of the flag {flag.key}?"
            for flag in (hidden or flags)[:5]
        ],
        tables=[telling.table(("flag", "state", "rollout"), rows)] if rows else [],
    )
