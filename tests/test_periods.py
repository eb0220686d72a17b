from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.answer import Window
from agent.briefing import brief
from agent.periods import asked, fit, measured, told
from tests.fakes import FakePostHog
from tools.project import Project
from tools.toolbox import Toolbox

SHOP = Project(
    id=1, name="Shop", timezone="Europe/Berlin", week_start_day=1, now="2026-03-11T08:30:00Z"
)
BERLIN = ZoneInfo("Europe/Berlin")


def query(where):
    return f"SELECT count() FROM events WHERE event = 'a' AND {where}"


def between(start, end):
    return f"timestamp >= toDateTime('{start}') AND timestamp < toDateTime('{end}')"


LAST_WEEK = between("2026-03-02", "2026-03-09")


def window(start, end):
    return Window(start and f"{start}+01:00", end and f"{end}+01:00", "Europe/Berlin")


def test_the_window_of_a_query_is_read_in_the_projects_zone():
    found = window("2026-03-02T00:00:00", "2026-03-09T00:00:00")
    assert measured([query(LAST_WEEK)], SHOP) == found


def test_now_is_the_time_at_which_the_projects_clock_stands_still():
    found = measured([query("timestamp >= now() - INTERVAL 7 DAY AND timestamp < now()")], SHOP)
    assert found == window("2026-03-04T09:30:00", "2026-03-11T09:30:00")


def test_where_the_clock_runs_now_is_now():
    real = SHOP.model_copy(update={"now": None})
    end = measured([query("timestamp < now()")], real).end
    assert abs((datetime.fromisoformat(end) - datetime.now(UTC)).total_seconds()) < 60


def test_queries_that_cover_the_same_period_have_one_window():
    assert measured([query(LAST_WEEK), f"SELECT 1 FROM events WHERE {LAST_WEEK}"], SHOP)
    assert measured([query(LAST_WEEK), query(between("2026-03-09", "2026-03-11"))], SHOP) is None


@pytest.mark.parametrize("where", ["1 = 1", "timestamp >= '2026-03-02' OR event = 'b'"])
def test_a_query_without_certain_bounds_has_no_window(where):
    assert measured([query(where)], SHOP) is None


def test_one_certain_bound_is_shown():
    assert measured([query("timestamp >= '2026-03-02'")], SHOP) == window(
        "2026-03-02T00:00:00", None
    )


def periods():
    project = SHOP.model_dump() | {"secret_api_token": "kept out"}
    toolbox = Toolbox(FakePostHog(project=project).client())
    return told(brief(toolbox, datetime.fromisoformat(SHOP.now)), SHOP)


def test_the_briefing_is_read_as_it_was_written():
    found = periods()
    assert list(found) == [
        *("today", "yesterday", "this week", "last week", "this month", "last month"),
        *("this quarter", "last quarter", "this year", "last year", "last 7 days", "last 30 days"),
    ]
    assert found["last week"] == (
        datetime(2026, 3, 2, tzinfo=BERLIN),
        datetime(2026, 3, 9, tzinfo=BERLIN),
    )


def test_another_system_prompt_names_no_periods():
    assert told("Be brief.\n- last week: is over\n- be kind", SHOP) == {}


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("How many people signed up last week?", "last week"),
        ("how many sign-ups in the previous month", "last month"),
        ("Yesterday's orders", "yesterday"),
        ("Revenue over the past 7 days by country", "last 7 days"),
        ("What happened this quarter so far?", "this quarter"),
        ("How many signed up?", None),
        ("What about last weekend?", None),
        ("Orders of the past week", None),
        ("Did more people sign up last week than this week?", None),
        ("More than last week?", None),
        ("How many people signed up before last month?", None),
        ("How many on the first day of last month?", None),
        ("Sign-ups since yesterday", None),
        ("Orders last week of October", None),
        ("Orders last week, a year ago", None),
    ],
)
def test_the_one_period_a_question_is_plainly_about(question, name):
    assert asked(question, periods()) == name


@pytest.mark.parametrize(
    ("name", "start", "end", "how"),
    [
        ("last week", "2026-03-02T00:00:00", "2026-03-09T00:00:00", "same"),
        ("last week", "2026-03-02T00:00:00", "2026-03-08T23:59:59.000001", "same"),
        ("last week", "2026-03-01T00:00:00", "2026-03-08T00:00:00", "other"),
        ("last week", "2026-03-02T00:00:00", "2026-03-11T09:30:00", "other"),
        ("last week", "2026-03-02T00:00:00", None, "other"),
        ("last week", None, "2026-03-09T00:00:00", "other"),
        ("last week", "2026-02-23T00:00:00", "2026-03-02T00:00:00", "apart"),
        ("last week", "2026-03-09T00:00:00", None, "apart"),
        ("last week", None, "2026-03-02T00:00:00", "apart"),
        ("this week", "2026-03-09T00:00:00", "2026-03-11T09:30:00", "same"),
        ("this week", "2026-03-09T00:00:00", "2026-03-16T00:00:00", "same"),
        ("this week", "2026-03-09T00:00:00", None, "same"),
        ("this week", "2026-03-09T00:00:00", "2026-03-11T00:00:00", "other"),
        ("today", "2026-03-11T00:00:00", "2026-03-12T00:00:00", "same"),
        ("yesterday", "2026-03-10T00:00:00", "2026-03-11T09:30:00", "other"),
        ("last 7 days", "2026-03-04T09:30:00", "2026-03-11T09:30:00", "same"),
        ("last 7 days", "2026-03-05T00:00:00", "2026-03-12T00:00:00", "same"),
        ("last 7 days", "2026-03-04T00:00:00", "2026-03-11T00:00:00", "same"),
        ("last 7 days", "2026-03-02T00:00:00", "2026-03-09T00:00:00", "other"),
    ],
)
def test_a_measured_period_fits_the_one_asked_for_or_not(name, start, end, how):
    assert fit(name, periods()[name], window(start, end)) == how
