"""Queries as PostHog's own screens send them."""

import json
from datetime import timedelta

import pytest

from tests.streams import NOW, Event, person_id, stream_project
from tools.local.queries.overrides import DashboardFilter, overridden

GOALS = [{"label": "Goal", "value": 10}]
SALES = [
    Event("buy", 1, NOW - timedelta(hours=2), {"amount": 5}),
    Event("buy", 1, NOW - timedelta(hours=1), {"amount": 7}),
    Event("buy", 2, NOW - timedelta(hours=1), {"amount": 1}),
]
BUY = {"kind": "EventsNode", "event": "buy"}
PEOPLE = [
    {
        "id": person_id(number),
        "created_at": f"2026-01-0{number} 00:00:00",
        "properties": json.dumps(properties),
        "version": 1,
    }
    for number, properties in ((1, {"email": "ann@x.org", "name": "Ann"}), (2, {}))
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("screens")) as made:
        made.load(SALES, persons=PEOPLE)
        yield made


def test_a_property_chosen_from_the_list_of_numbers_is_an_events(project):
    series = {**BUY, "math": "sum", "math_property": "amount"}
    kind = {"math_property_type": "numerical_event_properties"}
    body = project.ask(
        "TrendsQuery", series=[{**series, **kind}], trendsFilter={"display": "BoldNumber"}
    )
    assert body["results"][0]["aggregated_value"] == 13


def test_paths_are_cleaned_by_the_rules_of_the_project_which_are_none(project):
    breakdown = {"breakdowns": [{"property": "amount"}], "breakdown_path_cleaning": True}
    body = project.ask("TrendsQuery", series=[BUY], breakdownFilter=breakdown)
    assert sorted(one["breakdown_value"][0] for one in body["results"]) == ["1", "5", "7"]
    project.ask("WebOverviewQuery", properties=[], doPathCleaning=True)


def test_lines_that_mark_goals_change_nothing(project):
    buyers = {"id": "buy", "type": "events"}
    asked = {"period": "Day", "targetEntity": buyers, "returningEntity": buyers}
    plain = project.ask("RetentionQuery", retentionFilter=asked)
    marked = project.ask("RetentionQuery", retentionFilter={**asked, "goalLines": GOALS})
    assert marked["results"] == plain["results"]


def test_who_is_behind_a_number_is_ordered_by_several_columns_in_one_text(project):
    source = {"kind": "TrendsQuery", "series": [BUY]}
    body = project.ask(
        "ActorsQuery",
        select=["id", "event_count"],
        source={"kind": "InsightActorsQuery", "source": source, "day": "2026-04-02"},
        orderBy=["event_count DESC, actor_id DESC"],
    )
    assert body["results"] == [[person_id(1), 2], [person_id(2), 1]]


@pytest.mark.parametrize("text", ["id LIMIT 1", "id UNION ALL SELECT 1", "id desc, desc desc desc"])
def test_an_order_is_nothing_but_an_order(project, text):
    with pytest.raises(Exception, match=r"orderBy|Unexpected"):
        project.ask("ActorsQuery", select=["id"], orderBy=[text])


def test_persons_go_by_the_first_name_they_have(project):
    names = ["person_display_name -- Person", "id"]
    body = project.ask("ActorsQuery", select=names, orderBy=["created_at"])
    ann, nobody = person_id(1), person_id(2)
    assert body["columns"] == names
    assert body["results"] == [
        [{"display_name": "ann@x.org", "id": ann}, ann],
        [{"display_name": nobody, "id": nobody}, nobody],
    ]


def test_a_dashboard_sets_test_accounts_and_interval_where_there_is_one():
    given = DashboardFilter(filterTestAccounts=False, interval="week")
    trend = {"kind": "TrendsQuery", "series": [], "filterTestAccounts": True, "interval": "day"}
    paths = {"kind": "PathsQuery", "filterTestAccounts": True}
    assert overridden(trend, given, None) == {
        **trend,
        "filterTestAccounts": False,
        "interval": "week",
    }
    assert overridden(paths, given, None) == {**paths, "filterTestAccounts": False}


def test_a_filter_that_is_not_chosen_yet_holds_for_all(project):
    body = project.ask("TrendsQuery", series=[BUY], properties=[{"type": "empty"}, {}])
    assert body["results"][0]["count"] == 3
