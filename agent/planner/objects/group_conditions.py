"""Changes of flags that are asked of groups: for one company, one studio."""

from agent.answer import Draft
from agent.planner.objects import lookups, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.flag_telling import told, where
from agent.planner.world import World
from tools.flag_words import Flag, said
from tools.literals import literal


def group_proposal(asked: Asked, flag: Flag, world: World) -> Draft | None:
    """A flag for one group that is named, None when none is."""
    named = asked.after(f"{flag.reaches}|group") or asked.after("for")
    name = asked.quoted[0] if asked.quoted else asked.written(named)
    if not name or flag.reaches not in world.facts.groups:
        return None
    found = lookups.table(world, _groups(name, world.facts.groups.index(flag.reaches)), 5)
    if not found.rows:
        return telling.declined(
            f"No {flag.reaches} is called “{name}” in this project.",
            f"{flag.key} now: {said(flag)}.",
            where(flag, world),
        )
    key, known, plan = found.rows[0]
    rule = f"the {flag.reaches}’s plan is {plan}"
    if flag.on and any(one.words == rule for one in flag.conditions):
        return telling.declined(
            f"{known} gets {flag.key} already: its plan is {plan}, and the flag is on for "
            f"{said(flag)}. Nothing was changed.",
            f"{telling.READS_ONLY}; to keep it on for {known} whatever its plan, add a condition "
            "on its name.",
            where(flag, world),
            tables=[telling.table(found.columns, found.rows)],
        )
    after = f"{said(flag)} or {flag.reaches} where name is {known}"
    rows = [("who gets it", said(flag) if flag.on else "nobody", after)]
    return told(
        flag,
        f"{flag.key} would also be on for the {flag.reaches} {known}",
        rows,
        world,
        f"{known} (key {key}) has the plan {plan or 'unknown'}.",
        f"A condition on the name of the {flag.reaches}, 100%, beside the present one would do it.",
    )


def _groups(name: str, index: int) -> str:
    """The groups of a type that have a name or a key."""
    return (
        "SELECT key, properties.name AS name, properties.plan AS plan FROM groups "
        f"WHERE index = {index} AND (lower(toString(properties.name)) = {literal(name.lower())} "
        f"OR key = {literal(name)})"
    )
