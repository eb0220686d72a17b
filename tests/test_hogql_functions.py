"""The list of functions: each is known to ClickHouse, and values reach it unharmed."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hogql_fixtures import CONTEXT, Ask, clickhouse
from tools import functions
from tools.functions import find, names, nearest
from tools.local.hogql import Context, HogQLError, compile_query
from tools.local.hogql.literals import literal


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    with clickhouse() as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(session) -> Ask:
    def asking(query: str, context: Context = CONTEXT, values: Any = None) -> list[tuple[Any, ...]]:
        sql = compile_query(query, context, values).sql
        return [tuple(row) for row in json.loads(session.query(sql, "JSONCompact").bytes())["data"]]

    return asking


def test_the_list_is_about_as_long_as_posthogs():
    assert len(names()) >= 600


def test_every_function_exists_in_clickhouse(session):
    answer = session.query("SELECT name FROM system.functions", "JSONCompact").bytes()
    known = {row[0].lower() for row in json.loads(answer)["data"]}
    known |= {"countdistinct", "summap", "minmap", "maxmap", "avgarrayornull", "medianarrayornull"}
    missing = []
    for name in names():
        function = find(name)
        assert function is not None
        if function.elsewhere or function.special:
            continue
        called = re.findall(r"([A-Za-z_]\w*)\(", function.template) or [name]
        missing += [(name, one) for one in called if one.lower() not in known | {"nullable"}]
    assert missing == []


@pytest.mark.parametrize(
    "name",
    ["file", "url", "s3", "remote", "getSetting", "sleep", "dictGet", "hostName", "throwIf"],
)
def test_a_function_beyond_the_list_is_unknown(name):
    assert find(name) is None
    assert find(f"{name}If") is None


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("sumIf", 2, 2),
        ("countIf", 1, 2),
        ("avgOrNullIf", 2, 2),
        ("uniqExactIf", 2, None),
        ("uniqState", 1, None),
        ("uniqMerge", 1, 1),
        ("argMaxIf", 3, 3),
        ("quantileIf", 2, 2),
        ("maxForEach", 1, 1),
    ],
)
def test_a_combinator_changes_the_number_of_arguments(name, least, most):
    function = find(name)
    assert function is not None
    assert (function.least, function.most, function.aggregate) == (least, most, True)


@pytest.mark.parametrize(
    ("written", "known"),
    [("COUNT", "count"), ("Coalesce", "coalesce"), ("ISNULL", "isNull"), ("LOWER", "lower")],
)
def test_names_of_sql_are_known_in_any_case(written, known):
    function = find(written)
    assert function is not None
    assert function.name == known


@pytest.mark.parametrize("written", ["tostring", "COUNTIF", "toStartofDay", "Uniq"])
def test_names_of_clickhouse_are_known_in_one_case_only(written):
    assert find(written) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("COUNTIF", "countIf"),
        ("to_timezone", "toTimeZone"),
        ("format_datetime", "formatDateTime"),
        ("toFloat64OrNull", "toFloat"),
        ("split", "splitByString"),
        ("tostartofday", "toStartOfDay"),
    ],
)
def test_a_frequent_mistake_leads_to_the_right_name(written, meant):
    assert nearest(written) == meant


def test_nothing_is_suggested_for_nothing_alike():
    assert nearest("qqqqqqqq") == ""


RENAMED = {
    "toInt('12')": 12,
    "toInt('x')": None,
    "toIntOrZero('x')": 0,
    "toFloat('1.5')": 1.5,
    "toFloatOrDefault('x', 7.0)": 7,
    "toDecimal('1.239', 2)": 1.23,
    "toUUID('x')": None,
    "parseDateTimeBestEffort(toString('x'))": None,
    "parseDateTimeBestEffort('31 Jan 2024')": "2024-01-31 00:00:00.000000",
    "toDateTimeUS('01/31/2024')": "2024-01-31 00:00:00.000000",
    "toNullableString(5)": "5",
    "toModifiedJulianDay('2024-01-01')": 60310,
    "toModifiedJulianDay('x')": None,
    "fromModifiedJulianDay(60310)": "2024-01-01",
    "toFloatOrZero('x')": 0,
    "toBool('false')": False,
    "_toUInt128('5')": 5,
    "toTime(toDateTime('2024-01-31 10:00:00'))": "1970-01-02 10:00:00",
    "date_subtract(toDate('2024-01-31'), toIntervalMonth(1))": "2023-12-31",
    "timeStampSub(toDate('2024-01-31'), toIntervalDay(1))": "2024-01-30",
    "date_bin(toIntervalMinute(15), toDateTime('2024-01-31 10:20:00'),"
    " toDateTime('2024-01-31 00:00:00'))": "2024-01-31 10:15:00",
    "make_interval(1, 0, 0, 0, 0, 0) + toDate('2024-01-31')": "2025-01-31 00:00:00",
    "to_timestamp(0)": "1969-12-31 19:00:00",
    "timezone('UTC', toDateTime('2024-01-31 10:00:00'))": "2024-01-31 15:00:00",
    "rtrim('xax', 'x')": "xa",
    "isNotEmpty('')": 0,
    "array_agg(1)": [1],
    "string_agg('a', '+')": "a",
    "json_agg(1)": "[1]",
    "every(1 = 1)": True,
    "avgArray([1, 2])": 1.5,
    "avgArray([null])": None,
    "medianArray([1, 2, 9])": 2,
    "case 2 when 1 then 'a' when 2 then 'b' end": "b",
    "case null when null then 'n' else 'x' end": "n",
    "case when 1 = 2 then 1 end": None,
    "toDate('2024-01-31')": "2024-01-31",
    "toDate('x')": None,
    "to_date('2024-01-31')": "2024-01-31",
    "toDateTime(toString('x'))": None,
    "toDateTime('2024-01-31 10:00:00')": "2024-01-31 10:00:00",
    "toDateTime('2024-01-31T10:00:00.5')": "2024-01-31 10:00:00.500000",
    "toDateTime('31 Jan 2024')": "2024-01-31 00:00:00.000000",
    "toDateTime('2024-01-31 10:00:00', 'UTC')": "2024-01-31 10:00:00.000000",
    "parseDateTime('31/01/2024', '%d/%m/%Y')": "2024-01-31 00:00:00",
    "toTimeZone(toDateTime('2024-01-31 10:00:00'), 'UTC')": "2024-01-31 15:00:00",
    "fromUnixTimestamp(0)": "1970-01-01 00:00:00",
    "date_part('quarter', toDate('2024-05-01'))": 2,
    "date_trunc('month', toDate('2024-05-17'))": "2024-05-01",
    "make_date(2024, 2, 29)": "2024-02-29",
    "make_timestamp(2024, 2, 29, 1, 2, 3)": "2024-02-29 01:02:03",
    "to_char(toDateTime('2024-01-31 10:00:00'), '%Y/%m')": "2024/01",
    "date_diff('month', toDate('2024-01-31'), toDate('2024-03-01'))": 2,
    "date_add(toDate('2024-01-31'), toIntervalMonth(1))": "2024-02-29",
    "split_part('a/b/c', '/', 2)": "b",
    "left('héllo', 2)": "hé",
    "right('hello', 2)": "lo",
    "ltrim('  a ')": "a ",
    "btrim('xax', 'x')": "a",
    "trimLeft('xxa', 'x')": "a",
    "isEmpty('')": 1,
    "md5('a')": "0CC175B9C0F1B6A831C399E269772661",
    "sortableSemVer('v1.12.3-beta')": [1, 12, 3],
    "sortableSemVer('1.2')": [None],
    "sortableSemVer('1.10.0') > sortablesemver('1.9.0')": 1,
    "coalesce(null, 'a')": "a",
    "nullIf('a', 'a')": None,
    "multiIf(1 = 2, 'a', 2 = 2, 'b', 'c')": "b",
    "arrayReduce('sum', [1, 2])": 3,
    "arrayExists(x -> x = 2, [1, 2])": 1,
    "arrayFold((total, x) -> total + x, [1, 2, 3], toInt(0))": 6,
    "arrayStringConcat(arrayMap(x -> upper(x), ['a', 'b']), '-')": "A-B",
    "JSONExtractInt('{\"a\": {\"b\": 5}}', 'a', 'b')": 5,
    "domain('https://www.example.com/x?y=1')": "www.example.com",
    "extractURLParameter('https://e.com/?utm=1', 'utm')": "1",
    "replaceRegexpAll('a1b2', '[0-9]', '#')": "a#b#",
    "extract('order-77', '[0-9]+')": "77",
    "round(2.345, 2)": 2.35,
    "least(2, 1) + greatest(2, 1)": 3,
}


@pytest.mark.parametrize("call", RENAMED)
def test_a_function_of_hogql_means_what_posthog_means(ask, call):
    assert ask(f"select {call}") == [(RENAMED[call],)]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_becomes_a_literal_that_ends_where_it_should(text):
    written = literal(text)
    assert re.fullmatch(r"'(?:[^'\\]|\\.)*'", written, re.DOTALL)


def test_any_text_comes_back_from_clickhouse_as_it_went(ask):
    texts = ["".join(map(chr, range(start, start + 64))) for start in range(0, 1024, 64)]
    texts += ["\\'", "''", "\\\\", "a\\", "%s {x} {}", "日本 👩‍💻", "\0\b\f\a\v"]
    for text in texts:
        assert ask("select {x}, length({x})", values={"x": text}) == [(text, len(text.encode()))]


def test_every_listed_kind_and_rule_names_a_function():
    listed = [functions.LIKE_FIRST, functions.NEVER_NULL, functions.ALWAYS_NULLABLE]
    words = {word for text in [*listed, *functions.KINDS.values()] for word in text.split()}
    assert [word for word in sorted(words) if find(word) is None] == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("lower()", "Function 'lower' expects 1 argument, found 0"),
        ("replace('a', 'b')", "Function 'replace' expects 3 arguments, found 2"),
        ("round(1, 2, 3)", "Function 'round' expects at most 2 arguments, found 3"),
        ("concat('a')", "Function 'concat' expects at least 2 arguments, found 1"),
        ("sumIf(1)", "Aggregation 'sumIf' expects 2 arguments, found 1"),
        ("argMax(1)", "Aggregation 'argMax' expects 2 arguments, found 1"),
        ("uniq()", "Aggregation 'uniq' expects at least 1 argument, found 0"),
        ("quantile(1)", "Aggregation 'quantile' requires parameters in addition to arguments"),
        ("quantile(0.1, 0.2)(1)", "Aggregation 'quantile' expects 1 parameter, found 2"),
        ("equals(1)", "Comparison 'equals' requires exactly two arguments"),
        ("sum(max(1))", "Aggregation 'max' cannot be nested inside another aggregation 'sum'."),
        ("arrayReduce(event, [1])",
         "Expected constant string as first arg in function 'arrayReduce'"),
        ("arrayReduce('url', [1])",
         "Invalid parametric function in 'arrayReduce', 'url' is not supported."),
        ("toFloat64(1)",
         "Unsupported function call 'toFloat64(...)'. Perhaps you meant 'toFloat(...)'?"),
        ("qqqqqq(1)", "Unsupported function call 'qqqqqq(...)'"),
        ("uniqTheta(1)", "'uniqTheta(...)' is not available in the embedded project."),
        ("percentile_cont(0.5) within group (order by 1)",
         "'percentile_cont(...)' is not available in the embedded project."),
    ],
)  # fmt: skip
def test_a_wrong_call_is_refused_in_posthogs_words_at_its_place(call, message):
    with pytest.raises(HogQLError) as caught:
        compile_query(f"select 1, {call} from events", CONTEXT)
    error = caught.value
    assert error.message == message
    assert error.start is not None
    assert 10 <= error.start < (error.end or 0) <= 10 + len(call)


def test_a_text_that_is_no_time_is_not_made_null():
    sql = compile_query("select toDateTime('x')", CONTEXT).sql
    assert "OrNull" not in sql
