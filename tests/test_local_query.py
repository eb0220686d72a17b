from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local_fixtures import client, rows
from tools.local.failures import StoreError, failed


@pytest.fixture
def ask(shop):
    """The answer to one query."""

    def send(query, **more):
        with client(shop) as http:
            asked = {"query": {"kind": "HogQLQuery", "query": query, **more}}
            return http.post("/api/projects/@current/query/", json=asked)

    return send


def test_an_answer_has_rows_columns_types_and_the_query(ask):
    query = "SELECT event, count() FROM events GROUP BY event ORDER BY event"
    body = ask(query).json()
    assert body["results"] == [["purchase", 66], ["signup", 34]]
    assert body["columns"] == ["event", "count()"]
    assert [name for name, _ in body["types"]] == body["columns"]
    assert body["types"][1][1] == "UInt64"
    assert (body["query"], body["error"], body["timezone"]) == (query, None, "UTC")
    assert "SELECT" in body["clickhouse"]
    assert all(step["t"] >= 0 for step in body["timings"])


def test_without_a_limit_a_hundred_rows_come_and_more_is_said(ask):
    more = ask("SELECT number FROM numbers(101)").json()
    assert (len(more["results"]), more["limit"], more["hasMore"]) == (100, 100, True)
    whole = ask("SELECT number FROM numbers(100)").json()
    assert (len(whole["results"]), whole["hasMore"]) == (100, False)
    own = ask("SELECT number FROM numbers(1000) LIMIT 150").json()
    assert len(own["results"]) == 150
    assert (own["limit"], own["offset"], own["hasMore"]) == (None, None, None)
    most = ask("SELECT number FROM numbers(60000) LIMIT 55000").json()
    assert (len(most["results"]), most["limit"], most["hasMore"]) == (50_000, 50_000, True)
    few = ask("SELECT number FROM numbers(3) LIMIT 55000").json()
    assert (len(few["results"]), few["hasMore"]) == (3, False)


VALUES = {
    "toInt('9223372036854775807')": 9223372036854775807,
    "toInt('-9223372036854775808')": -9223372036854775808,
    "0.1 + 0.2": 0.30000000000000004,
    "1 / 0": None,
    "0 / 0": None,
    "null": None,
    "true": 1,
    "'é / \"q\"'": 'é / "q"',
    "[1, 2]": [1, 2],
    "tuple(1, 'a')": [1, "a"],
    "toDate('2026-11-02')": "2026-11-02",
    "toDateTime('2026-11-02 10:00:00')": "2026-11-02T10:00:00Z",
    "toDecimal('1.10', 2)": "1.10",
    "toUUID('00000000-0000-4000-8000-000000000001')": "00000000-0000-4000-8000-000000000001",
}


@pytest.mark.parametrize(("expression", "value"), VALUES.items())
def test_a_value_is_written_as_posthog_writes_it(ask, expression, value):
    (row,) = ask(f"SELECT {expression} AS x").json()["results"]
    assert (row, type(row[0])) == ([value], type(value))


def test_times_are_in_the_zone_of_the_project(new_project):
    project = new_project(timezone="America/New_York")
    query = "SELECT toDateTime('2026-07-01 10:00:00'), toTimeZone(toDateTime('2026-01-01'), 'UTC')"
    assert rows(project, query) == [["2026-07-01T10:00:00-04:00", "2026-01-01T05:00:00Z"]]


def test_values_are_bound_and_never_spliced(ask):
    hostile = "x' OR 1=1 --"
    body = ask("SELECT {a}, {b}", values={"a": hostile, "b": 3}).json()
    assert body["results"] == [[hostile, 3]]


WRONG = {
    "syntax": "SELECT FROM WHERE",
    "field": "SELECT nonsense FROM events",
    "table": "SELECT 1 FROM system.users",
    "function": "SELECT file('/etc/passwd')",
    "placeholder": "SELECT {open}",
    "write": "DROP TABLE events",
}


@pytest.mark.parametrize("query", WRONG.values(), ids=WRONG)
def test_wrong_hogql_is_refused_with_its_position(ask, shop, query):
    answer = ask(query)
    body = answer.json()
    assert answer.status_code == 400
    assert (body["type"], body["code"]) == ("validation_error", "invalid_input")
    metadata = body["extra"]["hogql_metadata"]
    assert metadata["isValid"] is False
    (error,) = metadata["errors"]
    assert body["detail"] == error["message"]
    with client(shop) as http:
        asked = {"query": {"kind": "HogQLMetadata", "language": "hogQL", "query": query}}
        checked = http.post("/api/projects/@current/query/", json=asked)
    assert (checked.status_code, checked.json()) == (200, metadata)


def test_metadata_of_a_good_query_names_its_tables_and_reads_nothing(shop):
    with client(shop) as http:
        asked = {"query": {"kind": "HogQLMetadata", "query": "SELECT count() FROM events"}}
        body = http.post("/api/projects/@current/query/", json=asked).json()
    assert body["isValid"] is True
    assert body["table_names"] == ["events"]
    assert "results" not in body


BODIES = {
    "no JSON": (b"{", "Expecting property name"),
    "no body": (b"", "query: Field required"),
    "no query": (b"{}", "query: Field required"),
    "no kind": (b'{"query": {}}', "query.kind: Field required"),
    "a kind we lack": (
        b'{"query": {"kind": "PathsV9Query"}}',
        "The embedded project does not answer PathsV9Query yet.",
    ),
    "a number": (
        b'{"query": {"kind": "HogQLQuery", "query": 1}}',
        "HogQLQuery: query: Input should be a valid string.",
    ),
    "a mode of another name": (
        b'{"query": {"kind": "HogQLQuery", "query": "select 1"}, "refresh": "soon"}',
        "refresh.",
    ),
    "a field nobody knows": (
        b'{"query": {"kind": "HogQLQuery", "query": "select 1"}, "sampling": 3}',
        "sampling: Extra inputs are not permitted",
    ),
}


@pytest.mark.parametrize(("content", "said"), BODIES.values(), ids=BODIES)
def test_a_query_that_cannot_be_read_is_no_json_to_posthog(shop, content, said):
    with client(shop) as http:
        answer = http.post("/api/projects/@current/query/", content=content)
    body = answer.json()
    found = (answer.status_code, body["type"], body["code"], body["attr"])
    assert found == (400, "invalid_request", "parse_error", None)
    assert body["detail"].startswith(f"JSON parse error - {said}")


def test_a_mistake_only_clickhouse_sees_is_the_callers(ask):
    answer = ask("SELECT arrayJoin(1)")
    assert answer.status_code == 400
    assert answer.json()["type"] == "validation_error"
    assert "Stack" not in answer.json()["detail"]

    assert answer.json()["code"] == "illegal_type_of_argument"


def test_an_answer_beyond_all_bounds_is_refused_and_none_of_it_is_in_the_next(ask):
    answer = ask("SELECT concat(repeat('x', 900000), toString(number)) FROM numbers(400) LIMIT 400")
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_rows_or_bytes")
    assert ask("SELECT 1").json()["results"] == [[1]]


FAILURES = {
    "TIMEOUT_EXCEEDED": (504, "error", "Query has hit the max execution time before completing."),
    "MEMORY_LIMIT_EXCEEDED": (504, "error", "Query has reached the max memory limit before"),
    "CANNOT_PARSE_DATETIME": (400, "cannot_parse_datetime", "the sentence"),
    "LOGICAL_ERROR": (500, "error", "ClickHouse error while executing query: the sentence"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_of_clickhouse_has_posthogs_status_and_words(name):
    status, code, detail = FAILURES[name]
    refusal = failed(StoreError(1, name, "the sentence"))
    assert (refusal.status, refusal.body["code"]) == (status, code)
    assert refusal.body["detail"].startswith(detail)


def test_queries_run_beside_each_other(ask):
    slow = (
        "SELECT sum(cityHash64(x)) FROM (SELECT arrayJoin(range(1000)) AS x FROM numbers(200000))"
    )
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(ask, slow)
        assert ask("SELECT 1").json()["results"] == [[1]]
        assert not running.done()
        assert running.result().status_code == 200


def test_the_reader_cannot_write(ask):
    for query in ("INSERT INTO events SELECT 1", "SELECT 1; SELECT 2"):
        assert ask(query).status_code == 400
    assert ask("SELECT count() FROM events").json()["results"] == [[100]]
