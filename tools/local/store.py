"""Where the rows of a project are: one interface, chDB in a folder or a ClickHouse server."""

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from tools.local.failures import StoreError

MAX_SECONDS = 60
MAX_ROWS = 100_000
MAX_BYTES = 256 * 1024 * 1024
MAX_QUERY = 16 * 1024 * 1024
"""The SQL of one query; a project's saved objects are part of it where it reads them."""
_ERROR = re.compile(
    r"Code: (\d+)\. DB::Exception: (.*?)(?:: In scope .*)?\s*\(([A-Z][A-Z0-9_]+)\)\s*$", re.DOTALL
)
SHARED: dict[str, Any] = {
    "session_timezone": "'UTC'",
    "max_partitions_per_insert_block": 0,
    "schema_inference_make_columns_nullable": 0,
}
READING: dict[str, Any] = {
    "transform_null_in": 1,
    "max_execution_time": MAX_SECONDS,
    "max_result_rows": MAX_ROWS,
    "max_result_bytes": MAX_BYTES,
    "max_query_size": MAX_QUERY,
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_denormals": 0,
    "output_format_json_quote_decimals": 1,
    "output_format_decimal_trailing_zeros": 1,
    "output_format_json_named_tuples_as_objects": 0,
    "output_format_json_escape_forward_slashes": 0,
    "output_format_json_validate_utf8": 1,
    "date_time_output_format": "'iso'",
}


STOP = "KILL QUERY WHERE startsWith(query, '/*{mark}*/') ASYNC"
PROGRESS = (
    "SELECT sum(read_bytes), sum(read_rows), sum(total_rows_approx), sum(elapsed), "
    "sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / 1000000 "
    "FROM system.processes WHERE startsWith(query, '/*{mark}*/')"
)
"""Bytes and rows read, rows there are, seconds, and seconds of all processors."""


class Store(Protocol):
    """Several readers at once, one writer.

    Only SQL printed by the HogQL compiler, or written in this package, may come here. A statement
    that begins with a comment, as `/*mark*/`, can be found and stopped while it runs.
    """

    @property
    def written(self) -> int:
        """A number that is another one after every statement that changed something."""
        ...

    def close(self) -> None:
        """Let go of the rows."""
        ...

    def read(self, sql: str, form: str = "JSONCompact") -> bytes:
        """The result of one statement that can change nothing."""
        ...

    def write(self, sql: str) -> None:
        """Run one statement that changes something; writers wait for each other."""
        ...

    def write_beside(self, sql: str) -> None:
        """Run one long statement that other writers need not wait for."""
        ...

    def stop(self, mark: str) -> None:
        """End what runs under this mark, waiting for nobody."""
        ...

    def progress(self, mark: str) -> bytes:
        """The columns of PROGRESS for what runs under this mark, waiting for nobody."""
        ...

    def file(self, path: Path, form: str, shape: str) -> AbstractContextManager[str]:
        """What SQL calls the rows of a file while it is being read.

        `form` is a ClickHouse format, `shape` the columns and their types.
        """
        ...


def open_store(folder: Path, server: str | None) -> Store:
    """The rows of a project: in its folder, or on the ClickHouse server at an address."""
    if server is not None:
        from tools.local.server_store import ServerStore

        return ServerStore(server)
    from tools.local.chdb_store import ChdbStore

    return ChdbStore(folder / "clickhouse")


def typed(text: str) -> StoreError:
    """ClickHouse's code, name and sentence, without its stack."""
    found = _ERROR.search(text)
    if not found:
        return StoreError(0, "UNKNOWN", text)
    return StoreError(int(found[1]), found[3], found[2])
