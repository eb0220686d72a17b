"""Whatever is sent is taken or refused, never a failure of ours; and whatever is taken has rows."""

import json
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from tools.local import capture_legacy, capture_v1
from tools.local.bodies import ApiError
from tools.local.ingest_groups import Groups
from tools.local.ingest_lookup import Found
from tools.local.ingest_rows import rows
from tools.local.ingest_sql import COLUMNS
from tools.local.persons_people import People

NOW = datetime(2026, 3, 10, tzinfo=UTC)
NAMED = (
    "event", "distinct_id", "uuid", "timestamp", "offset", "properties", "token", "options",
    "$set", "$set_once", "$unset", "$groups", "$group_0", "$group_type", "$group_key",
    "$group_set", "alias", "$anon_distinct_id", "$process_person_profile", "$elements",
    "$elements_chain", "$os_name", "utm_source", "session_id", "attr__class", "tag_name",
)  # fmt: skip
KEYS = st.sampled_from(NAMED)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["ann", "bob", "$identify", "$create_alias", "$groupidentify", "seen"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["seen", "$identify", "$create_alias", "$groupidentify", "$set"])
EVENTS = st.builds(
    lambda event, good: {**event, **good, "token": "phc_x"},
    st.dictionaries(KEYS.filter(lambda key: key != "uuid"), VALUES, max_size=6),
    st.fixed_dictionaries(
        {
            "event": NAMES,
            "distinct_id": st.sampled_from(["ann", "bob", "cat", 7]),
            "properties": st.dictionaries(KEYS, VALUES, max_size=8),
        }
    ),
)


def request(body, path="/batch/", **headers):
    data = json.dumps(body)
    return Request(EnvironBuilder(path, method="POST", data=data, headers=headers).get_environ())


def all_have_rows(events):
    taken = rows(Found([event for event in events if event.stored], People(1), Groups([])), NOW)
    assert set(taken.tables) == set(COLUMNS)
    for table, found in taken.tables.items():
        for row in found:
            assert set(row) <= set(COLUMNS[table])
            json.dumps(row, allow_nan=False, ensure_ascii=False).encode()
    owned = {row["distinct_id"] for row in taken.tables["person_distinct_ids"]}
    assert {event.distinct_id for event in events if event.stored and event.with_person} <= owned


@given(VALUES)
def test_any_json_is_taken_or_refused(body):
    with suppress(ApiError):
        all_have_rows(capture_legacy.events(capture_legacy.sent(request(body)), now=NOW, ip=None))


@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_events_of_all_kinds_have_rows(events):
    with suppress(ApiError):
        all_have_rows(
            capture_legacy.events(capture_legacy.sent(request(events)), now=NOW, ip="::1")
        )


HEADERS = {
    "Content-Type": "application/json",
    "PostHog-Sdk-Info": "sdk",
    "PostHog-Attempt": "1",
    "PostHog-Request-Id": "1",
    "PostHog-Request-Timestamp": "2026-03-10T00:00:00Z",
}


@given(st.lists(EVENTS, min_size=1, max_size=5), st.uuids())
def test_batches_of_the_newer_route_have_a_verdict_an_event(events, first):
    batch = [
        {"timestamp": "2026-03-10T00:00:00Z", "properties": {}}
        | {key: it for key, it in event.items() if key in ("properties", "options")}
        | {"event": event["event"], "distinct_id": str(event["distinct_id"])}
        | {"uuid": f"{first.hex[:-4]}{number:04x}"}
        for number, event in enumerate(events)
    ]
    body = {"created_at": "2026-03-10T00:00:00Z", "batch": batch}
    sent = request(body, "/i/v1/analytics/events", **HEADERS)
    found = capture_v1.verdicts(sent, now=NOW, ip=None)
    assert [one.uuid.replace("-", "") for one in found] == [one["uuid"] for one in batch]
    all_have_rows([one.event for one in found if one.event is not None])


@given(st.binary(max_size=200), st.sampled_from(["", "gzip", "deflate", "br", "zstd", "lz4"]))
def test_any_bytes_are_taken_or_refused(data, encoding):
    headers = {"Content-Encoding": encoding} if encoding else {}
    made = EnvironBuilder("/e/", method="POST", data=data, headers=headers)
    with suppress(ApiError):
        capture_legacy.sent(Request(made.get_environ()))
