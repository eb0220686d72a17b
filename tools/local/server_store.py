"""The rows of a project on a ClickHouse server: the only module that imports clickhouse_connect."""

import itertools
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from tools.errors import LocalProjectError
from tools.local import tables
from tools.local.failures import StoreError
from tools.local.store import PROGRESS, READING, SHARED, STOP, typed

PASSWORD = "HOGLOOP_CLICKHOUSE_PASSWORD"
PATIENCE = 300
_VERSION = re.compile(r"\s*\((?:version|for url) .*\)\s*$", re.DOTALL)


class ServerStore:
    """One database of a ClickHouse server, over HTTP."""

    def __init__(self, address: str) -> None:
        self._client = _connected(address)
        self._changes = itertools.count(1)
        self.written = 0
        self._writing = threading.Lock()
        self._changing = _plain({**SHARED, "mutations_sync": 1})
        self._reading = _plain({**SHARED, **READING, "readonly": 2})
        for statement in tables.ALL:
            self.write(statement)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def read(self, sql: str, form: str = "JSONCompact") -> bytes:
        """The result of one statement that can change nothing."""
        return self._run(sql, self._reading, form)

    def write(self, sql: str) -> None:
        """Run one statement that changes something; writers wait for each other."""
        with self._writing:
            self.write_beside(sql)

    def write_beside(self, sql: str) -> None:
        """Run one long statement that other writers need not wait for."""
        try:
            self._run(sql, self._changing)
        finally:
            # A statement that failed, or whose answer was lost, may have written a part.
            self.written = next(self._changes)

    def stop(self, mark: str) -> None:
        """End what runs under this mark, waiting for nobody."""
        self._run(STOP.format(mark=mark), self._changing)

    def progress(self, mark: str) -> bytes:
        """The columns of PROGRESS for what runs under this mark, waiting for nobody."""
        return self._run(PROGRESS.format(mark=mark), self._changing, "JSONCompact")

    @contextmanager
    def file(self, path: Path, form: str, shape: str) -> Iterator[str]:
        """What SQL calls the rows of a file while it is being read: a table it is sent to."""
        name = f"file_{secrets.token_hex(8)}"
        self.write(f"CREATE TABLE {name} ({shape}) ENGINE = Memory")
        try:
            with path.open("rb") as rows:
                self._send(name, rows, form)
            yield name
        finally:
            self.write(f"DROP TABLE {name}")

    def _send(self, table: str, rows: Any, form: str) -> None:
        with _typed_errors():
            self._client.raw_insert(table, insert_block=rows, fmt=form, settings=self._changing)

    def _run(self, sql: str, settings: dict[str, Any], form: str | None = None) -> bytes:
        with _typed_errors():
            found: bytes = self._client.raw_query(sql, settings=settings, fmt=form)
        return found


@contextmanager
def _typed_errors() -> Iterator[None]:
    from clickhouse_connect.driver.exceptions import Error

    try:
        yield
    except Error as error:
        if error.code is None:
            said = f"ClickHouse does not answer: {_first_line(error)}"
            raise StoreError(0, "NETWORK_ERROR", said) from None
        raise typed(_VERSION.sub("", str(error))) from None


def reachable(address: str) -> str:
    """The address of a server that answers, with its password; raises a sentence otherwise."""
    known = with_password(address)
    ServerStore(known).close()
    return known


def with_password(address: str) -> str:
    """The address with the password of the environment, where it has none of its own."""
    found = _split(address)
    password = os.environ.get(PASSWORD)
    if found.password is not None or not password:
        return address
    user = found.username or "default"
    return found._replace(netloc=f"{user}:{quote(password, safe='')}@{_shown(found)}").geturl()


def _split(address: str) -> SplitResult:
    wrong = "is no ClickHouse address: write https://user@host:8443/database."
    try:
        found = urlsplit(address)
        known = found.scheme in ("http", "https") and found.hostname and found.port != 0
    except ValueError:
        # What Python says of it may hold a part of the password.
        raise LocalProjectError(f"What was given {wrong}") from None
    if not known:
        raise LocalProjectError(f"{_shown(found)} {wrong}")
    return found


def _connected(address: str) -> Any:
    try:
        from clickhouse_connect import get_client
        from clickhouse_connect.driver.exceptions import ClickHouseError
    except ImportError:
        raise LocalProjectError(
            "A project on a ClickHouse server needs: pip install 'hogloop[clickhouse]'."
        ) from None
    found = urlsplit(address)
    try:
        return get_client(
            host=found.hostname or "",
            port=found.port or (8443 if found.scheme == "https" else 8123),
            secure=found.scheme == "https",
            username=unquote(found.username or "default"),
            password=unquote(found.password or ""),
            database=found.path.strip("/") or "default",
            send_receive_timeout=PATIENCE,
            autogenerate_session_id=False,
        )
    except ClickHouseError as error:
        raise LocalProjectError(
            f"ClickHouse at {_shown(found)} can't be used: {_first_line(error)}"
        ) from None


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as HTTP takes them: without the quotes of SQL."""
    return {
        name: value.strip("'") if isinstance(value, str) else value
        for name, value in settings.items()
    }


def _shown(address: SplitResult) -> str:
    """Where a server is, without user and password."""
    return address.netloc.rpartition("@")[2] or address.geturl()


def _first_line(error: Exception) -> str:
    return _VERSION.sub("", str(error)).strip().partition("\n")[0].rstrip(".") + "."
