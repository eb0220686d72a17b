"""Flags turned off, deleted, set back, or given for good: what that would do."""

from agent.answer import Draft
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.deeds import deed
from agent.planner.objects.experiment_results import verdict
from agent.planner.objects.flag_telling import told, where
from agent.planner.objects.flags_told import state
from agent.planner.world import World
from tools.flag_words import Flag, said
from tools.wording import joined


def deletion(asked: Asked, flag: Flag, world: World) -> Draft:
    """Deleted: what that does, and what is better."""
    called = (
        f"It was last called {telling.at(flag.last_called_at, world)}"
        if flag.last_called_at
        else "It was never called"
    )
    running = (
        f"The experiment {joined(flag.experiments)} belongs to it; PostHog refuses while one runs."
        if flag.experiments
        else ""
    )
    return told(
        flag,
        f"{flag.key} would be deleted; that needs a clear yes in PostHog",
        [
            ("exists", "yes", "deleted"),
            (
                "who gets it",
                said(flag) if flag.on else "nobody",
                "nobody: code that asks gets no value",
            ),
        ],
        world,
        f"{called}: code that still asks for it falls back to off, at once and for all who have it"
        " now.",
        running,
        "Better first: remove it from the code, then turn it off or archive it; both can be taken"
        " back, and a deleted flag's key may be taken by a new one.",
        call=("delete_flag", {"key": flag.key}),
    )


def undone(asked: Asked, flag: Flag, world: World) -> Draft:
    """The last change taken back."""
    log = lookups.softly(world, ("flag_changes", {"key": flag.key}))
    changes = log[0].rows if log else ()
    if not changes:
        why = (
            "PostHog's log of changes holds none for it"
            if log
            else "this key may not read the log of changes (activity_log:read)"
        )
        return telling.declined(
            f"The last change of {flag.key} can't be told, so it can't be undone: {why}.",
            f"Now, at version {flag.version}: {state(flag)}",
            f"Last changed {telling.at(flag.changed_at, world)} by"
            f" {flag.changed_by or 'somebody unknown'}. Say the state it should have instead.",
            where(flag, world),
        )
    last = changes[0]
    return told(
        flag,
        f"The last change of {flag.key} would be taken back: {last.what} (by {last.by},"
        f" {telling.at(last.at, world)})",
        [("last change", last.what, "taken back")],
        world,
        f"Now: {state(flag)}",
    )


def without_condition(asked: Asked, flag: Flag, world: World) -> Draft:
    """One condition taken away."""
    words = naming.topic(
        asked,
        "remove",
        "delete",
        "drop",
        "condition",
        "conditions",
        "rule",
        "filter",
        "restriction",
        "targeting",
        *flag.key.split("-"),
    )
    hit = [
        one
        for one in flag.conditions
        if set(naming.pieces(" ".join(words))) & set(naming.pieces(one.words))
    ]
    if not hit:
        return telling.declined(
            f"{flag.key} has no condition about {' '.join(words) or 'that'}, so there is nothing to"
            " remove.",
            f"Its conditions: {said(flag)}.",
            where(flag, world),
        )
    rest = [one for one in flag.conditions if one not in hit]
    after = (
        joined([one.words or "everyone" for one in rest], "or")
        or "nobody: no condition is left, and PostHog wants at least one"
    )
    return told(
        flag,
        f"{flag.key} would lose the condition “{hit[0].words}”",
        [("who gets it", said(flag), after)],
        world,
        call=(
            "remove_flag_condition",
            {"key": flag.key, "condition": flag.conditions.index(hit[0]) + 1},
        ),
    )


def served(asked: Asked, flag: Flag, world: World) -> Draft:
    """One variant for everybody."""
    names = [one.key for one in flag.variants]
    words = {token.word for token in asked.every}
    chosen = next((name for name in names if name.lower() in words), None)
    if chosen is None:
        return telling.asks(
            f"Which variant of {flag.key}?",
            f"It has {joined(names) or 'none'}.",
            choices=[f"Serve the variant {name} of {flag.key} to everyone" for name in names],
        )
    split = joined([f"{one.key} {one.share:g}%" for one in flag.variants])
    shipping = {"experiment": next(iter(flag.experiments), ""), "variant": chosen}
    call = ("ship_variant", shipping) if flag.experiments else None
    if made := deed(call, world):
        return made
    found = (
        lookups.softly(
            world, *(("get_experiment", {"name": name}) for name in flag.experiments[:1])
        )
        if flag.experiments
        else None
    )
    results = [
        f"{one.experiment.name} says: {verdict(one.results[0])}."
        for one in found or ()
        if one.results
    ]
    return told(
        flag,
        f"{flag.key} would give {chosen} to everyone instead of {split}",
        [
            ("variants", split, f"{chosen} 100%"),
            ("who gets it", said(flag), f"everyone, all of them {chosen}"),
        ],
        world,
        *results,
        "Two ways in PostHog: end the experiment and ship the variant there, or set the variant on"
        " the flag's release condition. Then take the other variants out of the code and archive"
        " the flag.",
        call=call,
    )


def proposal(asked: Asked, flag: Flag, world: World) -> Draft:
    """A change that is not read further: the flag as it is, and where to change it."""
    return telling.declined(
        f"What should change about {flag.key}? I read the request no further than its name.",
        f"Now: {state(flag)}",
        "Such as “roll it out to 40%”, “turn it off” or “enable it for jane@example.com only”, with"
        " its key.",
        where(flag, world),
    )


def turned_off(flag: Flag, world: World) -> Draft:
    """Turned off: who would lose it."""
    (facts,) = world.look(("get_flag", {"key": flag.key}))
    full: Flag = facts.flag
    met = [
        round((one.meeting or 0) * one.rollout / 100)
        for one in full.conditions
        if one.meeting is not None
    ]
    noun = "persons" if full.reaches == "persons" else f"{full.reaches} groups"
    loss = (
        f"About {sum(met):,} {noun} would lose it at once."
        if met and full.on and len(met) == 1
        else ""
    )
    head = f"{flag.key} would go from on to off" if flag.on else f"{flag.key} is off already"
    rows = [
        ("state", "on" if flag.on else "off", "off"),
        ("who gets it", said(flag) if flag.on else "nobody", "nobody"),
    ]
    return told(
        flag,
        head,
        rows,
        world,
        loss,
        "It can be turned on again at any time; who was in stays in." if flag.on else "",
        call=("switch_flag", {"key": flag.key, "on": False}),
    )
