from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import trends_by_hand as hand
from tests.streams import NOW, Event, events, stream_project
from tools.local.bodies import ApiError
from tools.local.dates import Window
from tools.local.queries.compare import previous
from tools.local.queries.model import DateRange
from tools.local.queries.reader import Reader

STREAMS = st.lists(events(("a", "b"), days=20), max_size=25)
FEW = settings(max_examples=10)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("periods")) as made:
        yield made


def node(event=None, **more):
    return {"kind": "EventsNode", "event": event, **more}


BEFORE = {
    "seven days, the eighth has begun": ("-7d", None, "day", None, "03-19 00:00 .. 03-26 23:59"),
    "fourteen days": ("-14d", None, "day", None, "03-05 00:00 .. 03-19 23:59"),
    "by default seven days": (None, None, "day", None, "03-19 00:00 .. 03-26 23:59"),
    "ten days": ("-10d", None, "day", None, "03-12 00:00 .. 03-22 23:59"),
    "seven days by weeks": ("-7d", None, "week", None, "03-18 00:00 .. 03-25 23:59"),
    "seven days to yesterday": ("-7d", "-1d", "day", None, "03-19 00:00 .. 03-25 23:59"),
    "two dates": ("2026-03-10", "2026-03-12", "day", None, "03-07 00:00 .. 03-09 23:59"),
    "hours": ("-3h", None, "hour", None, "04-02 09:00 .. 04-02 12:59"),
    "this month": ("mStart", None, "day", None, "03-01 00:00 .. 03-31 23:59"),
    "this year": ("yStart", None, "month", None, "01-01 00:00 .. 12-31 23:59"),
    "a week earlier": ("-7d", None, "day", "-1w", "03-19 00:00 .. 03-26 23:59"),
    "a year earlier": ("2026-03-10", "2026-03-12", "day", "-1y", "03-10 00:00 .. 03-12 23:59"),
}


@pytest.mark.parametrize(("start", "end", "interval", "to", "period"), BEFORE.values(), ids=BEFORE)
def test_a_period_is_compared_with_the_one_before(project, start, end, interval, to, period):
    dates = DateRange(date_from=start, date_to=end)
    found = previous(Reader.of(project.home).window(dates, interval), dates, to)
    assert f"{found.start:%m-%d %H:%M} .. {found.end:%m-%d %H:%M}" == period


def test_the_period_before_all_time_ends_where_it_begins():
    span = Window(datetime(2026, 3, 1, 8), datetime(2026, 3, 3, 23), "day", 1)
    found = previous(span, DateRange(date_from="all"), None)
    assert f"{found.start:%m-%d %H:%M} .. {found.end:%m-%d %H:%M}" == "02-26 16:59 .. 03-01 07:59"


@FEW
@given(stream=STREAMS)
def test_the_previous_series_has_days_of_its_own(project, stream):
    project.load(stream)
    body = project.ask("TrendsQuery", series=[node("a")], compareFilter={"compare": True})
    current, before = body["results"]
    counted = [event for event in stream if event.event == "a"]
    for result in (current, before):
        assert result["data"] == hand.series(counted, len, "day", "UTC", result["days"])
    assert (current["days"][0], current["days"][-1]) == ("2026-03-26", "2026-04-02")
    assert (before["days"][0], before["days"][-1]) == ("2026-03-19", "2026-03-26")
    assert [one["compare_label"] for one in body["results"]] == ["current", "previous"]


def test_an_answer_has_the_shape_of_posthogs(project):
    project.load([Event("a", 1, NOW), Event("a", 1, NOW)])
    body = project.ask(
        "TrendsQuery",
        series=[node("a", custom_name="Mine", math="total")],
        dateRange={"date_from": "-1d"},
    )
    assert body.pop("hogql").startswith("SELECT ")
    assert body == {
        "results": [
            {
                "action": {
                    "days": ["2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z"],
                    "id": "a",
                    "type": "events",
                    "order": 0,
                    "name": "a",
                    "custom_name": "Mine",
                    "math": "total",
                    "math_property": None,
                    "math_hogql": None,
                    "math_group_type_index": None,
                    "properties": {},
                },
                "label": "a",
                "count": 2.0,
                "data": [0, 2],
                "labels": ["1-Apr-2026", "2-Apr-2026"],
                "days": ["2026-04-01", "2026-04-02"],
                "filter": {
                    "insight": "TRENDS",
                    "date_from": "2026-04-01T00:00:00Z",
                    "date_to": "2026-04-02T23:59:59.999999Z",
                    "entity_type": "events",
                },
            }
        ],
        "hasMore": False,
        "resolved_date_range": {
            "date_from": "2026-04-01T00:00:00Z",
            "date_to": "2026-04-02T23:59:59.999999Z",
        },
        "timezone": "UTC",
        "error": None,
    }


PARTS = {
    "a whole first day": ({"date_from": "2026-04-01 10:00:00"}, [2, 2]),
    "from the hour on": ({"date_from": "2026-04-01 10:00:00", "explicitDate": True}, [1, 2]),
    "the last hours": ({"date_from": "-24h"}, [1, 2]),
    "to the hour": (
        {
            "date_from": "2026-04-01 00:00:00",
            "date_to": "2026-04-02 10:00:00",
            "explicitDate": True,
        },
        [2, 1],
    ),
}


@pytest.mark.parametrize(("dates", "data"), PARTS.values(), ids=PARTS)
def test_a_range_begins_with_a_whole_interval_unless_it_is_exact(project, dates, data):
    times = [NOW.replace(day=day, hour=hour) for day in (1, 2) for hour in (9, 12)]
    project.load([Event("a", 1, at) for at in times])
    body = project.ask("TrendsQuery", series=[node("a")], dateRange=dates)
    assert body["results"][0]["data"] == data


def test_hours_are_labelled_with_their_time(project):
    project.load([])
    body = project.ask(
        "TrendsQuery", series=[node()], interval="hour", dateRange={"date_from": "-1h"}
    )
    [result] = body["results"]
    assert result["labels"] == ["2-Apr 11:00", "2-Apr 12:00"]
    assert result["days"] == ["2026-04-02 11:00:00", "2026-04-02 12:00:00"]
    assert (result["label"], result["action"]["id"]) == ("All events", None)


def test_an_hour_that_comes_twice_is_counted_twice(project):
    project.place("Europe/Berlin")
    project.home.meta.set_clock(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    hours = (0, 1, 1, 1)
    project.load([Event("a", 1, datetime(2026, 10, 25, hour, 10, tzinfo=UTC)) for hour in hours])
    query = {"series": [node("a")], "interval": "hour", "dateRange": {"date_from": "-2h"}}
    body = project.ask("TrendsQuery", **query)
    project.place("UTC")
    project.home.meta.set_clock(NOW)
    [result] = body["results"]
    assert result["days"] == [f"2026-10-25 0{hour}:00:00" for hour in (1, 2, 2)]
    assert result["data"] == [0, 1, 3]
    assert result["action"]["days"][1:] == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
    ]


def test_values_are_smoothed_over_the_intervals_before(project):
    project.load([Event("a", 1, NOW)] * 5 + [Event("a", 1, NOW.replace(day=1))] * 2)
    body = project.ask(
        "TrendsQuery",
        series=[node("a")],
        dateRange={"date_from": "-2d"},
        trendsFilter={"smoothingIntervals": 2},
    )
    assert body["results"][0]["data"] == [0, 1, 3]


REFUSED = {
    "a field it does not know": ({"conversionGoal": {"x": 1}}, "conversionGoal"),
    "a display it does not know": ({"trendsFilter": {"display": "BoxPlot"}}, "display"),
    "a field in a filter": ({"trendsFilter": {"magic": 1}}, "the field trendsFilter.magic"),
    "no series": ({"series": []}, "series"),
    "a part of the events": ({"samplingFactor": 0.1}, "samplingFactor is not supported"),
    "what is measured": ({"series": [node(math="mode", math_property="x")]}, "The math mode"),
    "a sum of nothing": ({"series": [node(math="sum")]}, "The math sum needs a math_property."),
    "groups of no type": ({"series": [node(math="unique_group")]}, "from 0 to 4"),
    "a currency": (
        {
            "series": [
                node(
                    math="sum",
                    math_property="x",
                    math_property_revenue_currency={"static": "EUR"},
                )
            ]
        },
        "math_property_revenue_currency is not supported",
    ),
    "too many intervals": (
        {"interval": "minute", "dateRange": {"date_from": "-400d"}},
        "The dates span over 100,000 intervals of one minute: choose a longer interval.",
    ),
    "no HogQL": ({"series": [node(math="hogql", math_hogql="sum(")]}, "has no counterpart"),
}


@pytest.mark.parametrize(("query", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_answered_is_refused_by_name(project, query, said):
    with pytest.raises(ApiError, match=said) as refused:
        project.ask("TrendsQuery", **{"series": [node("a")], **query})
    assert refused.value.status == 400


LABELS = {
    "hours": ("hour", "2026-04-02 11:00", "2026-04-02 12:00", ["2-Apr 11:00", "2-Apr 12:00"]),
    "months": ("month", "2026-03-20", "2026-04-02", ["Mar 2026", "Apr 2026"]),
    "weeks": (
        "week",
        "2026-03-18",
        "2026-04-06",
        ["18–22 Mar", "23–29 Mar", "30-Mar – 5-Apr", "6-Apr-2026"],
    ),
    "a turn of the year": ("week", "2025-12-29", "2026-01-04", ["29-Dec-2025 – 4-Jan-2026"]),
}


@pytest.mark.parametrize(("interval", "since", "until", "expected"), LABELS.values(), ids=LABELS)
def test_labels_name_intervals_as_posthog_does(project, interval, since, until, expected):
    project.place("UTC")
    project.load([])
    dates = {"date_from": since, "date_to": until}
    series = [{"kind": "EventsNode", "event": "a"}]
    body = project.ask("TrendsQuery", series=series, interval=interval, dateRange=dates)
    assert body["results"][0]["labels"] == expected


def test_a_range_ends_in_whole_seconds_as_the_text_of_its_end_does(project):
    project.place("UTC")
    last = datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC)
    inside = [last.replace(day=29, microsecond=1), last]
    project.load([Event("a", 1, at) for at in (*inside, last.replace(microsecond=1))])
    dates = {"date_from": "2026-03-29", "date_to": "2026-03-30"}
    body = project.ask("TrendsQuery", series=[node("a")], dateRange=dates)
    assert body["results"][0]["data"] == [1, 1]
    assert body["resolved_date_range"]["date_to"] == "2026-03-30T23:59:59.999999Z"
