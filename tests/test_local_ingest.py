"""How events are taken in: in groups, to the end, with a word for those who must come back."""

import threading
import time
from contextlib import closing, contextmanager

import pytest

from tests.capture_fixtures import key_of, post, said
from tools.local.capture_event import event
from tools.local.failures import StoreError
from tools.local.folder import create_project, open_meta
from tools.local.ingest import BUSY, Ingest, NotStored
from tools.local.meta import Meta
from tools.local.turns import Turns


class BareStore:
    """A store without rows, which fails or waits to write as it is told."""

    def __init__(self):
        self.failures, self.statements = 0, []
        self.released = threading.Event()
        self.released.set()

    def read(self, sql, form="JSONCompact"):
        return b""

    def write(self, sql):
        self.released.wait(timeout=30)
        if sql.startswith("INSERT INTO persons ") and self.failures:
            self.failures -= 1
            raise StoreError(243, "NOT_ENOUGH_SPACE", "Cannot reserve 1.00 MiB, not enough space")
        self.statements.append(sql.partition(" (")[0] + ("!" if "NOT IN" in sql else ""))

    @contextmanager
    def file(self, path, form, shape):
        yield path.name


@pytest.fixture
def store():
    return BareStore()


@pytest.fixture
def filling():
    return Turns()


@pytest.fixture
def ingest(tmp_path, store, filling):
    folder = create_project(tmp_path, "shop").folder
    with closing(Meta(folder)) as meta:
        yield Ingest(folder, meta, store, filling, patience=0.1)


def seen(ingest, who):
    return event(
        name="seen", distinct_id=who, uuid=None, timestamp=ingest.now(), properties={}, ip=None
    )


def test_what_could_not_be_written_to_the_end_is_written_before_all_else(ingest, store, tmp_path):
    store.failures = 2
    refused = r"^The project can't be written \(Cannot reserve 1.00 MiB, not enough space\): "
    first = seen(ingest, "ann")
    for _ in range(2):
        with pytest.raises(NotStored, match=refused):
            ingest.take([first])
    ingest.take([seen(ingest, "bob")])
    ids = "INSERT INTO person_distinct_ids"
    assert store.statements == [
        "INSERT INTO events",
        "INSERT INTO events!",
        "INSERT INTO events!",
        *("INSERT INTO persons", ids),
        *("INSERT INTO events", "INSERT INTO persons", ids),
    ]
    assert list(tmp_path.glob("projects/shop/pending")) == []


def test_who_comes_while_others_are_stored_is_stored_in_one_go(tmp_path, store, filling):
    folder = create_project(tmp_path, "shop").folder
    with closing(Meta(folder)) as meta:
        ingest = Ingest(folder, meta, store, filling)
        store.released.clear()
        events = [seen(ingest, f"p{number}") for number in range(9)]
        senders = [threading.Thread(target=ingest.take, args=([one],)) for one in events]
        for sender in senders:
            sender.start()
        time.sleep(0.2)
        store.released.set()
        for sender in senders:
            sender.join()
    assert 1 <= store.statements.count("INSERT INTO events") < 9


def test_who_is_stored_with_others_is_not_acknowledged_where_a_bug_ends_it(
    tmp_path, store, filling
):
    def fail(sql, form="JSONCompact"):
        raise ValueError("a bug")

    told = []

    def send(ingest, one):
        try:
            ingest.take([one])
        except (NotStored, ValueError) as error:
            told.append(type(error))

    folder = create_project(tmp_path, "shop").folder
    with closing(Meta(folder)) as meta:
        ingest = Ingest(folder, meta, store, filling)
        store.read = fail
        events = [seen(ingest, f"p{number}") for number in range(5)]
        senders = [threading.Thread(target=send, args=(ingest, one)) for one in events]
        with filling:
            for sender in senders:
                sender.start()
            time.sleep(0.2)
        for sender in senders:
            sender.join()
    assert len(told) == 5


def test_who_waits_for_an_import_too_long_is_told_to_come_back(ingest, store, filling):
    with filling, pytest.raises(NotStored, match=BUSY):
        ingest.take([seen(ingest, "ann")])
    assert store.statements == []
    ingest.take([seen(ingest, "bob")])
    assert store.statements.count("INSERT INTO events") == 1


def test_a_lock_goes_to_whoever_has_waited_longest_and_not_to_who_gave_up():
    turns, order = Turns(), []

    def wait(name):
        with turns:
            order.append(name)

    waiting = [threading.Thread(target=wait, args=(name,)) for name in "abc"]
    with turns:
        assert not turns.acquire(timeout=0.01)
        for thread in waiting:
            thread.start()
            time.sleep(0.05)
    wait("last")
    for thread in waiting:
        thread.join()
    assert order == ["a", "b", "c", "last"]
    assert turns.acquire(timeout=0)


def test_while_the_demo_is_created_a_sender_is_told_to_come_back(new_project):
    project = new_project()
    with open_meta(project) as meta:
        meta.remember("loading", True)
    body = {"api_key": key_of(project), **said("early", "ann")}
    refused = post(project, "/e/", json=body)
    assert refused.status_code == 503
    assert "send again" in refused.json()["detail"]
