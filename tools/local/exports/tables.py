"""The answer of a query as the rows of a table, in the columns of PostHog's CSV files."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tools.local.bodies import invalid
from tools.local.hogql import HogQLError
from tools.local.queries.hogql_query import HogQLQuery
from tools.local.queries.reader import Reader
from tools.local.queries.run import inner, read_query, run
from tools.local.results import read_result

ROWS = 300_000
Row = dict[str, Any]


def table(query: Mapping[str, Any], reader: Reader) -> list[Row]:
    """Every row of a query's answer; of HogQL one more than PostHog's limit for exports."""
    _, asked = read_query(query)
    if isinstance(asked, HogQLQuery):
        return _hogql(asked, reader)
    body = run(inner(query), reader)
    results = body.get("results")
    if body.get("columns"):
        return [dict(zip(body["columns"], row, strict=True)) for row in results or []]
    return list(_lines(results or []))


def as_csv(rows: list[Row], columns: list[str] | None = None) -> bytes:
    """Rows as a CSV file; lists and objects as JSON, nothing as an empty cell."""
    out = io.StringIO()
    names = columns or list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    return out.getvalue().encode()


def as_json(rows: list[Row], columns: list[str] | None = None) -> bytes:
    """Rows as a list of objects."""
    kept = [{name: row.get(name) for name in columns} for row in rows] if columns else rows
    return json.dumps(kept, ensure_ascii=False).encode()


def _hogql(query: HogQLQuery, reader: Reader) -> list[Row]:
    try:
        plain = replace(reader.plain, default_limit=ROWS, max_limit=ROWS + 1)
        compiled = query.compiled(plain)
    except HogQLError as error:
        raise invalid(str(error), attr="query") from None
    sql = f"{compiled.sql} SETTINGS max_result_rows = {ROWS + 1}"
    rows = read_result(reader.home.store.read(sql))[0]
    return [dict(zip(compiled.columns, row, strict=True)) for row in rows]


def _lines(results: list[Any]) -> Iterator[Row]:
    labels = [str(item.get("label")) for item in results if isinstance(item, dict)]
    for item in results:
        if isinstance(item, list):
            yield from _lines(item)
        elif isinstance(item, dict):
            yield _line(item, labels)


def _line(item: Row, labels: list[str]) -> Row:
    if isinstance(item.get("data"), list) and item.get("labels"):
        name = (item.get("action") or {}).get("custom_name") or item.get("label")
        return {"series": name, **dict(zip(item["labels"], item["data"], strict=False))}
    if isinstance(item.get("values"), list):
        first, *later = [value.get("count") for value in item["values"]]
        periods = dict(zip(labels[1:], later, strict=False))
        return {"cohort": item.get("date"), "cohort size": first, **periods}
    if "order" in item and "count" in item:
        kept = {key: item.get(key) for key in ("name", "breakdown_value", "action_id", "count")}
        times = ("median_conversion_time", "average_conversion_time")
        return {**kept, **{f"{key} (seconds)": item.get(key) for key in times}}
    if item.get("aggregated_value") is not None:
        return {"name": item.get("label"), "total": item["aggregated_value"]}
    return item


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False)
    return value
