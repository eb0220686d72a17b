"""What was acknowledged is there after `kill -9`, once, with its person."""

import json
import os
import random
import resource
import signal
import threading
import time
import uuid

import httpx
import pytest

from tests.capture_fixtures import key_of, post, said, send
from tests.local_fixtures import rows
from tools.local.connect import health, stop_worker

CONSISTENT = {
    "no event is there twice": "SELECT count() - uniq(uuid) FROM events",
    "every event has its person": (
        "SELECT count() FROM events WHERE person_id NOT IN (SELECT id FROM persons)"
    ),
    "every id has its person": (
        "SELECT count() FROM person_distinct_ids WHERE person_id NOT IN (SELECT id FROM persons)"
    ),
    "ids and overrides agree": (
        "SELECT count() FROM person_distinct_id_overrides AS o JOIN person_distinct_ids AS d "
        "ON o.distinct_id = d.distinct_id WHERE o.person_id != d.person_id"
    ),
}


def killed(project):
    pid = health(project)["pid"]
    os.kill(pid, signal.SIGKILL)
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.005)


class Sender(threading.Thread):
    """Sends small batches, and merges of persons, until the worker is gone."""

    def __init__(self, project, key, name):
        super().__init__()
        self.path, self.key, self.who = str(project.socket()), key, name
        self.acknowledged = []

    def run(self):
        transport = httpx.HTTPTransport(uds=self.path)
        with httpx.Client(transport=transport, base_url="http://localhost", timeout=30) as http:
            for turn in range(10_000):
                batch = self.batch(turn)
                body = json.dumps({"api_key": self.key, "batch": batch})
                try:
                    answer = http.post("/batch/", content=body)
                except httpx.HTTPError:
                    return
                if answer.status_code != 200:
                    return
                self.acknowledged += [one["uuid"] for one in batch]

    def batch(self, turn):
        anon, user = f"{self.who} anon {turn}", f"{self.who} user {turn // 5}"
        return [
            said("seen", anon, **{"$set": {"turn": turn}}),
            said("seen", user),
            said("$identify", user, **{"$anon_distinct_id": anon}),
        ]


# httpcore leaves a socket open that could not connect, as those of senders to a killed worker.
@pytest.mark.filterwarnings("ignore:.*unclosed <socket.socket:ResourceWarning")
@pytest.mark.filterwarnings("ignore:.*<socket.socket:pytest.PytestUnraisableExceptionWarning")
def test_no_acknowledged_event_is_lost_to_a_kill(new_project):
    project = new_project()
    key, draw = key_of(project), random.Random(5)
    acknowledged = []
    for turn in range(10):
        senders = [Sender(project, key, f"{turn}.{number}") for number in range(3)]
        for sender in senders:
            sender.start()
        while not all(sender.acknowledged or not sender.is_alive() for sender in senders):
            time.sleep(0.01)
        time.sleep(draw.random() * 0.5)
        killed(project)
        for sender in senders:
            sender.join()
            acknowledged += sender.acknowledged
    stored = {uuid for (uuid,) in rows(project, "SELECT toString(uuid) FROM events LIMIT 50000")}
    assert len(acknowledged) > 30
    assert set(acknowledged) - stored == set()
    assert {name: rows(project, query) for name, query in CONSISTENT.items()} == {
        name: [[0]] for name in CONSISTENT
    }


@pytest.mark.parametrize("gone", ["persons", "person_distinct_ids", "events"])
def test_a_group_that_was_begun_is_completed_by_the_next_process(new_project, gone):
    project = new_project()
    send(project, said("before", "ann"))
    stop_worker(project)
    pending = project.folder / "pending"
    pending.mkdir()
    person = str(uuid.uuid4())
    row = {
        "uuid": str(uuid.uuid4()),
        "event": "half",
        "properties": "{}",
        "timestamp": "2026-03-01 10:00:00.000000",
        "distinct_id": "bob",
        "person_id": person,
        "person_created_at": "2026-03-01 10:00:00.000000",
        "person_properties": "{}",
        "created_at": "2026-03-01 10:00:00.000000",
    }
    made = {"id": person, "created_at": "2026-03-01 10:00:00.000", "properties": "{}", "version": 1}
    known = {"distinct_id": "bob", "person_id": person, "version": 0}
    tables = {"events": row, "persons": made, "person_distinct_ids": known}
    for table, content in tables.items():
        (pending / table).write_text(json.dumps(content) + "\n")
    assert [rows(project, query) for query in CONSISTENT.values()] == [[[0]]] * 4
    assert not pending.exists()
    stop_worker(project)
    pending.mkdir()
    for table, content in tables.items():
        if table != gone:
            (pending / table).write_text(json.dumps(content) + "\n")
    assert rows(project, "SELECT event, distinct_id FROM events ORDER BY event") == [
        ["before", "ann"],
        ["half", "bob"],
    ]


def test_a_group_that_cannot_be_read_stops_nothing(new_project):
    project = new_project()
    project.folder.joinpath("pending").mkdir()
    project.folder.joinpath("pending", "events").write_text("this is no event\n")
    send(project, said("after", "ann"))
    assert rows(project, "SELECT event FROM events") == [["after"]]
    assert [path.name[:7] for path in (project.folder / "rejects").iterdir()] == ["events-"]


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="sets the limits of another process")
def test_a_full_disk_is_told_and_nothing_is_lost_when_there_is_room_again(new_project):
    project = new_project()
    send(project, said("before", "ann"))
    pid = health(project)["pid"]
    events = [said("large", "ann", text=os.urandom(50_000).hex()) for _ in range(3)]
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (200_000, -1))
    body = json.dumps({"api_key": key_of(project), "batch": events})
    refused = post(project, "/batch/", content=body)
    assert (refused.status_code, refused.json()["type"]) == (503, "server_error")
    assert refused.json()["detail"].startswith("The project can't be written (")
    assert refused.json()["detail"].endswith("): check the disk.")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    send(project, *events)
    query = "SELECT event, count() FROM events GROUP BY event ORDER BY event"
    assert rows(project, query) == [["before", 1], ["large", 3]]
    assert [rows(project, query) for query in CONSISTENT.values()] == [[[0]]] * 4
