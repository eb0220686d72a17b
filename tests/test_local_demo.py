import pytest

from tests.local_fixtures import client, rows
from tools.local import demo
from tools.local.connect import create_demo, demo_is_ready, health, open_project, stop_worker
from tools.local.folder import list_projects

SCALE = 0.01


@pytest.fixture(scope="module")
def stretchwell(tmp_path_factory):
    project = open_project(tmp_path_factory.mktemp("home"), "demo")
    yield project
    stop_worker(project)


@pytest.fixture(scope="module")
def made(stretchwell):
    *steps, last = create_demo(stretchwell, scale=SCALE)
    assert last.done
    assert [step.rows for step in steps] == sorted(step.rows for step in steps)
    return stretchwell


def test_opening_the_demo_makes_its_folder_only(tmp_path):
    project = open_project(tmp_path, "demo")
    assert list_projects(tmp_path) == ("demo",)
    assert not demo_is_ready(project)
    assert open_project(tmp_path, "demo") == project


def test_an_interrupted_creation_is_redone_from_scratch(tmp_path):
    project = open_project(tmp_path, "demo")
    steps = create_demo(project, scale=SCALE)
    while not next(steps).rows:
        pass
    steps.close()
    try:
        assert not demo_is_ready(project)
        with client(project) as http:
            asked = {"query": {"kind": "HogQLQuery", "query": "SELECT count() FROM events"}}
            answer = http.post("/api/projects/@current/query/", json=asked)
        assert answer.status_code == 503
        assert answer.json()["detail"].startswith("The demo project is still being created.")
        *_, last = create_demo(project, scale=SCALE)
        expected = sum(batch.num_rows for table, batch in demo.generate(SCALE) if table == "events")
        assert last.rows == health(project)["rows"] == expected
    finally:
        stop_worker(project)


def test_the_demo_is_made_once(made):
    (again,) = create_demo(made, scale=SCALE)
    assert again.done
    assert again.rows == health(made)["rows"]
    assert demo_is_ready(made)


def test_the_demo_says_who_it_is_and_what_time_it_is(made):
    with client(made) as http:
        said = http.get("/api/projects/@current/").json()
    assert said["name"] == "Stretchwell"
    assert said["now"] == demo.PROJECT.now
    assert [kind["group_type"] for kind in said["group_types"]] == ["company", "studio"]
    assert said["test_account_filters"] == list(demo.PROJECT.test_account_filters)
    assert rows(made, "SELECT toDate(now())") == [["2026-11-15"]]


def test_the_demos_definitions_are_described(made):
    with client(made) as http:
        path = "/api/projects/@current/event_definitions/"
        events = {row["name"]: row for row in http.get(path).json()["results"]}
        path = "/api/projects/@current/property_definitions/"
        groups = http.get(path, params={"type": "group", "group_type_index": 0}).json()
    assert events["signed_up"]["description"] == "A person made an account."
    assert groups["count"] > 0
