"""The tables `system.*` and `system.information_schema.*`, by result rows."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.hogql_fixtures import CONTEXT, Ask, small_project
from tools.local.hogql import HogQLError, compile_query
from tools.posthog_tables import posthog_tables

AWKWARD = 'it\'s "quoted" \\ back, {braces}, new\nline, é 日本 \x00 \ud800'
USER = {"id": 1, "email": "you@localhost"}
OBJECTS = {
    "feature_flag": [
        {"id": 1, "key": "a", "name": "First", "filters": {"groups": [{"properties": []}]},
         "created_at": "2024-01-01T10:00:00Z", "deleted": False, "_secret": "hidden"},
        {"id": 2, "key": "b", "name": AWKWARD, "filters": {}, "deleted": True},
    ],
    "experiment": [
        {"id": 7, "name": "E", "feature_flag_key": "b", "start_date": "2024-01-01T00:00:00Z",
         "end_date": None, "parameters": {"x": [1]}, "archived": True},
    ],
    "cohort": [
        {"id": 3, "name": "C", "is_static": True, "count": 5, "version": None, "filters": None},
    ],
    "dashboard": [
        {"id": 4, "name": "D", "description": None, "tiles": [{"id": 10, "insight_id": 5}]},
    ],
    "insight": [
        {"id": 5, "short_id": "abc", "name": "I", "query": {"kind": "TrendsQuery"}, "saved": True,
         "created_by": USER},
    ],
    "action": [{"id": 6, "name": "A", "steps": [{"event": "buy"}]}],
    "annotation": [{"id": 8, "content": None, "scope": "project", "dashboard_item": 5}],
    "insight_variable": [{"id": "u-1", "name": "V", "code_name": "v", "default_value": "x"}],
    "export": [{"id": 9, "export_format": "text/csv", "export_context": {"a": 1}}],
    "team": [{"id": 1, "name": "T", "timezone": "UTC", "test_account_filters": []}],
    "group_type": [{"id": 0, "group_type": "company"}],
}  # fmt: skip
ALL = replace(CONTEXT, objects=lambda kind: OBJECTS.get(kind, []), covers=lambda scope: True)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with small_project() as asking:
        yield lambda query: asking(query, ALL)


SHOWN = AWKWARD.replace("\ud800", "?")
ROWS = {
    "select id, key, name, deleted from system.feature_flags order by id": [
        (1, "a", "First", 0), (2, "b", SHOWN, 1),
    ],
    "select filters, filters.groups from system.feature_flags order by id": [
        ('{"groups": [{"properties": []}]}', '[{"properties":[]}]'), ("{}", None),
    ],
    "select created_at, rollout_percentage from system.feature_flags order by id": [
        ("2024-01-01 05:00:00.000000", None), (None, None),
    ],
    "select name, feature_flag_id, archived, start_date is null, end_date is null, parameters.x"
    " from system.experiments": [("E", 2, 1, 0, 1, "[1]")],
    "select e.name, f.key from system.experiments e"
    " join system.feature_flags f on f.id = e.feature_flag_id": [("E", "b")],
    "select id, name, is_static, count, version, filters from system.cohorts": [
        (3, "C", 1, 5, None, None),
    ],
    "select id, name, description from system.dashboards": [(4, "D", "")],
    "select d.name, t.id, i.name from system.dashboard_tiles t join system.insights i"
    " on i.id = t.insight_id join system.dashboards d on d.id = t.dashboard_id": [("D", 10, "I")],
    "select short_id, query.kind, saved, favorited, created_by_id, last_modified_by_id"
    " from system.insights": [("abc", "TrendsQuery", 1, 0, 1, None)],
    "select steps_json from system.actions": [('[{"event": "buy"}]',)],
    "select content, scope, dashboard_item_id, dashboard_id from system.annotations": [
        (None, "project", 5, None),
    ],
    "select id, code_name, default_value from system.insight_variables": [("u-1", "v", '"x"')],
    "select export_format, export_context.a from system.exports": [("text/csv", "1")],
    "select id, name, timezone, test_account_filters from system.teams": [(1, "T", "UTC", "[]")],
    "select id, group_type from system.group_type_mappings": [(0, "company")],
    "select group_key, group_type_index, group_properties.name from system.groups": [
        ("acme", 0, "Acme"),
    ],
    "select count(), min(created_at), max(type) from system.surveys": [(0, None, "")],
    "select count() from system.notebooks": [(0,)],
    "select count() from system.feature_flags where key in (select key from system.feature_flags"
    " where deleted = 0)": [(1,)],
    "select table_name, table_type, table_schema from system.information_schema.tables"
    " where table_name in ('events', 'system.cohorts', 'system.information_schema.columns')"
    " order by table_name": [
        ("events", "posthog", "public"),
        ("system.cohorts", "system", "system"),
        ("system.information_schema.columns", "information_schema", "information_schema"),
    ],
    "select column_name, data_type, ordinal_position, is_nullable, is_array"
    " from system.information_schema.columns where table_name = 'events' order by 3 limit 3": [
        ("uuid", "UUID", 1, False, False),
        ("event", "String", 2, False, False),
        ("properties", "JSON", 3, False, False),
    ],
    "select data_type from system.information_schema.columns where table_name = 'events'"
    " and column_name = 'person.properties'": [("JSON",)],
    "select source_column, target_table, target_column, relationship_kind"
    " from system.information_schema.relationships where source_table = 'events'"
    " and target_table in ('sessions', 'person_distinct_ids') order by 1": [
        ("$session_id", "sessions", "session_id", "lazy_join"),
        ("distinct_id", "person_distinct_ids", "distinct_id", "lazy_join"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("query", ROWS)
def test_an_object_of_the_project_is_a_row(ask, query):
    assert ask(query) == ROWS[query]


def test_every_table_listed_can_be_read_and_has_the_columns_listed(ask):
    listed = ask("select table_name from system.information_schema.tables order by 1")
    assert len(listed) > 20
    for (name,) in listed:
        source = "numbers(1)" if name == "numbers" else name
        columns = ask(
            "select column_name from system.information_schema.columns"
            f" where table_name = '{name}' limit 1000"
        )
        query = ", ".join(column for (column,) in columns)
        compile_query(f"select {query} from {source}", ALL)


def test_every_table_listed_is_one_of_posthogs(ask):
    listed = {name for (name,) in ask("select table_name from system.information_schema.tables")}
    assert listed <= posthog_tables()


def test_a_star_shows_no_field_that_is_no_column(ask):
    compiled = compile_query("select * from system.feature_flags", ALL)
    assert compiled.columns[:3] == ("id", "key", "name")
    assert "hidden" not in compiled.sql


def test_a_key_without_the_scope_can_not_read_the_objects_nor_see_their_table():
    some = replace(ALL, covers=lambda scope: scope == "insight:read")
    compile_query("select short_id, count from system.insights, system.cohorts", some)
    query = "select name from system.feature_flags"
    with pytest.raises(HogQLError) as caught:
        compile_query(query, some)
    assert caught.value.message == "You don't have access to table `system.feature_flags`."
    assert caught.value.start == query.index("system")
    sql = compile_query("select table_name from system.information_schema.tables", some).sql
    assert "system.insights" in sql
    assert "system.feature_flags" not in sql


def test_objects_are_read_only_where_they_are_asked_for():
    def objects(kind):
        raise AssertionError(kind)

    compile_query(
        "select person_id, session.$channel_type from events", replace(ALL, objects=objects)
    )
