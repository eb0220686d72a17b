from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from statistics import mean, median

import pytest

from agent.planner.plan import Breakdown, Property, Recurring, Sessions, Unsure
from tests import studio_by_hand as hand
from tests.plans import (
    BY_CITY,
    CITY,
    FEBRUARY,
    IN_FEBRUARY,
    IN_MARCH,
    IN_QUARTER,
    LAST_30,
    MARCH,
    NOW,
    QUARTER,
    scope,
    where,
)
from tests.studio import ZONE, city

OS = Property("$os")
ENTRY = Property("$entry_pathname", "session")
PLAN = Property("plan")
VISITS = hand.sessions(hand.MARCH)
LENGTHS = hand.lengths(VISITS)
COUNTED = "Sessions count in the period they begin in."


def share(part, whole):
    return f"{100 * part / whole:.1f}".removesuffix(".0") + " %"


def seconds(value):
    shown = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return f"{shown} s ({value / 60:,.1f} min)" if value >= 120 else f"{shown} s"


def pages(events):
    return [one.get("$pathname") for one in events if one.event == "$pageview"]


def bounced(events):
    short = events[-1].at.timestamp() - events[0].at.timestamp() < 10
    return len(pages(events)) == 1 and short


def test_the_length_of_sessions_is_told_with_what_it_means(studio):
    draft = studio.draft(Sessions(scope(), ("duration",)))
    assert draft.headline == (
        f"The average session duration: {seconds(mean(LENGTHS))}, from {len(VISITS)} sessions, "
        f"{IN_MARCH}."
    )
    assert "A session lasts from its first event to its last." in draft.text
    assert draft.text.endswith(COUNTED)


@pytest.mark.parametrize(("math", "share_of"), [("median", 0.5), ("percentile", 0.9)])
def test_percentiles_of_sessions_are_exact(studio, math, share_of):
    draft = studio.draft(Sessions(scope(), ("duration",), math, 0.9))
    expected = hand.quantile(LENGTHS, share_of)
    assert draft.tables[0].rows[0][0] == pytest.approx(expected)
    assert median(LENGTHS) == hand.quantile(LENGTHS, 0.5)


def test_a_bounce_rate_counts_sessions_of_one_short_page(studio):
    draft = studio.draft(Sessions(scope(filters=(where(ENTRY, "/"),)), ("bounce",)))
    chosen = [events for events in VISITS.values() if pages(events)[0] == "/"]
    bounces = sum(map(bounced, chosen))
    assert draft.headline == (
        f"The bounce rate where $entry_pathname is /: {share(bounces, len(chosen))}, from "
        f"{len(chosen)} sessions, {IN_MARCH}."
    )
    assert "A bounce is a session with one page view" in draft.text


def test_several_metrics_stand_side_by_side(studio):
    draft = studio.draft(Sessions(scope(), ("duration", "bounce", "pages")))
    bounces = sum(map(bounced, VISITS.values()))
    viewed = mean(len(pages(events)) for events in VISITS.values())
    assert draft.headline == (
        f"{seconds(mean(LENGTHS))} average session duration, {share(bounces, len(VISITS))} bounce "
        f"rate, {viewed:.2f} average pages per session, {IN_MARCH}."
    )
    assert f"From {len(VISITS)} sessions." in draft.text


def test_sessions_with_some_events_are_counted_over_time(studio):
    draft = studio.draft(Sessions(scope(interval="week", filters=(where(OS, "iOS"),)), ("count",)))
    chosen = [events for events in VISITS.values() if events[0].get("$os") == "iOS"]
    counts = Counter(hand.week(events[0].at) for events in chosen)
    assert draft.tables[0].rows == tuple((w, counts[w]) for w in hand.weeks(hand.MARCH))
    assert draft.headline.startswith(f"{len(chosen)} sessions where $os is iOS, {IN_MARCH}; ")


def test_entry_and_exit_pages_are_two_lists(studio):
    draft = studio.draft(Sessions(scope(), ("entry", "exit")))
    first, last = (Counter(pages(events)[at] for events in VISITS.values()) for at in (0, -1))
    entry, exits = draft.tables
    assert {row[0]: row[1] for row in entry.rows} == dict(first)
    assert {row[0]: row[1] for row in exits.rows} == dict(last)
    best, most = max(first.items(), key=lambda pair: (pair[1], pair[0]))
    assert draft.headline.startswith(
        f"{best} has the most sessions: {most} of {len(VISITS)} ({share(most, len(VISITS))}), "
    )


def test_sessions_are_split_by_what_their_events_say(studio):
    draft = studio.draft(Sessions(scope(breakdowns=(Breakdown(OS),)), ("duration",)))
    parts = defaultdict(dict)
    for session, events in VISITS.items():
        parts[events[0].get("$os")][session] = events
    assert {row[0]: row[1:] for row in draft.tables[0].rows} == {
        name: (pytest.approx(mean(hand.lengths(part)), abs=1e-4), len(part))
        for name, part in parts.items()
    }


def test_sessions_are_split_by_their_people_and_days(studio):
    by_day = Breakdown(part="weekday")
    draft = studio.draft(Sessions(scope(breakdowns=(BY_CITY, by_day)), ("count",)))
    counts = Counter((city(e[0].person), e[0].at.isoweekday()) for e in VISITS.values())
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    assert {row[:2]: row[2] for row in draft.tables[0].rows} == {
        (place, names[day - 1]): count for (place, day), count in counts.items()
    }


def test_sessions_of_two_periods_are_compared(studio):
    draft = studio.draft(Sessions(scope(MARCH, compare=FEBRUARY), ("duration",)))
    before = mean(hand.lengths(hand.sessions(hand.FEBRUARY)))
    now = mean(LENGTHS)
    assert draft.headline.startswith(
        f"Average session duration: {seconds(now)}, {IN_MARCH}, against {seconds(before)}, "
        f"{IN_FEBRUARY}: -{before - now:.2f} s (-"
    )


def test_a_bounce_rate_over_time_changes_by_points(studio):
    draft = studio.draft(Sessions(scope(interval="week"), ("bounce",)))
    weeks = defaultdict(list)
    for events in VISITS.values():
        weeks[hand.week(events[0].at)].append(bounced(events))
    first, last = (100 * mean(weeks[name]) for name in ("2026-03-02", "2026-03-23"))
    assert f"{last - first:+.1f} points" in draft.text


def test_sessions_of_people_with_a_property(studio):
    draft = studio.draft(Sessions(scope(filters=(where(CITY, "Rome"),)), ("count",)))
    chosen = [events for events in VISITS.values() if city(events[0].person) == "Rome"]
    assert draft.headline == f"{len(chosen)} sessions where person city is Rome, {IN_MARCH}."


def paying(until):
    """What everybody pays a month at an instant, and for which plan."""
    amounts, plans = Counter(), {}
    for one in hand.found(
        "subscription_started", "subscription_upgraded", "subscription_cancelled"
    ):
        if one.at < until:
            sign = -1 if one.event == "subscription_cancelled" else 1
            amounts[one.person] += sign * (one.get("mrr_usd") or one.get("mrr_delta_usd"))
            plans[one.person] = one.get("plan") or one.get("new_plan")
    return amounts, plans


ENDS = [datetime(2026, month, 1, tzinfo=ZONE) for month in (2, 3, 4)]


def test_recurring_revenue_is_the_sum_up_to_the_end_of_each_month(studio):
    draft = studio.draft(Recurring(scope(QUARTER)))
    rows = []
    for name, end in zip(("2026-01", "2026-02", "2026-03"), ENDS, strict=True):
        amounts, _ = paying(end)
        rows.append((name, sum(amounts.values()), sum(v > 0 for v in amounts.values())))
    assert [row[:3] for row in draft.tables[0].rows] == rows
    now, before = rows[-1][1], rows[-2][1]
    assert draft.headline == (
        f"MRR is USD {now:g} from {rows[-1][2]} paying people at 2026-04-01 00:00, against USD "
        f"{before:g} at the end of 2026-02: +USD {now - before:g} "
        f"(+{share(now - before, before)}), {IN_QUARTER}."
    )


def test_recurring_revenue_says_what_it_is_made_of(studio):
    draft = studio.draft(Recurring(scope(QUARTER)))
    (defined,) = draft.assumptions
    assert set(defined.removeprefix("MRR is ").split(", ")[0].split(" and ")) == {
        "mrr_usd of subscription_started",
        "mrr_delta_usd of subscription_upgraded",
    }
    assert defined.endswith(
        ", less mrr_usd of subscription_cancelled, of all people up to the end of each interval"
    )


def test_recurring_revenue_is_split_by_the_latest_plan(studio):
    draft = studio.draft(Recurring(scope(QUARTER, breakdowns=(Breakdown(PLAN),))))
    expected = {}
    for name, end in zip(("2026-01", "2026-02", "2026-03"), ENDS, strict=True):
        amounts, plans = paying(end)
        for person, amount in amounts.items():
            key = name, plans[person]
            total, count = expected.get(key, (0, 0))
            expected[key] = total + amount, count + (amount > 0)
    assert {row[:2]: row[2:] for row in draft.tables[0].rows} == {
        key: value for key, value in expected.items() if value[0]
    }
    assert "A subscription counts under its latest plan at that moment." in draft.text


def test_the_running_month_is_what_there_is_now(studio):
    running = replace(QUARTER, end=NOW, label="this year so far")
    draft = studio.draft(Recurring(scope(running)))
    amounts, _ = paying(NOW.replace(tzinfo=ZONE))
    assert draft.tables[0].rows[-1][:2] == ("2026-04", sum(amounts.values()))
    assert "The month 2026-04 is not over: that is what there is now." in draft.text


def test_recurring_revenue_by_the_week_has_a_row_for_each(studio):
    draft = studio.draft(Recurring(scope(MARCH, interval="week")))
    assert [row[0] for row in draft.tables[0].rows] == hand.weeks(hand.MARCH)


def test_without_a_period_recurring_revenue_has_six_months(studio):
    draft = studio.draft(Recurring(scope(LAST_30)))
    assert [row[0] for row in draft.tables[0].rows] == [
        "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04",
    ]  # fmt: skip
    assert "the last 6 months with this one" in draft.assumptions[0]


def test_recurring_revenue_of_some_people(studio):
    draft = studio.draft(Recurring(scope(QUARTER, filters=(where(CITY, "Rome"),))))
    amounts, _ = paying(ENDS[-1])
    assert draft.tables[0].rows[-1][1] == sum(v for p, v in amounts.items() if city(p) == "Rome")


def test_a_project_without_subscriptions_has_no_recurring_revenue(shop_room):
    with pytest.raises(Unsure, match="no events here that start and end subscriptions"):
        shop_room.draft(Recurring(scope(QUARTER)))
