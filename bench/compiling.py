"""From the text of a query to ClickHouse SQL, against PostHog's parser alone."""

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import count

from bench.measure import in_turns, line, load, title
from tools.local.hogql import Context, compile_query
from tools.parser import parse_select

PARSERS = ("hogql_parser", "hogql_parser_rs")
BATCH = 10
ROUNDS = 10
QUERY = """SELECT event, count() AS n FROM events WHERE timestamp >= '2026-11-01' \
AND properties.plan = 'pro' GROUP BY event LIMIT 10"""
CONTEXT = Context(property_types={("event", "plan"): "String"})


def main() -> None:
    """Print microseconds for one query."""
    # A text seen before would come out of a cache: each ends in another LIMIT.
    fresh = (f"{QUERY}{number}" for number in count())
    parse_select(next(fresh))
    library = next(sys.modules[name] for name in PARSERS if name in sys.modules)
    tree = library.parse_select_json(QUERY)
    peer = "PostHog's parser alone"
    actions: dict[str, Callable[[], object]] = {
        peer: lambda: library.parse_select_json(next(fresh)),
        "json.loads of its tree": lambda: json.loads(tree),
        "our parse: tokens, parser, checked tree": lambda: parse_select(next(fresh)),
        "our resolve and print, tree given": partial(compile_query, QUERY, CONTEXT),
        "text to SQL, all of it": lambda: compile_query(next(fresh), CONTEXT),
    }
    times = in_turns({name: partial(_often, act) for name, act in actions.items()}, rounds=ROUNDS)
    title(f"One query of {len(QUERY)} characters to ClickHouse SQL, {BATCH} times in a row")
    for name in actions:
        line(name, times[name].each(BATCH), times[peer].each(BATCH), unit="µs")
    load()


def _often(action: Callable[[], object]) -> None:
    for _ in range(BATCH):
        action()


if __name__ == "__main__":
    main()
