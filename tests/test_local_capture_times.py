"""When an event happened: the sender's word, corrected by the sender's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.capture_fixtures import said, send
from tests.local_fixtures import rows
from tools.local.capture_times import happened, moment, rfc3339
from tools.local.connect import set_clock

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

MOMENTS = {
    "2026-03-01T10:00:00Z": datetime(2026, 3, 1, 10, tzinfo=UTC),
    "2026-03-01T10:00:00.123456789Z": datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC),
    "2026-03-01T10:00:00+02:00": datetime(2026, 3, 1, 8, tzinfo=UTC),
    "2026-03-01 10:00:00": datetime(2026, 3, 1, 10, tzinfo=UTC),
    "2026-03-01": datetime(2026, 3, 1, tzinfo=UTC),
    "Sun, 01 Mar 2026 10:00:00 GMT": datetime(2026, 3, 1, 10, tzinfo=UTC),
    1772359200000: datetime(2026, 3, 1, 10, tzinfo=UTC),
    "yesterday": None,
    "0001-01-01T00:00:00+14:00": None,
    "": None,
    None: None,
    True: None,
    1e300: None,
}


@pytest.mark.parametrize(("written", "at"), MOMENTS.items(), ids=map(repr, MOMENTS))
def test_a_moment_is_read_in_the_notations_of_sdks(written, at):
    assert moment(written) == at


HAPPENED = {
    "as said": ({"said": "2026-03-10T11:00:00Z"}, NOW - 60 * MINUTE),
    "nothing said": ({"said": None}, NOW),
    "nonsense": ({"said": "soon"}, NOW),
    "a sender that is late by an hour": (
        {"said": "2026-03-10T10:58:00Z", "sent_at": NOW - 60 * MINUTE},
        NOW - 2 * MINUTE,
    ),
    "a sender that is years ahead": (
        {"said": "2036-03-10T11:58:00Z", "sent_at": NOW.replace(year=2036)},
        NOW - 2 * MINUTE,
    ),
    "an offset": ({"said": None, "offset": 90_000}, NOW - 1.5 * MINUTE),
    "an offset beyond all": ({"said": None, "offset": 10**30}, NOW),
    "tomorrow morning": (
        {"said": "2026-03-11T10:59:00Z"},
        datetime(2026, 3, 11, 10, 59, tzinfo=UTC),
    ),
    "too far ahead": ({"said": "2026-03-11T11:01:00Z"}, NOW),
    "the last year there is": ({"said": "9999-12-31T23:59:59Z"}, NOW),
    "before all clocks": ({"said": "1066-10-14T00:00:00Z"}, datetime(1970, 1, 1, tzinfo=UTC)),
    "a difference beyond all": (
        {"said": "0001-01-02T00:00:00Z", "sent_at": datetime(9999, 1, 1, tzinfo=UTC)},
        datetime(1970, 1, 1, tzinfo=UTC),
    ),
}


@pytest.mark.parametrize(("arguments", "at"), HAPPENED.values(), ids=HAPPENED)
def test_an_event_happened_as_long_ago_as_its_sender_says(arguments, at):
    assert happened(arguments.pop("said"), now=NOW, **arguments) == at


@pytest.mark.parametrize("written", ["2026-03-01", "2026-03-01T10:00:00", "", "1772359200000"])
def test_the_newer_route_takes_instants_with_a_zone_only(written):
    assert rfc3339(written) is None
    assert rfc3339("2026-03-01T10:00:00.5+01:00") == datetime(
        2026, 3, 1, 9, 0, 0, 500_000, tzinfo=UTC
    )


def test_events_come_in_by_the_projects_clock(taken):
    set_clock(taken, NOW)
    late = {**said("skewed", "ann"), "timestamp": "2030-01-01T00:00:00Z"}
    send(taken, late, sent_at="2030-01-01T00:05:00Z")
    trusted = said("trusted", "ann", **{"$ignore_sent_at": True})
    send(taken, trusted, sent_at="2030-01-01T00:05:00Z")
    offset = {**said("offset", "ann"), "offset": 1000}
    del offset["timestamp"]
    send(taken, offset)
    found = dict(rows(taken, "SELECT event, timestamp FROM events"))
    assert found == {
        "skewed": "2026-03-10T11:55:00Z",
        "trusted": "2026-03-01T10:00:00Z",
        "offset": "2026-03-10T11:59:59Z",
    }
    assert rows(taken, "SELECT count() FROM events WHERE timestamp > now() - INTERVAL 1 DAY") == [
        [2]
    ]
