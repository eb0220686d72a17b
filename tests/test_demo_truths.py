"""The demo's planted facts, each counted by plain SQL over the rows as they are written.

The SQL knows nothing of the generator: rows go into SQLite, properties stay JSON text.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tools.local.demo import generate

SCALE = 0.05
EVENTS = """
CREATE TABLE events (
  event TEXT, properties TEXT, at TEXT, day TEXT, month TEXT, distinct_id TEXT,
  person_id TEXT, person_properties TEXT, session_id TEXT
)
"""


@pytest.fixture(scope="module")
def rows() -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(":memory:") as db:
        db.execute(EVENTS)
        db.execute("CREATE TABLE persons (id TEXT, properties TEXT)")
        db.execute("CREATE TABLE distinct_ids (distinct_id TEXT, person_id TEXT)")
        db.execute("CREATE TABLE overrides (distinct_id TEXT, person_id TEXT)")
        for table, batch in generate(SCALE):
            _store(db, table, batch)
        db.execute("CREATE INDEX by_name ON events (event, day)")
        yield db


def _store(db: sqlite3.Connection, table: str, batch: Any) -> None:
    read = batch.to_pydict()
    match table:
        case "events":
            at = [moment.strftime("%Y-%m-%d %H:%M:%S.%f") for moment in read["timestamp"]]
            day, month = [one[:10] for one in at], [one[:7] for one in at]
            columns = [
                read["event"], read["properties"], at, day, month, read["distinct_id"],
                read["person_id"], read["person_properties"], read["$session_id"],
            ]  # fmt: skip
            db.executemany(
                "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)", zip(*columns, strict=True)
            )
        case "persons":
            pairs = zip(read["id"], read["properties"], strict=True)
            db.executemany("INSERT INTO persons VALUES (?,?)", pairs)
        case "person_distinct_ids" | "person_distinct_id_overrides":
            pairs = zip(read["distinct_id"], read["person_id"], strict=True)
            name = {"person_distinct_ids": "distinct_ids"}.get(table, "overrides")
            db.executemany(f"INSERT INTO {name} VALUES (?,?)", pairs)


def one(rows: sqlite3.Connection, sql: str) -> Any:
    """The only value of the only row."""
    return rows.execute(sql).fetchone()[0]


def pairs(rows: sqlite3.Connection, sql: str) -> dict[Any, Any]:
    """Rows of two columns, by the first."""
    return dict(rows.execute(sql).fetchall())


IOS_FAILURES = """
SELECT count(*) FROM events
WHERE event = 'payment_failed' AND properties ->> '$."$os"' = 'iOS' AND day BETWEEN '{}' AND '{}'
"""


def test_payments_on_ios_fail_nine_times_as_often_for_two_days(rows: sqlite3.Connection) -> None:
    usual = one(rows, IOS_FAILURES.format("2026-10-27", "2026-11-09")) / 14
    during = one(rows, IOS_FAILURES.format("2026-11-10", "2026-11-11")) / 2
    assert during / usual == pytest.approx(9, rel=0.05)


def test_the_surplus_of_failures_is_the_expired_token_on_the_new_version(
    rows: sqlite3.Connection,
) -> None:
    seen = rows.execute(
        """SELECT DISTINCT properties ->> '$."$app_version"', properties ->> '$."$os"', day
        FROM events WHERE properties ->> 'error_code' = 'apple_token_expired' ORDER BY day"""
    ).fetchall()
    assert seen == [("7.4.0", "iOS", "2026-11-10"), ("7.4.0", "iOS", "2026-11-11")]
    token = one(
        rows,
        "SELECT count(*) FROM events WHERE properties ->> 'error_code' = 'apple_token_expired'",
    )
    usual = one(rows, IOS_FAILURES.format("2026-10-27", "2026-11-09")) / 7
    during = one(rows, IOS_FAILURES.format("2026-11-10", "2026-11-11"))
    assert token >= during - 2 * usual - 1


def test_no_payment_succeeds_on_the_version_with_the_fault(rows: sqlite3.Connection) -> None:
    paid = pairs(
        rows,
        """SELECT day, count(*) FROM events WHERE event = 'payment_succeeded'
        AND properties ->> '$."$app_version"' = '7.4.0' AND properties ->> 'kind' = 'booking'
        AND day BETWEEN '2026-11-10' AND '2026-11-15' GROUP BY day""",
    )
    assert {"2026-11-10", "2026-11-11"}.isdisjoint(paid)
    assert paid


SIGNUPS = """
SELECT properties ->> 'method', count(*) FROM events
WHERE event = 'signed_up' AND day BETWEEN '{}' AND '{}' GROUP BY 1
"""


def test_signups_fall_by_38_percent_while_google_sign_in_is_broken(
    rows: sqlite3.Connection,
) -> None:
    usual = pairs(rows, SIGNUPS.format("2026-09-20", "2026-09-22"))
    broken = pairs(rows, SIGNUPS.format("2026-09-27", "2026-09-29"))
    assert sum(broken.values()) / sum(usual.values()) == pytest.approx(0.62, abs=0.01)
    assert usual["google"] > 0
    assert "google" not in broken
    assert sum(broken.values()) == sum(usual.values()) - usual["google"]


def test_searches_are_missing_on_one_day_and_nothing_else_is(rows: sqlite3.Connection) -> None:
    without = pairs(
        rows,
        """SELECT day, count(*) FILTER (WHERE event = 'class_searched') FROM events GROUP BY day
        HAVING count(*) FILTER (WHERE event = 'class_viewed') > 5
        AND count(*) FILTER (WHERE event = 'class_searched') = 0""",
    )
    assert without == {"2026-08-19": 0}
    others = pairs(
        rows,
        """SELECT day, count(*) FROM events WHERE event <> 'class_searched'
        AND day BETWEEN '2026-08-12' AND '2026-08-26' GROUP BY day""",
    )
    assert others["2026-08-19"] > 0.5 * sum(others.values()) / len(others)


SESSIONS = """
WITH sessions AS (
  SELECT session_id,
    substr(min(at), 1, 7) AS month,
    max(properties ->> 'utm_source') AS source,
    max(properties ->> 'utm_medium') AS medium,
    max(properties ->> 'utm_campaign') AS campaign,
    max(properties ->> '$."$referring_domain"') AS domain,
    max(event = 'booked_class') AS booked
  FROM events WHERE session_id <> '' AND at BETWEEN '2025-11-30' AND '2026-02-02'
  GROUP BY session_id
), channels AS (
  SELECT *, CASE
    WHEN medium = 'paid_social' THEN 'Paid Social'
    WHEN medium = 'cpc' THEN 'Paid Search'
    WHEN medium = 'email' THEN 'Email'
    WHEN domain IN ('www.google.com', 'www.bing.com', 'duckduckgo.com') THEN 'Organic Search'
    WHEN domain IN ('www.instagram.com', 'www.facebook.com') THEN 'Organic Social'
    WHEN domain IS NULL OR domain = '$direct' THEN 'Direct'
    ELSE 'Referral' END AS channel
  FROM sessions
)
"""


def test_paid_social_triples_in_january(rows: sqlite3.Connection) -> None:
    by_month = pairs(
        rows,
        SESSIONS + "SELECT month, count(*) FROM channels WHERE channel = 'Paid Social' GROUP BY 1",
    )
    assert by_month["2026-01"] / by_month["2025-12"] == pytest.approx(3, rel=0.03)
    campaign = one(
        rows,
        SESSIONS
        + """SELECT avg(campaign = 'newyear26') FROM channels
        WHERE channel = 'Paid Social' AND month = '2026-01'""",
    )
    assert campaign > 0.95


def test_in_january_every_channel_books_more_and_the_total_books_less(
    rows: sqlite3.Connection,
) -> None:
    rate = f"{SESSIONS} SELECT channel, avg(booked) FROM channels WHERE month = '{{}}' GROUP BY 1"
    total = f"{SESSIONS} SELECT month, avg(booked) FROM channels GROUP BY 1"
    december, january = (pairs(rows, rate.format(one)) for one in ("2025-12", "2026-01"))
    assert len(december) == 7
    assert {channel: january[channel] > december[channel] for channel in december} == dict.fromkeys(
        december, True
    )
    overall = pairs(rows, total)
    assert overall["2026-01"] < 0.97 * overall["2025-12"]
    assert january["Paid Social"] == min(january.values())


def test_booked_class_became_booking_completed_and_its_amount_a_number(
    rows: sqlite3.Connection,
) -> None:
    last_old = one(rows, "SELECT max(day) FROM events WHERE event = 'booked_class'")
    first_new = one(rows, "SELECT min(day) FROM events WHERE event = 'booking_completed'")
    assert "2026-02-27" < last_old < "2026-03-02" <= first_new < "2026-03-04"
    kinds = rows.execute(
        """SELECT DISTINCT event, json_type(properties, '$.amount'),
        json_type(properties, '$.amount_usd') IN ('integer', 'real')
        FROM events WHERE event IN ('booked_class', 'booking_completed') ORDER BY 1"""
    ).fetchall()
    assert kinds == [("booked_class", "text", None), ("booking_completed", None, 1)]


@pytest.mark.parametrize(
    ("where", "day"),
    [
        ("event = 'gift_card_purchased'", "2026-05-11"),
        ("event = 'ai_plan_generated'", "2026-09-01"),
    ],
)
def test_an_event_is_first_tracked_on_its_day(
    rows: sqlite3.Connection, where: str, day: str
) -> None:
    assert one(rows, f"SELECT min(day) FROM events WHERE {where}") == day


def test_no_gift_card_is_used_before_the_first_was_sold(rows: sqlite3.Connection) -> None:
    used = "SELECT min(day) FROM events WHERE properties ->> 'payment_method' = 'gift_card'"
    assert one(rows, used) >= "2026-05-11"


def test_one_domain_sends_a_spike_of_bots_mostly_from_one_network(
    rows: sqlite3.Connection,
) -> None:
    spike = """SELECT DISTINCT session_id, day, properties ->> '$."$referring_domain"' AS domain,
        properties ->> '$."$ip"' AS ip, properties ->> '$."$raw_user_agent"' AS agent
        FROM events WHERE session_id <> ''"""
    domains = rows.execute(
        f"""SELECT domain, count(*) FROM ({spike}) WHERE day = '2026-09-29'
        AND domain LIKE '%.example' GROUP BY 1 ORDER BY 2 DESC"""
    ).fetchall()
    (domain, visits), others = domains[0], sum(count for _, count in domains[1:])
    assert visits >= 20
    assert visits > 5 * others
    assert pairs(
        rows, f"SELECT day, count(*) FROM ({spike}) WHERE domain = '{domain}' GROUP BY 1"
    ) == {"2026-09-29": visits}
    networks = rows.execute(
        f"""SELECT ip LIKE '203.0.113.%', count(*) * 1.0 / {visits}, min(agent LIKE '%bot%')
        FROM ({spike}) WHERE domain = '{domain}' GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    assert networks == [(0, pytest.approx(0.3), 1), (1, pytest.approx(0.7), 1)]


def test_two_percent_of_the_events_are_internal(rows: sqlite3.Connection) -> None:
    share = one(
        rows,
        "SELECT avg(person_properties ->> 'email' LIKE '%@stretchwell.example') FROM events "
        "WHERE person_properties ->> 'email' IS NOT NULL",
    )
    of_all = one(
        rows,
        """SELECT count(*) FILTER (WHERE person_properties ->> 'email' LIKE '%@stretchwell.example')
        * 1.0 / count(*) FROM events""",
    )
    assert 0.015 < of_all < share < 0.03
    marked = one(
        rows,
        """SELECT count(*) FROM persons WHERE (properties ->> 'is_internal' = 1)
        <> (properties ->> 'email' LIKE '%@stretchwell.example')""",
    )
    assert marked == 0


def test_bookings_are_doubled_on_one_day_only(rows: sqlite3.Connection) -> None:
    doubled = pairs(
        rows,
        """SELECT day, sum(times - 1) FROM (
          SELECT day, properties ->> 'booking_id', count(*) AS times FROM events
          WHERE event IN ('booked_class', 'booking_completed') GROUP BY 1, 2 HAVING times > 1
        ) GROUP BY 1""",
    )
    ids = one(
        rows,
        """SELECT count(DISTINCT properties ->> 'booking_id') FROM events
        WHERE event = 'booking_completed' AND day = '2026-04-08'""",
    )
    assert doubled == {"2026-04-08": max(1, round(0.011 * ids))}


def test_three_percent_have_no_country(rows: sqlite3.Connection) -> None:
    events = one(rows, "SELECT avg(properties ->> '$.\"$geoip_country_name\"' IS NULL) FROM events")
    persons = one(rows, "SELECT avg(properties ->> 'country' IS NULL) FROM persons")
    assert events == pytest.approx(0.03, abs=0.008)
    assert persons == pytest.approx(0.03, abs=0.005)


def test_four_percent_of_the_persons_are_merged_through_overrides(
    rows: sqlite3.Connection,
) -> None:
    merged = one(rows, "SELECT count(*) FROM overrides")
    assert merged == round(0.04 * one(rows, "SELECT count(*) FROM persons"))
    assert one(rows, "SELECT count(*) FROM overrides JOIN persons ON person_id = id") == merged
    before = rows.execute(
        """SELECT count(DISTINCT events.distinct_id), count(DISTINCT events.person_id),
        count(DISTINCT persons.id), max(events.person_id = overrides.person_id)
        FROM events JOIN overrides USING (distinct_id) LEFT JOIN persons ON id = events.person_id"""
    ).fetchone()
    assert before == (merged, merged, 0, 0)
    ids = one(
        rows,
        """SELECT min(n) FROM (SELECT count(*) AS n FROM distinct_ids
        WHERE person_id IN (SELECT person_id FROM overrides) GROUP BY person_id)""",
    )
    assert ids == 2


HOURS = """
SELECT CAST(strftime('%H', at) AS INTEGER), count(*) FROM events
WHERE CAST(strftime('%w', day) AS INTEGER) BETWEEN {} AND {} GROUP BY 1 ORDER BY 2 DESC LIMIT 2
"""


def test_the_busiest_hours_are_after_work_and_on_saturday_morning(
    rows: sqlite3.Connection,
) -> None:
    assert set(pairs(rows, HOURS.format(1, 4))) == {17, 18}
    assert set(pairs(rows, HOURS.format(6, 6))) == {9, 10}


def test_january_is_a_peak_and_summer_a_dip(rows: sqlite3.Connection) -> None:
    daily = pairs(
        rows, "SELECT month, count(*) * 1.0 / count(DISTINCT day) FROM events GROUP BY month"
    )
    assert daily["2026-01"] > 1.1 * max(daily["2025-12"], daily["2026-02"])
    for summer in ("2026-07", "2026-08"):
        assert daily[summer] < 0.85 * min(daily["2026-06"], daily["2026-09"])


EXPOSED = """
WITH exposed AS (
  SELECT person_id, min(at) AS since, min(properties ->> '$."$feature_flag_response"') AS variant
  FROM events WHERE event = '$feature_flag_called' AND day BETWEEN '{since}' AND '{until}'
    AND properties ->> '$."$feature_flag"' = '{flag}'
  GROUP BY 1
)
"""
BOOKING_FLOW = EXPOSED.format(since="2026-06-01", until="2026-07-12", flag="new-booking-flow")
REACHED = """
SELECT variant, avg(EXISTS (
  SELECT 1 FROM events WHERE events.person_id = exposed.person_id AND event = '{}'
  AND at >= since AND day <= '2026-07-12'
)) FROM exposed GROUP BY 1
"""


@pytest.fixture(scope="module")
def by_person(rows: sqlite3.Connection) -> sqlite3.Connection:
    rows.execute("CREATE INDEX IF NOT EXISTS by_person ON events (person_id, event, at)")
    return rows


@pytest.mark.parametrize(
    ("event", "gap"), [("booking_completed", 0.06), ("booking_cancelled", 0.015)]
)
def test_the_new_booking_flow_books_and_cancels_more(
    by_person: sqlite3.Connection, event: str, gap: float
) -> None:
    arms = pairs(by_person, BOOKING_FLOW + REACHED.format(event))
    size = min(
        pairs(by_person, BOOKING_FLOW + "SELECT variant, count(*) FROM exposed GROUP BY 1").values()
    )
    assert set(arms) == {"control", "test"}
    assert arms["test"] - arms["control"] == pytest.approx(gap, abs=1.5 / size)


def test_the_new_booking_flow_is_split_in_halves(rows: sqlite3.Connection) -> None:
    sizes = pairs(rows, BOOKING_FLOW + "SELECT variant, count(*) FROM exposed GROUP BY 1")
    share = sizes["test"] / sum(sizes.values())
    assert share == pytest.approx(0.5, abs=2 / sum(sizes.values()) ** 0.5)


def test_nobody_is_exposed_to_two_variants(rows: sqlite3.Connection) -> None:
    variants = rows.execute(
        """SELECT max(n) FROM (
          SELECT count(DISTINCT properties ->> '$."$feature_flag_response"') AS n FROM events
          WHERE event = '$feature_flag_called'
          GROUP BY person_id, properties ->> '$."$feature_flag"'
        )"""
    ).fetchone()
    assert variants == (1,)


def test_one_variant_of_the_running_experiment_is_under_filled(rows: sqlite3.Connection) -> None:
    exposed = EXPOSED.format(since="2026-10-05", until="2026-11-15", flag="smart-recommendations")
    sizes = pairs(rows, exposed + "SELECT variant, count(*) FROM exposed GROUP BY 1")
    assert set(sizes) == {"control", "collab", "llm"}
    assert 2 * sizes["llm"] < min(sizes["control"], sizes["collab"])
    first = one(
        rows,
        """SELECT min(day) FROM events WHERE event = '$feature_flag_called'
        AND properties ->> '$."$feature_flag"' = 'smart-recommendations'""",
    )
    assert first >= "2026-10-05"


def test_a_fifth_of_the_members_is_in_the_running_experiment(rows: sqlite3.Connection) -> None:
    share = one(
        rows,
        """SELECT avg(inside) FROM (SELECT max(properties ->> '$."$feature/smart-recommendations"'
        IS NOT NULL) AS inside FROM events WHERE day >= '2026-10-06' AND distinct_id LIKE 'user_%'
        AND session_id <> '' GROUP BY distinct_id)""",
    )
    assert share == pytest.approx(0.2, abs=0.08)


def test_the_apple_pay_flag_is_on_for_a_quarter_of_iphones(rows: sqlite3.Connection) -> None:
    flag = EXPOSED.format(since="2026-09-01", until="2026-11-15", flag="ios-apple-pay")
    share = one(rows, flag + "SELECT avg(variant) FROM exposed")
    count = one(rows, flag + "SELECT count(*) FROM exposed")
    assert share == pytest.approx(0.25, abs=1.2 / count**0.5)


def test_flags_that_are_off_answer_so(rows: sqlite3.Connection) -> None:
    flags = """SELECT properties ->> '$."$feature_flag"',
        min(properties ->> '$."$feature_flag_response"')
        || max(properties ->> '$."$feature_flag_response"') FROM events
        WHERE event = '$feature_flag_called' GROUP BY 1"""
    answers = pairs(rows, flags)
    assert "dark-mode" not in answers
    assert answers["kill-switch-push"] == "00"
    assert answers["annual-plan-banner"] == "11"
    first = """SELECT min(day) FROM events WHERE event = '$feature_flag_called'
        AND properties ->> '$."$feature_flag"' = 'annual-plan-banner'"""
    assert one(rows, first) >= "2026-02-10"


def test_the_named_persons_and_groups_are_there(rows: sqlite3.Connection) -> None:
    named = "('maya.okafor@example.com', 'li.wei@example.com', 'jane@acme.example')"
    active = f"""SELECT count(DISTINCT person_properties ->> 'email') FROM events
        WHERE event = 'booking_completed' AND person_properties ->> 'email' IN {named}"""
    assert one(rows, f"SELECT count(*) FROM persons WHERE properties ->> 'email' IN {named}") == 3
    assert one(rows, active) == 3
    maya = """SELECT count(*) FROM events WHERE person_properties ->> 'email' =
        'maya.okafor@example.com' AND """
    assert one(rows, f"{maya} event = 'subscription_cancelled' AND day = '2026-10-20'") == 1
    assert one(rows, f"{maya} event = '$pageview' AND day = '2026-10-02'") > 1
