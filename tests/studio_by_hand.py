"""The studio's events counted in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.studio import EVENTS, ZONE, Happening

MARCH = (datetime(2026, 3, 1, tzinfo=ZONE), datetime(2026, 4, 1, tzinfo=ZONE))
FEBRUARY = (datetime(2026, 2, 1, tzinfo=ZONE), MARCH[0])
QUARTER = (datetime(2026, 1, 1, tzinfo=ZONE), MARCH[1])
PAUSE = timedelta(minutes=30)

Period = tuple[datetime, datetime]
Test = Callable[[Happening], bool]


def found(*names: str, during: Period | None = None, test: Test | None = None) -> list[Happening]:
    """The events of these names; of any name without one."""
    return [
        one
        for one in EVENTS
        if (not names or one.event in names)
        and (during is None or during[0] <= one.at < during[1])
        and (test is None or test(one))
    ]


def people(events: Iterable[Happening]) -> int:
    """How many people there are in events."""
    return len({one.person for one in events})


def amounts(events: Iterable[Happening]) -> list[float]:
    """What was paid."""
    return [one.get("amount_usd") for one in events if one.get("amount_usd") is not None]


def by(events: Iterable[Happening], key: Callable[[Happening], Any]) -> Counter[Any]:
    """How many events there are of each value."""
    return Counter(key(one) for one in events)


def week(at: datetime) -> str:
    """The Monday of an instant's week."""
    day = at.astimezone(ZONE).date()
    return f"{day - timedelta(days=day.weekday())}"


def weeks(period: Period) -> list[str]:
    """The weeks that a period touches."""
    first = date.fromisoformat(week(period[0]))
    last = (period[1] - timedelta(seconds=1)).date()
    return [f"{first + timedelta(days=n)}" for n in range(0, (last - first).days + 1, 7)]


def days(period: Period) -> list[str]:
    """The days of a period."""
    count = (period[1].date() - period[0].date()).days
    return [f"{period[0].date() + timedelta(days=n)}" for n in range(count)]


def journeys(events: Iterable[Happening]) -> dict[int, list[Happening]]:
    """Each person's events in order."""
    listed: dict[int, list[Happening]] = defaultdict(list)
    for one in sorted(events, key=lambda one: one.at):
        listed[one.person].append(one)
    return listed


def visits(period: Period, kept: Test, name: Callable[[Happening], str]) -> Iterator[list[str]]:
    """Each visit as the names of its steps, the same one after the other counted once."""
    for events in journeys(found(during=period, test=kept)).values():
        visit: list[str] = []
        before: datetime | None = None
        for one in events:
            if before is not None and one.at - before >= PAUSE:
                yield visit
                visit = []
            if visit[-1:] != [name(one)]:
                visit.append(name(one))
            before = one.at
        yield visit


def pairs(listed: Iterable[Sequence[str]]) -> Counter[tuple[int, str, str]]:
    """How often each step follows another, with the place of the first."""
    return Counter(
        (place, first, second)
        for steps in listed
        for place, (first, second) in enumerate(pairwise(steps), 1)
    )


def sessions(period: Period | None = None) -> dict[str, list[Happening]]:
    """The events of each session that begins in a period."""
    listed: dict[str, list[Happening]] = defaultdict(list)
    for one in sorted(EVENTS, key=lambda one: one.at):
        if one.session:
            listed[one.session].append(one)
    return {
        session: events
        for session, events in listed.items()
        if period is None or period[0] <= events[0].at < period[1]
    }


def lengths(listed: dict[str, list[Happening]]) -> list[float]:
    """How many seconds each session lasts; PostHog counts whole ones."""
    return [
        int(events[-1].at.timestamp()) - int(events[0].at.timestamp()) for events in listed.values()
    ]


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share lies, linear between neighbours."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
