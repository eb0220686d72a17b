"""The newer capture route: strict in shape, one result an event."""

import gzip
import json
import zlib
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from tests.capture_fixtures import key_of, post, said
from tests.local_fixtures import rows

PATH = "/i/v1/analytics/events"
NOW = "2026-03-02T00:00:00Z"


def headers(project, **more):
    return {
        "Authorization": f"Bearer {key_of(project)}",
        "Content-Type": "application/json",
        "PostHog-Sdk-Info": "posthog-python/7.91.1",
        "PostHog-Attempt": "1",
        "PostHog-Request-Id": "r",
        "PostHog-Request-Timestamp": datetime.now(UTC).isoformat(),
        **more,
    }


def batch(project, *events, **more):
    content = json.dumps({"created_at": NOW, "batch": events})
    return post(project, PATH, content=content, headers=headers(project, **more))


def result(project, event):
    ((uuid, found),) = batch(project, event).json()["results"].items()
    assert uuid == event["uuid"]
    return found


def test_every_event_gets_its_result(taken):
    good, bad = said("v1 good", "ann"), said("v1 bad", "")
    answer = batch(taken, good, bad)
    assert answer.status_code == 200
    assert answer.json() == {
        "results": {
            good["uuid"]: {"result": "ok"},
            bad["uuid"]: {"result": "drop", "details": "missing_distinct_id"},
        }
    }
    assert rows(taken, "SELECT event FROM events WHERE event LIKE 'v1%'") == [["v1 good"]]


DROPPED = {
    "missing_event_name": {"event": ""},
    "event_name_too_long": {"event": "x" * 201},
    "missing_distinct_id": {"distinct_id": " "},
    "distinct_id_too_large": {"distinct_id": "x" * 201},
    "invalid_event_timestamp": {"timestamp": "2026-03-01"},
    "malformed_event_properties": {"properties": [1]},
    "event_too_big": {"properties": {"x": "x" * 1_100_000}},
    "invalid_options": {"options": {"process_person_profile": "perhaps"}},
    "dropped_performance_event": {"event": "$performance_event"},
}


@pytest.mark.parametrize(("details", "wrong"), DROPPED.items())
def test_an_event_that_is_wrong_is_dropped_by_name(taken, details, wrong):
    event = {**said("v1 dropped", "ann"), **wrong}
    assert result(taken, event) == {"result": "drop", "details": details}
    assert rows(taken, "SELECT count() FROM events WHERE event = 'v1 dropped'") == [[0]]


def test_an_id_that_stands_for_nobody_gets_no_person(taken):
    event = said("v1 nobody", "Anonymous", **{"$set": {"a": 1}})
    assert result(taken, event) == {"result": "ok", "details": "person_processing_disabled"}
    among = "SELECT count() FROM person_distinct_ids WHERE distinct_id = 'Anonymous'"
    assert rows(taken, among) == [[0]]
    assert rows(taken, "SELECT person.properties FROM events WHERE event = 'v1 nobody'") == [["{}"]]


def test_what_stands_beside_the_properties_joins_them(taken):
    event = said("v1 beside", "ann", own=1) | {
        "session_id": "s",
        "window_id": "w",
        "options": {"process_person_profile": "false", "product_tour_id": 5},
    }
    assert result(taken, event) == {"result": "ok"}
    query = "SELECT properties, $session_id FROM events WHERE event = 'v1 beside'"
    ((raw, session),) = rows(taken, query)
    assert (json.loads(raw), session) == (
        {
            "own": 1,
            "$session_id": "s",
            "$window_id": "w",
            "$process_person_profile": False,
            "$product_tour_id": "5",
            "$lib": "posthog-python",
            "$lib_version": "7.91.1",
        },
        "s",
    )


def test_the_senders_clock_is_corrected_by_the_header(taken):
    early = {"PostHog-Request-Timestamp": "2020-01-01T00:10:00Z"}
    event = {**said("v1 skewed", "ann"), "timestamp": "2020-01-01T00:00:00Z"}
    trusted = {**said("v1 trusted", "ann"), "timestamp": "2020-01-01T00:00:00Z"}
    trusted["options"] = {"disable_skew_correction": True}
    batch(taken, event, trusted, **early)
    query = "SELECT dateDiff('second', timestamp, now()) FROM events WHERE event = 'v1 skewed'"
    ((seconds,),) = rows(taken, query)
    assert 595 < seconds < 700
    query = "SELECT timestamp FROM events WHERE event = 'v1 trusted'"
    assert rows(taken, query) == [["2020-01-01T00:00:00Z"]]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_trusted_time_that_no_row_can_have_is_put_right(taken, time):
    event = {**said(f"trusted {time}", "ann"), "timestamp": time}
    event["options"] = {"disable_skew_correction": True}
    assert result(taken, event) == {"result": "ok"}
    query = f"SELECT toYear(timestamp) FROM events WHERE event = 'trusted {time}'"
    assert rows(taken, query) in ([[1970]], [[datetime.now(UTC).year]])


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstd)]
)
def test_a_batch_may_be_packed(taken, encoding, pack):
    content = pack(json.dumps({"created_at": NOW, "batch": [said(encoding, "ann")]}).encode())
    sent = headers(taken, **{"Content-Encoding": encoding})
    assert post(taken, PATH, content=content, headers=sent).status_code == 200
    assert rows(taken, f"SELECT count() FROM events WHERE event = '{encoding}'") == [[1]]


E = said("v1 x", "ann")
REFUSED = {
    "no batch": ({"created_at": NOW, "batch": []}, {}, 400, "empty_batch"),
    "no time": ({"created_at": "now", "batch": [E]}, {}, 400, "invalid_batch"),
    "no uuid": ({"created_at": NOW, "batch": [{**E, "uuid": ""}]}, {}, 400, "missing_event_uuid"),
    "bad uuid": ({"created_at": NOW, "batch": [{**E, "uuid": "7"}]}, {}, 400, "invalid_event_uuid"),
    "twice": ({"created_at": NOW, "batch": [E, E]}, {}, 400, "duplicate_event_uuid"),
    "a number for a name": (
        {"created_at": NOW, "batch": [{**E, "event": 7}]},
        {},
        400,
        "request_parsing_error",
    ),
    "no object": ([], {}, 400, "request_parsing_error"),
    "no attempt": ({}, {"PostHog-Attempt": ""}, 400, "missing_required_headers"),
    "no clock": ({}, {"PostHog-Request-Timestamp": "now"}, 400, "invalid_header_value"),
    "text": ({}, {"Content-Type": "text/plain"}, 415, "unsupported_content_type"),
    "packed oddly": ({}, {"Content-Encoding": "compress"}, 415, "unsupported_encoding"),
    "another key": ({}, {"Authorization": "Bearer phc_other"}, 401, "invalid_api_token"),
    "no key": ({}, {"Authorization": ""}, 401, "invalid_api_token"),
}


@pytest.mark.parametrize(("body", "more", "status", "error"), REFUSED.values(), ids=REFUSED)
def test_a_batch_that_is_wrong_is_refused_whole(taken, body, more, status, error):
    answer = post(taken, PATH, content=json.dumps(body), headers=headers(taken, **more))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description", "error_uri"}
    assert rows(taken, "SELECT count() FROM events WHERE event = 'v1 x'") == [[0]]
