"""Rows page by page: by the key of the last row, never by an offset, which rows would slip past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tools.client import PostHog
from tools.errors import (
    InvalidRequest,
    RateLimited,
    ServerFailed,
    TooLarge,
    TooSlow,
    UnexpectedAnswer,
    Unreachable,
)
from tools.exports.what import HOURS, PAGE, Bounds, Column, What, plain_time
from tools.literals import path

LEAST = 500
PATIENCE = 8
"""How often a query is asked again that PostHog had no time for."""

Row = list[Any]


@dataclass(frozen=True)
class Slice:
    """A part of an export that is fetched by itself, and how many rows it must have."""

    bounds: Bounds | None
    rows: int


def ask(posthog: PostHog, query: str) -> dict[str, Any]:
    """The answer to a query, waiting out limits, failures and a network that is away."""
    for attempt in range(PATIENCE):
        try:
            return posthog.query({"kind": "HogQLQuery", "query": query})
        except RateLimited as error:
            wait = error.retry_after or 2.0**attempt
        except (ServerFailed, Unreachable):
            wait = 2.0**attempt
        if attempt < PATIENCE - 1:
            posthog.wait(min(wait, 60.0))
    return posthog.query({"kind": "HogQLQuery", "query": query})


def counted(posthog: PostHog, query: str) -> int:
    """The one number of a query."""
    try:
        return int(ask(posthog, query)["results"][0][0])
    except (KeyError, IndexError, TypeError, ValueError):
        raise UnexpectedAnswer("PostHog's answer to a count has no number in it.") from None


def slices(posthog: PostHog, what: What) -> list[Slice]:
    """The export in slices of about a page each, all of its time without a gap."""
    if what.bounds is None:
        return [Slice(None, counted(posthog, what.counting()))]
    hours = [(plain_time(hour), int(n)) for hour, n in ask(posthog, what.by_hour())["results"]]
    if len(hours) >= HOURS:
        raise InvalidRequest("The period has too many hours: export it in two.")
    found: list[Slice] = []
    start, rows = what.bounds.start, 0
    for hour, count in hours:
        if rows and rows + count > PAGE:
            found.append(Slice(Bounds(start, hour), rows))
            start, rows = hour, 0
        rows += count
    return [*found, Slice(Bounds(start, what.bounds.end), rows)]


def pages(posthog: PostHog, what: What, part: Slice) -> Iterator[list[Row]]:
    """The rows of a slice in order; pages get smaller where one is too large or too slow."""
    size, after = PAGE, None
    while True:
        try:
            found = ask(posthog, what.page(part.bounds, after, size)).get("results") or []
        except (TooLarge, TooSlow):
            if size <= LEAST:
                raise
            size = max(LEAST, size // 4)
            continue
        after = found[-1][: len(what.keys)] if found else None
        yield what.as_rows(found)
        if len(found) < size:
            return
        if not what.keys:
            raise InvalidRequest(
                f"The query has more than {size:,} rows, which PostHog returns page by page: name"
                " a column of it that is unique with --key."
            )


def shape(posthog: PostHog, what: What) -> tuple[list[str], list[str]]:
    """Names and types of the columns, as PostHog gives them."""
    body = ask(posthog, what.page(None, None, 1))
    keys = len(what.keys)
    types = [str(kind[1]) for kind in body.get("types") or []][keys:]
    names = [one.name for one in what.columns] or list(map(str, body["columns"]))[keys:]
    return names, types or ["String"] * len(names)


def of_query(posthog: PostHog, what: What) -> What:
    """A query's rows with their columns named, which only PostHog knows."""
    body = ask(posthog, f"SELECT * FROM {what.source} LIMIT 1")
    names = [str(name) for name in body["columns"]]
    _check_names(names)
    return replace(what, columns=tuple(Column(name, path(name)) for name in names))


def _check_names(names: Sequence[str]) -> None:
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InvalidRequest(f"Two columns of the query are called {twice[0]}: name one otherwise.")
