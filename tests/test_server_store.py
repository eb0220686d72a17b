"""A project whose rows are on a ClickHouse server, for which chDB behind HTTP stands in."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from tests.local_fixtures import EVENTS, client, imported, rows, write_lines
from tools.errors import LocalProjectError
from tools.local.connect import open_project, stop_worker
from tools.local.folder import create_project, list_projects
from tools.local.server_store import PASSWORD, ServerStore, with_password

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    command = [
        sys.executable,
        "-m",
        "tests.clickhouse_http",
        str(tmp_path_factory.mktemp("server")),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/default"
        process.terminate()


@pytest.fixture(scope="module")
def project(server, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    create_project(home, "remote", clickhouse=server)
    project = open_project(home, "remote")
    imported(project, write_lines(home / "events.jsonl", EVENTS))
    yield project
    stop_worker(project)


def test_events_are_imported_to_the_server_and_asked_of_it(project, server):
    expected = sum(event["event"] == "signup" for event in EVENTS)
    assert rows(project, "select count() from events where event = 'signup'") == [[expected]]
    store = ServerStore(server)
    stored = store.read("SELECT count() FROM events WHERE event IN ('signup', 'purchase')", "TSV")
    assert stored == b"%d\n" % len(EVENTS)
    store.close()
    assert not (project.folder / "clickhouse").exists()


def test_importing_twice_stores_nothing_twice_there_too(project):
    again = imported(project, write_lines(project.folder / "again.jsonl", EVENTS))
    assert (again.stored, again.duplicates) == (0, len(EVENTS))


def test_a_typed_property_and_times_come_back_as_from_chdb(project):
    query = (
        "select properties.amount, properties.vip, timestamp from events "
        "where event = 'purchase' order by timestamp, properties.amount limit 1"
    )
    assert rows(project, query) == [[28, True, "2026-03-01T10:00:00Z"]]


def test_events_are_captured_and_typed_queries_answered_there(project):
    with client(project) as http:
        token = http.get("/api/projects/@current/").json()["api_token"]
        batch = [
            {
                "event": name,
                "distinct_id": "new",
                "timestamp": f"2026-05-0{day}T00:00:00Z",
                "properties": {"$set": {"plan": "pro"}},
            }
            for day, name in enumerate(("seen", "bought"), start=1)
        ]
        sent = http.post("/batch/", json={"api_key": token, "batch": batch})
        funnel = {
            "kind": "FunnelsQuery",
            "series": [{"kind": "EventsNode", "event": name} for name in ("seen", "bought")],
            "dateRange": {"date_from": "2026-05-01", "date_to": "2026-05-31"},
        }
        answer = http.post("/api/projects/@current/query/", json={"query": funnel})
    assert sent.status_code == 200, sent.text
    assert [step["count"] for step in answer.json()["results"]] == [1, 1]
    query = "select person.properties.plan from events where event = 'bought'"
    assert rows(project, query) == [["pro"]]


def test_a_refusal_of_the_server_is_the_callers_mistake(project):
    with client(project) as http:
        asked = {"query": {"kind": "HogQLQuery", "query": "select sum(event) from events"}}
        answer = http.post("/api/projects/@current/query/", json=asked)
    assert answer.status_code == 400
    assert answer.json()["code"] == "illegal_type_of_argument"


def test_what_reads_can_change_nothing(server):
    from tools.local.failures import StoreError

    store = ServerStore(server)
    with pytest.raises(StoreError) as caught:
        store.read("TRUNCATE TABLE events")
    assert caught.value.name == "READONLY"
    store.close()


def test_a_server_that_does_not_answer_is_one_sentence_without_the_password(tmp_path):
    create_project(tmp_path, "gone", clickhouse="http://me:hush@127.0.0.1:9/default")
    with pytest.raises(LocalProjectError) as caught:
        open_project(tmp_path, "gone").socket()
    assert "127.0.0.1:9" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_the_password_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv(PASSWORD, "p@ss")
    assert with_password("https://me@db.example:8443/x") == "https://me:p%40ss@db.example:8443/x"
    assert with_password("https://me:own@db.example/x") == "https://me:own@db.example/x"
    for wrong in ("http://u:secret@host:99999", "http://u:sec/ret@host:1", "http://[::1/db"):
        with pytest.raises(LocalProjectError, match="no ClickHouse address") as refused:
            with_password(wrong)
        assert "sec" not in str(refused.value)
    with pytest.raises(LocalProjectError, match="no ClickHouse address"):
        with_password("db.example")


def test_a_project_is_made_on_a_server_that_answers_only(server, tmp_path):
    made, gone = (
        CliRunner().invoke(
            app,
            ["local", "create", name, "--clickhouse", address],
            env={"HOGLOOP_HOME": str(tmp_path)},
        )
        for name, address in (("here", server), ("nowhere", "http://127.0.0.1:9/default"))
    )
    assert made.exit_code == 0, made.output
    assert gone.exit_code != 0
    assert list_projects(tmp_path) == ("here",)
