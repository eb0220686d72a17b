"""Figures of a period beside their own history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from agent.planner.english.windows import Clock, Span
from agent.planner.why.around import Seen
from agent.planner.why.chance import normal, tail, two_shares
from agent.planner.why.comparable import Compared, seconds, start
from agent.planner.why.forecast import PRIOR, Outlook, outlook, unlikely, usual_noise
from agent.planner.why.locating import days_of
from agent.planner.why.pairing import Pair, pairs_of

PEOPLE = "people with any event"
ENOUGH = 5.0
"""Of an event in a usual period, or now, for it to be looked at."""

FEWEST = 2
"""Periods before that it takes to tell."""

RECENT = 0.4
"""How much of a change must be new since the last period."""

BASE = 20.0
"""Of the events that a rate is of, in every period, for it to be looked at."""


@dataclass(frozen=True)
class Change:
    """One figure beside its history."""

    name: str
    kind: str
    """event, people, rate, or day: an event on one day."""

    span: Span
    now: float
    usual: float
    """What was to be expected."""

    chance: float
    outlook: Outlook
    near: tuple[float, ...] = ()
    """In the periods it is shown beside, the nearest first."""

    new: bool = False
    """Whether it was never seen before."""

    named: float | None = None
    """In the period that the question names to compare with."""

    tested: bool = True
    """Whether there is enough of it, now or before, to tell."""

    @property
    def recent(self) -> bool:
        """Whether it changed from the last period on, not before."""
        if not self.near or self.now == self.usual:
            return True
        return (self.now - self.near[0]) / (self.now - self.usual) >= RECENT

    @property
    def ratio(self) -> float:
        """The change as a part of what was expected."""
        if not self.usual:
            return 1.0 if self.now else 0.0
        return (self.now - self.usual) / self.usual


def event_changes(
    rows: Iterable[Sequence[Any]], compared: Compared, seen: Seen, before: Span | None
) -> list[Change]:
    """How often each event happened beside the periods before, since it was first seen."""
    more = (before,) if before else ()
    spans = tuple(dict.fromkeys((compared.span, *compared.past, *compared.near, *more)))
    found = []
    for name, *cells in rows:
        value = dict(zip(spans, (float(cell or 0) for cell in cells), strict=True))
        first = seen.get(str(name), (None, None))[0]
        past = [value[one] for one in compared.past if first is None or start(one) >= first]
        near = tuple(value[one] for one in compared.near)
        named = value[before] if before else None
        found.append((str(name), value[compared.span], past, near, first, named))
    share = _share(compared)
    outlooks = [outlook(past) for _, _, past, *_ in found]
    noise = usual_noise(outlooks)
    return [
        _event(name, now, past, near, first, named, one, noise, share, compared.span)
        for (name, now, past, near, first, named), one in zip(found, outlooks, strict=True)
    ]


def people_changes(row: Sequence[Any], compared: Compared) -> list[Change]:
    """How many people were there, beside the same length of time before."""
    spans = tuple(dict.fromkeys((compared.span, *compared.past, *compared.near)))
    value = dict(zip(spans, (float(cell or 0) for cell in row), strict=True))
    like = compared.past if _share(compared) == 1 else compared.near
    one = outlook([value[span] for span in like])
    now = value[compared.span]
    chance = unlikely(now, one, max(1.0, one.noise)) if one.known else 1.0
    near = tuple(value[span] for span in compared.near)
    return [Change(PEOPLE, "people", compared.span, now, one.expected, chance, one, near)]


def rate_changes(events: Sequence[Change]) -> list[Change]:
    """Rates of events that are named for one thing."""
    by = {one.name: one for one in events}
    found = [_rate(pair, by[pair.hit], by[pair.other]) for pair in pairs_of(by)]
    return [one for one in found if one]


def day_changes(
    rows: Iterable[Sequence[Any]], compared: Compared, seen: Seen, clock: Clock
) -> list[Change]:
    """Each whole day of the period beside the same weekdays before, for each event."""
    days = [day for day in days_of(compared.span) if day < clock.now.date()]
    if seconds(compared.span) <= 86_400 or not days:
        return []
    weeks = [timedelta(weeks=n) for n in range(1, len(compared.past) + 1)]
    found = []
    for name, (keys, counts) in rows:
        value = {
            date.fromisoformat(str(k)[:10]): float(v) for k, v in zip(keys, counts, strict=True)
        }
        first = seen.get(str(name), (None, None))[0]
        for day in days:
            past = [
                value.get(day - week, 0.0)
                for week in weeks
                if first is None or day - week > first.date()
            ]
            found.append((str(name), day, value.get(day, 0.0), outlook(past), tuple(past)))
    noise = usual_noise([one for *_, one, _ in found])
    return [
        Change(
            name, "day", _day(day), now, one.expected, unlikely(now, one, noise), one, past,
            tested=one.known and max(now, one.expected) >= ENOUGH,
        )
        for name, day, now, one, past in found
    ]  # fmt: skip


def _event(
    name: str,
    now: float,
    past: Sequence[float],
    near: tuple[float, ...],
    first: datetime | None,
    named: float | None,
    one: Outlook,
    noise: float,
    share: float,
    span: Span,
) -> Change:
    known = len(past) >= FEWEST
    new = first is not None and first >= start(span)
    chance = unlikely(now, one, noise, share) if known else 1.0
    usual = one.expected / share
    enough = max(now, usual) >= ENOUGH
    return Change(name, "event", span, now, usual, chance, one, near, new, named, known and enough)


def _rate(pair: Pair, hit: Change, other: Change) -> Change | None:
    """A rate by its counts, beside the periods before."""
    slices = list(zip(hit.near, other.near, strict=False))
    counts = [_counts(pair, a, b) for a, b in slices]
    k, n = _counts(pair, hit.now, other.now)
    if not counts or min([n, *(of for _, of in counts)]) < BASE:
        return None
    hits, of = sum(a for a, _ in counts), sum(b for _, b in counts)
    usual = hits / of
    spread = of and usual * (1 - usual)
    chi = sum((a - b * usual) ** 2 / max(b * spread, 1e-9) for a, b in counts)
    degrees = len(counts) - 1.0
    rough = max(1.0, (PRIOR + chi) / (PRIOR + degrees))
    z = two_shares(k, n, hits, of) if spread > 0 else 0.0
    chance = tail(z / rough**0.5, PRIOR + degrees) if degrees else normal(z / rough**0.5)
    past = tuple(a / b for a, b in counts)
    made = Outlook(usual, rough, degrees, 1.0)
    return Change(pair.name, "rate", hit.span, k / n, usual, chance, made, past)


def _counts(pair: Pair, hit: float, other: float) -> tuple[float, float]:
    of = hit + other if pair.adds else max(hit, other)
    return hit, of


def _share(compared: Compared) -> float:
    """The length of the periods before over that of the period in question."""
    return seconds(compared.past[0]) / seconds(compared.span)


def _day(day: date) -> Span:
    at = datetime.combine(day, time.min)
    return Span(at, at + timedelta(days=1), "")
