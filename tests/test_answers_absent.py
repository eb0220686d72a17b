"""What is not there is told apart from zero."""

from dataclasses import replace
from datetime import datetime

import pytest

from agent.planner.english.windows import Span, everything
from agent.planner.plan import Funnel, Retention, Segment, Series, Sessions, Times, Trends
from tests import studio_by_hand as hand
from tests.plans import (
    CATEGORY,
    COMPLETED,
    FEBRUARY,
    IN_FEBRUARY,
    IN_MARCH,
    LAST_30,
    MARCH,
    PEOPLE,
    QUARTER,
    SIGNED_UP,
    STARTED,
    scope,
    where,
)

OLD, NEW = Series(("old_ping",)), Series(("new_ping",))
LAST_YEAR = Span(datetime(2025, 3, 1), datetime(2025, 4, 1), "March 2025")
LONG_AGO = Span(datetime(2019, 1, 1), datetime(2020, 1, 1), "2019")
ALL_TIME = "all time (2026-01-05 08:00 to 2026-04-15 10:31)"


def test_a_period_outside_of_the_data_is_declined_with_what_there_is(studio):
    draft = studio.draft(Trends(scope(LONG_AGO), (COMPLETED,)))
    assert (draft.outcome, draft.headline) == (
        "declined",
        "There is no data for 2019 (2019-01-01 to 2019-12-31): this project's events run from "
        "2026-01-05 to 2026-04-15.",
    )
    assert draft.tables == ()
    assert draft.plan is not None


def test_an_empty_default_period_falls_back_to_all_data(studio):
    draft = studio.draft(Trends(scope(LAST_30), (OLD,)))
    assert draft.headline == f"10 old_ping events, {ALL_TIME}."
    assert draft.assumptions == (
        f"no period was named, so {ALL_TIME}",
        "the last 30 days have none of it",
    )


def test_the_intervals_of_all_data_are_no_shorter_than_they_can_be_read(studio):
    draft = studio.draft(Trends(scope(LAST_30, interval="hour"), (OLD,)))
    assert draft.tables[0].columns[0] == "day"
    assert draft.tables[0].rows[0] == ("2026-01-05", 1)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            Trends(scope(MARCH), (OLD,)),
            f"There is no old_ping in {IN_MARCH}: old_ping was seen from 2026-01-05 to 2026-01-14 "
            "only, so it was not tracked then.",
        ),
        (
            Trends(scope(FEBRUARY, interval="week"), (NEW,)),
            f"There is no new_ping in {IN_FEBRUARY}: new_ping was seen from 2026-04-11 to "
            "2026-04-15 only, so it was not tracked then.",
        ),
        (
            Funnel(scope(FEBRUARY), (SIGNED_UP, NEW)),
            f"There is no new_ping in {IN_FEBRUARY}: new_ping was seen from 2026-04-11 to "
            "2026-04-15 only, so it was not tracked then.",
        ),
        (
            Retention(scope(FEBRUARY), NEW, Series()),
            f"There is no new_ping in {IN_FEBRUARY}: new_ping was seen from 2026-04-11 to "
            "2026-04-15 only, so it was not tracked then.",
        ),
        (
            Segment(scope(MARCH), (replace(OLD, times=Times(">=", 2)),)),
            f"There is no old_ping in {IN_MARCH}: old_ping was seen from 2026-01-05 to 2026-01-14 "
            "only, so it was not tracked then.",
        ),
    ],
    ids=["ended", "not yet", "a step", "a beginning", "people"],
)
def test_an_event_that_was_not_tracked_at_the_time_is_no_zero(studio, plan, said):
    draft = studio.draft(plan)
    assert (draft.outcome, draft.headline, draft.tables) == ("declined", said, ())


def test_a_zero_of_something_that_is_tracked_is_a_zero(studio):
    chess = replace(COMPLETED, filters=(where(CATEGORY, "chess"),))
    draft = studio.draft(Trends(scope(), (chess,)))
    assert (draft.outcome, draft.headline) == (
        "answered",
        f"0 booking_completed events where category is chess, {IN_MARCH}.",
    )


def test_an_average_of_nothing_is_no_value(studio):
    chess = replace(COMPLETED, math="avg", property=replace(CATEGORY, kind="Numeric"))
    draft = studio.draft(Trends(scope(), (replace(chess, events=("signed_up",)),)))
    assert draft.headline == (
        f"No value for the average category of signed_up: no event there has it, {IN_MARCH}."
    )


def test_a_comparison_with_a_time_before_the_data_is_left_out_and_told(studio):
    draft = studio.draft(Trends(scope(compare=LAST_YEAR), (COMPLETED,)))
    assert draft.headline == (
        f"{len(hand.found('booking_completed', during=hand.MARCH))} booking_completed events, "
        f"{IN_MARCH}."
    )
    assert draft.assumptions == (
        "March 2025 has no events to compare with, which run from 2026-01-05 to 2026-04-15",
    )


def test_a_comparison_with_a_time_before_tracking_tells_since_when(studio):
    april = Span(datetime(2026, 4, 1), datetime(2026, 4, 15), "April so far")
    draft = studio.draft(Trends(scope(april, compare=FEBRUARY), (NEW,)))
    assert draft.outcome == "answered"
    assert "new_ping was seen from 2026-04-11 to 2026-04-15: outside of that there is none." in (
        draft.text
    )


def test_a_period_that_begins_before_the_data_is_told(studio):
    draft = studio.draft(Trends(scope(QUARTER), (PEOPLE,)))
    assert draft.text.endswith(
        "This project's events begin on 2026-01-05, after the start of Q1 2026."
    )


def test_a_development_over_all_time_tells_since_when_an_event_is_tracked(studio):
    draft = studio.draft(Trends(scope(everything(), interval="month"), (NEW,)))
    assert [row[1] for row in draft.tables[0].rows] == [0, 0, 0, 5]
    assert "new_ping was seen from 2026-04-11" in draft.text


def test_a_day_without_anything_among_full_ones_is_pointed_out(studio):
    draft = studio.draft(Trends(scope(MARCH, interval="day"), (Series(),)))
    assert "perhaps it was not tracked then" not in draft.text


def test_an_empty_funnel_by_default_looks_at_all_data(studio):
    draft = studio.draft(Funnel(scope(LAST_30), (OLD, STARTED)))
    assert "no period was named, so all time" in draft.assumptions[0]
    assert draft.headline.endswith(f"{ALL_TIME}.")


def test_sessions_of_a_page_that_is_not_there_are_none(studio):
    nowhere = where(replace(CATEGORY, name="$entry_pathname", holder="session"), "/nowhere")
    draft = studio.draft(Sessions(scope(filters=(nowhere,)), ("duration",)))
    assert draft.headline == (
        "No value for the average session duration where $entry_pathname is /nowhere: no event "
        f"there has it, {IN_MARCH}."
    )
