"""A figure in its period and in those it is compared with, looked up and judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agent.planner.english.windows import Span
from agent.planner.why.around import SEEN, Seen
from agent.planner.why.chance import freedom, probability, roughness
from agent.planner.why.comparable import Compared, end, start, tracked, without_odd
from agent.planner.why.locating import Days, Usual
from agent.planner.why.measure import Measure, daily, totals
from agent.planner.why.ranking import Whole
from agent.planner.why.slots import Slots
from agent.planner.world import Request, World

ROWS = 10_000
SHORT = 3
"""Periods of the past below which it does not tell what is usual."""

CAUTIOUS = 2.0
"""How rough a figure is taken to be without a past."""

AROUND = timedelta(weeks=5)


@dataclass(frozen=True)
class Measured:
    """A figure beside what is usual."""

    compared: Compared
    values: tuple[float, ...]
    """One for each period before."""

    whole: Whole
    chance: float
    """How likely a value as far off is, if nothing changed."""

    short: bool = False
    """Whether the past is too short to tell what is usual."""

    @property
    def ratio(self) -> float:
        """The change as a part of the usual."""
        usual = abs(self.whole.usual)
        return self.whole.change / usual if usual else (1.0 if self.whole.now else 0.0)


def hogql(query: str, limit: int = ROWS) -> Request:
    """A call that runs a query."""
    return "run_hogql", {"query": query, "limit": limit}


def request(measure: Measure, compared: Compared, world: World) -> Request:
    """The call for a figure in all periods."""
    return hogql(totals(measure, Slots(_all(compared), world.zone)), 1)


def measured(
    measure: Measure, compared: Compared, since: datetime | None, world: World
) -> Measured:
    """The figure, without the periods before it was tracked and without one that was odd."""
    (table,) = world.look(request(measure, compared, world))
    *cells, unit = [float(cell or 0) for cell in table.rows[0]]
    value = dict(zip(_all(compared), cells, strict=True))
    fair = tracked(compared, since)
    fair = without_odd(fair, [value[one] for one in fair.near], unit or 1)
    near = tuple(value[one] for one in fair.near)
    past = [value[one] for one in fair.past if one not in fair.left_out]
    short = len(past) < SHORT
    rough = CAUTIOUS if short else roughness(past, unit or 1)
    times = fair.times if near else 1.0
    whole = Whole(value[fair.span], sum(near), times, rough, unit or 1)
    degrees = freedom(10 if short else len(past))
    chance = (
        probability(whole.now, whole.before, times, rough=rough, degrees=degrees, unit=unit or 1)
        if near
        else 1.0
    )
    return Measured(fair, near, whole, chance, short)


def seen(world: World) -> Seen:
    """When each event was first and last seen."""
    (table,) = world.look(hogql(SEEN))
    return {str(name): (world.local(a), world.local(b)) for name, a, b in table.rows}


def days_request(measure: Measure, span: Span, world: World) -> Request:
    """The call for the figure of each day."""
    return hogql(daily(measure, _days_span(span, world)))


def usual_days(measure: Measure, span: Span, unit: float, since: datetime, world: World) -> Usual:
    """What each day of a period had and was expected to have; today does not count."""
    around = _days_span(span, world)
    (table,) = world.look(days_request(measure, span, world))
    days: Days = {date.fromisoformat(str(day)[:10]): float(value or 0) for day, value in table.rows}
    first = max(start(around), since).date()
    first += timedelta(days=first == since.date())
    last = min(end(around), world.clock.now).date() - timedelta(days=1)
    searched = around if span.default else span
    return Usual.of(days, searched, unit, first=first, last=last)


def _days_span(span: Span, world: World) -> Span:
    """The days to look at: those around the period, or all of them when nobody named one."""
    clock = world.clock
    first, now = clock.first or start(span), clock.now
    if span.default:
        return Span(first, now, "")
    return Span(max(first, start(span) - AROUND), min(now, end(span) + AROUND), "")


def between(events: Sequence[str], seen: Seen) -> tuple[datetime, datetime] | None:
    """When any of these events was first and last seen, None when none ever was."""
    firsts = [first for name in events if (first := seen.get(name, (None, None))[0])]
    lasts = [last for name in events if (last := seen.get(name, (None, None))[1])]
    return (min(firsts), max(lasts)) if firsts and lasts else None


def _all(compared: Compared) -> tuple[Span, ...]:
    return tuple(dict.fromkeys((compared.span, *compared.near, *compared.past)))
