"""Funnels that are split by a value, or shown over time, against plain Python."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.funnels_by_hand import InOrder, Taken, in_any_order
from tests.streams import NOW, Event, StreamProject, stream_project

FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NAMES = ("a", "b", "c")
SERIES = [{"kind": "EventsNode", "event": name} for name in NAMES]
WINDOW = timedelta(hours=4)
FILTER = {"funnelWindowInterval": 4, "funnelWindowIntervalUnit": "hour"}
STREAM = st.lists(
    st.builds(
        Event,
        event=st.sampled_from((*NAMES, "other")),
        person=st.integers(1, 3),
        at=st.integers(0, 90).map(lambda number: NOW - timedelta(minutes=20 * number)),
        properties=st.fixed_dictionaries({"kind": st.sampled_from(["x", "y", None])}),
    ),
    min_size=20,
    max_size=45,
    unique_by=lambda event: event.at,
)
ORDERS = ("ordered", "strict", "unordered")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamProject]:
    """A project to be filled again and again."""
    with stream_project(tmp_path_factory.mktemp("funnels")) as made:
        yield made


def funnel(project: StreamProject, chosen: Mapping[str, Any], **query: Any) -> Any:
    """The results of a funnel over all that the streams hold."""
    return project.ask(
        "FunnelsQuery",
        series=SERIES,
        dateRange={"date_from": "-14d"},
        funnelsFilter={**FILTER, **chosen},
        **query,
    )["results"]


def value(event: Event) -> str:
    """What an event is split by."""
    return event.properties["kind"] or ""


def journeys(stream: Sequence[Event], order: str) -> Iterator[list[Event]]:
    """Everybody's events in their order; in a strict funnel those that are no step, too."""
    for person in {event.person for event in stream}:
        journey = [event for event in stream if event.person == person]
        yield sorted(
            (event for event in journey if order == "strict" or event.event in NAMES),
            key=lambda event: event.at,
        )


def seen(event: Event) -> Taken:
    """An event as the machine sees it."""
    return Taken(event.at, tuple(n for n, name in enumerate(NAMES, 1) if name == event.event))


def counted_under(journey: Sequence[Event], how: str, step: int) -> set[str]:
    """The values that somebody is counted under."""
    values = [value(event) for event in journey]
    if how == "all_events":
        return set(values)
    if how == "step":
        return {value(event) for event in journey if event.event == NAMES[step]}
    touched = [one for one in values if one]
    if not touched:
        return {""} if values else set()
    return {touched[0 if how == "first_touch" else -1]}


def level(journey: Sequence[Event], order: str, how: str, step: int, under: str) -> int:
    """How far somebody comes, counted under a value."""
    if how == "all_events":
        journey = [event for event in journey if value(event) == under]
    taken = [
        replace(seen(event), valued=how != "step" or value(event) == under) for event in journey
    ]
    if order == "unordered":
        return len(in_any_order(taken, 3, WINDOW, valued_first=how == "step"))
    valued_step = step + 1 if how == "step" else None
    machine = InOrder(3, WINDOW, strict=order == "strict", valued_step=valued_step)
    return len(machine.run(taken) or ())


@pytest.mark.parametrize("order", ORDERS)
@given(
    stream=STREAM,
    how=st.sampled_from(["first_touch", "last_touch", "all_events", "step"]),
    step=st.integers(0, 2),
)
@FEW
def test_a_split_counts_everybody_under_the_values_of_its_attribution(
    project: StreamProject, order: str, stream: list[Event], how: str, step: int
) -> None:
    step = 0 if order == "unordered" else step
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for journey in journeys(stream, order):
        under = counted_under(journey, how, step)
        if order == "unordered" and how == "step":
            under = {value(event) for event in journey}
        for one in under:
            for number in range(level(journey, order, how, step, one)):
                expected[one][number] += 1
    project.load(stream)
    chosen = {
        "funnelOrderType": order,
        "breakdownAttributionType": how,
        "breakdownAttributionValue": step,
    }
    found = funnel(project, chosen, breakdownFilter={"breakdown": "kind"})
    assert {
        tuple(steps[0]["breakdown_value"]): [one["count"] for one in steps] for steps in found
    } == {(one,): counts for one, counts in expected.items()}


def came_through(journey: Sequence[Event], order: str, start: int, reached: int) -> bool:
    """Whether an event at a place of a journey began what came as far as a step."""
    entry, waiting, wanted = journey[start], list(journey[start + 1 :]), 2
    if order == "unordered":
        names = {event.event for event in journey[start:] if event.at - entry.at <= WINDOW}
        return entry.event in NAMES and len(names & set(NAMES)) >= reached
    if entry.event != NAMES[0]:
        return False
    for event in waiting:
        if wanted > reached:
            break
        if event.event == NAMES[wanted - 1] and event.at - entry.at <= WINDOW:
            wanted += 1
        elif order == "strict" and event.event != NAMES[wanted - 2]:
            return False
    return wanted > reached


ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")


@pytest.mark.parametrize("order", ORDERS)
@given(
    stream=STREAM,
    ends=st.sampled_from([(0, 2), (0, 1), (1, 2)]),
    zone=st.sampled_from(ZONES),
    interval=st.sampled_from(["hour", "day"]),
)
@FEW
def test_a_trend_shows_the_share_of_those_who_entered_in_an_interval(
    project: StreamProject,
    order: str,
    stream: list[Event],
    ends: tuple[int, int],
    zone: str,
    interval: str,
) -> None:
    project.load(stream)
    project.place(zone)
    chosen = {"funnelVizType": "trends", "funnelOrderType": order}
    chosen |= {"funnelFromStep": ends[0], "funnelToStep": ends[1]}
    (found,) = funnel(project, chosen, interval=interval)
    project.place("UTC")
    form = "%Y-%m-%d %H:00:00" if interval == "hour" else "%Y-%m-%d"
    tick = lambda at: at.astimezone(ZoneInfo(zone)).strftime(form)  # noqa: E731
    entered: dict[str, int] = defaultdict(int)
    converted: dict[str, int] = defaultdict(int)
    for journey in journeys(stream, order):
        for counts, last in zip((entered, converted), ends, strict=True):
            ticks = {
                tick(event.at)
                for place, event in enumerate(journey)
                if came_through(journey, order, place, last + 1)
            }
            for one in ticks:
                counts[one] += 1
    assert {
        day: share for day, share in zip(found["days"], found["data"], strict=True) if share
    } == {
        one: pytest.approx(round(100 * converted[one] / entered[one], 2), abs=0.011)
        for one in entered
        if converted[one]
    }
