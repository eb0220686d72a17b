"""Shapes of queries beyond the plain SELECT: judged by rows, or refused by name and place."""

from collections.abc import Iterator

import pytest

from tests.hogql_fixtures import CONTEXT, Ask, small_project
from tools.local.hogql import HogQLError, compile_query


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with small_project() as asking:
        yield asking


AB = "(select 1 as a, 2 as b)"
FOUR = "(order by number {}) from numbers(4) order by number"
ROWS = {
    # QUALIFY and windows
    "select event from events qualify row_number() over (partition by event order by uuid) = 1"
    " order by event": [("$pageview",), ("buy",), ("it's",)],
    "select event, row_number() over (partition by event order by uuid) as r from events"
    " qualify r = 2 order by event": [("$pageview", 2), ("buy", 2)],
    f"select sum(number) over {FOUR.format('rows between 1 preceding and 1 following')}": [
        (1,), (3,), (6,), (5,),
    ],
    f"select sum(number) over {FOUR.format('range between 1 preceding and current row')}": [
        (0,), (1,), (3,), (5,),
    ],
    f"select sum(number) over {FOUR.format('rows unbounded preceding')}": [
        (0,), (1,), (3,), (6,),
    ],
    f"select sum(number) over {FOUR.format('rows between current row and unbounded following')}": [
        (6,), (6,), (5,), (3,),
    ],
    "select sum(number) over w, count() over v from numbers(4) window w as (order by number),"
    " v as (partition by number % 2) order by number": [(0, 2), (1, 2), (3, 2), (6, 2)],
    "select lag(number, 1, 7) over (order by number), lead(number) over (order by number),"
    " first_value(number) over (order by number), nth_value(number, 2) over (order by number"
    " rows between unbounded preceding and unbounded following), rank() over (order by number)"
    " from numbers(2) order by number": [(7, 1, 0, 1, 1), (0, None, 0, 1, 2)],
    "select number, sum(count()) over (order by number) from numbers(3) group by number"
    " order by number": [(0, 1), (1, 2), (2, 3)],
    # WITH RECURSIVE
    "with recursive a as (select 1 as n union all select n + 1 from a where n < 300)"
    " select sum(n), max(n) from a": [(45150, 300)],
    "with recursive a(m) as (select 1 union all select m + 1 from a where m < 3)"
    " select sum(x.m), count() from a as x, a as y": [(18, 9)],
    "with recursive t as (select 'b' as child union all select pair.2 from t"
    " join (select arrayJoin([('b', 'c'), ('c', 'd')]) as pair) p on p.pair.1 = t.child)"
    " select arraySort(groupArray(child)) from t": [(["b", "c", "d"],)],
    "with recursive a as (select 5 as n) select n from a": [(5,)],
    "with recursive a as (select null as n union all select 1 from a where n is null)"
    " select n from a order by n": [(1,), (None,)],
    "with recursive a as (select 1 as n union all select nullIf(n + 1, 3) from a where n < 5)"
    " select n from a where n != 1 order by n": [(2,), (None,)],
    "select count() from (select null as n) a join (select null as n) b on a.n = b.n": [(0,)],
    "select a.properties.amount + 1 from (select uuid, properties from events union all"
    " select uuid, properties from events where 0) a order by uuid limit 1": [(6,)],
    "with recursive a as (select 1 as n union all select n + 1 from a where n < 3)"
    " select number from numbers(5) where number in (select n from a) order by number": [
        (1,), (2,), (3,),
    ],
    # sets
    "select number from numbers(5) intersect distinct select 2": [(2,)],
    "select 1 union all select 1 except select 1 union all select 3": [(1,), (3,)],
    "(select 1 union all select 2) intersect select 2": [(2,)],
    "select count() from (select 1 as x union all select 1 union distinct select 2)": [(2,)],
    # ARRAY JOIN
    "select number, k from numbers(3) left array join range(number) as k order by number, k": [
        (0, 0), (1, 0), (2, 0), (2, 1),
    ],
    "select number, k, j from numbers(2) array join [1, 2] as k, [3, 4] as j"
    " order by number, k": [(0, 1, 3), (0, 2, 4), (1, 1, 3), (1, 2, 4)],
    "select pair.1, i from numbers(1) array join [('a', 1), ('b', 2)] as pair,"
    " arrayEnumerate([7, 7]) as i order by i": [("a", 1), ("b", 2)],
    # joins
    "select a.number, b.number from numbers(3) a full outer join numbers(1, 3) b"
    " on a.number = b.number order by a.number, b.number": [(0, 0), (0, 3), (1, 1), (2, 2)],
    "select a.number from numbers(3) a semi join numbers(1, 3) b on a.number = b.number"
    " order by a.number": [(1,), (2,)],
    "select a.number from numbers(3) a anti left join numbers(1, 3) b on a.number = b.number": [
        (0,),
    ],
    "select b.number from numbers(3) a right anti join numbers(1, 3) b on a.number = b.number": [
        (3,),
    ],
    "select a.number from numbers(2) a any left join (select arrayJoin([0, 0]) as number) b"
    " on a.number = b.number order by a.number": [(0,), (1,)],
    "select a.number from numbers(2) a left outer join (select arrayJoin([0, 0]) as number) b"
    " on a.number = b.number order by a.number": [(0,), (0,), (1,)],
    "select a.uuid, b.uuid from events a left asof join events b on a.distinct_id = b.distinct_id"
    " and a.timestamp > b.timestamp where a.uuid = '00000000-0000-0000-0000-000000000006'": [
        ("00000000-0000-0000-0000-000000000006", "00000000-0000-0000-0000-000000000002"),
    ],
    "select a.number, b.number from numbers(3) a join numbers(3) b on a.number < b.number"
    " order by a.number, b.number": [(0, 1), (0, 2), (1, 2)],
    # columns
    f"select columns('a') from {AB}": [(1,)],
    f"select columns(b, a), a + b from {AB}": [(2, 1, 3)],
    f"select columns(* exclude (a)) from {AB}": [(2,)],
    f"select x.* exclude (a) from {AB} x": [(2,)],
    f"select columns(* replace (a + 10 as a)) from {AB}": [(11, 2)],
    "select columns('^event$|distinct|session|window') from events order by uuid limit 1": [
        ("$pageview", "ann", "s1", ""),
    ],
    f"select x, b from {AB} as t(x)": [(1, 2)],
    f"select t.y from {AB} as t(x, y)": [(2,)],
    "with a(y) as (select 1 as x) select y, z from a join (select 1, 5) as b(k, z) on k = y": [
        (1, 5),
    ],
    # GROUP BY
    "select event, count() from events group by cube(event) order by event": [
        ("", 6), ("$pageview", 2), ("buy", 3), ("it's", 1),
    ],
    "select event, distinct_id, count() from events group by grouping sets ((event),"
    " (distinct_id), ()) order by event, distinct_id": [
        ("", "", 6), ("", "ann", 3), ("", "bob", 2), ("", "cat-old", 1), ("$pageview", "", 2),
        ("buy", "", 3), ("it's", "", 1),
    ],
    # LIMIT and ORDER BY
    "select number from numbers(5) order by number % 2 limit 1 with ties": [(0,), (2,), (4,)],
    "select number from numbers(5) order by number % 2 limit 1, 3 with ties": [(1,), (3,)],
    "select number from numbers(6) order by number limit 1 offset 1 by number % 2": [(2,), (3,)],
    "select number from numbers(6) order by number limit 2 by number % 2 limit 3 offset 1": [
        (1,), (2,), (3,),
    ],
    "select number * 2 as n from numbers(3) order by n with fill": [(0,), (1,), (2,), (3,), (4,)],
    "select toStartOfDay(timestamp) as day, count() from events where timestamp > '2024-02-01'"
    " group by day order by day with fill from toDateTime('2024-01-31') to"
    " toDateTime('2024-02-03') step interval 1 day": [
        ("2024-01-31 00:00:00", 0), ("2024-02-01 00:00:00", 1), ("2024-02-02 00:00:00", 1),
    ],
    "select count() from events sample 1": [(6,)],
    "select count() from events prewhere event = 'buy' where properties.b = ''": [(1,)],
}  # fmt: skip


@pytest.mark.parametrize("query", ROWS)
def test_a_shape_gives_the_rows_it_should(ask, query):
    rows = ask(query)
    assert sorted(rows) == ROWS[query] if " order by " not in query else rows == ROWS[query]


OVER = "select sum(number) over (order by number {}) from numbers(4)"
REFUSED = [
    (OVER.format("rows 1 + 1 preceding"), "1 + 1 preceding", "a whole number"),
    (OVER.format("rows 1.5 preceding"), "1.5 preceding", "a whole number"),
    (OVER.format("rows -1 preceding"), "-1 preceding", "a whole number"),
    (OVER.format("rows number preceding"), "number preceding", "a whole number"),
    (OVER.format("groups 1 preceding"), "groups", "ROWS or RANGE in place of GROUPS"),
    ("select sum(1) over (w) from events window w as (order by uuid)", "w", "OVER name"),
    ("select 1 from events where rank() over () = 1", "rank() over ()", "use QUALIFY"),
    ("select rank() over () as r from events where r = 1", "r", "use QUALIFY"),
    ("select rank() over () as r from events having r = 1", "r", "use QUALIFY"),
    ("select sum(rank() over ()) from events", "rank() over ()", "cannot be nested"),
    ("select sum(rank() over ()) over () from events", "rank() over ()", "cannot be nested"),
    ("select count() as c, max(c) from events", "c", "cannot be nested"),
    ("select count() as c from events where c > 1", "c", "use HAVING"),
    ("select count() as c from events group by c", "c", "use HAVING"),
    ("with recursive a as (select 1 union distinct select 2) select 1 from a",
     "select 1 union distinct select 2", "UNION ALL"),
    ("with recursive a as (select 1 as n union all select n, 2 from a) select 1 from a",
     "select 1 as n union all select n, 2 from a", "as many columns"),
    ("with a as (select 1), a as (select 2) select 1", "a as (select 2)", "two entries"),
    ("with a as materialized (select 1) select 1", "a as materialized (select 1)", "MATERIALIZED"),
    ("with a(x, y) as (select 1 as n) select 1 from a", "select 1 as n", "can't be named x, y"),
    ("select 1 intersect all select 1", "select 1", "INTERSECT ALL is not supported"),
    ("select 1 except all select 1", "select 1", "EXCEPT ALL is not supported"),
    ("select 1 minus select 1", "select", "EXCEPT in place of MINUS"),
    ("select 1 from numbers(1) array join [1]", "[1]", "must have an alias"),
    ("select 1 from numbers(2) a join numbers(2) b using (upper(number))", "upper(number)",
     "names of columns"),
    ("select 1 from numbers(2) a positional join numbers(2) b", "numbers(2)", "POSITIONAL JOIN"),
    ("select 1 from numbers(2) a any full join numbers(2) b on a.number = b.number",
     "numbers(2)", "FULL ANY JOIN"),
    ("select 1 from numbers(2) a asof join numbers(2) b on a.number > b.number",
     "a.number > b.number", "needs a = b"),
    ("select 1 from numbers(2) a left join numbers(2) b on a.number > b.number",
     "a.number > b.number", "needs a = b"),
    ("select * from numbers(2) a join numbers(2) b on a.number = b.number", "*",
     "Cannot use '*' without table name when there are multiple tables in the query"),
    ("select *", "*", "Cannot use '*' when there are no tables in the query"),
    (f"select columns('(a+)+') from {AB}", "columns('(a+)+')", "COLUMNS takes a pattern"),
    (f"select columns('') from {AB}", "columns('')", "COLUMNS takes a pattern"),
    (f"select columns('z') from {AB}", "columns('z')", "No column matches"),
    (f"select sum(columns('a')) from {AB}", "columns('a')", "COLUMNS(…) stands only"),
    (f"select * exclude (z) from {AB}", "* exclude (z)", "no column 'z'"),
    (f"select * replace (1 as a) from {AB}", "replace", "COLUMNS(* REPLACE"),
    (f"select * except (a) from {AB}", f"a) from {AB}", "EXCLUDE"),
    ("select a from events e(a)", "events e(a)", "can't be renamed"),
    ("select 1 from events group by event with rollup", "with", "GROUP BY rollup(x)"),
    ("select 1 from events group by event with cube", "with", "GROUP BY cube(x)"),
    ("select 1 from events group by event with totals", "with", "WITH TOTALS"),
    ("select 1 from events group by grouping sets (event)", "event", "brackets of its own"),
    ("select 1 from events order by 1 limit 40%", None, "LIMIT PERCENT"),
    ("select number as n from numbers(1) order by n with fill interpolate (n)", None,
     "INTERPOLATE is not supported"),
    ("select sum(1) over (order by uuid with fill) from events", "with fill", "WITH FILL takes"),
    ("select * from (values (1, 'a')) as v(x, y)", "values (1, 'a')", "VALUES can't stand"),
    ("select * from (select 1 as a) pivot (count() for a in (1))",
     "(select 1 as a) pivot (count() for a in (1))", "PIVOT is not supported"),
    (f"select * from {AB} unpivot (v for k in (a, b))", f"{AB} unpivot (v for k in (a, b))",
     "UNPIVOT is not supported"),
    ("select 1 from events sample 1/10 offset 1/2", "events sample 1/10 offset 1/2", "SAMPLE"),
    ("select event from events format JSON", "format", "FORMAT is not part of HogQL"),
    ("select event from events e format CSV;", "format", "FORMAT is not part of HogQL"),
    ("select event from events order by event nulls first", "nulls", "NULLS FIRST"),
    ("select e.number, (select max(number) from numbers(3) where number < e.number)"
     " from numbers(2) e", "e.number", "Unable to resolve field: e"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "place", "words"), REFUSED)
def test_a_shape_that_is_not_answered_is_refused_by_name(query, place, words):
    with pytest.raises(HogQLError) as caught:
        compile_query(query, CONTEXT)
    assert words in caught.value.message
    assert caught.value.start is not None
    assert place is None or query[caught.value.start : caught.value.end].startswith(place)
