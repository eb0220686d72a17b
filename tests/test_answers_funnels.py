from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise
from statistics import mean, median

import pytest

from agent.planner.plan import Funnel, Unsure, Window
from tests import studio_by_hand as hand
from tests.funnels_by_hand import InOrder, Taken
from tests.plans import (
    BY_CATEGORY,
    BY_CITY,
    CANCELLED,
    COMPLETED,
    FEBRUARY,
    IN_FEBRUARY,
    IN_MARCH,
    IN_QUARTER,
    MARCH,
    QUARTER,
    SIGNED_UP,
    STARTED,
    scope,
)
from tests.studio import city

STEPS = (SIGNED_UP, STARTED, COMPLETED)
NAMES = ("signed_up", "booking_started", "booking_completed")


def taken(period, names, days=14, *, kept=None, key=lambda one: one.person):
    """When each step was taken, by everybody who took the first."""
    listed = {}
    for one in hand.found(*names, during=period, test=kept):
        listed.setdefault(key(one), []).append(one)
    found = {}
    for actor, events in listed.items():
        machine = InOrder(len(names), timedelta(days=days))
        steps = (Taken(one.at.astimezone(UTC), (names.index(one.event) + 1,)) for one in events)
        if times := machine.run(steps):
            found[actor] = times
    return found


def counts_of(times, size):
    return [sum(len(one) >= n for one in times) for n in range(1, size + 1)]


def share(part, whole):
    return f"{100 * part / whole:.1f}".removesuffix(".0") + " %"


def legs(times, place):
    return [(one[place] - one[place - 1]).total_seconds() for one in times if len(one) > place]


def test_a_funnel_is_told_from_its_first_step_to_its_last_with_the_worst(studio):
    draft = studio.draft(Funnel(scope(QUARTER), STEPS))
    counts = counts_of(taken(hand.QUARTER, NAMES).values(), 3)
    assert draft.headline == (
        f"{share(counts[2], counts[0])} of people who did signed_up went on to booking_completed "
        f"({counts[2]} of {counts[0]}); the worst step is from signed_up to booking_started "
        f"({share(counts[1], counts[0])} go on: {counts[1]} of {counts[0]}), within 14 days, "
        f"{IN_QUARTER}."
    )
    assert counts[1] / counts[0] < counts[2] / counts[1]
    assert [row[:3] for row in draft.tables[0].rows] == [
        (place, name, count)
        for place, (name, count) in enumerate(zip(NAMES, counts, strict=True), 1)
    ]
    assert "those who began after 2026-03-18 00:00 had less than 14 days to go on." in draft.text


def test_a_drop_off_is_told_as_what_is_lost(studio):
    draft = studio.draft(Funnel(scope(QUARTER), (SIGNED_UP, COMPLETED), report="drop"))
    began, done = counts_of(taken(hand.QUARTER, ("signed_up", "booking_completed")).values(), 2)
    assert draft.headline == (
        f"{share(began - done, began)} of people who did signed_up dropped out before "
        f"booking_completed ({began - done} of {began}), within 14 days, {IN_QUARTER}."
    )


def test_a_shorter_window_leaves_less_time(studio):
    plan = Funnel(scope(QUARTER), (SIGNED_UP, COMPLETED), Window(3, "day"))
    draft = studio.draft(plan)
    times = taken(hand.QUARTER, ("signed_up", "booking_completed"), days=3).values()
    began, done = counts_of(times, 2)
    assert f"({done} of {began}), within 3 days, " in draft.headline
    assert "those who began after 2026-03-29 00:00 had less than 3 days" in draft.text


@pytest.mark.parametrize("report", ["median_time", "average_time"])
def test_the_time_to_convert_is_told_in_the_unit_that_suits_it(studio, report):
    draft = studio.draft(Funnel(scope(QUARTER), (SIGNED_UP, COMPLETED), report=report))
    times = taken(hand.QUARTER, ("signed_up", "booking_completed")).values()
    seconds = legs(times, 1)
    middle, average = f"{median(seconds) / 86400:.1f}", f"{mean(seconds) / 86400:.1f}"
    first, second = ("median", "average") if report == "median_time" else ("average", "median")
    said = {"median": middle, "average": average}
    assert draft.headline == (
        f"From signed_up to booking_completed the {first} time is {said[first]} days, the {second} "
        f"{said[second]} days ({len(seconds)} people), within 14 days, {IN_QUARTER}."
    )
    assert draft.tables[0].columns[-2:] == ("average days", "median days")


def test_a_split_funnel_names_the_best_and_the_worst(studio):
    draft = studio.draft(Funnel(scope(QUARTER, breakdowns=(BY_CITY,)), (SIGNED_UP, COMPLETED)))
    times = taken(hand.QUARTER, ("signed_up", "booking_completed"))
    rows = {
        name: counts_of([t for person, t in times.items() if city(person) == name], 2)
        for name in ("Berlin", "Paris", "Rome")
    }
    ranked = sorted(rows, key=lambda name: -rows[name][1] / rows[name][0])
    (b0, b1), (w0, w1) = rows[ranked[0]], rows[ranked[-1]]
    gap = f"{100 * b1 / b0 - 100 * w1 / w0:.1f}".removesuffix(".0")
    assert draft.headline == (
        f"{ranked[0]} has the highest conversion from signed_up to booking_completed: "
        f"{share(b1, b0)} ({b1} of {b0}), {ranked[-1]} {share(w1, w0)} ({w1} of {w0}), a "
        f"difference of {gap} points, {IN_QUARTER}."
    )
    assert [row[:3] for row in draft.tables[0].rows] == [(name, *rows[name]) for name in ranked]


def test_those_who_are_fastest_are_told_where_time_is_asked_for(studio):
    plan = Funnel(
        scope(QUARTER, breakdowns=(BY_CITY,)), (SIGNED_UP, COMPLETED), report="average_time"
    )
    times = taken(hand.QUARTER, ("signed_up", "booking_completed"))
    by_city = {
        name: mean(legs([t for person, t in times.items() if city(person) == name], 1)) / 86400
        for name in ("Berlin", "Paris", "Rome")
    }
    ranked = sorted(by_city, key=lambda name: by_city[name])
    assert studio.draft(plan).headline == (
        "The average time from signed_up to booking_completed is shortest for "
        f"{ranked[0]}: {by_city[ranked[0]]:.1f} days, longest for {ranked[-1]}: "
        f"{by_city[ranked[-1]]:.1f} days, {IN_QUARTER}."
    )


def test_two_periods_of_a_funnel_differ_by_points(studio):
    draft = studio.draft(Funnel(scope(MARCH, compare=FEBRUARY), (STARTED, COMPLETED)))
    now, before = (
        counts_of(taken(period, NAMES[1:]).values(), 2) for period in (hand.MARCH, hand.FEBRUARY)
    )
    moved = 100 * now[1] / now[0] - 100 * before[1] / before[0]
    assert draft.headline == (
        f"{share(now[1], now[0])} ({now[1]} of {now[0]}) of people went from booking_started to "
        f"booking_completed, {IN_MARCH}, against {share(before[1], before[0])} ({before[1]} of "
        f"{before[0]}), {IN_FEBRUARY}: {moved:+.1f} points."
    )


def test_a_funnel_over_time_goes_from_the_first_whole_interval_to_the_last(studio):
    plan = Funnel(scope(QUARTER, interval="month"), (STARTED, COMPLETED), trend=True)
    draft = studio.draft(replace(plan, by_session=True))
    began, done = Counter(), Counter()
    for events in hand.sessions(hand.QUARTER).values():
        names = {one.event for one in events}
        month = f"{events[0].at:%Y-%m}"
        began[month] += "booking_started" in names
        done[month] += {"booking_started", "booking_completed"} <= names
    shares = {month: round(100 * done[month] / began[month], 2) for month in sorted(began)}
    assert dict(draft.tables[-1].rows) == pytest.approx(shares)
    moved = shares["2026-03"] - shares["2026-01"]
    assert draft.headline == (
        f"Conversion from booking_started to booking_completed: {shares['2026-01']:.1f} % of those "
        f"who began in 2026-01, {shares['2026-03']:.1f} % in 2026-03 ({moved:+.1f} points), by "
        f"month, {IN_QUARTER}."
    ).replace(".0 %", " %")


def test_sessions_go_through_a_funnel_by_themselves(studio):
    draft = studio.draft(Funnel(scope(MARCH), (STARTED, COMPLETED), by_session=True))
    times = taken(hand.MARCH, NAMES[1:], key=lambda one: one.session).values()
    began, done = counts_of(times, 2)
    assert draft.headline == (
        f"{share(done, began)} of sessions with booking_started went on to booking_completed "
        f"({done} of {began}), within 14 days, {IN_MARCH}."
    )


def test_what_must_not_happen_in_between_is_told(studio):
    plan = Funnel(scope(MARCH), (STARTED, COMPLETED), exclusions=((CANCELLED, 1, 2),))
    draft = studio.draft(plan)
    assert "Those who did booking_cancelled in between are left out." in draft.text
    assert studio.made[0][1]["exclusions"] == [
        {"events": ["booking_cancelled"], "after": 1, "before": 2}
    ]


def test_the_same_event_may_be_several_steps(studio):
    draft = studio.draft(Funnel(scope(QUARTER), (SIGNED_UP, COMPLETED, COMPLETED)))
    twice = 0
    for events in hand.journeys(
        hand.found("signed_up", "booking_completed", during=hand.QUARTER)
    ).values():
        begin = events[0].at if events[0].event == "signed_up" else None
        later = [o.at for o in events if o.event == "booking_completed" and begin and o.at > begin]
        twice += len(later) > 1 and later[1] - begin <= timedelta(days=14)
    assert draft.tables[0].rows[-1][2] == twice


def test_a_funnel_by_two_things_is_declined(studio):
    plan = Funnel(scope(breakdowns=(BY_CITY, BY_CATEGORY)), (STARTED, COMPLETED))
    with pytest.raises(Unsure, match="PostHog splits a funnel by one thing at a time"):
        studio.draft(plan)


def test_a_value_with_few_people_is_never_the_best(studio):
    draft = studio.draft(Funnel(scope(breakdowns=(BY_CATEGORY,)), (STARTED, COMPLETED)))
    began = {row[0]: row[1] for row in draft.tables[0].rows}
    named = draft.headline.split(" has the highest")[0]
    assert began[named] >= 10


def test_steps_lie_one_after_the_other_in_every_row(studio):
    draft = studio.draft(Funnel(scope(QUARTER, breakdowns=(BY_CITY,)), STEPS))
    steps, summary = draft.tables
    assert steps.columns == ("person city", "step", "event", "people", "% of first")
    for first, second in pairwise(steps.rows):
        assert first[0] != second[0] or first[3] >= second[3]
    assert len(summary.rows) == 3
