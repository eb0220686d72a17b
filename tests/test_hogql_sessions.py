"""Sessions: every column against plain Python over the raw events, and what is read for them."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.hogql_fixtures import CONTEXT, Ask, small_project
from tools.local.hogql import Context, compile_query

START = datetime(2024, 3, 1, tzinfo=UTC)
NAMES = ("$pageview", "$screen", "$autocapture", "buy", "$pageleave")
VALUES = {
    "$current_url": ["https://a.com/x?y=1", "https://b.org/", "https://a.com/z"],
    "$referring_domain": ["$direct", "www.google.com", "blog.example.com"],
    "$external_click_url": ["https://out.example/1", "https://out.example/2"],
    "utm_source": ["google", "newsletter"],
    "utm_medium": ["cpc", "email"],
    "utm_campaign": ["spring", "shop now"],
    "utm_term": ["a"],
    "utm_content": ["b"],
    "gclid": ["g1", "g2"],
    "fbclid": ["f1"],
    "gad_source": ["1", "5"],
    "msclkid": ["m1", "m2"],
}
Event = dict[str, Any]


def visits() -> list[list[Event]]:
    """Events of some sessions, in time's order, no two at the same instant."""
    chance = random.Random(3)
    found = []
    for number in range(40):
        at = START + timedelta(hours=9 * number)
        events = []
        for step in range(chance.randint(1, 6)):
            at += timedelta(seconds=chance.choice([1, 2, 5, 60, 4000]))
            properties = {
                key: chance.choice(values)
                for key, values in VALUES.items()
                if chance.random() < 0.35
            }
            events.append({
                "uuid": f"00000000-0000-0000-0002-{number * 100 + step:012}",
                "event": chance.choice(NAMES),
                "timestamp": at,
                "distinct_id": f"d{chance.randint(1, 2)}",
                "properties": properties,
                "session": f"v{number:02}",
            })  # fmt: skip
        found.append(events)
    return found


VISITS = visits()


def rows() -> Iterator[tuple[str, Event]]:
    for event in (event for events in VISITS for event in events):
        yield (
            "events",
            {
                "uuid": event["uuid"],
                "event": event["event"],
                "timestamp": event["timestamp"].strftime("%Y-%m-%d %H:%M:%S"),
                "distinct_id": event["distinct_id"],
                "properties": json.dumps(event["properties"]),
                "$session_id": event["session"],
            },
        )


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with small_project(rows()) as asking:
        yield asking


def is_page(event: Event) -> bool:
    return event["event"] in ("$pageview", "$screen")


def by_entry(events: list[Event]) -> list[Event]:
    """Pages first, then the others, each as they came."""
    return sorted(events, key=lambda event: not is_page(event))


def first(events: list[Event], key: str) -> str | None:
    return next((e["properties"][key] for e in by_entry(events) if key in e["properties"]), None)


def last(events: list[Event], key: str) -> str | None:
    ordered = [*filter(is_page, reversed(events)), *(e for e in reversed(events) if not is_page(e))]
    return next((e["properties"][key] for e in ordered if key in e["properties"]), None)


def seconds(events: list[Event]) -> int:
    return int((events[-1]["timestamp"] - events[0]["timestamp"]).total_seconds())


def urls(events: list[Event]) -> list[str]:
    pages = [e["properties"].get("$current_url") for e in events if is_page(e)]
    return sorted({url for url in pages if url})


def count(name: str) -> Callable[[list[Event]], int]:
    return lambda events: sum(event["event"] == name for event in events)


def activity(events: list[Event]) -> int:
    return min(2, sum(e["event"] in ("$pageview", "$screen", "$autocapture") for e in events))


def bounce(events: list[Event]) -> bool | None:
    if not activity(events):
        return None
    return activity(events) == 1 and seconds(events) < 10


def path(url: str | None) -> str | None:
    return None if url is None else urlsplit(url).path


def host(url: str | None) -> str | None:
    return None if url is None else urlsplit(url).hostname


def clock(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


COLUMNS: dict[str, Callable[[list[Event]], Any]] = {
    "session_id": lambda events: events[0]["session"],
    "id": lambda events: events[0]["session"],
    "distinct_id": lambda events: events[-1]["distinct_id"],
    "$start_timestamp": lambda events: clock(events[0]["timestamp"]),
    "$end_timestamp": lambda events: clock(events[-1]["timestamp"]),
    "$session_duration": seconds,
    "duration": seconds,
    "$urls": urls,
    "$num_uniq_urls": lambda events: len(urls(events)),
    "$entry_current_url": lambda events: first(events, "$current_url"),
    "$entry_pathname": lambda events: path(first(events, "$current_url")),
    "$entry_hostname": lambda events: host(first(events, "$current_url")),
    "$end_current_url": lambda events: last(events, "$current_url"),
    "$end_pathname": lambda events: path(last(events, "$current_url")),
    "$end_hostname": lambda events: host(last(events, "$current_url")),
    "$exit_current_url": lambda events: last(events, "$current_url"),
    "$exit_pathname": lambda events: path(last(events, "$current_url")),
    "$entry_referring_domain": lambda events: first(events, "$referring_domain"),
    "$last_external_click_url": lambda events: next(
        (e["properties"][key] for e in reversed(events) if (key := "$external_click_url")
         in e["properties"]), None,
    ),
    **{
        f"$entry_{key}": lambda events, key=key: first(events, key)
        for key in ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
    },
    **{f"$entry_{key}": lambda events, key=key: first(events, key)
       for key in ("gclid", "fbclid", "gad_source")},
    **{f"$entry_has_{key}": lambda events, key=key: key in by_entry(events)[0]["properties"]
       for key in ("gclid", "fbclid", "msclkid")},
    "$entry_msclkid": lambda events: by_entry(events)[0]["properties"].get("msclkid", ""),
    "$entry_ttclid": lambda events: "",
    "$pageview_count": count("$pageview"),
    "$screen_count": count("$screen"),
    "$autocapture_count": count("$autocapture"),
    "$page_screen_autocapture_count_up_to": activity,
    "$is_bounce": bounce,
}  # fmt: skip
UTC_CONTEXT = replace(CONTEXT, timezone="UTC")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_is_what_the_events_say(ask, column):
    query = f"select {column} from sessions where session_id like 'v%' order by session_id"
    expected = [COLUMNS[column](events) for events in VISITS]
    assert [row[0] for row in ask(query, UTC_CONTEXT)] == expected


def test_all_columns_together_are_the_same_as_each_alone(ask):
    listed = ", ".join(COLUMNS)
    query = f"select {listed} from sessions where session_id like 'v%' order by session_id"
    assert ask(query, UTC_CONTEXT) == [
        tuple(value(events) for value in COLUMNS.values()) for events in VISITS
    ]


def test_a_star_leaves_out_the_other_names_of_columns():
    columns = compile_query("select * from sessions", CONTEXT).columns
    assert columns[:3] == ("session_id", "session_timestamp", "distinct_id")
    assert not {"id", "duration", "$exit_pathname", "$entry_gclid", "session_id_v7"} & {*columns}


def test_a_property_no_event_has_is_not_looked_for(ask):
    query = "select session_id, $channel_type from sessions order by session_id"
    sql = compile_query(query, replace(CONTEXT, seen=frozenset())).sql
    assert "JSONExtractRaw" not in sql
    known = replace(CONTEXT, seen=frozenset(VALUES))
    assert ask(query, known) == ask(query, CONTEXT)


BOUNDED = {
    "sessions": "select session_id, $session_duration, $entry_current_url from sessions where {}",
    "events": "select uuid, session.$session_duration, session.$entry_current_url"
    " from events where {}",
    "joined": "select e.uuid, s.$session_duration from events e"
    " join sessions s on e.$session_id = s.session_id where {}",
    "left": "select e.uuid, s.$session_duration from events e"
    " left join sessions s on s.session_id = e.$session_id where {}",
}
CLOCKS = {
    "sessions": "$start_timestamp", "events": "timestamp", "joined": "e.timestamp",
    "left": "e.timestamp",
}  # fmt: skip
WINDOWS = (
    "{} >= '2024-03-05'",
    "{} < '2024-03-05 12:00:00'",
    "{} between '2024-03-03' and '2024-03-09'",
    "toDate({}) = '2024-03-05'",
    "{} > toDateTime('2024-03-12') - interval 2 day and {} <= toDate('2024-03-14')",
    "toDateTime('2024-03-12') <= {} and 1 = 1",
    "{} >= '1970-01-01' and {} < '2200-01-01'",
)


@pytest.mark.parametrize("source", BOUNDED)
@pytest.mark.parametrize("window", WINDOWS)
def test_bounds_of_time_narrow_what_is_read_and_no_answer(ask, source, window):
    test = window.replace("{}", CLOCKS[source])
    bounded = BOUNDED[source].format(test) + " limit 1000"
    # A condition that is not one of the bounds we look for: all events are read.
    unbounded = BOUNDED[source].format(f"not (not ({test}))") + " limit 1000"
    assert "toIntervalDay(3)" in compile_query(bounded, UTC_CONTEXT).sql
    assert "toIntervalDay(3)" not in compile_query(unbounded, UTC_CONTEXT).sql
    assert sorted(ask(bounded, UTC_CONTEXT)) == sorted(ask(unbounded, UTC_CONTEXT))


@pytest.mark.parametrize("source", BOUNDED)
@pytest.mark.parametrize("window", WINDOWS)
def test_less_is_read_where_it_is_known_how_long_sessions_last(ask, source, window):
    [(longest,)] = ask("select max($session_duration) from sessions", UTC_CONTEXT)
    test = window.replace("{}", CLOCKS[source])
    query = BOUNDED[source].format(test) + " limit 1000"
    known = replace(UTC_CONTEXT, longest_session=longest + 1)
    assert "toIntervalDay(3)" not in compile_query(query, known).sql
    assert sorted(ask(query, known)) == sorted(ask(query, UTC_CONTEXT))


def test_sessions_that_last_longer_than_a_day_are_read_with_all_of_the_slack():
    for longest in (86_401, 10**9):
        known = replace(UTC_CONTEXT, longest_session=longest)
        query = "select session_id from sessions where $start_timestamp > '2024-03-05'"
        assert "toIntervalDay(3)" in compile_query(query, known).sql


UNSAFE = (
    "select s.session_id from events e left join sessions s on e.$session_id = s.session_id"
    " where s.$start_timestamp < '2024-03-05'",
    "select e.uuid from sessions s left join events e on e.$session_id = s.session_id"
    " where e.timestamp < '2024-03-05'",
    "select session_id from sessions where $start_timestamp > '2024-03-05' or $is_bounce",
    "select session_id, now() as `$start_timestamp` from sessions"
    " where $start_timestamp > '2024-03-05'",
    "select session_id from sessions where $start_timestamp > $end_timestamp",
)


@pytest.mark.parametrize("query", UNSAFE)
def test_a_bound_that_does_not_hold_for_every_row_is_not_passed_on(query):
    assert "toIntervalDay(3)" not in compile_query(query, Context()).sql
