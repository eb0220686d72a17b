import re
from importlib.resources import files

import pytest

from prompts import load
from tests.local_fixtures import client
from tools.hogql import check

PURCHASED = {"type": "behavioral", "value": "performed_event", "key": "purchase",
             "event_type": "events", "time_value": 900, "time_interval": "day"}  # fmt: skip
EVERYBODY = {"name": "Name", "filters": {"properties": {"type": "AND", "values": [PURCHASED]}}}
VALUES = {
    "note": "The project is Shop.",
    "same": "",
    "timezone": "Europe/Berlin",
    "week_start": "Monday",
    "now": "Wednesday 2026-03-11 09:30",
    "periods": "- yesterday: 2026-03-10 to 2026-03-10 (< 2026-03-11)",
    "withheld": "",
}


def filled(**more):
    return load("system", hogql=load("hogql"), **(VALUES | more))


def test_no_placeholder_is_left_in_a_filled_prompt():
    assert "{{" not in filled()


@pytest.mark.parametrize(
    "values",
    [{}, VALUES, VALUES | {"hogql": "", "mood": "good"}],
    ids=["none", "one missing", "one too many"],
)
def test_a_prompt_takes_exactly_its_placeholders(values):
    with pytest.raises(KeyError, match=r"system\.md needs"):
        load("system", **values)


def test_values_are_put_in_once_and_not_read_again():
    assert "The project is {{now}} $pageview." in filled(note="The project is {{now}} $pageview.")


def test_an_unknown_prompt_is_an_error():
    with pytest.raises(FileNotFoundError):
        load("sytem")


PROMPTS = sorted(f.name for f in files("prompts").iterdir() if f.name.endswith(".md"))
EXAMPLES = [
    pytest.param(query, id=f"{name}-{number}")
    for name in PROMPTS
    for number, query in enumerate(
        re.findall(r"```sql\n(.*?)```", files("prompts").joinpath(name).read_text(), re.DOTALL)
    )
]


PIECES = re.findall(r"`([^`\n]+)`", files("prompts").joinpath("hogql.md").read_text())
EXPRESSIONS = [one for one in PIECES if re.search(r"\w[.([].*\w|COHORT", one)]
STANDING_FOR = {"a, b": "timestamp, now()", "company.properties": "properties"}
"""What is no name of the project at hand, and a name that is."""


def test_there_are_examples():
    assert len([*EXAMPLES, *EXPRESSIONS]) >= 8


@pytest.mark.parametrize("query", EXAMPLES)
def test_every_example_runs(shop, query):
    assert ran(shop, query) == [[0, 0]]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_runs(shop, expression):
    for name, other in STANDING_FOR.items():
        expression = expression.replace(name, other)
    if "COHORT" in expression:
        with client(shop) as http:
            assert http.post("/api/projects/@current/cohorts/", json=EVERYBODY).status_code == 201
    assert len(ran(shop, f"SELECT {expression} FROM events LIMIT 1")) == 1


def ran(shop, query):
    with client(shop) as http:
        asked = {"query": {"kind": "HogQLQuery", "query": query}}
        answer = http.post("/api/projects/@current/query/", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


@pytest.mark.parametrize("query", EXAMPLES)
def test_every_example_of_hogql_passes_our_own_guard(query):
    assert check(query, 100).tables == ("events",)


def test_example_times_are_bounded_on_both_sides():
    for example in EXAMPLES:
        (query,) = example.values
        assert "timestamp >=" in query
        assert "timestamp <" in query
