from collections import Counter
from dataclasses import replace
from datetime import datetime
from statistics import mean, median

import pytest

from agent.answer import AnswerTable
from agent.planner.answers import answer
from agent.planner.asking import calls
from agent.planner.english.windows import Clock, everything
from agent.planner.plan import Breakdown, Property, Series, Times, Trends, Unsure
from tests import studio_by_hand as hand
from tests.plans import (
    AMOUNT,
    ANYBODY,
    AVERAGE,
    BY_CATEGORY,
    BY_CITY,
    CANCELLED,
    CATEGORY,
    CITY,
    COMPANY,
    COMPLETED,
    FEBRUARY,
    IN_FEBRUARY,
    IN_MARCH,
    IN_QUARTER,
    MARCH,
    NOW,
    PATH,
    PEOPLE,
    QUARTER,
    REVENUE,
    STARTED,
    VIEWED,
    scope,
    where,
)
from tests.studio import COMPANIES, city

DONE = hand.found("booking_completed", during=hand.MARCH)
BEGUN = hand.found("booking_started", during=hand.MARCH)
BEFORE = hand.found("booking_completed", during=hand.FEBRUARY)
AMOUNTS = hand.amounts(DONE)
BY_HAND = hand.by(DONE, lambda one: one.get("category"))
WHOLE_WEEKS = hand.weeks(hand.MARCH)[1:-1]
CUT_WEEKS = "2026-02-23 and 2026-03-30 are only partly inside the period."


def money(value):
    text = f"{value:,.2f}"
    return f"USD {text.removesuffix('.00') if float(value).is_integer() else text}"


def share(part, whole):
    text = f"{100 * part / whole:.1f}"
    return f"{text.removesuffix('.0')} %"


def rounded(rows):
    return [tuple(round(c, 3) if isinstance(c, float) else c for c in row) for row in rows]


def text_of(draft):
    return draft.text.split(". ", 1)[1] if ". " in draft.text else ""


SINGLE = {
    "events": (
        Trends(scope(), (COMPLETED,)),
        f"{len(DONE)} booking_completed events",
        [(len(DONE),)],
    ),
    "people": (
        Trends(scope(), (PEOPLE,)),
        f"{hand.people(DONE)} people with booking_completed",
        [(hand.people(DONE),)],
    ),
    "either of two events": (
        Trends(scope(), (Series(("booking_started", "booking_completed")),)),
        f"{len(DONE) + len(BEGUN)} booking_started or booking_completed events",
        [(len(DONE) + len(BEGUN),)],
    ),
    "conditions": (
        Trends(
            scope(filters=(where(AMOUNT, 30.0, operator=">"), where(CITY, "Rome"))), (COMPLETED,)
        ),
        f"{len([o for o in DONE if o.get('amount_usd') > 30 and city(o.person) == 'Rome'])} "
        "booking_completed events where amount_usd over 30 and person city is Rome",
        [(len([o for o in DONE if o.get("amount_usd") > 30 and city(o.person) == "Rome"]),)],
    ),
    "a sum": (
        Trends(scope(), (REVENUE,)),
        f"The total amount_usd of booking_completed: {money(sum(AMOUNTS))}, "
        f"from {len(AMOUNTS)} values",
        [(round(sum(AMOUNTS), 2), len(AMOUNTS))],
    ),
    "an average": (
        Trends(scope(), (AVERAGE,)),
        f"The average amount_usd of booking_completed: {money(mean(AMOUNTS))}, "
        f"from {len(AMOUNTS)} values",
        [(round(mean(AMOUNTS), 3), len(AMOUNTS))],
    ),
    "an exact median": (
        Trends(scope(), (replace(AVERAGE, math="median"),)),
        f"The median amount_usd of booking_completed: {money(median(AMOUNTS))}, "
        f"from {len(AMOUNTS)} values",
        [(round(median(AMOUNTS), 3), len(AMOUNTS))],
    ),
    "an exact percentile": (
        Trends(scope(), (replace(AVERAGE, math="percentile", percentile=0.9),)),
        f"The 90th percentile of amount_usd of booking_completed: "
        f"{money(hand.quantile(AMOUNTS, 0.9))}, from {len(AMOUNTS)} values",
        [(round(hand.quantile(AMOUNTS, 0.9), 3), len(AMOUNTS))],
    ),
    "different values": (
        Trends(scope(), (replace(COMPLETED, math="distinct", property=CATEGORY),)),
        "3 different values of category on booking_completed",
        [(3,)],
    ),
    "groups": (
        Trends(scope(), (replace(COMPLETED, math="groups", group="company"),)),
        "3 companies with booking_completed",
        [(3,)],
    ),
    "sessions": (
        Trends(scope(QUARTER), (Series(("signed_up", "booking_completed"), "sessions"),)),
        f"{len({o.session for o in hand.found('booking_completed', during=hand.QUARTER)})} "
        "sessions with signed_up or booking_completed",
        [(len({o.session for o in hand.found("booking_completed", during=hand.QUARTER)}),)],
    ),
    "people who did it often": (
        Trends(scope(), (replace(PEOPLE, times=Times(">=", 2)),)),
        f"{sum(n >= 2 for n in Counter(o.person for o in DONE).values())} people with "
        "booking_completed at least 2 times",
        [(sum(n >= 2 for n in Counter(o.person for o in DONE).values()),)],
    ),
    "people by their first time ever": (
        Trends(scope(), (replace(COMPLETED, math="first_time"),)),
        f"{sum(e[0] in DONE for e in hand.journeys(hand.found('booking_completed')).values())} "
        "people with their first booking_completed",
        [(sum(e[0] in DONE for e in hand.journeys(hand.found("booking_completed")).values()),)],
    ),
    "several side by side": (
        Trends(scope(), (COMPLETED, AVERAGE)),
        f"{len(DONE)} booking_completed events, {money(mean(AMOUNTS))} average amount_usd of "
        "booking_completed",
        [(len(DONE), round(mean(AMOUNTS), 3))],
    ),
    "a share": (
        Trends(scope(), (PEOPLE, ANYBODY), "share", yes_no=True),
        f"Yes: {share(hand.people(DONE), hand.people(hand.found(during=hand.MARCH)))} "
        f"({hand.people(DONE)} of {hand.people(hand.found(during=hand.MARCH))}): "
        "people with booking_completed, of people with any event",
        [
            (
                hand.people(DONE),
                hand.people(hand.found(during=hand.MARCH)),
                round(100 * hand.people(DONE) / hand.people(hand.found(during=hand.MARCH)), 3),
            )
        ],
    ),
    "a ratio": (
        Trends(scope(), (REVENUE, Series(math="sessions")), "ratio"),
        f"{money(sum(AMOUNTS) / len(hand.sessions(hand.MARCH)))} ({money(sum(AMOUNTS))} / "
        f"{len(hand.sessions(hand.MARCH))}): total amount_usd of booking_completed per session "
        "with any event",
        [
            (
                round(sum(AMOUNTS), 2),
                len(hand.sessions(hand.MARCH)),
                round(sum(AMOUNTS) / len(hand.sessions(hand.MARCH)), 3),
            )
        ],
    ),
    "a difference": (
        Trends(scope(), (STARTED, COMPLETED), "difference"),
        f"{len(BEGUN) - len(DONE)} ({len(BEGUN)} - {len(DONE)}): booking_started events minus "
        "booking_completed events",
        [(len(BEGUN), len(DONE), len(BEGUN) - len(DONE))],
    ),
}


@pytest.mark.parametrize(("plan", "headline", "rows"), SINGLE.values(), ids=SINGLE)
def test_a_figure_is_told_with_its_unit_and_its_period(studio, plan, headline, rows):
    draft = studio.draft(plan)
    period = IN_QUARTER if plan.scope.span is QUARTER else IN_MARCH
    assert (draft.outcome, draft.headline) == ("answered", f"{headline}, {period}.")
    (shown,) = draft.tables
    assert rounded(shown.rows) == rows
    assert shown.whole
    assert draft.text.startswith("Read as: ")
    assert draft.window.timezone == "Europe/Berlin"


def test_an_answer_says_how_the_question_was_read(studio):
    plan = Trends(
        scope(filters=(where(CITY, "Rome", "Paris"),), breakdowns=(BY_CATEGORY,)), (PEOPLE,)
    )
    draft = studio.draft(plan)
    assert draft.text == (
        "Read as: people with booking_completed where person city is Rome or Paris, by category, "
        f"{IN_MARCH}."
    )
    assert (draft.window.start, draft.window.end) == (
        "2026-03-01T00:00:00+01:00",
        "2026-04-01T00:00:00+02:00",
    )
    assert draft.plan == plan


def test_values_are_ranked_with_the_winner_first_and_their_shares(studio):
    draft = studio.draft(Trends(scope(breakdowns=(BY_CATEGORY,)), (COMPLETED,)))
    ranked = [*sorted(set(BY_HAND) - {None}, key=lambda name: (-BY_HAND[name], name)), None]
    assert draft.headline == (
        f"yoga has the most booking_completed events: {BY_HAND['yoga']} of {len(DONE)} "
        f"({share(BY_HAND['yoga'], len(DONE))}), {IN_MARCH}."
    )
    (shown,) = draft.tables
    assert shown.columns == ("category", "booking_completed events", "% of all")
    assert rounded(shown.rows) == [
        (name, BY_HAND[name], round(100 * BY_HAND[name] / len(DONE), 3)) for name in ranked
    ]
    assert shown.whole


def test_a_list_is_as_long_as_was_asked_for_and_tells_what_is_left_out(studio):
    plan = Trends(scope(breakdowns=(BY_CATEGORY,), limit=2, ranked=True), (COMPLETED,))
    draft = studio.draft(plan)
    (shown,) = draft.tables
    assert [row[:2] for row in shown.rows] == [("yoga", 29), ("boxing", 21)]
    assert (shown.whole, shown.total_rows) == (False, 3)
    assert text_of(draft) == f"Those without a value are left out ({BY_HAND[None]})."


def test_the_fewest_are_asked_of_all_values(studio):
    plan = Trends(
        scope(breakdowns=(BY_CATEGORY,), limit=1, ranked=True, ascending=True), (COMPLETED,)
    )
    draft = studio.draft(plan)
    assert draft.headline.startswith("pilates has the fewest booking_completed events: 16 of 88")
    assert [name for name, _ in studio.made] == ["run_hogql"]


def test_a_place_in_the_order_is_told_with_the_first(studio):
    pages = hand.by(hand.found("$pageview", during=hand.MARCH), lambda one: one.get("$pathname"))
    (first, most), (second, next_most) = pages.most_common(2)
    draft = studio.draft(
        Trends(scope(breakdowns=(Breakdown(PATH),), nth=2, ranked=True), (VIEWED,))
    )
    assert draft.headline == (
        f"{second} has the 2nd most $pageview events: {next_most}; {first} comes first with "
        f"{most}, {IN_MARCH}."
    )


def test_two_that_are_compared_are_told_with_their_difference(studio):
    plan = Trends(
        scope(filters=(where(CITY, "Berlin", "Paris"),), breakdowns=(BY_CITY,)), (PEOPLE,)
    )
    draft = studio.draft(plan)
    berlin, paris = (
        hand.people(o for o in DONE if city(o.person) == name) for name in ("Berlin", "Paris")
    )
    assert draft.headline == (
        f"Berlin has the most people with booking_completed: {berlin}, Paris {paris}: a difference "
        f"of {berlin - paris} (+{share(berlin - paris, paris)}), {IN_MARCH}."
    )


def test_averages_of_values_are_told_with_how_many_they_are_from(studio):
    draft = studio.draft(Trends(scope(breakdowns=(BY_CATEGORY,)), (AVERAGE,)))
    parts = {name: hand.amounts(o for o in DONE if o.get("category") == name) for name in BY_HAND}
    best = max((name for name in parts if name), key=lambda name: mean(parts[name]))
    assert draft.headline == (
        f"{best} has the highest average amount_usd of booking_completed: "
        f"{money(mean(parts[best]))}, {IN_MARCH}."
    )
    assert {row[0]: row[2] for row in draft.tables[0].rows} == {
        name: len(found) for name, found in parts.items()
    }


def test_days_of_the_week_are_all_shown_in_their_order(studio):
    draft = studio.draft(Trends(scope(breakdowns=(Breakdown(part="weekday"),)), (COMPLETED,)))
    counts = hand.by(DONE, lambda one: one.at.isoweekday())
    assert [row[:2] for row in draft.tables[0].rows] == [
        (name, counts[n])
        for n, name in enumerate(
            ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), 1
        )
    ]
    assert draft.headline.startswith("Tuesday has the most booking_completed events: 18 of 88")


def test_groups_are_shown_by_their_names(studio):
    draft = studio.draft(Trends(scope(breakdowns=(Breakdown(COMPANY),)), (COMPLETED,)))
    counts = hand.by(DONE, lambda one: one.company or None)
    best = max((key for key in counts if key), key=lambda key: counts[key])
    assert draft.headline.startswith(f"{best} ({COMPANIES[best]}) has the most booking_completed")
    assert {row[0]: row[1:3] for row in draft.tables[0].rows if row[0]} == {
        key: (COMPANIES[key], counts[key]) for key in COMPANIES
    }


def test_a_share_is_ranked_by_itself_and_told_with_its_parts(studio):
    plan = Trends(scope(breakdowns=(BY_CATEGORY,), ranked=True), (COMPLETED, STARTED), "share")
    draft = studio.draft(plan)
    begun = hand.by(BEGUN, lambda one: one.get("category"))
    best = max((n for n in begun if n), key=lambda name: BY_HAND[name] / begun[name])
    assert draft.headline == (
        f"{best} has the highest booking_completed events as a share of booking_started events: "
        f"{share(BY_HAND[best], begun[best])} ({BY_HAND[best]} of {begun[best]}), {IN_MARCH}."
    )


def test_a_development_is_told_with_its_total_its_peak_and_what_is_cut(studio):
    draft = studio.draft(Trends(scope(interval="week"), (COMPLETED,)))
    counts = hand.by(DONE, lambda one: hand.week(one.at))
    best = max(counts, key=lambda name: counts[name])
    first, last = WHOLE_WEEKS[0], WHOLE_WEEKS[-1]
    assert draft.headline == (
        f"{len(DONE)} booking_completed events, {IN_MARCH}; the most: {counts[best]} in the week "
        f"of {best}."
    )
    assert draft.tables[0].rows == tuple((w, counts[w]) for w in hand.weeks(hand.MARCH))
    grown = counts[last] - counts[first]
    assert text_of(draft) == (
        f"From {counts[first]} ({first}) to {counts[last]} ({last}): +{grown} "
        f"(+{share(grown, counts[first])}). {CUT_WEEKS}"
    )


def test_an_average_over_time_has_no_value_where_there_is_none(studio):
    draft = studio.draft(Trends(scope(interval="week"), (AVERAGE,)))
    parts = {
        week: hand.amounts(o for o in DONE if hand.week(o.at) == week)
        for week in hand.weeks(hand.MARCH)
    }
    assert rounded(draft.tables[0].rows) == [
        (week, round(mean(found), 3) if found else None, len(found))
        for week, found in parts.items()
    ]
    assert parts["2026-02-23"] == []


def test_quarters_which_posthogs_trends_do_not_have_are_measured_too(studio):
    draft = studio.draft(Trends(scope(QUARTER, interval="quarter"), (PEOPLE,)))
    people = hand.people(hand.found("booking_completed", during=hand.QUARTER))
    assert draft.tables[0].rows == (("2026-Q1", people),)
    assert [name for name, _ in studio.made] == ["run_hogql"]


def test_the_peak_is_the_answer_where_it_is_asked_for(studio):
    counts = hand.by(DONE, lambda one: one.day)
    draft = studio.draft(Trends(scope(interval="week"), (COMPLETED,), peak=True))
    weeks = hand.by(DONE, lambda one: hand.week(one.at))
    best = max(weeks, key=lambda name: weeks[name])
    assert draft.headline == (
        f"{best} was the week with the most booking_completed events: {weeks[best]}, {IN_MARCH}."
    )
    draft = studio.draft(Trends(scope(interval="day"), (COMPLETED,), gaps=True))
    none = [day for day in hand.days(hand.MARCH) if not counts[day]]
    assert draft.headline.startswith(f"Yes: {len(none)} whole days without booking_completed")
    assert draft.tables[0].rows == tuple((day, 0) for day in none)


def test_a_mean_over_days_is_over_the_whole_ones(studio):
    draft = studio.draft(Trends(scope(), (COMPLETED,), each="day"))
    assert draft.headline == (
        f"{len(DONE) / 31:.2f} booking_completed events per day on average, over 31 whole days, "
        f"{IN_MARCH}."
    )


def test_a_mean_over_days_by_value_names_the_highest(studio):
    draft = studio.draft(Trends(scope(breakdowns=(BY_CITY,)), (COMPLETED,), each="day"))
    counts = hand.by(DONE, lambda one: city(one.person))
    best = max(counts, key=lambda name: counts[name])
    assert draft.headline == (
        f"{best} has the highest booking_completed events per day on average: "
        f"{counts[best] / 31:.2f}, over 31 whole days, {IN_MARCH}."
    )
    assert {row[0]: row[1] for row in draft.tables[0].rows} == pytest.approx(
        {name: round(count / 31, 4) for name, count in counts.items()}
    )


def test_growth_is_the_change_between_the_last_two_whole_intervals(studio):
    draft = studio.draft(Trends(scope(QUARTER, interval="month"), (PEOPLE,), growth=True))
    before, now = hand.people(BEFORE), hand.people(DONE)
    assert draft.headline == (
        f"People with booking_completed: +{now - before} (+{share(now - before, before)}) from "
        f"2026-02 ({before}) to 2026-03 ({now}), the last whole month of {IN_QUARTER}."
    )
    assert draft.tables[0].rows[2][:3] == ("2026-03", now, now - before)


def test_growth_of_values_names_the_fastest(studio):
    plan = Trends(
        scope(QUARTER, interval="month", breakdowns=(BY_CITY,)), (COMPLETED,), growth=True
    )
    draft = studio.draft(plan)
    old, new = (hand.by(part, lambda one: city(one.person)) for part in (BEFORE, DONE))
    best = max(new, key=lambda name: new[name] / old[name])
    assert draft.headline.startswith(
        f"{best} is growing fastest in booking_completed events: +{new[best] - old[best]} "
        f"(+{share(new[best] - old[best], old[best])}) from 2026-02 ({old[best]}) to 2026-03"
    )


def test_a_running_total_ends_with_everything(studio):
    draft = studio.draft(Trends(scope(interval="week"), (PEOPLE,), cumulative=True))
    seen: set[int] = set()
    rows = []
    for week in hand.weeks(hand.MARCH):
        seen |= {one.person for one in DONE if hand.week(one.at) == week}
        rows.append((week, len(seen)))
    assert draft.headline == (
        f"{hand.people(DONE)} people with booking_completed in all by the end, {IN_MARCH}."
    )
    assert list(draft.tables[0].rows) == rows


def test_several_developments_stand_side_by_side(studio):
    draft = studio.draft(Trends(scope(interval="day"), (STARTED, COMPLETED, CANCELLED)))
    gone = hand.found("booking_cancelled", during=hand.MARCH)
    assert draft.headline == (
        f"{len(BEGUN)} booking_started events, {len(DONE)} booking_completed events, {len(gone)} "
        f"booking_cancelled events, {IN_MARCH}."
    )
    counts = [hand.by(part, lambda one: one.day) for part in (BEGUN, DONE, gone)]
    assert draft.tables[0].rows == tuple(
        (day, *(count[day] for count in counts)) for day in hand.days(hand.MARCH)
    )


def test_a_development_of_values_tells_the_largest(studio):
    draft = studio.draft(Trends(scope(interval="week", breakdowns=(BY_CATEGORY,)), (COMPLETED,)))
    counts = hand.by(DONE, lambda one: (hand.week(one.at), one.get("category")))
    assert draft.headline == (
        f"booking_completed events by category, per week, {IN_MARCH}; yoga has the most in all: "
        f"{BY_HAND['yoga']}."
    )
    assert draft.tables[0].rows == tuple(
        (week, name, counts[week, name])
        for week in hand.weeks(hand.MARCH)
        for name in ("yoga", "boxing", "pilates", None)
    )


def test_a_development_of_the_largest_has_as_many_as_were_asked_for(studio):
    plan = Trends(
        scope(interval="week", breakdowns=(BY_CATEGORY,), limit=1, ranked=True), (COMPLETED,)
    )
    draft = studio.draft(plan)
    assert {row[1] for row in draft.tables[0].rows} == {"yoga"}
    assert not draft.tables[0].whole


def test_a_running_total_of_what_does_not_add_up_is_declined(studio):
    for math in ("avg", "distinct", "median"):
        one = replace(AVERAGE, math=math)
        with pytest.raises(Unsure, match="does not add up"):
            studio.draft(Trends(scope(interval="week"), (one,), cumulative=True))


def test_where_nobody_knows_when_the_data_begins_the_intervals_are_those_there_are(studio):
    plan = Trends(scope(everything(), interval="month"), (COMPLETED,))

    def blind(world):
        world.clock = Clock(NOW, 1)
        return answer(plan, world.look(*calls(plan, world)), world)

    draft = studio.think(blind)
    months = hand.by(hand.found("booking_completed"), lambda one: f"{one.at:%Y-%m}")
    assert draft.tables[0].rows == tuple(sorted(months.items()))
    assert draft.window.start is None


def test_two_periods_are_told_with_the_change_between_them(studio):
    draft = studio.draft(Trends(scope(compare=FEBRUARY), (PEOPLE,)))
    now, before = hand.people(DONE), hand.people(BEFORE)
    assert draft.headline == (
        f"{now} people with booking_completed, {IN_MARCH}, against {before}, {IN_FEBRUARY}: "
        f"+{now - before} (+{share(now - before, before)})."
    )
    change = round(100 * (now - before) / before, 4)
    assert draft.tables == (
        AnswerTable(
            ("period", "dates", "people with booking_completed", "change", "change %"),
            (
                ("March 2026", "2026-03-01 to 2026-03-31", now, now - before, change),
                ("February 2026", "2026-02-01 to 2026-02-28", before, None, None),
            ),
            True,
            2,
        ),
    )


def test_a_share_of_two_periods_changes_by_points(studio):
    draft = studio.draft(Trends(scope(compare=FEBRUARY), (COMPLETED, STARTED), "share"))
    old = hand.found("booking_started", during=hand.FEBRUARY)
    now, before = 100 * len(DONE) / len(BEGUN), 100 * len(BEFORE) / len(old)
    assert draft.headline.endswith(f"{before:.1f} %, {IN_FEBRUARY}: +{now - before:.1f} points.")


def test_values_of_two_periods_stand_side_by_side(studio):
    draft = studio.draft(Trends(scope(compare=FEBRUARY, breakdowns=(BY_CATEGORY,)), (COMPLETED,)))
    old = hand.by(BEFORE, lambda one: one.get("category"))
    assert {row[0]: row[1:4] for row in draft.tables[0].rows} == {
        name: (BY_HAND[name], old[name], BY_HAND[name] - old[name]) for name in BY_HAND
    }


def test_where_nothing_declined_no_decline_is_told(studio):
    plan = Trends(
        scope(compare=FEBRUARY, breakdowns=(BY_CATEGORY,), ranked=True, ascending=True, limit=2),
        (COMPLETED,),
        growth=True,
    )
    assert studio.draft(plan).headline.startswith(
        "None declined in booking_completed events; pilates comes nearest to it: 16 against 12"
    )


def test_intervals_of_two_periods_are_matched_by_their_places(studio):
    draft = studio.draft(Trends(scope(interval="week", compare=FEBRUARY), (COMPLETED,)))
    counts = hand.by([*DONE], lambda one: hand.week(one.at))
    old = hand.by([*BEFORE], lambda one: hand.week(one.at))
    pairs = zip(hand.weeks(hand.MARCH), [*hand.weeks(hand.FEBRUARY), None], strict=True)
    assert [row[:4] for row in draft.tables[0].rows] == [
        (now, counts[now], then, old[then] if then else None) for now, then in pairs
    ]


def test_a_series_may_have_a_period_of_its_own(studio):
    late = replace(COMPLETED, span=FEBRUARY)
    draft = studio.draft(Trends(scope(MARCH), (STARTED, late), "difference"))
    assert draft.tables[0].rows == ((len(BEGUN), len(BEFORE), len(BEGUN) - len(BEFORE)),)


def test_a_period_that_is_not_over_is_told(studio):
    april = replace(MARCH, start=datetime(2026, 4, 1), end=datetime(2026, 4, 15, 12, 30))
    draft = studio.draft(Trends(scope(replace(april, label="this month so far")), (COMPLETED,)))
    assert text_of(draft).endswith("The period is not over yet.")
    draft = studio.draft(
        Trends(scope(replace(QUARTER, end=april.end), interval="month"), (VIEWED,))
    )
    assert "The month 2026-04 is not over yet." in draft.text


def test_the_label_of_a_thing_stands_beside_its_code(studio):
    by_path = Breakdown(PATH, label=Property("$os"))
    draft = studio.draft(Trends(scope(breakdowns=(by_path,)), (VIEWED,)))
    assert draft.tables[0].columns[:2] == ("$pathname", "name")
    assert all(row[1] in ("iOS", "Android", "Mac OS X") for row in draft.tables[0].rows)
