"""{filters} and {variables}: what is put into a query from around it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.hogql_fixtures import CONTEXT, Ask, small_project
from tools.local.hogql import HogQLError, compile_query
from tools.local.hogql.query_filters import QueryFilters
from tools.local.queries.hogql_query import HogQLQuery

WITHOUT_BOB = replace(
    CONTEXT,
    test_account_filters=(
        {"key": "b", "value": "Safari", "operator": "is_not", "type": "event"},
        {"key": "plan", "type": "person", "operator": "is_set"},
    ),
)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with small_project() as asking:
        yield asking


CHROME = {"key": "b", "value": ["Chrome"], "operator": "exact", "type": "event"}
LONG = {"key": "$session_duration", "value": 10000, "operator": "gt", "type": "session"}
NUMBERS = "select toInt(substring(toString(uuid), -1, 1)) as n from events where {} order by n"
# The clock stands at 2024-02-02 07:00 in New York; the project's days are those of New York.
FOUND = {
    "no filters": (QueryFilters(), [1, 2, 3, 4, 5, 6]),
    "a property": (QueryFilters(properties=[CHROME]), [1]),
    "of a session": (QueryFilters(properties=[LONG]), [5, 6]),
    "from": (QueryFilters(date_from="2024-01-01"), [2, 3, 4, 5, 6]),
    "from a relative date": (QueryFilters(date_from="-1d"), [5, 6]),
    "from the start of a day": (QueryFilters(date_from="dStart"), [6]),
    "from an instant": (QueryFilters(date_from="2024-01-02T00:00:00Z"), [3, 4, 5, 6]),
    "all": (QueryFilters(date_from="all"), [1, 2, 3, 4, 5, 6]),
    "to": (QueryFilters(date_to="2024-01-31"), [1, 2, 3]),
    "both": (QueryFilters(date_from="2024-01-01", date_to="2024-02-01"), [2, 3, 4]),
    "no test accounts": (QueryFilters(without_test_accounts=True), [1, 6]),
    "all together": (
        QueryFilters([CHROME], "2023-12-31", "2024-02-02", without_test_accounts=True),
        [1],
    ),
}


@pytest.mark.parametrize(("filters", "numbers"), FOUND.values(), ids=FOUND)
def test_filters_keep_the_events_they_describe(ask, filters, numbers):
    rows = ask(NUMBERS.format("{filters}"), WITHOUT_BOB, filters=filters)
    assert rows == [(number,) for number in numbers]


ENDS = {
    "timestamp >= {filters.dateRange.from}": [5, 6],
    "timestamp < {filters.dateRange.to}": [1, 2, 3, 4, 5, 6],
    "timestamp < {filters.dateRange.to} and event = 'buy'": [3, 4, 5],
    "timestamp >= {filters.dateRange.from} and timestamp < {filters.dateRange.to}": [5, 6],
    "timestamp >= toStartOfDay({filters.dateRange.to}) and event = 'buy'": [3, 4, 5],
}


@pytest.mark.parametrize("test", ENDS)
def test_an_end_of_the_range_that_is_not_set_bounds_nothing(ask, test):
    rows = ask(NUMBERS.format(test), filters=QueryFilters(date_from="-1d"))
    assert rows == [(number,) for number in ENDS[test]]


def test_sessions_and_groups_are_filtered_by_their_own_properties_and_dates(ask):
    sessions = "select session_id from sessions where {filters} order by session_id"
    assert ask(sessions, filters=QueryFilters([LONG])) == [("s3",)]
    assert ask(sessions, filters=QueryFilters(date_to="2024-01-15")) == [("s1",)]
    groups = "select key from groups where {filters}"
    acme = {"key": "name", "value": "Acme", "type": "group", "group_type_index": 0}
    assert ask(groups, filters=QueryFilters([acme])) == [("acme",)]
    assert ask(groups, filters=QueryFilters(date_from="2024-01-01")) == []


def test_a_subquery_has_filters_of_its_own(ask):
    query = "select n from (select count() as n from events where {filters}) where n > 0"
    assert ask(query, filters=QueryFilters([CHROME])) == [(1,)]


WRONG = {
    "select 1 from persons where {filters}": (QueryFilters(), "Cannot use 'filters' placeholder"),
    "select 1 from (select 1 from events) where {filters}": (QueryFilters(), "Cannot use"),
    "select 1 from events where {filters.interval}": (QueryFilters(), "Unsupported filters"),
    "select toDate({filters.dateRange.from}) from events": (QueryFilters(), "directly in a comp"),
    "select 1 from sessions where {filters}": (QueryFilters([CHROME]), "only use session prop"),
    "select 2 from events where {filters}": (QueryFilters(date_from="soon"), "'soon' is no date"),
    "select 3 from events where {filters}": (
        QueryFilters([{"key": "b", "value": "x", "operator": "sounds_like"}]),
        "sounds_like is not supported",
    ),
}


@pytest.mark.parametrize("query", WRONG)
def test_a_placeholder_that_can_not_be_filled_is_refused_with_its_place(query):
    filters, words = WRONG[query]
    with pytest.raises(HogQLError) as caught:
        compile_query(query, CONTEXT, filters=filters)
    assert words in caught.value.message
    assert caught.value.start == query.index("{")


def variable(name, value, **more):
    return {"variableId": f"id of {name}", "code_name": name, "value": value, **more}


SAVED = replace(
    CONTEXT,
    objects=lambda kind: (
        [{"code_name": "country", "default_value": "DE"}] if kind == "insight_variable" else []
    ),
)
VARIABLES = {
    "a text": (variable("country", "it's"), "it's"),
    "a number": (variable("country", 5), 5),
    "a list": (variable("country", ["a", "b"]), ["a", "b"]),
    "the default": (variable("country", None), "DE"),
    "nothing": (variable("country", "FR", isNull=True), None),
}


@pytest.mark.parametrize(("given", "value"), VARIABLES.values(), ids=VARIABLES)
def test_a_variable_is_its_value_or_its_default(given, value):
    asked = HogQLQuery.model_validate(
        {"query": "select {variables.country}", "variables": {"1": given}}
    )
    plain = HogQLQuery.model_validate({"query": "select {x}", "values": {"x": value}})
    assert asked.compiled(SAVED).sql.split(" AS ")[0] == plain.compiled(SAVED).sql.split(" AS ")[0]


def test_a_variable_the_request_does_not_have_is_refused():
    with pytest.raises(HogQLError, match="Variable town is missing from query"):
        compile_query("select {variables.town}", CONTEXT, {"variables.country": 1})


def test_a_modifier_we_do_not_honour_is_refused_by_name():
    asked = HogQLQuery.model_validate(
        {"query": "select 1", "modifiers": {"customChannelTypeRules": []}}
    )
    with pytest.raises(HogQLError, match="The modifier customChannelTypeRules is not supported"):
        asked.compiled(CONTEXT)
