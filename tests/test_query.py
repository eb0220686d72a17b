import json

import httpx
import pytest

from tests.fakes import FakePostHog, rows
from tools.errors import QueryRefused, UnexpectedAnswer
from tools.query import MAX_ROWS, MODEL_ROWS, QueryTable
from tools.toolbox import Toolbox

SELECT = "SELECT event, count() AS n FROM events GROUP BY event ORDER BY n DESC, event"


def run(answer, query=SELECT, **arguments):
    """The result of run_hogql, and the HogQL that was sent."""
    fake = FakePostHog(answers={"": answer})
    output = Toolbox(fake.client()).run("run_hogql", {"query": query, **arguments})
    return output, fake.queries()


def numbered(count):
    return rows(["event", "n"], *[[f"event {n}", n] for n in range(count)])


def test_rows_columns_and_types_are_kept_with_the_query_as_sent():
    answer = rows(["event", "n"], ["buy", 3]) | {"types": [["event", "String"], ["n", "UInt64"]]}
    output, (sent,) = run(answer)
    assert output == QueryTable(
        ("event", "n"), (("buy", 3),), ("String", "UInt64"), True, f"{SELECT}\nLIMIT 501"
    )
    assert sent == output.query


@pytest.mark.parametrize(("found", "whole"), [(2, True), (3, True), (4, False)])
def test_one_row_more_is_asked_for_so_that_nothing_is_cut_silently(found, whole):
    output, (sent,) = run(numbered(found), limit=3)
    assert sent.endswith("LIMIT 4")
    assert (len(output.rows), output.whole) == (min(found, 3), whole)


def test_posthogs_own_word_that_there_is_more_is_believed():
    output, _ = run(numbered(2) | {"hasMore": True}, limit=3)
    assert not output.whole


@pytest.mark.parametrize(
    ("asked", "sent"), [(0, 2), (-9, 2), (10**9, MAX_ROWS + 1), (MAX_ROWS, MAX_ROWS + 1)]
)
def test_no_limit_reaches_beyond_what_is_read(asked, sent):
    _, (query,) = run(numbered(1), limit=asked)
    assert query.endswith(f"LIMIT {sent}")


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE events",
        "SELECT 1; SELECT 2",
        "INSERT INTO events SELECT 1",
        "SELECT * FROM system.processes",
        "SELECT file('/etc/passwd')",
        "",
    ],
)
def test_a_statement_the_guard_refuses_is_never_sent(query):
    fake = FakePostHog()
    with pytest.raises(QueryRefused):
        Toolbox(fake.client()).run("run_hogql", {"query": query})
    assert fake.queries() == []


def test_a_model_reads_at_most_two_hundred_rows_and_is_told_so():
    output, _ = run(numbered(MODEL_ROWS + 1))
    shown = output.for_model()
    data, _, note = shown.partition("\n</data>")
    assert len(json.loads(data.removeprefix("<data>\n"))["rows"]) == MODEL_ROWS
    assert note == "\nOnly the first 200 rows are shown; do not take totals or maxima from them."
    assert len(output.rows) == MODEL_ROWS + 1


def test_a_whole_result_has_no_note():
    output, _ = run(numbered(2))
    assert output.for_model() == (
        '<data>\n{"columns": ["event", "n"], "rows": [["event 0", 0], ["event 1", 1]]}\n</data>'
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query_status": {"complete": False}},
        {"results": 3, "columns": ["a"]},
        {"results": [3], "columns": ["a"]},
        {"results": [[3]]},
        {"results": [[3]], "columns": ["a"], "types": [["a"]]},
    ],
    ids=json.dumps,
)
def test_an_answer_without_rows_is_told(body):
    with pytest.raises(UnexpectedAnswer, match="has no rows"):
        run(httpx.Response(200, json=body))


def test_values_are_cleaned_for_the_model_and_kept_for_the_person():
    value = "\x1b[31mred\u202e <b>&</b> " + "x" * 600
    output, _ = run(rows(["event"], [value]))
    assert output.rows == ((value,),)
    shown = output.for_model()
    assert "[31mred \\u003cb>&\\u003c/b> xxx" in shown
    assert shown.count("x") == 500 - len("[31mred <b>&</b> ")
    assert "…" in shown
