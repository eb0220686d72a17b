"""What FunnelsQuery answers, as PostHog's clients read it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.streams import NOW, Event, StreamProject, person_id, stream_project
from tools.local.bodies import ApiError

HOUR = timedelta(hours=1)
SERIES = [{"kind": "EventsNode", "event": name} for name in ("look", "add", "buy")]


def event(name: str, person: int, hours: float, **properties: Any) -> Event:
    """An event some hours after the beginning, three days ago."""
    return Event(name, person, NOW - timedelta(days=3) + hours * HOUR, properties, group="acme")


BUYERS = (
    event("look", 1, 0, source="ad"),
    event("add", 1, 1),
    event("buy", 1, 4),
    event("look", 2, 1, source="mail"),
    event("add", 2, 3),
    event("look", 3, 26),
    event("look", 4, 27, source="ad"),
    event("add", 4, 27),
    event("buy", 4, 52),
)
PERSONS = [
    {"id": person_id(number), "created_at": "2026-01-01 00:00:00", "version": 1}
    for number in range(1, 5)
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamProject]:
    """A project that holds the events above."""
    with stream_project(tmp_path_factory.mktemp("funnels")) as made:
        made.load(BUYERS, persons=PERSONS)
        yield made


def funnel(project: StreamProject, series: Sequence[Any] = SERIES, **query: Any) -> Any:
    """The results of a funnel."""
    return project.ask("FunnelsQuery", series=series, **query)["results"]


def counts(steps: Sequence[Mapping[str, Any]]) -> list[int]:
    """How many took each step."""
    return [one["count"] for one in steps]


def test_steps_have_the_fields_of_posthogs_answer(project: StreamProject) -> None:
    series = [{**SERIES[0], "custom_name": "Looked"}, *SERIES[1:]]
    shown = {"people": [], "type": "events"} | dict.fromkeys(
        ("converted_people_url", "dropped_people_url")
    )
    assert funnel(project, series) == [
        {
            **shown,
            "action_id": "look",
            "name": "look",
            "custom_name": "Looked",
            "order": 0,
            "count": 4,
            "average_conversion_time": None,
            "median_conversion_time": None,
        },
        {
            **shown,
            "action_id": "add",
            "name": "add",
            "custom_name": None,
            "order": 1,
            "count": 3,
            "average_conversion_time": 1.5 * 3600,
            "median_conversion_time": 1.5 * 3600,
        },
        {
            **shown,
            "action_id": "buy",
            "name": "buy",
            "custom_name": None,
            "order": 2,
            "count": 2,
            "average_conversion_time": 14 * 3600,
            "median_conversion_time": 14 * 3600,
        },
    ]


def test_in_any_order_steps_are_named_by_their_number(project: StreamProject) -> None:
    steps = funnel(project, SERIES[::-1], funnelsFilter={"funnelOrderType": "unordered"})
    assert [(one["name"], one["action_id"], one["count"]) for one in steps] == [
        ("Completed 1 step", None, 4),
        ("Completed 2 steps", None, 3),
        ("Completed 3 steps", None, 2),
    ]


def test_a_funnel_nobody_entered_is_empty(project: StreamProject) -> None:
    assert funnel(project, dateRange={"date_from": "2020-01-01", "date_to": "2020-01-02"}) == []


def test_values_beyond_the_limit_are_one(project: StreamProject) -> None:
    split = {"breakdown": "source", "breakdown_limit": 1}
    found = funnel(project, breakdownFilter=split)
    assert [(one[0]["breakdown"], one[0]["breakdown_value"], counts(one)) for one in found] == [
        (["ad"], ["ad"], [2, 2, 2]),
        (["Other"], ["Other"], [2, 1, 0]),
    ]
    assert found[1][1]["average_conversion_time"] == 2 * 3600


def test_the_property_of_a_group_is_a_value_by_itself(project: StreamProject) -> None:
    split = {"breakdown": "name", "breakdown_type": "group", "breakdown_group_type_index": 0}
    (found,) = funnel(project, breakdownFilter=split)
    assert (found[0]["breakdown_value"], counts(found)) == ("", [4, 3, 2])


def test_a_split_by_cohorts_counts_the_members_of_each(project: StreamProject) -> None:
    split = {"breakdown": ["all"], "breakdown_type": "cohort"}
    (found,) = funnel(project, breakdownFilter=split)
    assert (found[0]["breakdown"], found[0]["breakdown_value"]) == ("all users", 0)
    assert counts(found) == [4, 3, 2]


def test_groups_and_expressions_go_through_funnels_as_persons_do(project: StreamProject) -> None:
    assert counts(funnel(project, aggregation_group_type_index=0)) == [1, 1, 1]
    by_day = {"funnelAggregateByHogQL": "toString(toDate(timestamp))"}
    assert counts(funnel(project, funnelsFilter=by_day)) == [2, 2, 1]


def test_only_the_first_look_ever_begins_a_funnel_of_first_times(project: StreamProject) -> None:
    first = {**SERIES[0], "math": "first_time_for_user"}
    later = {"date_from": (NOW - timedelta(days=3) + HOUR / 2).isoformat()}
    assert counts(funnel(project, [first, *SERIES[1:]])) == [4, 3, 2]
    assert counts(funnel(project, [first, *SERIES[1:]], dateRange=later)) == [3, 2, 1]
    filters = [{"type": "event", "key": "source", "value": "ad"}]
    ad = {**first, "properties": filters}
    assert counts(funnel(project, [ad, *SERIES[1:]])) == [2, 2, 2]
    bought = {**SERIES[2], "math": "first_time_for_user"}
    assert counts(funnel(project, [SERIES[0], bought])) == [4, 2]


def test_a_first_time_with_filters_is_the_first_that_passes_them(project: StreamProject) -> None:
    project.load([event("look", 5, 0, source="ad"), event("look", 5, 1, source="mail"), *BUYERS])
    filters = [{"type": "event", "key": "source", "value": "mail"}]
    first = {**SERIES[0], "properties": filters}
    ever = {**first, "math": "first_time_for_user"}
    passing = {**first, "math": "first_time_for_user_with_filters"}
    assert counts(funnel(project, [ever, *SERIES[1:]])) == [1, 1, 0]
    assert counts(funnel(project, [passing, *SERIES[1:]])) == [2, 1, 0]
    project.load(BUYERS, persons=PERSONS)


@pytest.mark.parametrize(
    ("chosen", "bins", "average"),
    [
        ({"binCount": 2}, [[14400, 1], [52200, 0], [90000, 1]], 14.5 * 3600),
        ({"funnelToStep": 1, "binCount": 3}, [[0, 1], [2400, 1], [4800, 0], [7200, 1]], 3600),
        ({"funnelFromStep": 1}, [[10800, 1], [50400, 0], [90000, 1]], 14 * 3600),
    ],
)
def test_the_time_to_convert_is_put_into_bins(
    project: StreamProject, chosen: Mapping[str, Any], bins: list[list[int]], average: float
) -> None:
    filters = {"funnelVizType": "time_to_convert", **chosen}
    expected = {"bins": bins, "average_conversion_time": average}
    assert funnel(project, funnelsFilter=filters) == expected


def test_without_conversions_the_bins_are_empty(project: StreamProject) -> None:
    filters = {"funnelVizType": "time_to_convert"}
    found = funnel(project, SERIES[::-1], funnelsFilter=filters)
    assert found == {"bins": [[0, 0], [60, 0]], "average_conversion_time": None}


def test_a_trend_has_a_point_for_every_interval(project: StreamProject) -> None:
    dates = {"date_from": "2026-03-29", "date_to": "2026-04-01"}
    filters = {"funnelVizType": "trends", "breakdownAttributionType": "step"}
    assert funnel(project, dateRange=dates, funnelsFilter=filters) == [
        {
            "count": 4,
            "data": [0, 50.0, 50.0, 0],
            "days": ["2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01"],
            "labels": ["29-Mar-2026", "30-Mar-2026", "31-Mar-2026", "1-Apr-2026"],
        }
    ]
    split = funnel(
        project, dateRange=dates, funnelsFilter=filters, breakdownFilter={"breakdown": "source"}
    )
    assert [(one["breakdown_value"], one["data"]) for one in split] == [
        ([""], [0, 0, 0, 0]),
        (["ad"], [0, 100.0, 100.0, 0]),
        (["mail"], [0, 0, 0, 0]),
    ]


TREND = {"funnelVizType": "trends"}


@pytest.mark.parametrize(
    ("filters", "point", "people"),
    [
        ({}, {"funnelStep": 1}, {1, 2, 3, 4}),
        ({}, {"funnelStep": 3}, {1, 4}),
        ({}, {"funnelStep": -2}, {3}),
        ({}, {"funnelStep": -3}, {2}),
        ({}, {"funnelCustomSteps": [1, 2]}, {2, 3}),
        (
            TREND,
            {"funnelTrendsDropOff": True, "funnelTrendsEntrancePeriodStart": "2026-03-30"},
            {2},
        ),
        (
            TREND,
            {"funnelTrendsDropOff": False, "funnelTrendsEntrancePeriodStart": "2026-03-31"},
            {4},
        ),
    ],
)
def test_those_behind_a_step_or_an_interval_are_found(
    project: StreamProject, filters: Mapping[str, Any], point: Mapping[str, Any], people: set[int]
) -> None:
    query = {"kind": "FunnelsQuery", "series": SERIES, "funnelsFilter": dict(filters)}
    source = {"kind": "FunnelsActorsQuery", "source": query, **point}
    found = project.ask("ActorsQuery", select=["id"], source=source)["results"]
    assert sorted(row[0] for row in found) == [person_id(number) for number in sorted(people)]


def test_those_behind_a_value_are_found(project: StreamProject) -> None:
    query = {"kind": "FunnelsQuery", "series": SERIES, "breakdownFilter": {"breakdown": "source"}}
    for value, people in ((["ad"], {1, 4}), ("mail", {2}), ("", {3})):
        point = {"funnelStep": 1, "funnelStepBreakdown": value}
        source = {"kind": "FunnelsActorsQuery", "source": query, **point}
        found = project.ask("ActorsQuery", select=["id"], source=source)["results"]
        assert {row[0] for row in found} == {person_id(number) for number in people}


OUT = {"kind": "EventsNode", "event": "out", "funnelFromStep": 0, "funnelToStep": 1}
REFUSED = [
    ({"series": SERIES[:1]}, "Funnels require at least two steps before calculating."),
    (
        {"series": [*SERIES, {**SERIES[0], "optionalInFunnel": True}]},
        "Optional steps are not supported in the embedded project's funnels.",
    ),
    (
        {"series": [*SERIES, {**SERIES[0], "math": "dau"}]},
        "The math dau is not supported in funnels.",
    ),
    (
        {"funnelsFilter": {"funnelFromStep": 2}},
        "funnelFromStep is out of bounds. It must be between 0 and 1.",
    ),
    (
        {"funnelsFilter": {"funnelToStep": 3}},
        "funnelToStep is out of bounds. It must be between 1 and 2.",
    ),
    (
        {"funnelsFilter": {"funnelFromStep": 1, "funnelToStep": 1}},
        "Funnel step range is invalid. funnelToStep should be greater than funnelFromStep.",
    ),
    (
        {"funnelsFilter": {"exclusions": [{**OUT, "funnelToStep": 0}]}},
        "Exclusion event range is invalid. End of range should be greater than start.",
    ),
    (
        {"funnelsFilter": {"exclusions": [{**OUT, "funnelToStep": 3}]}},
        "Exclusion event range is invalid. End of range is greater than number of steps.",
    ),
    (
        {"funnelsFilter": {"exclusions": [{**OUT, "event": "add"}]}},
        "Exclusion steps cannot contain an event that's part of funnel steps.",
    ),
    (
        {"funnelsFilter": {"exclusions": [OUT], "funnelOrderType": "unordered"}},
        "Partial Exclusions not allowed in unordered funnels",
    ),
    (
        {"funnelsFilter": {**TREND, "exclusions": [OUT]}},
        "Exclusions are not supported in trends of funnels in the embedded project.",
    ),
    (
        {"samplingFactor": 0.1},
        "samplingFactor is not supported in the embedded project: leave it out.",
    ),
]


@pytest.mark.parametrize(("query", "said"), REFUSED)
def test_what_makes_no_funnel_is_refused_by_name(
    project: StreamProject, query: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(ApiError) as refused:
        project.ask("FunnelsQuery", **{"series": SERIES, **query})
    assert str(refused.value) == said
