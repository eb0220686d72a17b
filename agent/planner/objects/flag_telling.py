"""How a proposed change of a flag is told: as it is, as it would be, and that nothing was done."""

from collections.abc import Sequence

from agent.answer import AnswerTable, Draft
from agent.planner.objects import telling
from agent.planner.objects.deeds import OFF, deed
from agent.planner.objects.flags_told import state
from agent.planner.world import Request, World
from tools.flag_words import Flag
from tools.wording import joined


def told(
    flag: Flag,
    headline: str,
    rows: Sequence[tuple[object, ...]],
    world: World,
    *notes: str,
    call: Request | None = None,
) -> Draft:
    """A change as it would be; with the call that makes it, what became of that."""
    if made := deed(call, world):
        return made
    why = f": {OFF if call else telling.READS_ONLY}" if not headline.endswith("already") else ""
    running = (
        f"The experiment {joined(flag.experiments)} runs on it: a change bends its results."
        if flag.tested
        else ""
    )
    shown: list[AnswerTable] = [telling.table((flag.key, "now", "would be"), rows)]
    return telling.declined(
        f"{headline}. Nothing was changed{why}.",
        *notes,
        running,
        f"Last changed {telling.at(flag.changed_at, world)} by"
        f" {flag.changed_by or 'somebody unknown'}, version {flag.version}.",
        where(flag, world),
        tables=shown,
        assumptions=(f"as of {telling.now(world)}",),
    )


def refused(flag: Flag, why: str, world: World) -> Draft:
    """A change that is not possible, with the flag as it is."""
    return telling.declined(
        f"{why}.", f"Now: {state(flag)}", "Nothing was changed.", where(flag, world)
    )


def where(flag: Flag, world: World) -> str:
    """Where PostHog changes the flag."""
    return (
        "In PostHog it is changed on the flag's page,"
        f" {telling.place(world, 'feature_flags', flag.id)}."
    )
