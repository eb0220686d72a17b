import base64
import gzip
import json
import zlib
from urllib.parse import urlencode

import pyarrow as pa
import pytest

from tests.capture_fixtures import key_of, post, said, send
from tests.local_fixtures import client, rows

ONE = "SELECT properties.$marker, distinct_id FROM events WHERE event = {}"


def marked(name, key):
    return {"api_key": key, **said(name, "ann", **{"$marker": "ä"})}


def base64_form(body):
    return urlencode({"data": base64.b64encode(json.dumps(body).encode()).decode()})


def brotli(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "brotli") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATHS = ("/batch/", "/capture/", "/e/", "/track/", "/i/v0/e/", "/i/v0/ai/batch/", "/capture")
DRESSES = {
    "json": lambda b: {"json": b},
    "list": lambda b: {"json": [b]},
    "text": lambda b: {"content": json.dumps(b), "headers": {"Content-Type": "text/plain"}},
    "gzip by header": lambda b: {
        "content": gzip.compress(json.dumps(b).encode()),
        "headers": {"Content-Encoding": "gzip"},
    },
    "deflate by header": lambda b: {
        "content": zlib.compress(json.dumps(b).encode()),
        "headers": {"Content-Encoding": "deflate"},
    },
    "brotli by header": lambda b: {
        "content": brotli(json.dumps(b).encode()),
        "headers": {"Content-Encoding": "br"},
    },
    "gzip by hint": lambda b: {
        "content": gzip.compress(json.dumps(b).encode()),
        "params": {"compression": "gzip-js"},
    },
    "form": lambda b: {"content": base64_form(b), "headers": FORM},
    "form unescaped": lambda b: {
        "content": "data=" + base64.b64encode(json.dumps(b).encode()).decode(),
        "headers": FORM,
    },
    "form gzip": lambda b: {
        "content": urlencode(
            {"data": base64.b64encode(gzip.compress(json.dumps(b).encode())).decode()}
        ),
        "headers": FORM,
    },
    "base64": lambda b: {"content": base64.b64encode(json.dumps(b).encode())},
    "base64 unpadded": lambda b: {"content": base64.b64encode(json.dumps(b).encode()).rstrip(b"=")},
}


@pytest.mark.parametrize("path", PATHS)
def test_every_capture_route_stores_what_it_is_sent(taken, path):
    name = f"via {path}"
    answer = post(taken, path, json=marked(name, key_of(taken)))
    assert (answer.status_code, answer.json()) == (200, {"status": "Ok"})
    assert rows(taken, ONE.format(repr(name))) == [["ä", "ann"]]


@pytest.mark.parametrize("dress", DRESSES)
def test_a_body_may_come_in_every_dress_that_sdks_use(taken, dress):
    answer = post(taken, "/e/", **DRESSES[dress](marked(dress, key_of(taken))))
    assert (answer.status_code, answer.text) == (200, '{"status":"Ok"}')
    assert rows(taken, ONE.format(repr(dress))) == [["ä", "ann"]]


KEYS = {
    "api_key": lambda key: {"api_key": key},
    "token": lambda key: {"token": key},
    "$token": lambda key: {"$token": key},
    "in the properties": lambda key: {"properties": {"token": key}},
}


@pytest.mark.parametrize("place", KEYS)
def test_the_projects_key_is_found_where_sdks_put_it(taken, place):
    answer = post(taken, "/e/", json={**said(place, "ann"), **KEYS[place](key_of(taken))})
    assert answer.status_code == 200
    assert rows(taken, f"SELECT count() FROM events WHERE event = '{place}'") == [[1]]


def test_a_batch_has_one_key_for_all(taken):
    events = [said("of a batch", "ann"), said("of a batch", "bob")]
    assert post(taken, "/batch/", json={"token": key_of(taken), "batch": events}).status_code == 200
    assert rows(taken, "SELECT count() FROM events WHERE event = 'of a batch'") == [[2]]


REFUSED = {
    "no key": (said("x", "a"), 401, "event submitted without an api_key"),
    "two keys": (
        [{"token": "phc_a", **said("x", "a")}, {"token": "phc_b", **said("x", "a")}],
        401,
        "batch submitted with inconsistent api_key values",
    ),
    "another key": (
        {"api_key": "phc_other", **said("x", "a")},
        401,
        "Project API key invalid. You can find your project API key in PostHog project settings.",
    ),
    "nothing": ({"api_key": "KEY", "batch": []}, 400, "request holds no event"),
    "no name": ({"api_key": "KEY", "distinct_id": "a"}, 400, None),
    "an empty name": (
        {"api_key": "KEY", "event": "", "distinct_id": "a"},
        400,
        "event submitted with an empty event name",
    ),
    "nobody": ({"api_key": "KEY", "event": "x"}, 400, "event submitted without a distinct_id"),
    "an empty distinct_id": (
        {"api_key": "KEY", "event": "x", "distinct_id": ""},
        400,
        "event submitted without a distinct_id",
    ),
    "a uuid that is none": ({"api_key": "KEY", **said("x", "a"), "uuid": "7"}, 400, None),
    "properties that are none": ({"api_key": "KEY", **said("x", "a"), "properties": 7}, 400, None),
    "recordings": (
        {"api_key": "KEY", **said("$snapshot", "a")},
        400,
        "The embedded project keeps no session recordings: don't send $snapshot.",
    ),
    "no object": ({"api_key": "KEY", "batch": [7]}, 400, None),
    "an event that is too large": (
        {"api_key": "KEY", **said("x", "a", long="x" * 1_100_000)},
        413,
        "maximum event size exceeded",
    ),
}


@pytest.mark.parametrize(("body", "status", "detail"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_is_wrong_is_refused_whole(taken, body, status, detail):
    text = json.dumps(body).replace("KEY", key_of(taken))
    answer = post(taken, "/batch/", content=text)
    assert answer.status_code == status
    assert set(answer.json()) == {"type", "code", "detail", "attr"}
    assert detail in (None, answer.json()["detail"])
    assert rows(taken, "SELECT count() FROM events WHERE event = 'x'") == [[0]]


UNREADABLE = {
    "no JSON": {"content": b"{"},
    "NaN": {"content": b'{"event": NaN}'},
    "a number beyond all": {"content": b'{"event": 1e999}'},
    "nested without end": {"content": b"[" * 100_000},
    "not UTF-8": {"content": b'{"event": "\xff"}'},
    "broken gzip": {"content": gzip.compress(b"{}" * 100)[:-30] + b"zz"},
    "no gzip": {"content": b"{}", "headers": {"Content-Encoding": "gzip"}},
    "no brotli": {"content": b"{}", "headers": {"Content-Encoding": "br"}},
    "compress": {"content": b"{}", "headers": {"Content-Encoding": "compress"}},
    "lz64": {"content": b"{}", "params": {"compression": "lz64"}},
    "nothing": {"content": b""},
    "no base64": {"content": b"!!!"},
}


@pytest.mark.parametrize("request_options", UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_read_is_refused(taken, request_options):
    answer = post(taken, "/e/", **request_options)
    assert (answer.status_code, answer.json()["type"]) == (400, "validation_error")


def test_a_body_that_unpacks_beyond_20_megabytes_is_refused(taken):
    bomb = gzip.compress(b"[" + b" " * 60_000_000 + b"]")
    assert post(taken, "/e/", content=bomb, headers={"Content-Encoding": "gzip"}).status_code == 413
    assert post(taken, "/e/", content=b" " * 21_000_000).status_code == 413


def test_an_event_with_a_known_uuid_is_stored_once(taken):
    first = said("once", "ann")
    send(taken, first, first)
    send(taken, first)
    send(taken, {**first, "timestamp": "2026-03-01T20:00:00Z"})
    assert rows(taken, "SELECT count() FROM events WHERE event = 'once'") == [[1]]


def test_an_event_without_a_uuid_gets_one_that_tells_its_time(taken):
    event = said("timed", "ann")
    del event["uuid"]
    send(taken, event, event)
    found = rows(taken, "SELECT toString(uuid) FROM events WHERE event = 'timed'")
    assert len({uuid for (uuid,) in found}) == 2
    assert int(found[0][0].replace("-", "")[:12], 16) == 1772359200000


def test_distinct_ids_are_text_of_200_letters(taken):
    for who in (5, "2026-03-01 10:00:00", 2.5, {"a": [1]}, "ü" * 300, "nul\0 \ud800"):
        send(taken, said("who", who))
    found = {who for (who,) in rows(taken, "SELECT distinct_id FROM events WHERE event = 'who'")}
    assert found == {"5", "2026-03-01 10:00:00", "2.5", '{"a":[1]}', "ü" * 200, "nul� �"}


def test_the_distinct_id_may_stand_among_the_properties(taken):
    event = said("inside", "", distinct_id="ann")
    del event["distinct_id"]
    send(taken, event)
    assert rows(taken, "SELECT distinct_id FROM events WHERE event = 'inside'") == [["ann"]]


def test_properties_come_back_as_they_were_sent(taken):
    sent = {
        "text": 'a "quoted" \\ line\nnext',
        "big": 12345678901234567890,
        "float": 0.1,
        "none": None,
        "list": [1, "two", {"three": 3}],
        "emoji": "🦔",
        "yes": True,
    }
    send(taken, said("kept", "ann", **sent))
    ((raw,),) = rows(taken, "SELECT properties FROM events WHERE event = 'kept'")
    assert json.loads(raw) == sent


def test_what_posthog_keeps_elsewhere_is_taken_and_not_stored(taken):
    send(taken, said("$$heatmap", "ann"), said("$performance_event", "ann"), said("beside", "ann"))
    found = rows(
        taken, "SELECT event FROM events WHERE event IN ('$$heatmap', '$performance_event')"
    )
    assert found == []
    assert rows(taken, "SELECT count() FROM events WHERE event = 'beside'") == [[1]]


def test_what_is_sent_is_learnt(taken):
    send(taken, said("learnt", "ann", **{"price learnt": 5, "$set": {"age learnt": 7}}))
    assert rows(
        taken, "SELECT properties.`price learnt` + 1 FROM events WHERE event = 'learnt'"
    ) == [[6]]
    assert rows(taken, "SELECT sum(person.properties.`age learnt`) FROM events") == [[7]]


def test_what_events_say_of_persons_and_groups_is_no_property_of_theirs(taken):
    send(taken, said("told", "ann", own=1, **{"$set": {"a": 1}, "$groups": {"company": "acme"}}))
    with client(taken) as http:
        path = "/api/projects/@current/property_definitions/"
        listed = http.get(path, params={"limit": 1000}).json()["results"]
    names = {one["name"] for one in listed}
    assert "own" in names
    assert names & {"$set", "$set_once", "$unset", "$groups", "$group_0"} == set()


def test_a_picture_may_be_asked_for_with_an_event_in_its_address(taken):
    event = {"api_key": key_of(taken), **said("by address", "ann")}
    data = base64.b64encode(json.dumps(event).encode()).decode()
    with client(taken, "") as http:
        assert http.get("/e/", params={"data": data, "ver": "1"}).json() == {"status": "Ok"}
    assert rows(taken, "SELECT distinct_id FROM events WHERE event = 'by address'") == [["ann"]]


ELEMENTS = [
    {"tag_name": "a", "$el_text": "Go", "attr__class": "b a", "attr__href": "/x", "nth_child": 2},
    {"tag_name": "div", "attr__id": "top"},
]
CHAIN = (
    'a.a.b:attr__class="b a"attr__href="/x"href="/x"nth-child="2"nth-of-type="0"text="Go";'
    'div:attr__id="top"attr_id="top"nth-child="0"nth-of-type="0"'
)


def test_the_elements_of_a_click_become_a_chain(taken):
    send(taken, said("$autocapture", "listed", **{"$elements": ELEMENTS}))
    send(taken, said("$autocapture", "written", **{"$elements_chain": CHAIN}))
    found = rows(
        taken, "SELECT distinct_id, elements_chain, properties FROM events ORDER BY distinct_id"
    )
    assert [row[1:] for row in found if row[0] in ("listed", "written")] == [[CHAIN, "{}"]] * 2
