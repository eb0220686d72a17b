import json

import httpx
import pytest

from tests.fakes import FakePostHog, envelope, rows
from tools.errors import InvalidRequest, QueryRefused, UnexpectedAnswer
from tools.query import MAX_ROWS, QueryTable
from tools.shown import ROWS
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


def test_a_model_reads_at_most_a_hundred_rows_and_figures_over_all():
    output, _ = run(numbered(ROWS + 1))
    data, _, note = output.for_model().partition("\n</data>\n")
    shown, _, figures = data.removeprefix("<data>\n").partition("\n\n")
    assert len(shown.splitlines()) == ROWS + 1
    assert figures == (
        "figures over all 101 rows:\nn: sum 5050, mean 50, min 0 (event 0), max 100 (event 100)"
    )
    assert note == "101 rows, of which the first 100 are shown; nothing was cut."
    assert len(output.rows) == ROWS + 1


def test_a_model_is_told_that_a_result_was_cut():
    output, _ = run(numbered(4), limit=3)
    assert output.for_model().partition("</data>\n")[2] == (
        "3 rows. There are more rows than the limit let through. "
        "Take no totals or shares from it, and maxima or minima only of what it is ordered by."
    )


def test_a_query_without_its_select_is_told_so():
    with pytest.raises(QueryRefused, match="A query begins with SELECT or WITH"):
        run(numbered(1), "count() FROM events")


@pytest.mark.parametrize(
    "query", ["-- all\nselect 1", "/* a */ WITH 1 AS a SELECT a", "(SELECT 1)"]
)
def test_a_query_may_begin_with_a_comment_or_a_parenthesis(query):
    assert run(numbered(1), query)[0].rows


def test_an_event_that_stands_for_a_column_is_told_as_one():
    refused = envelope(400, "invalid_input", "Unable to resolve field: signed_up")
    fake = FakePostHog(answers={"": refused}, events=[{"name": "signed_up"}])
    client = fake.client()
    client.events_seen.add("signed_up")
    with pytest.raises(InvalidRequest, match="signed_up is an event: event = 'signed_up'"):
        Toolbox(client).run("run_hogql", {"query": "SELECT count() FROM events WHERE signed_up"})


def test_an_error_shows_the_part_of_the_query_that_it_is_about():
    with pytest.raises(QueryRefused, match=r"There: …a SELECT format_datetime\(timestamp\) FROM"):
        run(numbered(1), "WITH 1 AS a SELECT format_datetime(timestamp) FROM events")


def test_a_whole_result_has_no_note():
    output, _ = run(numbered(2))
    assert output.for_model() == (
        "<data>\nevent:text,n:text\nevent 0,0\nevent 1,1\n</data>\n2 rows; nothing was cut."
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
    assert shown.replace("event:text", "").count("x") == 500 - len("[31mred <b>&</b> ")
    assert "…" in shown
