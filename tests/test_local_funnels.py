"""FunnelsQuery against a machine in plain Python, on streams of events."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.funnels_by_hand import InOrder, Taken, Times, in_any_order
from tests.streams import NOW, Event, StreamProject, stream_project

FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Series = Sequence[Mapping[str, Any]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamProject]:
    """A project to be filled again and again."""
    with stream_project(tmp_path_factory.mktemp("funnels")) as made:
        yield made


def step(event: str | None, kind: str | None = None) -> dict[str, Any]:
    """An event of some kind, as a part of a query."""
    filters = [{"type": "event", "key": "kind", "value": kind}] if kind else []
    return {"kind": "EventsNode", "event": event, "properties": filters}


def is_step(event: Event, found: Mapping[str, Any]) -> bool:
    """Whether an event is what a part of a query names."""
    kinds = [one["value"] for one in found["properties"]]
    named = found["event"] in (None, event.event)
    return named and all(event.properties.get("kind") == kind for kind in kinds)


STEPS = st.sampled_from(
    [step("a"), step("b"), step("c"), step("a", "x"), step("b", "x"), step(None, "y"), step(None)]
)
NAMED = st.sampled_from([step("a"), step("b"), step("c"), step("a", "x")])
FILTERS = st.fixed_dictionaries(
    {
        "funnelWindowInterval": st.sampled_from([1, 3, 8]),
        "funnelWindowIntervalUnit": st.just("hour"),
    }
)
# Few people, many events within few hours: so that events share their times, and attempts end at
# the very end of a window.
STREAM = st.lists(
    st.builds(
        Event,
        event=st.sampled_from(("a", "b", "c", "out")),
        person=st.integers(1, 5),
        at=st.integers(0, 14).map(lambda hours: NOW - timedelta(hours=hours)),
        properties=st.fixed_dictionaries({"kind": st.sampled_from(["x", "y", None])}),
    ),
    min_size=25,
    max_size=60,
)


def taken(event: Event, series: Series, excluded: Series = ()) -> Taken:
    """An event as the machine sees it."""
    steps = tuple(n for n, one in enumerate(series, 1) if is_step(event, one))
    excludes = tuple(
        n
        for n in range(1, len(series) + 1)
        if any(
            is_step(event, one) and one["funnelFromStep"] < n - 1 <= one["funnelToStep"]
            for one in excluded
        )
    )
    return Taken(event.at, steps, excludes)


def attempts(stream: Sequence[Event], series: Series, chosen: Mapping[str, Any]) -> list[Times]:
    """The furthest attempt of everybody who began."""
    order, window = chosen["funnelOrderType"], timedelta(hours=chosen["funnelWindowInterval"])
    found = []
    for person in {event.person for event in stream}:
        journey = [
            taken(event, series, chosen.get("exclusions", ()))
            for event in stream
            if event.person == person
        ]
        if order != "strict":
            journey = [event for event in journey if event.steps or event.excludes]
        if order == "unordered":
            found.append(in_any_order(journey, len(series), window))
        else:
            machine = InOrder(len(series), window, strict=order == "strict")
            found.append(machine.run(journey) or ())
    return [times for times in found if times]


def expected(found: Sequence[Times], steps: int) -> list[tuple[int, Any, Any]]:
    """Counts, average and median times as the answer has them."""
    if not found:
        return []
    rows: list[tuple[int, Any, Any]] = [(len(found), None, None)]
    for number in range(1, steps):
        passed = [times for times in found if len(times) > number]
        seconds = [(times[number] - times[number - 1]).total_seconds() for times in passed]
        seconds = [one for one in seconds if one > 0]
        both = (pytest.approx(mean(seconds)), pytest.approx(median(seconds))) if seconds else None
        rows.append((len(passed), *(both or (None, None))))
    return rows


def answered(steps: Sequence[Mapping[str, Any]]) -> list[tuple[int, Any, Any]]:
    """What an answer says of each step."""
    return [
        (one["count"], one["average_conversion_time"], one["median_conversion_time"])
        for one in steps
    ]


def funnel(project: StreamProject, series: Series, **query: Any) -> Any:
    """The results of a funnel over all that the streams hold."""
    dates = {"date_from": "-30d"}
    return project.ask("FunnelsQuery", series=series, dateRange=dates, **query)["results"]


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
@given(stream=STREAM, series=st.lists(STEPS, min_size=2, max_size=4), chosen=FILTERS)
@FEW
def test_everybody_gets_as_far_as_the_machine_says(
    project: StreamProject, order: str, stream: list[Event], series: Series, chosen: dict[str, Any]
) -> None:
    chosen = {**chosen, "funnelOrderType": order}
    project.load(stream)
    found = funnel(project, series, funnelsFilter=chosen)
    assert answered(found) == expected(attempts(stream, series, chosen), len(series))


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
@given(data=st.data(), stream=STREAM, length=st.integers(2, 4), chosen=FILTERS)
@FEW
def test_exclusions_end_attempts_as_the_machine_says(
    project: StreamProject,
    order: str,
    data: st.DataObject,
    stream: list[Event],
    length: int,
    chosen: dict[str, Any],
) -> None:
    series = data.draw(
        st.lists(
            st.sampled_from([step("a"), step("b"), step("c")]), min_size=length, max_size=length
        )
    )
    first, last = 0, length - 1
    if order != "unordered":
        first = data.draw(st.integers(0, length - 2))
        last = data.draw(st.integers(first + 1, length - 1))
    out = {**step("out"), "funnelFromStep": first, "funnelToStep": last}
    chosen = {**chosen, "funnelOrderType": order, "exclusions": [out]}
    project.load(stream)
    found = funnel(project, series, funnelsFilter=chosen)
    assert answered(found) == expected(attempts(stream, series, chosen), length)


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
@given(stream=STREAM, series=st.lists(NAMED, min_size=11, max_size=12), excludes=st.booleans())
@settings(FEW, max_examples=5)
def test_a_funnel_of_many_steps_is_a_funnel(
    project: StreamProject, order: str, stream: list[Event], series: Series, excludes: bool
) -> None:
    chosen: dict[str, Any] = {"funnelOrderType": order, "funnelWindowInterval": 8}
    chosen["funnelWindowIntervalUnit"] = "hour"
    if excludes:
        last = len(series) - 1
        chosen["exclusions"] = [{**step("out"), "funnelFromStep": 0, "funnelToStep": last}]
    project.load(stream)
    found = funnel(project, series, funnelsFilter=chosen)
    assert answered(found) == expected(attempts(stream, series, chosen), len(series))
