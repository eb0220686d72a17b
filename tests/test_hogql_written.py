"""Trees as HogQL text: what is read back from it is compiled to the same SQL."""

from datetime import timedelta

import pytest

from tests.hogql_fixtures import CONTEXT
from tests.streams import NOW, Event, stream_project
from tests.test_hogql_hostile import SEEDS
from tools.local.hogql import Context, compile_query, compile_tree
from tools.local.hogql.written import written
from tools.local.queries.reader import Reader
from tools.local.queries.run import run
from tools.parser import parse_select

TEXTS = (
    "select 1",
    "select a.event as e, count(distinct person_id) as n from events as a where (event = 'it\\'s'"
    " or event is null) and not (timestamp > now() and event != 'x') group by e having n > 1"
    " order by n desc, e limit 5 offset 2",
    "select 1 - (2 - 3), (1 + 2) * 3, 1 / (2 * 3), -5, 1.5, true, null, 'a\\\\b'",
    "select quantile(0.9)(properties.amount), countIf(event = 'x') from events",
    "select arrayMap((x, y) -> x + y, [1, 2], [3, 4])[1], (1, 'a').2, tuple(1)",
    "select `odd name`, properties.`a b`.c from"
    " (select event as `odd name`, properties from events)",
    "select event, x from events array join [1, 2] as x where x in (1, 2) and event not like '%a'",
    "select a.event from events a left join (select event from events) b on a.event = b.event",
    "select event from events union all select 'x'",
    "with a as (select event from events), 5 as n select event, n from a",
    "select row_number() over (partition by event order by timestamp desc) as n from events",
    "select sum(1) over (order by timestamp rows between 1 preceding and current row) from events",
    "select event from events order by timestamp limit 1 by event",
    "select if(event = 'a', 1, 2), event ilike 'a%', timestamp between '2026-01-01' and now()"
    " from events",
    "select count() from events where person.properties.email = 'a' and properties.x is not null",
    "select event from events where event in (select event from events where event = 'a')",
    "select (select max(timestamp) from events) as last, event is not distinct from 'a',"
    " [1, 2, 3][1:2], [1, 2][:1], try_cast(event as int), event::String from events",
    "select columns('^ev'), columns(* exclude (event) replace (uuid as distinct_id)) from events",
    "select event, count() from events group by all",
    "select columns(b, a), columns(* exclude (a)) from (select 1 as a, 2 as b)",
    "select x, t.y from (select 1 as a, 2 as b) as t(x, y)",
    "select (event = 'a' as is_a) and is_a from events",
    "select event, distinct_id, count() from events group by grouping sets ((event), ())",
    "select event, count() from events group by rollup(event)",
    "with recursive n as (select 1 as a union all select a + 1 from n where a < 3) select a from n",
    "with n(b) as (select 1) select b from n",
    "select sum(1) over w from events window w as (partition by event) order by event",
    "select event from events prewhere event = 'a' order by event limit 3 with ties",
    "select event from events order by event limit 1 offset 2 by event limit 5",
    "select 1 as n order by n with fill from 1 to 5 step 2",
    "(select 1 as n union all select 2) limit 1 offset 1",
    "(select 1 union all select 2) intersect select 1",
)


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_read_back_as_what_it_was(text):
    context = Context()
    tree = parse_select(text)
    again = written(tree)
    assert compile_query(again, context).sql == compile_tree(tree, context).sql


STEP = {"kind": "EventsNode"}
SERIES = [{**STEP, "event": "buy"}, {**STEP, "event": "visit", "properties": [
    {"key": "plan", "value": ["pro", "it's"], "operator": "exact", "type": "event"},
    {"key": "email", "value": "x", "operator": "icontains", "type": "person"},
]}]  # fmt: skip
QUERIES = (
    {"kind": "TrendsQuery", "series": SERIES},
    {"kind": "TrendsQuery", "series": [{**STEP, "event": "buy", "math": "weekly_active"}]},
    {
        "kind": "TrendsQuery",
        "series": [{**STEP, "math": "p90", "math_property": "amount"}],
        "breakdownFilter": {"breakdown": "plan", "breakdown_type": "event"},
    },
    {"kind": "StickinessQuery", "series": SERIES[:1]},
    {"kind": "LifecycleQuery", "series": SERIES[:1]},
    {"kind": "FunnelsQuery", "series": SERIES},
    {"kind": "RetentionQuery", "retentionFilter": {
        "targetEntity": {"id": "buy", "type": "events"},
        "returningEntity": {"id": "visit", "type": "events"},
    }},
    {"kind": "PathsQuery", "pathsFilter": {"includeEventTypes": ["custom_event"]}},
    {"kind": "EventsQuery", "select": ["event", "count()"], "limit": 5},
    {"kind": "ActorsQuery", "select": ["id"], "limit": 5},
    {"kind": "WebOverviewQuery", "properties": []},
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("written")) as opened:
        opened.load([Event("buy", 1, NOW - timedelta(days=1), {"plan": "pro", "amount": 5})])
        yield opened


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query["kind"])
def test_a_typed_query_shows_the_hogql_it_asked(project, query):
    reader = Reader.of(project.home)
    shown = run(query, reader)["hogql"]
    for tree in reader.ran:
        text = written(tree)
        assert text in shown
        assert compile_query(text, reader.context).sql == compile_tree(tree, reader.context).sql


def test_seeds_of_hostile_queries_are_read_back_too():
    for text in SEEDS:
        tree = parse_select(text)
        assert compile_query(written(tree), CONTEXT).sql == compile_tree(tree, CONTEXT).sql, text


ECHOED = (
    ("select event from events where {filters} and properties.amount > 3", "LIMIT 100"),
    ("select event, {x} as x from events limit 7 offset 0", "'it\\'s' AS x"),
    ("select 1 as n union all select 2", "LIMIT 100"),
    ("select event from events order by event limit 1 by event", "LIMIT 1 BY event"),
)


@pytest.mark.parametrize(("text", "part"), ECHOED)
def test_an_answer_shows_its_query_as_it_was_run(project, text, part):
    asked = {
        "query": text,
        "values": {"x": "it's"},
        "filters": {"properties": [{"type": "event", "key": "plan", "value": "pro"}]},
    }
    body = project.ask("HogQLQuery", **asked)
    assert part in body["hogql"]
    assert "{" not in body["hogql"]
    again = project.ask("HogQLQuery", query=body["hogql"])
    assert again["results"] == body["results"] != []
    assert again["hogql"] == body["hogql"]
    assert body["query"] == text


def test_the_bounds_of_filters_are_shown_as_hogql(project):
    query = "select max(timestamp) < {filters.dateRange.to} as past from events where {filters}"
    filters = {"dateRange": {"date_from": "-30d", "date_to": NOW.isoformat()}}
    body = project.ask("HogQLQuery", query=query, filters=filters)
    assert "timestamp < toDateTime('2026-04-02T12:30:00.000000+00:00')" in body["hogql"]
    again = project.ask("HogQLQuery", query=body["hogql"])
    assert again["results"] == body["results"] == [[1]]
    assert again["hogql"] == body["hogql"]
