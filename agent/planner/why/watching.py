"""What changed across the product: events, people and rates beside their own history."""

from collections.abc import Sequence
from datetime import timedelta

from agent.answer import Draft
from agent.planner.english.windows import Span
from agent.planner.why import around, watch_words
from agent.planner.why.changes import (
    Change,
    day_changes,
    event_changes,
    people_changes,
    rate_changes,
)
from agent.planner.why.comparable import Compared, comparable, end, start
from agent.planner.why.entry import bounded
from agent.planner.why.figures import window
from agent.planner.why.measure import Measure, totals
from agent.planner.why.measured import hogql, seen
from agent.planner.why.overlay import Overlay, requests, together
from agent.planner.why.ranking import Whole
from agent.planner.why.searching import Search
from agent.planner.why.slots import Slots
from agent.planner.world import Request, World
from tools.literals import moment

EVENTS = 300
"""Events to look at, the most frequent."""

FALSE = 0.05
"""How likely it is at most that anything is called unusual where nothing changed."""

CLEAR = 0.1
"""A change of less than this part is not told of."""

PLACES = 4
"""Changes of which it is told where they sit."""


EVERYONE = Measure((), "people", "person_id", (), (), "")


def watch(question: str, span: Span, baseline: Span | None, world: World) -> Draft:
    """What changed in a period beyond what it usually varies by."""
    del question
    asked = bounded(span, world)
    compared = comparable(asked, None, world.clock)
    if start(asked) >= end(asked) or len(compared.past) < 2:
        said = "There are not two earlier periods to compare with, so what changed can't be told."
        return Draft("declined", said, window=window(asked, world))
    before = bounded(baseline, world) if baseline else None
    needed = [
        _events(compared, before, world),
        _people(compared, world),
        _days(compared),
        hogql(around.SEEN),
    ]
    events, people, days, _ = together(world, needed, requests())
    found = event_changes(events.rows, compared, seen(world), before)
    changes = [
        *found,
        *people_changes(people.rows[0][:-1], compared),
        *rate_changes(found),
        *day_changes(days.rows, compared, seen(world), world.clock),
    ]
    unusual = _unusual(changes)
    places = _places(unusual, compared, world)
    return watch_words.told(
        asked,
        compared,
        changes,
        [(one, places.get(one, "")) for one in unusual],
        Overlay(world, asked),
        whole=events.whole,
        world=world,
    )


def _unusual(changes: Sequence[Change]) -> list[Change]:
    """What is off by more than so many figures would be by chance, the least likely first."""
    over = [one for one in changes if one.kind != "day"]
    off = [*_off(over), *_off([one for one in changes if one.kind == "day"])]
    whole = {one.name for one in off if one.kind != "day"}
    return sorted(
        (one for one in off if one.kind != "day" or one.name not in whole),
        key=lambda one: (one.chance, -abs(one.now - one.usual), one.name),
    )


def _off(changes: Sequence[Change]) -> list[Change]:
    """Those beyond chance; the whole period and its days may each be wrong half as often."""
    tested = [one for one in changes if one.tested]
    limit = FALSE / 2 / max(1, len(tested))
    return [c for c in tested if c.chance < limit and abs(c.ratio) >= CLEAR and c.recent]


def _places(unusual: Sequence[Change], compared: Compared, world: World) -> dict[Change, str]:
    """Where the largest changes sit, in one line each."""
    counted = [one for one in unusual if one.kind in ("event", "day") and one.now and one.usual]
    searches = {one: _search(one, compared, world) for one in counted[:PLACES]}
    world.look(*(search.request for search in searches.values()))
    found = {one: (search, search.plain()) for one, search in searches.items()}
    return {
        one: watch_words.place(part, search.whole) for one, (search, part) in found.items() if part
    }


def _search(one: Change, compared: Compared, world: World) -> Search:
    near = compared.near if one.kind == "event" else comparable(one.span, None, world.clock).near
    here = Compared(one.span, near, ())
    values = one.near[: len(near)]
    measure = Measure((one.name,), "events", "1", (), (), "")
    whole = Whole(one.now, sum(values), here.times, max(1.0, one.outlook.noise))
    return Search(measure, here, whole, world)


def _events(compared: Compared, before: Span | None, world: World) -> Request:
    slots = Slots(watched(compared, before), world.zone)
    return hogql(around.by_event(slots), EVENTS)


def _people(compared: Compared, world: World) -> Request:
    slots = Slots(watched(compared, None), world.zone)
    return hogql(totals(EVERYONE, slots), 1)


def _days(compared: Compared) -> Request:
    """Every day of the period and of the weeks before, for each event."""
    first = start(compared.span) - timedelta(weeks=len(compared.past))
    text = (
        "SELECT event, sumMap([toDate(timestamp)], [1]) AS days\nFROM events\n"
        f"WHERE timestamp >= {moment(first)} AND timestamp < {moment(end(compared.span))}\n"
        "GROUP BY event ORDER BY count() DESC, event"
    )
    return hogql(text, EVENTS)


def watched(compared: Compared, before: Span | None) -> tuple[Span, ...]:
    """The periods that are counted: the one in question, those before, and one asked for."""
    more = (before,) if before else ()
    return tuple(dict.fromkeys((compared.span, *compared.past, *compared.near, *more)))
