import threading

import pytest

from tools.local.folder import create_project
from tools.local.meta import Meta

NOTE = {"id": 1, "text": "a"}


@pytest.fixture
def folder(tmp_path):
    return create_project(tmp_path, "meta").folder


@pytest.fixture
def meta(folder):
    made = Meta(folder)
    yield made
    made.close()


def test_a_transaction_within_another_is_undone_with_it(meta):
    def fail():
        with meta.transaction():
            meta.put_documents({"note": [NOTE]})
            meta.add_document("note", {"text": "b"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert meta.documents("note") == []


def test_a_failure_that_is_caught_within_a_transaction_does_not_end_it(meta):
    with meta.transaction():
        with pytest.raises(ZeroDivisionError), meta.transaction():
            raise ZeroDivisionError
        meta.put_documents({"note": [NOTE]})
    assert meta.documents("note") == [NOTE]


def test_two_processes_never_give_out_the_same_number(folder, meta):
    other = Meta(folder)

    def add(to):
        for _ in range(40):
            to.add_document("note", {"text": "x"})

    threads = [threading.Thread(target=add, args=(one,)) for one in (meta, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert [one["id"] for one in meta.documents("note")] == list(range(1, 81))
