"""The numbers out of the answers of typed queries, as rows like those of SQL."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Rows = list[list[Any]]


def days(body: Mapping[str, Any]) -> Rows:
    """Day and number, where there is one."""
    return [
        [day, count]
        for series in body["results"]
        for day, count in zip(series["days"], series["data"], strict=True)
        if count
    ]


def split(body: Mapping[str, Any]) -> Rows:
    """Value, day and number."""
    return [
        [series["breakdown_value"], day, count]
        for series in body["results"]
        for day, count in zip(series["days"], series["data"], strict=True)
        if count
    ]


def totals(body: Mapping[str, Any]) -> Rows:
    """Value and number over the whole time."""
    return [[series["breakdown_value"], series["aggregated_value"]] for series in body["results"]]


def steps(body: Mapping[str, Any]) -> Rows:
    """Step and how many reached it."""
    return [[step["order"] + 1, step["count"]] for step in body["results"]]


def cohorts(body: Mapping[str, Any]) -> Rows:
    """Week of the start, weeks after it and how many came."""
    return [
        [start, after, cell["count"]]
        for start, row in enumerate(body["results"])
        for after, cell in enumerate(row["values"])
        if cell["count"]
    ]


def states(body: Mapping[str, Any]) -> Rows:
    """Kind of person, day and how many."""
    return [
        [series["status"], day, abs(count)]
        for series in body["results"]
        for day, count in zip(series["days"], series["data"], strict=True)
        if count
    ]


def columns(*names: int) -> Callable[[Mapping[str, Any]], Rows]:
    """Some columns of the rows."""

    def rows(body: Mapping[str, Any]) -> Rows:
        return [[row[name] for name in names] for row in body["results"]]

    return rows


def overview(body: Mapping[str, Any]) -> Rows:
    """Visitors, views and visits in one row."""
    wanted: Sequence[str] = ("visitors", "views", "sessions")
    values = {item["key"]: item["value"] for item in body["results"]}
    return [[values[name] for name in wanted]]
