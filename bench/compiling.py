"""From the text of a query to ClickHouse SQL, against PostHog's parser alone."""

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import count

from bench.measure import in_turns, line, load, timed, title
from tools.local.hogql import Context, compile_query
from tools.parser import parse_select

PARSERS = ("hogql_parser", "hogql_parser_rs")
BATCH_SECONDS = 0.1
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
    counts = {name: _fitting(action) for name, action in actions.items()}
    often = {name: partial(_often, actions[name], counts[name]) for name in actions}
    batches = in_turns(often, rounds=ROUNDS)
    times = {name: batches[name].each(counts[name]) for name in actions}
    title(f"One query of {len(QUERY)} characters to ClickHouse SQL")
    for name in actions:
        line(name, times[name], times[peer], unit="µs")
    load()


def _fitting(action: Callable[[], object]) -> int:
    """How many make a batch that is long enough to be timed."""
    action()
    return max(1, int(BATCH_SECONDS / timed(action)))


def _often(action: Callable[[], object], count: int) -> None:
    for _ in range(count):
        action()


if __name__ == "__main__":
    main()
