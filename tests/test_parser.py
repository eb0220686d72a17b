"""PostHog's parser behind the adapter: one tree, readable refusals, nothing lost in silence."""

import subprocess
import sys

import pytest

from tools.parser import MAX_JOINS, SyntaxRefused, parse_expr, parse_select

SIMPLE = "select event from events where timestamp > now() - interval 7 day"


def refusal(text: str) -> SyntaxRefused:
    with pytest.raises(SyntaxRefused) as caught:
        parse_select(text)
    return caught.value


def test_positions_are_character_offsets():
    tree = parse_select("select 'é', event from events")
    assert (tree["select"][1]["start"], tree["select"][1]["end"]) == (12, 17)


def test_what_one_parser_prints_and_the_other_omits_is_gone():
    tree = parse_select(SIMPLE)
    assert "having" not in tree
    assert "distinct" not in tree
    assert tree["select"][0]["chain"] == ["event"]


def test_a_constant_null_or_false_survives_the_tidying():
    tree = parse_select("select null, false")
    assert [item["value"] for item in tree["select"]] == [None, False]


def test_an_offset_clause_is_not_taken_for_a_position():
    assert parse_select("select 1 limit 2 offset 3")["offset"]["value"] == 3


def test_many_threads_may_want_the_parser_first():
    script = """
from concurrent.futures import ThreadPoolExecutor
from tools.parser import parse_select
with ThreadPoolExecutor(8) as pool:
    trees = list(pool.map(parse_select, [f"select {n}" for n in range(32)]))
assert [tree["select"][0]["value"] for tree in trees] == list(range(32))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_expression_parses_alone():
    assert parse_expr("properties.$browser = 'x'")["op"] == "=="


def test_the_same_text_is_parsed_once():
    assert parse_select(SIMPLE) is parse_select(SIMPLE)


def test_the_stub_of_the_older_parser_leaves_no_trace():
    parse_select("select 1")
    assert "posthog.hogql" not in sys.modules
    assert getattr(sys.modules.get("posthog"), "__file__", "a real one") is not None


@pytest.mark.parametrize(
    ("text", "start", "words"),
    [
        ("select a from t where group by", 28, "Unexpected 'by'"),
        ("select count() from events where", 32, "ends too early"),
        ("selectt 1", 0, "Unexpected 'selectt'"),
        ("select 'abc", 7, "' has no counterpart"),
        ("select (1", 7, "( has no counterpart"),
        ("select 1)", 8, ") has no counterpart"),
        ("select [1)", 9, ") has no counterpart"),
        ("select f'a{b", 10, "{ has no counterpart"),
        ("select 1 /* x", 9, "/* has no counterpart"),
        ("", 0, "empty"),
        ("-- nothing", 0, "empty"),
        ("drop table events", 0, "Only SELECT"),
        ("INSERT INTO events VALUES (1)", 0, "Only SELECT"),
        ("select 1; select 2", 8, "Only one statement"),
        ("select a b c", 11, "Unexpected 'c'"),
        ("select 1 format JSON", 9, "FORMAT is not part of HogQL"),
        ("select\x00 1", 6, "U+0000"),
        ("select 1 \u202e from events", 9, "U+202E"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(text, start, words):
    error = refusal(text)
    assert words in error.message
    assert error.start == start


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("select extract(day from x) from t", "toDayOfWeek"),
        ("select date '2024-01-01'", "toDate("),
        ("select a from t limit 10 percent", "not a percentage"),
        ("select x is true from t", "x = true"),
        ("select a->>'b' from t", "properties.key"),
        ("select a from t where b join c on d = e", "JOIN comes before WHERE"),
        ("select a from t group by a where b", "WHERE comes before GROUP BY"),
        ("select a from t where b like 'c' escape '!'", "two backslashes"),
        (r"select a from t where b like 'c\_%'", "written twice"),
        ("select sum(n) over (order by d) from (select f(t) day, count() n from t)", "AS day"),
        ("select sum(n) over (w order by d) from t", "OVER name"),
    ],
)
def test_a_frequent_mistake_gets_a_hint(text, hint):
    assert hint in refusal(text).message


@pytest.mark.parametrize(
    ("text", "start", "words"),
    [
        ("select any(x) filter (where y) over () from t", 14, "FILTER together with OVER"),
        ("select any(x) ignore nulls from t", 14, "IGNORE NULLS"),
        ("select any(x) respect nulls from t", 14, "IGNORE NULLS"),
        ("select a from t order by a nulls first", 27, "NULLS FIRST"),
        ("select a, count() from t group by a with totals", 36, "WITH TOTALS"),
        ("select a from t order by a collate 'en'", 27, "COLLATE"),
        ("select 1 from events format", 21, "FORMAT"),
        ("select a from events settings;", 21, "SETTINGS"),
        ("(select a from t) order by a", 18, "ORDER BY after a SELECT in brackets"),
        ("(select 1) union all (select 2) order by 1", 32, "ORDER BY after a SELECT in brackets"),
        ("(select a from t limit 3) limit 5", 26, "second LIMIT"),
    ],
)
def test_what_the_tree_would_lose_is_refused(text, start, words):
    error = refusal(text)
    assert words in error.message
    assert error.start == start


@pytest.mark.parametrize(
    "text",
    [
        "select a from t order by a nulls last",
        "select a as format from t",
        "select format from t",
        "select a from t where b in (select c from u) order by a",
        "select * from (select a from t limit 3) limit 5",
        "select count() filter (where a) from t",
        "select x as filter, sum(y) over () from t",
        "select a from t order by if(a, 1, 2)",
        "(select 1 union all select 2) limit 3",
        "select 'drop table x; -- (((' from t",
        'select `with totals`, "order" from t -- ((( \'',
        "select f'{concat('}', a)}' from t // it's fine",
        "select 1; -- done",
    ],
)
def test_what_only_looks_like_a_loss_passes(text):
    assert parse_select(text)["node"] in ("SelectQuery", "SelectSetQuery")


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 80 + "1" + ")" * 80,
        "select " + "not " * 80 + "1",
        "select " + "- " * 80 + "1",
        "select " + "case when 1 then " * 80 + "1" + " end" * 80,
        "select * from " + "(select * from " * 80 + "events" + ")" * 80,
        "select " + "1+" * 2000 + "1",
        "select " + "a = 1 or " * 400 + "b",
        "select 1 from a" + " join b on c = d" * (MAX_JOINS + 1),
        "select " + "x" * 70_000,
        "select " + "a ? b : " * 200 + "c",
        "select " + "a, " * 3000 + "b",
        "select 1 from " + "a, " * 100 + "b",
        "select " + ", ".join(["a = 1 or " * 100 + "b"] * 40),
    ],
)
def test_a_monstrous_query_is_refused_at_once(text):
    assert refusal(text).message


def test_a_long_list_is_no_monster():
    listed = ", ".join(f"'{number}'" for number in range(1000))
    tree = parse_select(f"select 1 from events where event in ({listed})")
    assert len(tree["where"]["right"]["exprs"]) == 1000
