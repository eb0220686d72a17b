"""The rows of a project in chDB: what a failure leaves behind."""

from contextlib import closing

import pytest

from tools.local.chdb_store import READERS, ChdbStore
from tools.local.failures import StoreError


class ShortOfSessions(ChdbStore):
    """A store that at times can't open a session, as where files run out."""

    short = False

    def _session(self, settings):
        if self.short:
            raise StoreError(76, "CANNOT_OPEN_FILE", "Too many open files")
        return super()._session(settings)


def test_readers_that_could_not_be_opened_again_are_opened_later(tmp_path):
    with closing(ShortOfSessions(tmp_path / "clickhouse")) as store:
        store.short = True
        for _ in range(2 * READERS):
            with pytest.raises(StoreError):
                store.read("SELECT throwIf(1)")
        store.short = False
        assert [store.read("SELECT 1", "TSV") for _ in range(READERS)] == [b"1\n"] * READERS


def test_a_statement_that_failed_counts_as_a_change(tmp_path):
    with closing(ChdbStore(tmp_path / "clickhouse")) as store:
        before = store.written
        for write in (store.write, store.write_beside):
            with pytest.raises(StoreError):
                write("INSERT INTO events (event) SELECT toString(throwIf(1))")
            assert store.written != before
            before = store.written
