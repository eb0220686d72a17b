"""Typed queries, against ClickHouse SQL and DuckDB SQL by hand for the same rows, at several sizes.

`python -m bench.insights 0.1 1 10` measures at that many million events of the demo.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import geometric_mean
from typing import Any

import duckdb

from bench.insight_cases import CASES, Case
from bench.insight_rows import Rows
from bench.measure import Times, in_turns, load
from bench.projects import demo, scratch_home, taken_over
from tools.local.demo import EVENTS
from tools.local.home import Home
from tools.local.materialise import columns
from tools.local.queries.reader import Reader
from tools.local.queries.run import run
from tools.local.results import read_result

SIZES = (0.1, 1.0)
ROUNDS = 7
TARGET = 1.5
JSON_OF_CLICKHOUSE = "JSONExtractString(properties, '{key}')"
JSON_OF_DUCK = "json_extract_string(properties, '$.\"{key}\"')"
_DUCKDB = "SET TimeZone = 'UTC'; SET threads = 2; SET memory_limit = '4GB'"
_PEOPLE = """CREATE VIEW people AS
  SELECT e.* EXCLUDE (person_id), coalesce(o.person_id, e.person_id) AS person_id
  FROM events AS e LEFT JOIN overrides AS o USING (distinct_id)"""
_EVENTS = (
    "toString(uuid) AS uuid, event, timestamp, distinct_id, person_created_at, "
    "toString(person_id) AS person_id, `$session_id` AS session_id, properties"
)
_OVERRIDES = (
    "SELECT distinct_id, toString(argMax(person_id, version)) AS person_id "
    "FROM person_distinct_id_overrides GROUP BY distinct_id"
)
_MONTHS = "SELECT DISTINCT toYYYYMM(timestamp) FROM events ORDER BY 1"
_KEY = re.compile(r"\{([$\w]+)\}")
KINDS = ("ClickHouse", "DuckDB", "ours")


def main() -> None:
    """Measure at every size, and print how the times of ours grow."""
    grown: dict[str, list[float]] = {case.name: [] for case in CASES}
    for size in [float(text) for text in sys.argv[1:]] or SIZES:
        for name, seconds in _at(size):
            grown[name].append(seconds)
    print("\nHow ours grows, in ms")
    for name, times in grown.items():
        print(f"{name:36}{''.join(f'{seconds * 1000:10.1f}' for seconds in times)}")
    load()


def _at(size: float) -> Iterator[tuple[str, float]]:
    """The median of each query of ours, in seconds, at so many million events."""
    with (
        scratch_home() as home,
        taken_over(demo(home, size * 1e6 / EVENTS)) as opened,
        _duckdb(opened, home) as duck,
    ):
        print(f"\nTyped queries on {_count(opened):,} events, medians of {ROUNDS} in ms")
        print(f"{'':36}{''.join(f'{kind:>12}' for kind in KINDS)}{'x hand':>9}{'x DuckDB':>9}")
        found = [(case.name, _times(opened, duck, case)) for case in CASES]
    yield from _lines(found)


def _lines(found: list[tuple[str, Mapping[str, Times]]]) -> Iterator[tuple[str, float]]:
    ratios = []
    for name, times in found:
        hand, duck, ours = (times[kind].median for kind in KINDS)
        cells = "".join(f"{seconds * 1000:12.1f}" for seconds in (hand, duck, ours))
        print(f"{name:36}{cells}{ours / hand:9.2f}{ours / duck:9.2f}", flush=True)
        ratios.append((ours / hand, ours / duck))
        yield name, ours
    means = "".join(f"{geometric_mean(column):9.2f}" for column in zip(*ratios, strict=True))
    print(f"{f'geometric mean (targets {TARGET} and 1)':72}{means}")


def _times(home: Home, duck: Any, case: Case) -> Mapping[str, Times]:
    held = columns(home.meta)
    by_hand, of_duck = _written(case.clickhouse, held), _written(case.duckdb, held, JSON_OF_DUCK)
    actions: dict[str, Callable[[], Rows]] = {
        "ClickHouse": lambda: read_result(home.store.read(by_hand))[0],
        "DuckDB": lambda: [list(row) for row in duck.execute(of_duck).fetchall()],
        "ours": lambda: case.rows(run(case.query, Reader.of(home))),
    }
    wanted = _plain(actions["ours"]())
    for kind in KINDS[:2]:
        got = _plain([row[: len(wanted[0])] for row in actions[kind]()])
        if got != wanted:
            raise SystemExit(f"{case.name}: {kind} has {got[:3]} where ours has {wanted[:3]}")
    return in_turns(actions, rounds=ROUNDS)


def _plain(rows: Rows) -> list[list[str]]:
    """Rows without an order and without the last digits of sums."""
    return sorted(
        [f"{cell:.6g}" if isinstance(cell, int | float) else str(cell) for cell in row]
        for row in rows
    )


def _written(sql: str, held: Mapping[str, str], json: str = JSON_OF_CLICKHOUSE) -> str:
    """The SQL with the columns of the hot properties; others are read from the JSON."""
    return _KEY.sub(lambda found: held.get(found[1]) or json.format(key=found[1]), sql)


def _count(home: Home) -> int:
    return int(home.store.read("SELECT count() FROM events", "TSV"))


@contextmanager
def _duckdb(home: Home, folder: Path) -> Iterator[Any]:
    """The same events and overrides of persons in DuckDB, with the same columns."""
    kept = "".join(f", {name}" for name in columns(home.meta).values())
    with duckdb.connect(str(folder / "duck.db")) as duck:
        duck.execute(_DUCKDB)
        # A month at a time, in the order of time: DuckDB passes over what is out of a range.
        for (month,) in read_result(home.store.read(_MONTHS))[0]:
            during = f"WHERE toYYYYMM(timestamp) = {month} ORDER BY timestamp"
            _add(home, duck, folder / "events", f"SELECT {_EVENTS}{kept} FROM events {during}")
        _add(home, duck, folder / "overrides", _OVERRIDES)
        duck.execute(_PEOPLE)
        yield duck


def _add(home: Home, duck: Any, file: Path, sql: str) -> None:
    """Add rows to the table of the file's name in DuckDB."""
    home.store.write(f"INSERT INTO FUNCTION file('{file}', 'Parquet') {sql}")
    rows = f"SELECT * FROM read_parquet('{file}')"
    duck.execute(f"CREATE TABLE IF NOT EXISTS {file.name} AS {rows} LIMIT 0")
    duck.execute(f"INSERT INTO {file.name} {rows}")
    file.unlink()


if __name__ == "__main__":
    main()
