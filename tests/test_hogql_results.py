"""Tables, joins and shapes of queries, judged by the rows that come back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.hogql_fixtures import CONTEXT, Ask, person, small_project
from tools.local.hogql import Context, compile_query


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with small_project() as asking:
        yield asking


ROWS = {
    "select count() from events": [(6,)],
    "select team_id, count() from events group by team_id": [(1, 6)],
    "select count(), team_id from events where team_id = 1 group by team_id": [(6, 1)],
    "select count() from events where team_id = 2": [(0,)],
    "select e.team_id + p.team_id from events e left join persons p on p.id = e.uuid limit 1": [
        (1,),
    ],
    "select distinct team_id from (select team_id from groups union all select 1)": [(1,)],
    "select count(*), count(1), COUNT() from events": [(6, 6, 6)],
    "select event, count() from events group by event order by 2 desc, 1": [
        ("buy", 3), ("$pageview", 2), ("it's", 1),
    ],
    "select event as e, count() as c from events group by e having c > 1 order by e": [
        ("$pageview", 2), ("buy", 3),
    ],
    "select distinct event from events order by event": [("$pageview",), ("buy",), ("it's",)],
    "select event from events order by uuid limit 1 offset 2": [("buy",)],
    "select event from events order by event, uuid limit 1 by event": [
        ("$pageview",), ("buy",), ("it's",),
    ],
    "select event from events where event in (select event from events where properties.b = '')"
    " limit 1": [("buy",)],
    "with a as (select event, count() as c from events group by event) select sum(c),"
    " max(c) from a":
        [(6, 3)],
    "with a as (select 1 as x), b as (select x + 1 as y from a) select y from b": [(2,)],
    "with a as (select 1 as x) select sum(x), count() from"
    " (select x from a union all select x + 1 from a)": [(3, 2)],
    "with 5 as n, n + 1 as m select m": [(6,)],
    "with (select count() from events) as total select count() / total from events group"
    " by total": [(1,)],
    "with a as (select 'buy' as e) select count() from events where event in a": [(3,)],
    "select a from (select 1 as a union all select 2 as a) order by a": [(1,), (2,)],
    "select 1 union distinct select 1": [(1,)],
    "select number from numbers(5) intersect select number from numbers(2)": [(0,), (1,)],
    "select number from numbers(3) except select number from numbers(1, 2)": [(0,)],
    "(select 1 union all select 1) limit 1 offset 1": [(1,)],
    "select sum(x) from (select 1 as x union all select 2 as x)": [(3,)],
    "select x.`count()` from (select count() from events) as x": [(6,)],
    "select (select count() from events) as n": [(6,)],
    "select e.event, f.event from events e join events f using (uuid) order by uuid limit 1": [
        ("$pageview", "$pageview"),
    ],
    "select count() from events a left join (select 'buy' as event) b on a.event = b.event"
    " where b.event = ''": [(3,)],
    "select count() from events a, numbers(2) b": [(12,)],
    "select count() from events cross join numbers(2)": [(12,)],
    "select event, k from events array join [1, 2] as k where event = 'it\\'s' order by k": [
        ("it's", 1), ("it's", 2),
    ],
    "select 1 in tuple(1, 2), 3 not in array(1), (1, 2) in tuple((1, 2))": [(1, 1, 1)],
    "select number, row_number() over (order by number desc) as r from numbers(2) order"
    " by number": [
        (0, 2), (1, 1),
    ],
    "select number, lag(number) over (order by number), lead(number, 1) over (order by number)"
    " from numbers(2) order by number": [(0, None, 1), (1, 0, None)],
    "select sum(number) over w from numbers(3) window w as"
    " (order by number rows between 1 preceding and current row) order by"
    " number": [(0,), (1,), (3,)],
    "select event from events qualify row_number() over (partition by event order by uuid) = 1"
    " order by event": [("$pageview",), ("buy",), ("it's",)],
    "select quantile(0.5)(number) over (partition by 1) from numbers(1)": [(0,)],
    "select countIf(event = 'buy'), count() filter (where event = 'buy') from events": [(3, 3)],
    "select sumIf(properties.amount, event = 'buy'), avg(properties.amount) from"
    " events": [(8, 5.125)],
    "select uniq(person_id), count(distinct event, distinct_id), uniqIf(person_id, event = 'buy')"
    " from events": [(2, 4, 2)],
    "select quantile(0.5)(properties.amount), median(properties.amount) from"
    " events": [(6.25, 6.25)],
    "select arrayMap(x -> x * 2, [1, 2]), arrayFilter((x, y) -> x > y, [1, 5], [2,"
    " 3])": [([2, 4], [5])],
    "select [10, 20][2], (1, 'a').2, {'k': 7}['k'], [1, 2, 3][1:2]": [(20, "a", 7, [1, 2])],
    "select case when 1 = 2 then 'a' else 'b' end, 1 ? 2 : 3, null ?? 4": [("b", 2, 4)],
    "select '5'::int, cast('1.5' as float), 7::string, try_cast('x' as int), 'true'::bool": [
        (5, 1.5, "7", None, True),
    ],
    "select 7 % 4, -(3), 1 + 2 * 3, 7 / 2": [(3, -3, 7, 3.5)],
    "select 'a' || 'b' || 1, f'x{1 + 1}y'": [("ab1", "x2y")],
    "select event, uniq(person_id) from events where event = 'buy' group by rollup(event)"
    " order by event": [("", 2), ("buy", 2)],
    "select event, count() as n from events group by all order by n": [
        ("it's", 1), ("$pageview", 2), ("buy", 3),
    ],
    "select toFloatOrZero(properties.amount), toIntOrZero(properties.amount) from events"
    " order by uuid"
    " limit 3": [(5, 5), (7.5, 0), (0, 0)],
    "select properties.amount, properties.paid from events order by uuid limit 4": [
        (5, None), (7.5, None), (None, None), (-2, False),
    ],
    "select path(properties.$current_url), JSONExtractString(properties, 'b') from events"
    " order by uuid limit 1": [("/home", "Chrome")],
    "select string_agg(event, '+') from (select event from events order by uuid limit 2)": [
        ("$pageview+$pageview",),
    ],
    "select key, properties.name from groups": [("acme", "Acme")],
    "select distinct company.properties.name, group_0.key from events order by 2": [
        (None, ""), ("Acme", "acme"),
    ],
    "select (event, 1) in (('buy', 1), ('x', 2)) as hit, count() from events group by hit"
    " order by hit":
        [(0, 3), (1, 3)],
    "select 1 = 1 and 2 = 2 or false as x where x": [(1,)],
    "select windowFunnel(864000)(toDateTime(timestamp), event = '$pageview', event = 'it\\'s')"
    " from events where distinct_id = 'ann'": [(1,)],
    "select event as `count(x)` from events order by uuid limit 1": [("$pageview",)],
    "select count() from events where $session_id = 's1' and `$session_id` = 's1'": [(2,)],
}  # fmt: skip


@pytest.mark.parametrize("query", ROWS)
def test_a_query_gives_the_rows_it_should(ask, query):
    assert ask(query) == ROWS[query]


def test_the_person_of_an_event_follows_a_merge(ask):
    rows = ask("select person_id, count() from events group by person_id order by person_id")
    assert rows == [(person(1), 4), (person(2), 2)]
    assert ask("select person.id from events where distinct_id = 'cat-old'") == [(person(1),)]


def test_a_query_that_needs_no_person_joins_nothing():
    assert "JOIN" not in compile_query("select distinct_id from events", CONTEXT).sql


def test_persons_show_their_latest_version_and_no_deleted_one(ask):
    rows = ask("select id, properties.email, is_identified from persons order by id")
    assert rows == [
        (person(1), "ann@example.com", True),
        (person(2), "bob@example.com", False),
    ]


def test_a_persons_property_on_an_event_is_that_of_the_time(ask):
    rows = ask("select distinct person.properties.plan from events where event != 'buy'")
    assert rows == [("pro",)]


def test_a_typed_person_property_is_a_number(ask):
    assert ask("select id from persons where properties.age > 30") == [(person(1),)]


@pytest.mark.parametrize(
    "query",
    [
        "select p.properties.email, count() from events e join persons p on p.id = e.person_id"
        " group by 1 order by 1",
        "select p.properties.email, count() from persons p join events e on p.id = e.person_id"
        " group by 1 order by 1",
        "select properties.email, count(e.event) from persons p left join"
        " (select event, person_id from events) e on e.person_id = p.id group by 1 order by 1",
    ],
)
def test_events_and_persons_join_from_either_side(ask, query):
    assert ask(query) == [("ann@example.com", 4), ("bob@example.com", 2)]


def test_sessions_are_made_of_their_events(ask):
    query = """select session_id, $pageview_count, $session_duration, $is_bounce, $entry_pathname,
        $end_pathname, $num_uniq_urls from sessions order by session_id"""
    assert ask(query) == [
        ("s1", 2, 3600, False, "/home", "/pricing", 2),
        ("s2", 0, 0, None, None, None, 0),
        ("s3", 0, 75599, None, None, None, 0),
    ]


def test_an_event_knows_its_session(ask):
    query = "select session.$entry_pathname as p, count() from events group by p order by p"
    assert ask(query) == [("/home", 2), (None, 4)]


def test_a_star_stands_for_the_columns_of_the_table(ask):
    compiled = compile_query("select * from events", CONTEXT)
    assert compiled.columns[:5] == ("uuid", "event", "properties", "timestamp", "distinct_id")
    assert compiled.columns[7:10] == ("$session_id", "$window_id", "person_id")
    assert len(ask("select e.*, p.id from events e join persons p on p.id = e.person_id")[0]) == 21
    assert ask("select * exclude (b) from (select 1 as a, 2 as b)") == [(1,)]


def test_a_materialised_property_gives_the_same_rows(ask):
    query = "select properties.b from events where properties.b != 'Chrome' order by uuid"
    materialised = replace(CONTEXT, materialised={("events", "b"): "distinct_id"})
    assert "JSONExtractRaw" not in compile_query(query, materialised).sql
    assert ask(query, materialised)[0] == ("ann",)


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("select count(), uniq(person_id) from events", ("count()", "uniq(person_id)")),
        ("select count( distinct event ) from events", ("count(DISTINCT event)",)),
        ("select properties.$browser, properties.a.b, e.event from events e",
         ("$browser", "a__b", "event")),
        ("select quantile(0.9)(properties.x::float) from events",
         ("quantile(0.9)(CAST(properties.x AS float))",)),
        ("select 1, 'a', null, true, 1 + 1", ("1", "'a'", "NULL", "true", "plus(1, 1)")),
        ("select event, event from events", ("event", "event")),
        ("select sum(1) over (order by uuid rows between 1 preceding and current row), [1, 2][1:2]"
         " from events",
         ("sum(1) OVER (ORDER BY uuid ASC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
          "[1, 2][1:2]")),
        ("select a.event, b.event from events a join events b on a.uuid = b.uuid",
         ("event", "event")),
        ("select event =~ 'a', event !~* 'a', lower(properties.`a b`), 'a\\nb' from events",
         ("match(event, 'a')", "not(match(event, concat('(?i)', 'a')))",
          "lower(properties.`a b`)", "'a\\nb'")),
        ("select 1, 2 as b union all select 3, 4", ("1", "b")),
        ("select arrayMap(x -> x, [1]) from events", ("arrayMap(x -> x, [1])",)),
        ("select event = 'a' and not event != 'b' from events",
         ("and(equals(event, 'a'), not(notEquals(event, 'b')))",)),
    ],
)  # fmt: skip
def test_a_column_without_alias_is_named_by_its_hogql(query, columns):
    assert compile_query(query, CONTEXT).shown == columns


def test_a_name_shown_twice_is_told_apart_where_it_is_used():
    compiled = compile_query("select * from (select event, event from events)", CONTEXT)
    assert compiled.columns == compiled.shown == ("event", "event_2")


def test_a_query_without_limit_asks_for_the_row_that_shows_the_cut(ask):
    compiled = compile_query("select number from numbers(500)", CONTEXT)
    assert (compiled.limit, compiled.offset) == (100, 0)
    assert len(ask("select number from numbers(500)")) == 101
    assert len(ask("select 1 from numbers(200) union all select 1 from numbers(200)")) == 101


def test_an_explicit_limit_is_kept_up_to_the_largest():
    assert compile_query("select 1 limit 7 offset 2", CONTEXT).limit == 7
    assert compile_query("select 1 limit 7 offset 2", CONTEXT).offset == 2
    assert compile_query("select 1 limit 999999", CONTEXT).limit == 50_000


def test_the_tables_of_a_query_are_known():
    query = "with a as (select 1 as x from events) select a.x from a, persons, a as b"
    assert compile_query(query, CONTEXT).tables == ("events", "persons")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("it's \\ \n new", "it's \\ \n new"),
        (5, 5),
        (-1.5, -1.5),
        (True, True),
        (None, None),
        ([1, 2], [1, 2]),
        (["a'b"], ["a'b"]),
        (datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01 00:00:00.000000"),
        ("'); DROP TABLE events; --", "'); DROP TABLE events; --"),
    ],
)
def test_a_placeholder_is_its_value(ask, value, shown):
    assert ask("select {variables.x}", values={"variables.x": value}) == [(shown,)]


def test_a_placeholder_takes_part_in_a_query(ask):
    query = "select count() from events where event in {names} and timestamp < {until} limit {n}"
    values = {"names": ["buy", "x"], "until": "2024-02-01", "n": 5}
    assert ask(query, values=values) == [(2,)]


HOSTILE = ["`", "'", '"', "\\", "\n", "a`b", "--", "é", "日本", "a b", "$", "{x}", "0"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(ask, name):
    written = name.replace("\\", "\\\\").replace("`", "``").replace("\n", "\\n")
    assert ask(f"select event as `{written}` from events order by `{written}` limit 1") == [
        ("$pageview",)
    ]
    assert ask(f"select properties.`{written}` from events limit 1") == [(None,)]


def test_a_project_in_utc_without_definitions_works(ask):
    assert ask("select count() from events where properties.b = 'Chrome'", Context()) == [(1,)]
