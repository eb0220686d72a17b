"""A file of events into a project, against ClickHouse's and DuckDB's own reading of that file."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from chdb.session import Session

from bench.measure import Times, in_turns, line, load, note, title
from bench.projects import REAL, scratch_home, stopped
from tools.local.connect import LocalProject, import_file, open_project
from tools.local.folder import create_project
from tools.local.import_sql import quoted

ROUNDS = 3
ROWS = 500_000
TARGET = 150_000
TABLE = """CREATE OR REPLACE TABLE events (
  uuid String, event LowCardinality(String), distinct_id String, timestamp DateTime64(6, 'UTC'),
  properties String CODEC(ZSTD(3))
) ENGINE = MergeTree ORDER BY (event, timestamp)"""
READ = """INSERT INTO events SELECT * FROM file({}, 'JSONEachRow')
SETTINGS input_format_json_read_objects_as_strings = 1, date_time_input_format = 'best_effort'"""
DUCK = """CREATE OR REPLACE TABLE events AS SELECT * FROM read_json({},
format = 'newline_delimited', columns = {{uuid: 'VARCHAR', event: 'VARCHAR', distinct_id: 'VARCHAR',
timestamp: 'TIMESTAMP', properties: 'JSON'}})"""


def main() -> None:
    """Print seconds and events a second."""
    with scratch_home() as home, tempfile.TemporaryDirectory() as folder:
        file = REAL if REAL.exists() else _generated(Path(folder) / "events.jsonl")
        session: Any = Session(f"{folder}/clickhouse")  # type: ignore[no-untyped-call]
        duck = duckdb.connect(f"{folder}/duck.db")
        peer, other, ours = (
            "ClickHouse: INSERT … FROM file()",
            "DuckDB: read_json",
            "hogloop import",
        )
        projects = _projects(home)
        rows: list[int] = []
        actions: dict[str, Callable[[], object]] = {
            peer: lambda: (session.query(TABLE), session.query(READ.format(quoted(str(file))))),
            other: lambda: duck.execute(DUCK.format(quoted(str(file)))),
            ours: lambda: rows.append(_imported(projects[len(rows)], file)),
            # What its worker does afterwards must not slow the next ones.
            "": lambda: stopped(projects[len(rows) - 1]),
        }
        times = in_turns(actions, rounds=ROUNDS)
        _check(rows, session, duck)
        title(f"Import of {file.name}, {rows[0]:,} events")
        for name in (peer, other, ours):
            line(name, times[name], times[peer], unit="s")
        title("The same in events a second")
        for name in (peer, other, ours):
            note(name, _rate(rows[0], times[name]))
        note("target", f"{TARGET:9,}")
        load()


def _rate(rows: int, times: Times) -> str:
    return f"{rows / times.median:9,.0f} {rows / times.least:9,.0f}"


def _projects(home: Path) -> list[LocalProject]:
    """Empty projects, one a round, with their workers up."""
    names = [f"round{number}" for number in range(ROUNDS + 1)]
    for name in names:
        create_project(home, name)
        open_project(home, name).socket()
    return [open_project(home, name) for name in names]


def _imported(project: LocalProject, file: Path) -> int:
    *_, last = import_file(project, file)
    return last.stored


def _check(rows: list[int], session: Any, duck: duckdb.DuckDBPyConnection) -> None:
    """All three must hold every event."""
    counted = "SELECT count(*) FROM events"
    found = {*rows, int(session.query(counted, "TSV").bytes()), duck.sql(counted).fetchall()[0][0]}
    if len(found) > 1:
        raise SystemExit(f"not the same events: {found}")


def _generated(path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_event(number)) + "\n" for number in range(ROWS))
    return path


def _event(number: int) -> dict[str, object]:
    return {
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "event": ("page_viewed", "item_added", "order_completed")[number % 3],
        "distinct_id": f"user_{number * 7919 % 20_000}",
        "timestamp": f"2026-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:30:00Z",
        "properties": {
            "amount": number % 1000 / 10,
            "country": ("DE", "FR", "US", "JP")[number % 4],
            "path": f"/items/{number % 500}",
            "returning": number % 5 == 0,
        },
    }


if __name__ == "__main__":
    main()
