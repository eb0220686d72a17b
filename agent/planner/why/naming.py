"""Events that began, ended or changed their name, so that a count is of something else."""

from dataclasses import replace
from datetime import datetime, timedelta

from agent.answer import Draft
from agent.planner.english.windows import Span
from agent.planner.why.around import Seen, predecessor, successor
from agent.planner.why.case import Case
from agent.planner.why.comparable import comparable, dates, end, start
from agent.planner.why.figures import figure, window
from agent.planner.why.findings import Finding
from agent.planner.why.measure import named, within
from agent.planner.why.measured import Measured, between, hogql
from agent.planner.world import World
from tools.literals import literal

BESIDE = timedelta(days=14)
"""How long before and after a change of name the two are compared."""

ALIKE = 2.0
"""How many times as often one of two names of one thing may happen as the other."""

MISSED = 10.0
"""Events that should have come since the last one for it to have ended."""


def out_of_reach(case: Case) -> Draft | None:
    """What to say when there is nothing in the period, or nothing at all, to ask about."""
    if case.tracked is None:
        said = f"There are no {case.measure.what} in this project, so nothing of it changed"
        return _declined(case, said)
    first, last = case.world.clock.first, case.world.clock.last
    if first and last and (end(case.asked) <= first or start(case.asked) > last):
        covered = f"run from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
        said = f"There is no data for {dates(case.asked)}: this project's events {covered}"
        return _declined(case, said)
    return None


def with_older_name(case: Case) -> Case:
    """The same question over an event's older name too, where the periods need it."""
    measure = case.measure
    if measure.counted == "sum":
        return case
    first = comparable(case.asked, case.baseline, case.world.clock).first
    wider, said = older_names(measure.events, first, case.seen, case.world)
    if not said:
        return case
    measure = replace(measure, events=wider)
    return replace(case, measure=measure, assumptions=(*case.assumptions, said))


def older_names(
    events: tuple[str, ...], needed: datetime, seen: Seen, world: World
) -> tuple[tuple[str, ...], str]:
    """An event with the one that ended when it began, if it is needed before that; and why."""
    tracked = between(events, seen)
    if len(events) != 1 or tracked is None or tracked[0] <= needed:
        return events, ""
    (event,), (since, _) = events, tracked
    older = predecessor(event, since, seen)
    if older is None or not _as_often(older, event, since, world):
        return events, ""
    return (event, older), (
        f"{event} is tracked since {since:%Y-%m-%d}, when {older} ended, which happened about as "
        "often: it is counted as the same thing before that"
    )


def renamed(case: Case, found: Measured) -> list[Finding]:
    """That the event ended, and which one began in its place."""
    if len(case.measure.events) != 1 or case.tracked is None:
        return []
    (event,), (_, last) = case.measure.events, case.tracked
    since = (min(end(case.asked), case.world.clock.now) - last).total_seconds()
    length = (end(found.compared.span) - start(found.compared.span)).total_seconds()
    if found.whole.usual / found.whole.unit * since / length < MISSED:
        return []
    newer = successor(event, last, case.seen)
    if newer and _as_often(event, newer, case.seen[newer][0] or last, case.world):
        short = f"it was renamed, as it looks: {newer} began when it ended, on {last:%Y-%m-%d}"
        said = (
            f"{event} was last seen on {last:%Y-%m-%d %H:%M}, and {newer} began then and happens "
            "about as often: it looks like a new name of the same thing"
        )
        return [Finding("renamed", short, said, 1.0, 3.0)]
    said = f"{event} was last seen on {last:%Y-%m-%d %H:%M} and not once since"
    return [Finding("ended", f"it was last seen on {last:%Y-%m-%d %H:%M}", said, 1.0, 2.0)]


def nothing_before(case: Case, found: Measured) -> Draft:
    """The figure alone, when there is nothing earlier to hold it against."""
    whole, when = found.whole, dates(case.asked)
    why = (
        f"{' and '.join(case.measure.events) or 'events'} are tracked since {case.since:%Y-%m-%d}"
        if case.since > start(case.asked) - (end(case.asked) - start(case.asked))
        else "there is no earlier period of the same days"
    )
    return Draft(
        "answered",
        f"Whether it changed can't be told: {case.measure.what} came to {figure(whole.now)} in "
        f"{when}, and {why}.",
        window=window(case.asked, case.world),
        assumptions=case.assumptions,
        plan=case.plan,
    )


def _as_often(older: str, newer: str, at: datetime, world: World) -> bool:
    """Whether one happened about as often before as the other after."""
    before = within(Span(at - BESIDE, at, ""))
    after = within(Span(at, at + BESIDE, ""))
    text = (
        f"SELECT countIf(event = {literal(older)} AND {before}),\n"
        f"  countIf(event = {literal(newer)} AND {after})\n"
        f"FROM events\nWHERE {within(Span(at - BESIDE, at + BESIDE, ''))}"
        f" AND {named((older, newer))[0]}"
    )
    (table,) = world.look(hogql(text, 1))
    old, new = (float(cell or 0) for cell in table.rows[0])
    return min(old, new) > 0 and max(old, new) <= ALIKE * min(old, new)


def _declined(case: Case, said: str) -> Draft:
    return Draft("declined", f"{said}.", window=window(case.asked, case.world), plan=case.plan)
