"""Trends counted in plain Python, event by event."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from statistics import mean
from zoneinfo import ZoneInfo

from tests.streams import NOW, Event

OTHER = "$$_posthog_breakdown_other_$$"
NULL = "$$_posthog_breakdown_null_$$"

Measure = Callable[[Sequence[Event]], float]


def tick(at: datetime, interval: str, zone: str, week_start: int = 1) -> str:
    """The interval of an instant, as results name it."""
    here = at.astimezone(ZoneInfo(zone))
    if interval == "hour":
        return f"{here:%Y-%m-%d %H}:00:00"
    day = here.date()
    if interval == "week":
        day -= timedelta(days=(day.weekday() + 1 - week_start) % 7)
    return f"{day.replace(day=1) if interval == 'month' else day}"


def ticks(since: datetime, interval: str, zone: str, week_start: int = 1) -> list[str]:
    """Every interval from an instant to now, found by walking through the hours."""
    at, found = since, {}
    while at <= NOW:
        found[tick(at, interval, zone, week_start)] = None
        at += timedelta(hours=1)
    return list(found)


def series(
    events: Iterable[Event], measure: Measure, interval: str, zone: str, listed: Sequence[str]
) -> list[float]:
    """A measure of the events in each interval; 0 where there are none."""
    parts = defaultdict(list)
    for event in events:
        parts[tick(event.at, interval, zone)].append(event)
    return [measure(parts[name]) if name in parts else 0 for name in listed]


def active(events: Sequence[Event], days: int, zone: str, listed: Sequence[str]) -> list[float]:
    """How many persons there are in the days up to each day."""
    found = []
    for name in listed:
        end = datetime.fromisoformat(name).date()
        days_ago = [(end - event.at.astimezone(ZoneInfo(zone)).date()).days for event in events]
        near = {
            event.person for event, ago in zip(events, days_ago, strict=True) if 0 <= ago < days
        }
        found.append(len(near))
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of all lies, between two of them by proportion."""
    found = sorted(values)
    if not found:
        return 0
    place = share * (len(found) - 1)
    low = math.floor(place)
    high = min(low + 1, len(found) - 1)
    return found[low] + (found[high] - found[low]) * (place - low)


def numbers(events: Sequence[Event]) -> list[float]:
    """The amounts of events that have one."""
    return [event.properties["amount"] for event in events if "amount" in event.properties]


def of_amounts(function: Callable[[list[float]], float]) -> Measure:
    """A function of the amounts, 0 where there are none."""
    return lambda events: function(numbers(events)) if numbers(events) else 0


def per_person(function: Callable[[list[float]], float]) -> Measure:
    """A function of how often each person did it."""

    def measured(events: Sequence[Event]) -> float:
        people = [event.person for event in events]
        return function([float(people.count(one)) for one in set(people)])

    return measured


MEASURES: dict[str, Measure] = {
    "total": len,
    "dau": lambda events: len({event.person for event in events}),
    "unique_session": lambda events: len({event.session for event in events}),
    "unique_group": lambda events: len({event.group for event in events} - {""}),
    "sum": of_amounts(sum),
    "avg": of_amounts(mean),
    "min": of_amounts(min),
    "max": of_amounts(max),
    "median": of_amounts(lambda found: quantile(found, 0.5)),
    "p75": of_amounts(lambda found: quantile(found, 0.75)),
    "p99": of_amounts(lambda found: quantile(found, 0.99)),
    "avg_count_per_actor": per_person(mean),
    "min_count_per_actor": per_person(min),
    "max_count_per_actor": per_person(max),
    "median_count_per_actor": per_person(lambda found: quantile(found, 0.5)),
    "p90_count_per_actor": per_person(lambda found: quantile(found, 0.9)),
}


def value(event: Event, key: str) -> str:
    """The breakdown value of an event."""
    found = event.properties.get(key)
    return NULL if found in (None, "") else str(found)


def largest(sizes: dict[str, float], limit: int) -> list[str]:
    """The breakdown values that are shown by themselves, those without a value last."""
    return sorted(sizes, key=lambda name: (name == NULL, -sizes[name], name))[:limit]
