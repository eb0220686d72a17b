"""The tables `system.*`: a project's own objects, read from its documents.

Columns after posthog/hogql/database/schema/system.py. The rows of a table are one array of JSON
texts in the query, so that values of any kind reach ClickHouse as one literal.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tools.kinds import Kind
from tools.local.hogql.context import Context
from tools.local.hogql.literals import literal, string
from tools.local.hogql.schema import Column, Table

Rows = Callable[[Context], Iterable[Mapping[str, Any]]]

# name: what a key must hold; the kind of its documents; columns as `name:type=key`.
_TABLES = {
    "actions": (
        "action",
        "action",
        "id:int name description deleted:flag created_at:time updated_at:time "
        "steps_json:json=steps",
    ),
    "annotations": (
        "annotation",
        "annotation",
        "id:int content:text? scope creation_type date_marker:time deleted:flag "
        "dashboard_item_id:int=dashboard_item dashboard_id:int created_by_id:int=created_by/id "
        "created_at:time updated_at:time",
    ),
    "cohorts": (
        "",
        "cohort",
        "id:int name description deleted:flag filters:json groups:json query:json created_at:time "
        "last_calculation:time version:int count:int is_static:flag",
    ),
    "dashboards": (
        "dashboard",
        "dashboard",
        "id:int name description created_at:time deleted:flag filters:json variables:json",
    ),
    "dashboard_tiles": (
        "dashboard",
        "dashboard_tile",
        "id:int dashboard_id:int insight_id:int text_id:int layouts:json color:text? "
        "filters_overrides:json deleted:flag",
    ),
    "experiments": (
        "experiment",
        "experiment",
        "id:int name description created_at:time updated_at:time filters:json parameters:json "
        "start_date:time end_date:time archived:flag feature_flag_id:int",
    ),
    "exports": ("", "export", "id:int export_format created_at:time export_context:json"),
    "feature_flags": (
        "feature_flag",
        "feature_flag",
        "id:int key name filters:json rollout_percentage:int created_at:time deleted:flag",
    ),
    "group_type_mappings": (
        "",
        "group_type",
        "id:int group_type name_singular name_plural",
    ),
    "insight_variables": (
        "",
        "insight_variable",
        "id:id name type code_name values:json default_value:json",
    ),
    "insights": (
        "insight",
        "insight",
        "id:int short_id name description filters:json query:json query_metadata:json deleted:flag "
        "saved:flag favorited:flag created_at:time created_by_id:int=created_by/id "
        "last_modified_at:time last_modified_by_id:int=last_modified_by/id updated_at:time",
    ),
    "notebooks": (
        "notebook",
        "notebook",
        "id:id short_id title content:json markdown:text? text_content deleted:flag visibility "
        "version:int created_by_id:int=created_by/id created_at:time last_modified_at:time",
    ),
    "surveys": (
        "survey",
        "survey",
        "id:id name type questions:json appearance:json start_date:time end_date:time "
        "created_at:time",
    ),
    "teams": (
        "",
        "team",
        "id:int name timezone test_account_filters:json created_at:time updated_at:time",
    ),
}
_TYPES: Mapping[str, tuple[Kind, bool, str]] = {
    "text": (Kind.STRING, False, "JSONExtractString({t}.document, {key})"),
    "id": (
        Kind.STRING,
        False,
        "replaceRegexpAll(JSONExtractRaw({t}.document, {key}), '^\"|\"$', '')",
    ),
    "text?": (Kind.STRING, True, "JSONExtract({t}.document, {key}, 'Nullable(String)')"),
    "int": (Kind.INTEGER, True, "JSONExtract({t}.document, {key}, 'Nullable(Int64)')"),
    "float": (Kind.FLOAT, True, "JSONExtract({t}.document, {key}, 'Nullable(Float64)')"),
    "flag": (Kind.INTEGER, False, "toInt64(JSONExtractBool({t}.document, {key}))"),
    "bool": (Kind.BOOLEAN, False, "JSONExtractBool({t}.document, {key})"),
    "json": (Kind.JSON, True, "JSONExtract({t}.document, {key}, 'Nullable(String)')"),
    "time": (
        Kind.DATETIME,
        True,
        "parseDateTime64BestEffortOrNull(JSONExtractString({t}.document, {key}), 6, 'UTC')",
    ),
}


def documents_table(name: str, scope: str, columns: str, rows: Rows) -> Table:
    """A table whose rows are made of plain objects; columns as `name:type=key`."""
    found, kinds = {}, {}
    for spec in columns.split():
        declared, _, key = spec.partition("=")
        column, _, kind = declared.partition(":")
        path = (key or column).split("/")
        found[column] = _column(kind or "text", path)
        kinds[path[0]] = kind

    def base(context: Context) -> str:
        listed = [_written(row, kinds) for row in rows(context)]
        if not listed:
            return "(SELECT '' AS document WHERE 0)"
        return f"(SELECT arrayJoin({literal(listed)}) AS document)"

    return Table(name, base, found, computed=True, scope=scope)


def _written(row: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    """What the columns need of a row; JSON in it as text, so that it is shown as it is."""
    needed = {key: row.get(key) for key in kinds}
    texts = {
        key: _json(needed[key])
        for key, kind in kinds.items()
        if kind == "json" and needed[key] is not None
    }
    return _json(needed | texts)


def _json(value: Any) -> str:
    """Text that has UTF-8 bytes, which halves of a surrogate pair have not."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


def _column(kind: str, path: list[str]) -> Column:
    family, nullable, template = _TYPES[kind]
    key = ", ".join(string(part) for part in path)
    return Column(family, template.replace("{key}", key), nullable=nullable)


def _experiments(context: Context) -> Iterator[Mapping[str, Any]]:
    flags = {flag.get("key"): flag["id"] for flag in context.objects("feature_flag")}
    for one in context.objects("experiment"):
        yield {"feature_flag_id": flags.get(one.get("feature_flag_key")), **one}


def _tiles(context: Context) -> Iterator[Mapping[str, Any]]:
    for board in context.objects("dashboard"):
        for tile in board.get("tiles") or ():
            yield {**tile, "dashboard_id": board["id"]}


_ROWS: Mapping[str, Rows] = {"experiment": _experiments, "dashboard_tile": _tiles}


def _documents(kind: str) -> Rows:
    return _ROWS.get(kind, lambda context: context.objects(kind))


_GROUPS = Table(
    "system.groups",
    "groups",
    {
        "group_key": Column(Kind.STRING, "{t}.key"),
        "group_type_index": Column(Kind.INTEGER, "{t}.`index`"),
        "group_properties": Column(Kind.JSON, "{t}.properties"),
        "created_at": Column(Kind.DATETIME),
    },
    final=True,
)
SYSTEM_TABLES = (
    _GROUPS,
    *(
        documents_table(f"system.{name}", scope, columns, _documents(kind))
        for name, (scope, kind, columns) in _TABLES.items()
    ),
)
