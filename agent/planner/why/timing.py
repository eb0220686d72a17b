"""On which days a part was off, around the days that were asked about."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from statistics import median

from agent.planner.english.windows import Span
from agent.planner.why.comparable import dates, end, start
from agent.planner.why.locating import days_of
from agent.planner.why.measure import daily
from agent.planner.why.measured import hogql
from agent.planner.why.ranking import Part
from agent.planner.why.searching import Search
from agent.planner.world import Request

AROUND = timedelta(days=21)
CLEAR = 2.0
"""How many times off a part must be for single days to show it."""

ENOUGH = 3.0
"""Of a usual day, at least."""


def request(search: Search, part: Part) -> Request:
    """The call for the days of a part."""
    return hogql(daily(search.measure, _span(search), part.conditions))


def lasted(search: Search, part: Part) -> str:
    """Since when and until when, in words, where the days show it."""
    ratio = part.now * search.whole.times / part.before if part.before else None
    if ratio is not None and 1 / CLEAR < ratio < CLEAR:
        return ""
    (table,) = search.world.look(request(search, part))
    values = {date.fromisoformat(str(day)[:10]): float(v or 0) for day, v in table.rows}
    inside = [day for day in days_of(search.compared.span) if _off(day, values, search, ratio)]
    return _words(search, _run(inside, values, search, ratio)) if inside else ""


def _off(day: date, values: dict[date, float], search: Search, ratio: float | None) -> bool:
    """Whether a day is nearer to the change than to what is usual on that weekday."""
    around, span = _span(search), search.compared.span
    if not start(around).date() <= day < end(around).date():
        return False
    weeks = [day + timedelta(weeks=n) for n in (-3, -2, -1, 1, 2, 3)]
    known = [d for d in weeks if start(around).date() <= d < end(around).date()]
    calm = [values.get(d, 0.0) for d in known if not start(span).date() <= d < end(span).date()]
    usual, value = median(calm) if calm else 0.0, values.get(day, 0.0)
    if ratio is None:
        return value >= ENOUGH and value > 2 * usual
    return usual >= ENOUGH and abs(value - usual * ratio) < abs(value - usual)


def _run(
    inside: Sequence[date], values: dict[date, float], search: Search, ratio: float | None
) -> Span:
    """The days in a row, in the period and around it, that are off."""
    first, last, one = inside[0], inside[-1], timedelta(days=1)
    while _off(first - one, values, search, ratio):
        first -= one
    while _off(last + one, values, search, ratio):
        last += one
    at = datetime.combine(first, time.min)
    return Span(at, at + (last - first) + one, "")


def _words(search: Search, run: Span) -> str:
    """The days, unless they are those of the period."""
    span, today = search.compared.span, search.world.clock.now
    if end(run) >= today - timedelta(days=1):
        return f"; by day it is so since {start(run):%Y-%m-%d}"
    if (start(run), end(run)) == (start(span), end(span)):
        return ""
    return f"; by day it was so on {dates(run)}"


def _span(search: Search) -> Span:
    span, now = search.compared.span, search.world.clock.now
    return Span(start(span) - AROUND, min(now, end(span) + AROUND), "")
