"""HogQL queries, against ClickHouse SQL written by hand for the same rows."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from statistics import geometric_mean
from typing import Any

from werkzeug.test import Client

from bench.measure import Times, in_turns, load
from bench.pairs import DEMO, RETAIL, Pair
from bench.projects import REAL, demo, imported, scratch_home, taken_over
from tools.local.connect import LocalProject
from tools.local.context import query_context
from tools.local.hogql import compile_query
from tools.local.home import Home
from tools.local.import_sql import quoted
from tools.local.materialise import columns
from tools.local.results import read_result
from tools.local.server import Server

ROUNDS = 15
TARGET = 1.05
KINDS = ("by hand", "our SQL", "answered")
_KEY = re.compile(r"\{([^}:]+)(:number)?\}")


def main() -> None:
    """Print a line for each query, and the geometric means of the ratios."""
    print(f"\nHogQL over SQL by hand, medians of {ROUNDS} in ms")
    print(f"{'':36}{KINDS[0]:>10}{KINDS[1]:>10}{KINDS[2]:>10}{'SQL':>9}{'whole':>9}")
    with scratch_home() as home:
        ratios = _measured(demo(home), DEMO)
    if REAL.exists():
        with scratch_home() as home:
            ratios += _measured(imported(home, "retail", REAL), RETAIL)
    ours, whole = (geometric_mean(column) for column in zip(*ratios, strict=True))
    print(f"{'geometric mean (target for SQL: ' + str(TARGET) + ')':66}{ours:9.2f}{whole:9.2f}")
    print(
        "SQL: what ClickHouse does for us; whole: with parsing, compiling and JSON for the client"
    )
    load()


def _measured(project: LocalProject, pairs: Sequence[Pair]) -> list[tuple[float, float]]:
    with taken_over(project) as home:
        return [_line(pair.name, _times(home, project.key, pair)) for pair in pairs]


def _times(home: Home, key: str, pair: Pair) -> dict[str, Times]:
    sql = _KEY.sub(partial(_read, columns(home.meta)), pair.sql)
    ours = compile_query(pair.hogql, query_context(home)).sql
    ask = _asking(home, key, pair.hogql)
    by_hand, _ = read_result(home.store.read(sql))
    _check(pair.name, ask(), by_hand)
    kinds: tuple[Callable[[], object], ...] = (
        lambda: home.store.read(sql),
        lambda: home.store.read(ours),
        ask,
    )
    return in_turns(dict(zip(KINDS, kinds, strict=True)), rounds=ROUNDS)


def _asking(home: Home, key: str, hogql: str) -> Callable[[], list[list[Any]]]:
    """The query through the HTTP application itself; only the socket is left out."""
    client = Client(Server(home))
    asked = {"query": {"kind": "HogQLQuery", "query": hogql}}
    headers = {"Authorization": f"Bearer {key}"}

    def ask() -> list[list[Any]]:
        # A text seen before would come out of a cache.
        asked["query"]["query"] += " "
        response = client.post("/api/projects/@current/query/", json=asked, headers=headers)
        rows: list[list[Any]] = json.loads(response.get_data())["results"]
        return rows

    return ask


def _read(materialised: Mapping[str, str], found: re.Match[str]) -> str:
    key, number = found.groups()
    if column := materialised.get(key):
        return f"toFloat64OrNull({column})" if number else column
    return f"JSONExtract{'Float' if number else 'String'}(properties, {quoted(key)})"


def _check(name: str, ours: list[list[Any]], by_hand: list[list[Any]]) -> None:
    """Only the same rows may be compared; a sum of fractions depends on its order a little."""
    cells = zip(chain(*ours), chain(*by_hand), strict=False)
    if len(ours) != len(by_hand) or not all(_alike(one, other) for one, other in cells):
        raise SystemExit(f"{name}: not the same rows: {ours[:3]} and {by_hand[:3]}")


def _alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other


def _line(name: str, times: Mapping[str, Times]) -> tuple[float, float]:
    hand, ours, whole = (times[kind].median for kind in KINDS)
    cells = "".join(f"{seconds * 1000:10.2f}" for seconds in (hand, ours, whole))
    print(f"{name:36}{cells}{ours / hand:9.2f}{whole / hand:9.2f}", flush=True)
    return ours / hand, whole / hand


if __name__ == "__main__":
    main()
