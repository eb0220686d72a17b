"""What the compiler refuses: with the place, the reason and the nearest way out."""

import pytest

from tests.hogql_fixtures import CONTEXT
from tools.local.hogql import HogQLError, compile_query


def refusal(query: str) -> HogQLError:
    with pytest.raises(HogQLError) as caught:
        compile_query(query, CONTEXT)
    return caught.value


def test_a_property_is_not_advised_where_there_are_none():
    said = str(refusal("select foo from numbers(1)"))
    assert said == "Unable to resolve field: foo."


@pytest.mark.parametrize(
    ("query", "start", "words"),
    [
        ("select foo from events", 7, "Unable to resolve field: foo"),
        ("select evnt from events", 7, "Perhaps you meant event"),
        ("select e.foo from events e", 7, "Unable to resolve field: foo"),
        ("select foo from events", 7, "A property is written properties.foo."),
        ("select foo", 7, "There is no FROM"),
        ("select events from events", 7, "Can't select a table when a column is expected"),
        ("select person from events", 7, "Can't select a table when a column is expected"),
        ("select person.foo from events", 7, "it has id, properties"),
        ("select event.foo from events", 7, "event is a String and has no field foo"),
        ("select dateDiff(day, now(), now())", 16, "a text in quotes"),
        ("select toFloat64(1)", 7, "Perhaps you meant 'toFloat(...)'?"),
        ("select COUNTIF(1)", 7, "Perhaps you meant 'countIf(...)'?"),
        ("select file('/etc/passwd')", 7, "Unsupported function call 'file(...)'"),
        ("select getenv('HOME')", 7, "Unsupported function call"),
        ("select uniqTheta(event) from events", 7, "not available in the embedded project"),
        ("select lower()", 7, "Function 'lower' expects 1 argument, found 0"),
        ("select concat('a')", 7, "expects at least 2 arguments, found 1"),
        ("select sum(*) from events", 11, "* stands only in SELECT and in count(*)"),
        ("select string_agg(event, *) from events", 25, "* stands only"),
        ("select max(*) over () from events", 11, "* stands only"),
        ("select countIf(*) from events", 15, "* stands only"),
        ("select sum(1, 2)", 7, "Aggregation 'sum' expects 1 argument, found 2"),
        ("select quantile(1)", 7, "requires parameters in addition to arguments"),
        (
            "select sum(count()) from events",
            11,
            "cannot be nested inside another aggregation 'sum'.",
        ),
        ("select 1 from events where count() > 1", 27, "use HAVING"),
        ("select rank() from events", 7, "needs OVER"),
        ("select lower(event) over () from events", 7, "neither an aggregation nor a window"),
        ("select sum(1) over w from events", 7, "no window named w"),
        ("select lower(distinct event) from events", 7, "no aggregation"),
        ("select groupArray(event order by event) from events", 7, "takes no ORDER BY"),
        (
            "select arrayReduce('file', [1])",
            19,
            "Invalid parametric function in 'arrayReduce', 'file'",
        ),
        ("select properties.b > 5 from events", 7, "compare toFloat(properties.b)"),
        ("select properties.b = true from events", 7, "'true' or 'false'"),
        ("select properties.b in (1, 2) from events", 7, "compare toFloat(properties.b)"),
        ("select properties.b + 1 from events", 7, "calculate with toFloat(properties.b)"),
        ("select 1 from events where timestamp > 'yesterday'", 39, "is no date"),
        ("select 1 from events where properties.items.0 = 'a'", 27, "start from one"),
        ("select [1][0]", 7, "start from one"),
        ("select 1 from nothing", 14, "Unknown table 'nothing'"),
        ("select 1 from users", 14, "persons are users"),
        ("select 1 from system.tables", 14, "Unknown table"),
        ("select 1 from system.alerts", 14, "not available in the embedded project"),
        ("select 1 from system.insights", 14, "have access to table `system.insights`"),
        ("select 1 from session_replay_events", 14, "not available in the embedded project"),
        ("select 1 from numbers(100000000)", None, "at most"),
        ("select 1 from url('http://x')", None, "Unknown table 'url'"),
        ("select event from events a join events b on a.uuid = b.uuid", 7, "Ambiguous query"),
        ("select 1 from events join persons", 26, "needs ON"),
        ("select 1 from events join events on 1 = 1", 26, "another alias"),
        ("select 1 from events sample 0.1", 14, "SAMPLE"),
        ("select 1 from events final", 14, "FINAL"),
        ("select 1 from events where person_id in cohort 1", 47, "Could not find cohort with ID 1"),
        ("select {x}", 7, "{x} has no value"),
        ("select 1 from persons where {filters}", 28, "Cannot use 'filters' placeholder"),
        ("select 1 limit 1 + 1", 15, "whole number"),
        ("select 1 union all select 1, 2", 19, "as many columns"),
        ("select 1 as a, 2 as a", 15, "two columns called 'a'"),
        ("select 1 as `__t0`", 7, "can't be an alias"),
        ("select 1 in (select 1, 2)", 13, "one column"),
        ("select (select 1, 2)", 8, "one column"),
        ("select a::decimal(10, 2) from events", 7, "only call simple functions"),
        ("select 1::json", 7, "Can't cast to json"),
        ("select <Sparkline data={[1]} />", 7, "Tags such as"),
        ("select toDate(timestamp, 'x') from events", 7, "expects 1 argument"),
        ("select toTimeZone(timestamp, event) from events", 29, "text in quotes"),
        ("select toStartOfWeek(timestamp, 'Mon') from events", 32, "0 for Sunday"),
        ("select a.b.* from events a", 7, "before .*"),
        ("select event from events where event ==", None, "ends too early"),
    ],
)
def test_a_refusal_names_the_place_and_the_way_out(query, start, words):
    error = refusal(query)
    assert words in error.message
    assert start is None or error.start == start


def test_a_with_that_uses_itself_ends():
    assert "defined by itself" in refusal("with a + 1 as a select a").message


def test_a_with_that_multiplies_itself_ends():
    doubled = ", ".join(f"a{n} as (select x.v from a{n - 1} x, a{n - 1} y)" for n in range(1, 8))
    error = refusal(f"with a0 as (select 1 as v), {doubled} select v from a7")
    assert "more than 50 times" in error.message
