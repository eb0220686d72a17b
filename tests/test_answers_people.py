from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest

from agent.planner.plan import (
    Funnel,
    Lifecycle,
    Paths,
    Property,
    Retention,
    Segment,
    Series,
    Stickiness,
    Times,
    Unsure,
)
from tests import studio_by_hand as hand
from tests.plans import (
    BY_CITY,
    CATEGORY,
    COMPLETED,
    FEBRUARY,
    IN_FEBRUARY,
    IN_MARCH,
    IN_QUARTER,
    LAST_30,
    MARCH,
    NOW,
    PATH,
    QUARTER,
    REVENUE,
    SIGNED_UP,
    STARTED,
    VIEWED,
    scope,
    where,
)
from tests.studio import COMPANIES, ZONE, city, email

ANYTHING = Series()
PRICING = replace(VIEWED, filters=(where(PATH, "/pricing"),))
OFTEN = replace(COMPLETED, times=Times(">=", 2))
ALL = (datetime(2026, 1, 1, tzinfo=ZONE), NOW.replace(tzinfo=ZONE))


def share(part, whole):
    return f"{100 * part / whole:.1f}".removesuffix(".0") + " %"


def month(at):
    return at.year * 12 + at.month


def monday(at):
    return datetime.fromisoformat(hand.week(at)).date().toordinal() // 7


def cohorts(period, tick, starts, back, over):
    """The cohorts of a period: when, who, and how many were back after so many intervals."""
    begun: dict[int, set[int]] = {}
    for one in hand.found(*starts, during=period):
        begun.setdefault(tick(one.at), set()).add(one.person)
    returns = {
        person: {tick(one.at) for one in events}
        for person, events in hand.journeys(hand.found(*back, during=ALL)).items()
    }

    def known(place):
        """The people whose interval is over, and how many of them were back."""
        complete = {at: people for at, people in begun.items() if at + place < over}
        size = sum(map(len, complete.values()))
        return size, sum(
            at + place in returns.get(one, ()) for at, people in complete.items() for one in people
        )

    return begun, known


def test_retention_is_told_at_the_intervals_that_were_asked_for(studio):
    plan = Retention(scope(QUARTER), SIGNED_UP, COMPLETED, "month", report=(1, 2))
    draft = studio.draft(plan)
    now = month(NOW)
    _, known = cohorts(hand.QUARTER, month, ["signed_up"], ["booking_completed"], now)
    (size1, back1), (size2, back2) = known(1), known(2)
    assert draft.headline == (
        f"Of people who did signed_up, {share(back1, size1)} ({back1} of {size1}) came back for "
        f"booking_completed in month 1 and {share(back2, size2)} ({back2} of {size2}) in month 2, "
        f"{IN_QUARTER}."
    )
    assert draft.tables[-1].rows == (
        ("month 1", size1, back1, round(100 * back1 / size1, 4)),
        ("month 2", size2, back2, round(100 * back2 / size2, 4)),
    )


def test_cohorts_that_are_not_complete_are_marked_and_left_out(studio):
    draft = studio.draft(Retention(scope(QUARTER), SIGNED_UP, COMPLETED, "month", report=(1, 2)))
    grid = draft.tables[0]
    assert grid.columns == ("cohort", "size", "month 1 %", "month 2 %")
    assert [row[:2] for row in grid.rows] == [
        (name, len([o for o in hand.found("signed_up") if f"{o.at:%Y-%m}" == name]))
        for name in ("2026-01", "2026-02", "2026-03")
    ]
    assert [[cell is None for cell in row[2:]] for row in grid.rows] == [
        [False, False], [False, True], [True, True],
    ]  # fmt: skip
    assert "Incomplete cohorts (2026-02 to 2026-03) count only in the months" in draft.text


def test_those_who_stayed_away_are_the_rest(studio):
    plan = Retention(scope(QUARTER), SIGNED_UP, ANYTHING, "week", report=(1,), churned=True)
    _, known = cohorts(hand.QUARTER, monday, ["signed_up"], [], monday(NOW))
    size, back = known(1)
    assert studio.draft(plan).headline == (
        f"Of people who did signed_up, {share(size - back, size)} ({size - back} of {size}) stayed "
        f"away in week 1, {IN_QUARTER}."
    )


def test_without_a_period_retention_looks_back_eleven_weeks(studio):
    plan = Retention(scope(LAST_30), replace(SIGNED_UP, first=True), ANYTHING, "week")
    draft = studio.draft(plan)
    assert "no period was named, so the last 11 weeks (2026-01-26 00:00 to" in draft.assumptions[0]
    since = (datetime(2026, 1, 26, tzinfo=ZONE), ALL[1])
    _, known = cohorts(since, monday, ["signed_up"], [], monday(NOW))
    size, back = known(1)
    assert draft.headline.startswith(
        f"Of people who did signed_up for the first time, {share(back, size)} ({back} of {size}) "
        "came back for any event in week 1 and "
    )


def test_retention_by_day_is_told_on_that_day(studio):
    plan = Retention(scope(QUARTER), SIGNED_UP, ANYTHING, "day", report=(7,))
    _, known = cohorts(
        hand.QUARTER, lambda at: at.astimezone(ZONE).date().toordinal(), ["signed_up"], [],
        NOW.date().toordinal(),
    )  # fmt: skip
    size, back = known(7)
    assert studio.draft(plan).headline == (
        f"Of people who did signed_up, {share(back, size)} ({back} of {size}) came back for any "
        f"event on day 7, {IN_QUARTER}."
    )


def test_retention_of_values_names_the_best_and_the_worst(studio):
    plan = Retention(
        scope(QUARTER, breakdowns=(BY_CITY,)), SIGNED_UP, ANYTHING, "week", report=(1,)
    )
    rows = {}
    for name in ("Berlin", "Paris", "Rome"):
        begun, _ = cohorts(hand.QUARTER, monday, ["signed_up"], [], monday(NOW))
        returns = {
            p: {monday(o.at) for o in e} for p, e in hand.journeys(hand.found(during=ALL)).items()
        }
        pairs = [(at, p) for at, people in begun.items() for p in people if city(p) == name]
        rows[name] = len(pairs), sum(at + 1 in returns[p] for at, p in pairs)
    ranked = sorted(rows, key=lambda name: -rows[name][1] / rows[name][0])
    best, worst = rows[ranked[0]], rows[ranked[-1]]
    assert studio.draft(plan).headline == (
        f"{ranked[0]} came back most in week 1: {share(best[1], best[0])} ({best[1]} of "
        f"{best[0]}), {ranked[-1]} least: {share(worst[1], worst[0])} ({worst[1]} of "
        f"{worst[0]}), by person city, {IN_QUARTER}."
    )


def test_the_best_cohort_is_named_where_an_order_is_asked_for(studio):
    plan = Retention(scope(QUARTER, ranked=True), SIGNED_UP, ANYTHING, "month", report=(2,))
    assert studio.draft(plan).headline == (
        "The cohort of 2026-01 has the highest retention in month 2: 100 % (15 of 15), "
        f"{IN_QUARTER}."
    )


def test_retention_by_the_quarter_is_declined(studio):
    with pytest.raises(Unsure, match="PostHog has no quarters for retention"):
        studio.draft(Retention(scope(QUARTER), SIGNED_UP, ANYTHING, "quarter"))


def test_coming_back_often_counts_those_who_do(studio):
    draft = studio.draft(Retention(scope(QUARTER), SIGNED_UP, OFTEN, "month", report=(1,)))
    begun, _ = cohorts(hand.QUARTER, month, ["signed_up"], [], month(NOW))
    times = Counter((o.person, month(o.at)) for o in hand.found("booking_completed", during=ALL))
    complete = {(at, p) for at, people in begun.items() for p in people if at + 1 < month(NOW)}
    back = sum(times[p, at + 1] >= 2 for at, p in complete)
    assert f"({back} of {len(complete)}) came back for booking_completed at least 2 times" in (
        draft.headline
    )


@pytest.mark.parametrize(
    "plan",
    [
        Retention(scope(QUARTER), OFTEN, ANYTHING),
        Retention(scope(QUARTER), SIGNED_UP, replace(COMPLETED, times=Times("=", 2))),
        Lifecycle(scope(MARCH), OFTEN),
        Lifecycle(scope(MARCH), replace(COMPLETED, first=True)),
        Paths(scope(MARCH), OFTEN),
        Funnel(scope(MARCH), (STARTED, OFTEN)),
        Stickiness(scope(MARCH), replace(COMPLETED, span=FEBRUARY)),
    ],
    ids=["begin often", "exactly", "often", "first", "path", "step", "other period"],
)
def test_what_posthogs_query_has_no_place_for_is_declined_and_not_left_out(studio, plan):
    with pytest.raises(Unsure, match=r"there is no place for|only “at least”"):
        studio.draft(plan)


def statuses(before, now, activity, tick=hand.week):
    """The four counts of an interval."""
    active = {p: {tick(o.at) for o in e} for p, e in hand.journeys(activity).items()}
    born = {p: tick(e[0].at) for p, e in hand.journeys(hand.found()).items()}
    counted = Counter()
    for person, ticks in active.items():
        if now in ticks:
            back = "returning" if before in ticks else "resurrecting"
            counted["new" if born[person] == now else back] += 1
        elif before in ticks:
            counted["dormant"] += 1
    return tuple(counted[kind] for kind in ("new", "returning", "resurrecting", "dormant"))


def test_a_lifecycle_is_told_for_the_last_whole_interval(studio):
    draft = studio.draft(Lifecycle(scope(MARCH, interval="week"), VIEWED))
    new, returning, back, dormant = statuses("2026-03-16", "2026-03-23", hand.found("$pageview"))
    assert draft.headline == (
        f"{new} new, {returning} returning, {back} resurrecting and {dormant} dormant people by "
        f"$pageview in the week of 2026-03-23, the last whole week of {IN_MARCH}."
    )
    assert "dormant those active in the one before and not in it." in draft.text
    assert "2026-02-23 and 2026-03-30 are only partly inside the period." in draft.text


@pytest.mark.parametrize(
    ("span", "interval", "before", "now"),
    [
        (QUARTER, "month", "2026-02", "2026-03"),
        (MARCH, "month", "2026-02", "2026-03"),
        (FEBRUARY, "month", "2026-01", "2026-02"),
    ],
)
def test_a_lifecycle_by_month_counts_months(studio, span, interval, before, now):
    draft = studio.draft(Lifecycle(scope(span, interval=interval), COMPLETED))
    counted = statuses(before, now, hand.found("booking_completed"), lambda at: f"{at:%Y-%m}")
    assert draft.tables[0].rows[-1] == (now, *counted)


def test_a_lifecycle_of_anything_counts_everybody(studio):
    draft = studio.draft(Lifecycle(scope(MARCH, interval="week"), ANYTHING))
    rows = {row[0]: row[1:] for row in draft.tables[0].rows}
    assert rows["2026-03-09"] == statuses("2026-03-02", "2026-03-09", hand.found())


def test_a_running_interval_is_marked(studio):
    running = replace(MARCH, start=datetime(2026, 4, 13), end=NOW, label="this week so far")
    draft = studio.draft(Lifecycle(scope(running, interval="week"), VIEWED))
    assert "The week 2026-04-13 is not over yet." in draft.text
    assert draft.headline.endswith(
        "in the week of 2026-04-13, this week so far (2026-04-13 00:00 to 2026-04-15 12:30)."
    )


def test_a_lifecycle_by_the_year_is_declined(studio):
    with pytest.raises(Unsure, match="PostHog has no years for a lifecycle"):
        studio.draft(Lifecycle(scope(QUARTER, interval="year"), VIEWED))


def active_days(name, period, tick=lambda one: one.day):
    days = {
        p: {tick(o) for o in e} for p, e in hand.journeys(hand.found(name, during=period)).items()
    }
    return Counter(map(len, days.values()))


def test_stickiness_is_told_as_a_mean_and_the_most_frequent(studio):
    draft = studio.draft(Stickiness(scope(MARCH), VIEWED))
    counts = active_days("$pageview", hand.MARCH)
    people = sum(counts.values())
    average = sum(n * count for n, count in counts.items()) / people
    usual = max(sorted(counts), key=lambda n: counts[n])
    assert draft.headline == (
        f"People did $pageview on {average:.2f} of the 31 days on average; most often on {usual} "
        f"days ({counts[usual]} of {people} people), {IN_MARCH}."
    )
    assert [row[:2] for row in draft.tables[0].rows] == [
        (n, counts[n]) for n in range(1, max(counts) + 1)
    ]


@pytest.mark.parametrize("least", [2, 5])
def test_a_least_number_of_days_counts_those_who_reach_it(studio, least):
    counts = active_days("$pageview", hand.MARCH)
    enough = sum(count for n, count in counts.items() if n >= least)
    people = sum(counts.values())
    assert studio.draft(Stickiness(scope(MARCH), VIEWED, least)).headline == (
        f"{enough} people did $pageview on {least} or more of the 31 days ({share(enough, people)} "
        f"of {people} active people), {IN_MARCH}."
    )


def test_doing_it_often_on_a_day_counts_such_days(studio):
    twice = replace(VIEWED, times=Times(">", 1))
    draft = studio.draft(Stickiness(scope(MARCH), twice))
    days = Counter((o.person, o.day) for o in hand.found("$pageview", during=hand.MARCH))
    counts = Counter(Counter(person for (person, _), n in days.items() if n > 1).values())
    assert {row[0]: row[1] for row in draft.tables[0].rows if row[1]} == dict(counts)


def test_stickiness_by_week_counts_weeks(studio):
    draft = studio.draft(Stickiness(scope(QUARTER, interval="week"), COMPLETED))
    counts = active_days("booking_completed", hand.QUARTER, lambda one: hand.week(one.at))
    assert {row[0]: row[1] for row in draft.tables[0].rows if row[1]} == dict(counts)
    assert draft.tables[0].columns == ("weeks", "people", "% of people")


def test_stickiness_of_two_periods_tells_both(studio):
    draft = studio.draft(Stickiness(scope(MARCH, compare=FEBRUARY), COMPLETED))
    counts = active_days("booking_completed", hand.FEBRUARY)
    average = sum(n * count for n, count in counts.items()) / sum(counts.values())
    assert f"In {IN_FEBRUARY} it was {average:.2f} days on average." in draft.text


def test_stickiness_of_nobody_is_no_mean(studio):
    nobody = replace(COMPLETED, filters=(where(CATEGORY, "chess"),))
    draft = studio.draft(Stickiness(scope(MARCH), nobody))
    assert draft.headline == (f"Nobody did booking_completed where category is chess, {IN_MARCH}.")


def name_of(one):
    return one.get("$pathname") if one.event == "$pageview" else one.event


def in_paths(one):
    return not one.event.startswith("$") or one.event == "$pageview"


@pytest.mark.parametrize(
    ("start", "said", "called"),
    [
        (PRICING, "$pageview where $pathname is /pricing", "/pricing"),
        (replace(VIEWED, filters=(where(PATH, "/"),)), "$pageview where $pathname is /", "/"),
        (STARTED, "booking_started", "booking_started"),
    ],
)  # fmt: skip
def test_paths_tell_what_comes_right_after(studio, start, said, called):
    draft = studio.draft(Paths(scope(MARCH), start))
    visits = [v for v in hand.visits(hand.MARCH, in_paths, name_of) if called in v[:-1]]
    counts = Counter(v[v.index(called) + 1] for v in visits)
    total = sum(counts.values())
    best = min(counts, key=lambda name: (-counts[name], name))
    assert draft.headline == (
        f"Right after {said} people most often go on to {best}: {counts[best]} of {total} times "
        f"({share(counts[best], total)}), {IN_MARCH}."
    )
    assert {row[0]: row[1] for row in draft.tables[-1].rows} == dict(counts)
    assert "ends after half an hour without an event" in draft.text


def test_paths_tell_what_comes_right_before(studio):
    draft = studio.draft(Paths(scope(MARCH), end=COMPLETED))
    name = "booking_completed"
    visits = [v for v in hand.visits(hand.MARCH, in_paths, name_of) if name in v]
    before = Counter(v[v.index(name) - 1] for v in visits if v.index(name))
    best, times = before.most_common(1)[0]
    assert draft.headline == (
        f"Right before booking_completed people most often do {best}: {times} of "
        f"{sum(before.values())} times ({share(times, sum(before.values()))}), {IN_MARCH}."
    )


def test_paths_from_a_start_to_an_end_hold_both(studio):
    plan = Paths(scope(MARCH, filters=(where(Property("$os"), "iOS"),)), PRICING, COMPLETED)
    draft = studio.draft(plan)
    assert draft.headline.startswith(
        "On the way from $pageview where $pathname is /pricing to booking_completed most go first "
    )
    assert studio.made[0][1]["where"] == [{"property": "$os", "operator": "=", "values": ["iOS"]}]


def test_nothing_that_follows_is_told_as_nothing(studio):
    assert studio.draft(Paths(scope(MARCH), SIGNED_UP)).headline == (
        f"Nothing follows signed_up within half an hour, {IN_MARCH}."
    )


def did(name, period=hand.MARCH):
    return Counter(one.person for one in hand.found(name, during=period))


def test_people_who_did_one_thing_and_not_another_are_counted_of_those_who_did(studio):
    draft = studio.draft(Segment(scope(), (STARTED,), (COMPLETED,)))
    began = did("booking_started")
    left = set(began) - set(did("booking_completed"))
    assert draft.headline == (
        f"{len(left)} people did booking_started but not booking_completed, "
        f"{share(len(left), len(began))} of the {len(began)} people with booking_started, "
        f"{IN_MARCH}."
    )


def test_people_who_did_something_often_are_counted(studio):
    often = replace(COMPLETED, times=Times(">=", 3))
    counts = did("booking_completed")
    found = [p for p, n in counts.items() if n >= 3]
    assert studio.draft(Segment(scope(), (often,))).headline == (
        f"{len(found)} people did booking_completed at least 3 times, "
        f"{share(len(found), len(counts))} of the {len(counts)} people with booking_completed, "
        f"{IN_MARCH}."
    )


def test_who_never_did_something_is_asked_of_everybody_and_all_time(studio):
    draft = studio.draft(Segment(scope(LAST_30), (), (COMPLETED,)))
    everybody = {one.person for one in hand.found()}
    never = everybody - {one.person for one in hand.found("booking_completed")}
    assert draft.headline.startswith(
        f"{len(never)} people never did booking_completed, {share(len(never), len(everybody))} of "
        f"the {len(everybody)} people with any event, all time"
    )


def test_people_are_listed_with_how_often_they_did_it(studio):
    plan = Segment(scope(ranked=True, limit=5), (COMPLETED,), listed=True)
    draft = studio.draft(plan)
    counts = did("booking_completed")
    most = max(counts.values())
    (listed,) = draft.tables
    assert listed.columns == ("known as", "id", "booking_completed", "last seen")
    assert [row[2] for row in listed.rows] == sorted(counts.values(), reverse=True)[:5]
    assert all(counts[int(row[0].split("@")[0][1:])] == row[2] for row in listed.rows)
    assert (listed.whole, listed.total_rows) == (False, len(counts))
    assert draft.headline == (
        f"{listed.rows[0][0]} did booking_completed most often: {most} times. {len(counts)} people "
        f"did booking_completed, {IN_MARCH}; the first 5 are listed by how often they did "
        "booking_completed."
    )


def test_people_are_ranked_by_what_they_paid(studio):
    plan = Segment(scope(ranked=True), (COMPLETED,), listed=True, order=REVENUE)
    draft = studio.draft(plan)
    paid = Counter()
    for one in hand.found("booking_completed", during=hand.MARCH):
        paid[one.person] += one.get("amount_usd")
    best, most = paid.most_common(1)[0]
    assert draft.headline.startswith(
        f"{email(best)} has the highest total amount_usd of booking_completed: USD {most:,.2f}. "
    )
    assert {row[0]: row[3] for row in draft.tables[0].rows} == pytest.approx(
        {email(person): round(value, 4) for person, value in paid.items()}
    )


def test_groups_are_asked_about_as_people_are(studio):
    often = replace(COMPLETED, times=Times(">=", 18))
    draft = studio.draft(Segment(scope(), (often,), listed=True, group="company"))
    counts = Counter(o.company for o in hand.found("booking_completed", during=hand.MARCH))
    found = {COMPANIES[key]: counts[key] for key in COMPANIES if counts[key] >= 18}
    assert {row[0]: row[2] for row in draft.tables[0].rows} == found
    assert draft.headline.startswith(f"{len(found)} companies did booking_completed at least 18")


def test_people_of_two_periods_are_compared(studio):
    draft = studio.draft(Segment(scope(compare=FEBRUARY), (STARTED,), (COMPLETED,)))
    now, before = (
        set(did("booking_started", p)) - set(did("booking_completed", p))
        for p in (hand.MARCH, hand.FEBRUARY)
    )
    assert f"{IN_MARCH}, against {len(before)}, {IN_FEBRUARY}: " in draft.headline
    assert [row[2] for row in draft.tables[0].rows] == [len(now), len(before)]


def test_people_are_split_by_what_they_are(studio):
    draft = studio.draft(Segment(scope(breakdowns=(BY_CITY,)), (SIGNED_UP,), (COMPLETED,)))
    began, done = did("signed_up"), did("booking_completed")
    left = Counter(city(person) for person in set(began) - set(done))
    base = Counter(city(person) for person in began)
    assert {row[0]: row[1:3] for row in draft.tables[0].rows} == {
        name: (left[name], base[name]) for name in base
    }


def test_everybody_who_did_anything_is_listed_by_when_they_were_last_seen(studio):
    draft = studio.draft(Segment(scope(), (), (COMPLETED,), listed=True))
    assert draft.headline.endswith("listed by when they were last seen.")
    seen = [row[-1] for row in draft.tables[0].rows]
    assert seen == sorted(seen, reverse=True)
