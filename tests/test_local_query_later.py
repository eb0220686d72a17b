"""Queries answered later and queries stopped."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from tests.local_fixtures import client
from tests.query_fixtures import ENDLESS, PATH, ask, ended, limited, running


@pytest.fixture
def http(shop):
    with client(shop) as made_client:
        yield made_client


@pytest.mark.parametrize("how", [{"refresh": "force_async"}, {"async": True}])
def test_a_query_asked_later_is_a_status_first_and_the_whole_answer_in_the_end(http, how):
    answer = ask(http, "SELECT count() FROM events", **how)
    status = answer.json()["query_status"]
    assert answer.status_code in (200, 202)
    assert (status["query_async"], status["error"]) == (True, False)
    done = ended(http, status["id"])
    status = done.json()["query_status"]
    assert (done.status_code, status["complete"]) == (200, True)
    assert status["results"]["results"] == [[100]]
    assert status["results"]["is_cached"] is False
    assert status["start_time"] <= status["pickup_time"] <= status["end_time"]
    assert status["end_time"] < status["expiration_time"]


def test_a_query_that_is_wrong_says_so_when_it_is_asked_for(http):
    status = ask(http, "SELECT nonsense FROM events", refresh="force_async").json()["query_status"]
    done = ended(http, status["id"])
    status = done.json()["query_status"]
    assert (done.status_code, status["error"], status["results"]) == (400, True, None)
    assert "nonsense" in status["error_message"]


def test_a_query_nobody_asked_is_not_found(http):
    answer = http.get(f"{PATH}nobody/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_query_under_way_shows_its_progress_and_ends_when_cancelled(http):
    ask(http, ENDLESS, refresh="force_async", client_query_id="endless")
    assert set(running(http, "endless")) == {
        "bytes_read",
        "rows_read",
        "estimated_rows_total",
        "time_elapsed",
        "active_cpu_time",
    }
    again = ask(http, ENDLESS, refresh="force_async", client_query_id="endless")
    assert (again.status_code, again.json()["query_status"]["complete"]) == (202, False)
    assert http.delete(f"{PATH}endless/").json() == {"message": "Cancelled query on clickhouse"}
    assert http.get(f"{PATH}endless/").status_code == 404


def test_a_query_only_taken_out_of_the_queue_goes_on_unless_it_waits_there(http):
    ask(http, "SELECT 5", refresh="force_async", client_query_id="five")
    ended(http, "five")
    assert http.delete(f"{PATH}five/").json() == {"message": "Query already complete"}
    for number in range(3):
        ask(http, ENDLESS, refresh="force_async", client_query_id=f"queue{number}")
    gone = http.delete(f"{PATH}queue2/", params={"dequeue_only": "true"}).json()
    assert gone == {"message": "Only tried to dequeue, not cancelling query on clickhouse"}
    assert http.get(f"{PATH}queue2/").status_code == 404
    for number in range(2):
        assert http.get(f"{PATH}queue{number}/").status_code == 202
        http.delete(f"{PATH}queue{number}/")


def test_a_query_somebody_waits_for_is_cancelled_by_its_name(http, shop):
    with ThreadPoolExecutor(1) as pool, client(shop) as other:
        waiting = pool.submit(ask, other, ENDLESS, client_query_id="waiting")
        deadline = time.monotonic() + 20
        while not waiting.done() and time.monotonic() < deadline:
            http.delete(f"{PATH}waiting/")
            time.sleep(0.05)
        answer = waiting.result()
    assert answer.status_code == 500
    assert "cancelled" in answer.json()["detail"]


def test_a_query_whose_client_has_gone_is_stopped(shop, http):
    gone = _Unix(str(shop.socket()))
    body = json.dumps({"query": {"kind": "HogQLQuery", "query": ENDLESS}})
    gone.request("POST", PATH, body, {"Authorization": f"Bearer {shop.key}"})
    limited(shop, at_once=1)
    try:
        assert _settled(http, 429) == 429
        gone.close()
        assert _settled(http, 200) == 200
    finally:
        limited(shop)


def _settled(http, wanted):
    """The status of a query that is computed, as soon as it is the one wanted."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        status = ask(http, "SELECT 1", refresh="force_blocking").status_code
        if status == wanted:
            break
        time.sleep(0.05)
    return status


class _Unix(HTTPConnection):
    """HTTP over a unix socket that can be hung up on."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)
