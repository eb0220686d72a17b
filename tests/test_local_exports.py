import csv
import io
from datetime import timedelta

import pytest

from tests.objects_fixtures import NOW, Event, api, people

DAY = NOW - timedelta(days=2)
STREAM = [
    Event("a", 1, DAY, {"n": 1, "text": 'é "q", x'}),
    Event("a", 2, DAY + timedelta(hours=1), {"n": 2}),
    Event("b", 1, NOW - timedelta(days=20)),
]
NUMBERS = {"kind": "HogQLQuery", "query": "SELECT number AS n, [number] AS l FROM numbers(120)"}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with api(tmp_path_factory.mktemp("exports")) as made:
        made.project.load(STREAM, persons=people(1, 2))
        yield made


def exported(ask, query, kind="text/csv", **more):
    context = {"source": query, **more}
    return ask.post("exports/", {"export_format": kind, "export_context": context})


def table(raw):
    return list(csv.reader(io.StringIO(raw.decode())))


def test_a_query_is_exported_whole_and_not_a_page_of_it(ask):
    made = exported(ask, NUMBERS, filename="all numbers")
    assert (made["has_content"], made["exception"]) == (True, None)
    assert made["filename"] == "all numbers.csv"
    assert made["expires_after"] == "2026-04-09T12:30:00Z"
    rows = table(ask.get(f"exports/{made['id']}/content/"))
    assert rows[0] == ["n", "l"]
    assert rows[1:] == [[str(n), f"[{n}]"] for n in range(120)]


def test_texts_survive_and_columns_are_chosen(ask):
    query = {"kind": "HogQLQuery", "query": "SELECT event, properties.text FROM events"}
    made = exported(ask, query, columns=["text"])
    assert sorted(table(ask.get(f"exports/{made['id']}/content/"))) == [
        [""],
        [""],
        ["text"],
        ['é \\"q\\", x'],
    ]


def test_an_export_in_json_is_a_list_of_rows(ask):
    made = exported(ask, NUMBERS, "application/json")
    rows = ask.get(f"exports/{made['id']}/content/")
    assert rows[:2] == [{"n": 0, "l": [0]}, {"n": 1, "l": [1]}]


def test_an_insight_is_exported_by_its_series(ask):
    source = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]}
    dated = {**source, "dateRange": {"date_from": "-3d"}}
    insight = ask.post("insights/", {"name": "A", "query": dated})
    made = ask.post("exports/", {"export_format": "text/csv", "insight": insight["id"]})
    rows = table(ask.get(f"exports/{made['id']}/content/"))
    days = ["30-Mar-2026", "31-Mar-2026", "1-Apr-2026", "2-Apr-2026"]
    assert rows == [["series", *days], ["a", "0", "2", "0", "0"]]


def test_an_export_that_fails_says_why(ask):
    made = exported(ask, {"kind": "HogQLQuery", "query": "SELECT nope FROM events"})
    assert made["has_content"] is False
    assert made["exception"].startswith("Unable to resolve field: nope.")
    status, said = ask("GET", f"exports/{made['id']}/content/")
    assert (status, said["code"], said["detail"]) == (400, "export_failed", made["exception"])


def test_an_export_that_is_not_there_yet_is_too_early(ask):
    made = exported(ask, NUMBERS)
    body = ask.home.meta.document("export", made["id"])
    ask.home.meta.put_documents({"export": [{**body, "has_content": False}]})
    status, said = ask("GET", f"exports/{made['id']}/content/")
    assert (status, said["code"]) == (425, "export_not_ready")


def test_an_export_is_gone_after_a_week(ask):
    made = exported(ask, NUMBERS)
    assert made["id"] in [one["id"] for one in ask.get("exports/")["results"]]
    try:
        ask.home.meta.set_clock(NOW + timedelta(days=8))
        assert ask.refused("GET", f"exports/{made['id']}/content/") == (404, "Not found.")
        assert ask.get("exports/")["results"] == []
    finally:
        ask.home.meta.set_clock(NOW)
    assert ask.refused("GET", f"exports/{made['id']}/content/")[0] == 425


REFUSED = {
    "pictures": (
        {"export_format": "image/png", "insight": 1},
        "The embedded project exports text/csv or application/json, not image/png.",
    ),
    "nothing": (
        {"export_format": "text/csv"},
        "Either dashboard, insight or export_context is required for an export.",
    ),
    "a path": (
        {"export_format": "text/csv", "export_context": {"path": "/api/x"}},
        "export_context needs a source: the query to export.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_exported_is_refused(ask, name):
    body, sentence = REFUSED[name]
    assert ask.refused("POST", "exports/", body) == (400, sentence)


def test_an_export_needs_the_scope_of_its_source(ask):
    body = {"export_format": "text/csv", "export_context": {"source": NUMBERS}}
    said = ask.refused("POST", "exports/", body, scopes=("export:write",))
    assert said == (403, "API key missing required scope 'query:read'")
    assert ask("POST", "exports/", body, scopes=("export:write", "query:read")).status == 201


def test_an_export_reads_only_what_its_key_may(ask):
    query = {"kind": "HogQLQuery", "query": "SELECT key FROM system.feature_flags"}
    body = {"export_format": "text/csv", "export_context": {"source": query}}
    status, made = ask("POST", "exports/", body, scopes=("export:write", "query:read"))
    assert (status, made["has_content"]) == (201, False)
    assert made["exception"] == "You don't have access to table `system.feature_flags`."
    assert exported(ask, query)["exception"] is None


def test_a_name_that_no_header_can_carry_is_written_otherwise(ask):
    made = exported(ask, NUMBERS, filename='a\r\nX-Evil: "1"')
    assert ask("GET", f"exports/{made['id']}/content/?download=1").status == 200
