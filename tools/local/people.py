"""Persons as PostHog's API lists and shows them."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Request

from tools.local.bodies import invalid
from tools.local.dates import DateError
from tools.local.failures import StoreError, failed
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.home import Home
from tools.local.queries.actors_shown import NAMES
from tools.local.queries.reader import Reader
from tools.local.results import read_result
from tools.local.routes import Body, Call, Reply, link, whole

MOST_IDS = 10
CSV_ROWS = 10_000
PAGE = 100
_COLUMNS = ("id", "email", "name", "created_at", "properties", "distinct_ids")
Filter = dict[str, Any]


def listed(call: Call, filters: Sequence[Filter], test: Node = nodes.TRUE) -> Body:
    """One page of the persons who pass filters and what the request asks for besides."""
    limit, offset = bounds(call.request)
    ids = _ids(call, filters, test, limit, offset)
    return {
        "results": shown(call.home, ids),
        "next": link(call.request, limit, offset + limit) if len(ids) >= limit else None,
        "previous": link(call.request, limit, offset - limit) if offset >= limit else None,
    }


def as_csv(call: Call, filters: Sequence[Filter], test: Node = nodes.TRUE) -> Reply:
    """The same persons as a CSV file."""
    limit, offset = bounds(call.request, CSV_ROWS)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for person in shown(call.home, _ids(call, filters, test, limit, offset)):
        row = {**person, "email": person["properties"].pop("email", "")}
        writer.writerow([_cell(row[name]) for name in _COLUMNS])
    return Reply(out.getvalue().encode(), headers={"Content-Type": "text/csv; charset=utf-8"})


def wants_csv(request: Request) -> bool:
    """Whether the request is for a CSV file."""
    args = request.args
    return bool(
        request.path.endswith(".csv") or args.get("format") == "csv" or args.get("is_csv_export")
    )


def bounds(request: Request, default: int = PAGE) -> tuple[int, int]:
    """How many rows are asked for, and from which on."""
    limit, offset = (whole(request.args.get(name, "")) for name in ("limit", "offset"))
    return limit or default, offset or 0


def asked(request: Request) -> list[Filter]:
    """The property filters in the query string."""
    raw = request.args.get("properties")
    try:
        found = json.loads(raw) if raw else []
    except ValueError:
        raise invalid("properties must be a JSON list of filters.", attr="properties") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise invalid("properties must be a JSON list of filters.", attr="properties")
    return found


def existing(home: Home, ids: Sequence[UUID]) -> list[UUID]:
    """Those of the ids that persons have."""
    if not ids:
        return []
    listing = ", ".join(f"toUUID('{one}')" for one in ids)
    sql = f"SELECT toString(id) FROM persons FINAL WHERE is_deleted = 0 AND id IN ({listing})"
    return [UUID(row[0]) for row in read_result(home.store.read(sql))[0]]


def shown(home: Home, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The persons of these ids in that order; ids nobody has are left out."""
    if not ids:
        return []
    listing = ", ".join(f"toUUID('{UUID(one)}')" for one in ids)
    rows = read_result(
        home.store.read(
            "SELECT toString(id), properties, created_at, is_identified FROM persons FINAL "
            f"WHERE is_deleted = 0 AND id IN ({listing})"
        )
    )[0]
    names = dict(_distinct_ids(home, listing))
    found = {row[0]: _person(row, names.get(row[0], [])) for row in rows}
    return [found[one] for one in ids if one in found]


def _ids(call: Call, filters: Sequence[Filter], test: Node, limit: int, offset: int) -> list[str]:
    """Ids of persons, those created last first."""
    reader = Reader.of(call.home)
    try:
        tree = nodes.query(
            "SELECT toString(id) FROM persons WHERE {test} "
            "ORDER BY created_at DESC, id DESC LIMIT {limit} OFFSET {offset}",
            test=nodes.all_of([test, _test(call, filters, reader), _search(call)]),
            limit=nodes.constant(limit),
            offset=nodes.constant(offset),
        )
        return [row[0] for row in reader.rows(tree)]
    except (HogQLError, DateError) as error:
        raise invalid(str(error), attr="properties") from None
    except StoreError as error:
        raise failed(error) from None


def _test(call: Call, filters: Sequence[Filter], reader: Reader) -> Node:
    sent = [{"operator": "exact", "type": "person", **one} for one in asked(call.request)]
    return reader.filters("person").all_of([*filters, *sent])


def _search(call: Call) -> Node:
    """Part of an address, a name, an id or a distinct id."""
    text = call.request.args.get("search", "").strip()
    if not text:
        return nodes.TRUE
    like = nodes.constant(f"%{text}%")
    return nodes.expr(
        "properties.email ilike {like} or properties.name ilike {like} or toString(id) ilike {like}"
        " or id in (select person_id from person_distinct_ids where distinct_id ilike {like})",
        like=like,
    )


def _distinct_ids(home: Home, listing: str) -> list[list[Any]]:
    return read_result(
        home.store.read(
            f"SELECT toString(person_id), groupArraySorted({MOST_IDS})(distinct_id) "
            "FROM person_distinct_ids FINAL "
            f"WHERE is_deleted = 0 AND person_id IN ({listing}) GROUP BY person_id"
        )
    )[0]


def _person(row: list[Any], distinct_ids: list[str]) -> dict[str, Any]:
    uuid, properties, created_at, identified = row
    known = json.loads(properties or "{}")
    return {
        "type": "person",
        "id": uuid,
        "uuid": uuid,
        "name": _name(known, distinct_ids),
        "distinct_ids": distinct_ids,
        "properties": known,
        "created_at": created_at,
        "last_seen_at": None,
        "is_identified": bool(identified),
        "matched_recordings": [],
        "value_at_data_point": None,
    }


def _name(properties: dict[str, Any], distinct_ids: list[str]) -> str | None:
    named = (str(properties[key]) for key in NAMES if properties.get(key))
    return next(named, distinct_ids[0] if distinct_ids else None)


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
