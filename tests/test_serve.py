import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.capture_fixtures import said, send
from tests.local_fixtures import rows
from tests.serve_fixtures import served, start
from tools.local.connect import health, open_project, stop_worker
from tools.local.folder import create_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    home = tmp_path_factory.mktemp("serve")
    create_project(home, "shop")
    project = open_project(home, "shop")
    yield project
    stop_worker(project)


@pytest.fixture(scope="module")
def shop(project):
    with served(project) as running:
        yield running


def test_a_client_gets_an_address_and_two_keys(shop, project):
    assert shop.url.startswith("http://127.0.0.1:")
    assert (shop.personal_key[:4], shop.project_key[:4]) == ("phx_", "phc_")
    headers = {"Authorization": f"Bearer {shop.personal_key}"}
    body = httpx.get(f"{shop.url}/api/projects/@current/", headers=headers).json()
    assert (body["name"], body["api_token"]) == ("shop", shop.project_key)


def test_other_processes_work_on_the_same_rows_meanwhile(shop, project):
    assert health(project)["pid"] == shop.process.pid
    httpx.post(f"{shop.url}/e/", json={"api_key": shop.project_key, **said("over tcp", "ann")})
    send(project, said("over the socket", "ann"))
    query = "SELECT event FROM events WHERE event LIKE 'over%' ORDER BY event"
    assert shop.ask(query) == rows(project, query) == [["over tcp"], ["over the socket"]]


def test_the_address_of_a_sender_is_kept(shop):
    httpx.post(f"{shop.url}/e/", json={"api_key": shop.project_key, **said("with ip", "ann")})
    assert shop.ask("SELECT properties.$ip FROM events WHERE event = 'with ip'") == [["127.0.0.1"]]


@pytest.mark.parametrize("path", ["/_local/health", "/_local/shutdown", "/_local/import"])
def test_the_routes_of_the_owner_are_not_on_the_port(shop, project, path):
    headers = {"Authorization": f"Bearer {project.owner}"}
    assert httpx.post(f"{shop.url}{path}", headers=headers, json={}).status_code == 404
    assert httpx.get(f"{shop.url}{path}", headers=headers).status_code == 404


NAMES = {
    "localhost:80": 200,
    "LOCALHOST": 200,
    "127.0.0.1": 200,
    "127.8.8.8:1": 200,
    "[::1]:80": 200,
    "evil.example": 403,
    "evil.example:80": 403,
    "localhost.evil.example": 403,
    "127.0.0.1.evil.example": 403,
    "10.0.0.1": 403,
    "": 403,
}


@pytest.mark.parametrize(("name", "status"), NAMES.items(), ids=map(repr, NAMES))
def test_a_web_page_cannot_come_in_by_a_name_of_its_own(shop, name, status):
    headers = {"Host": name, "Authorization": f"Bearer {shop.personal_key}"}
    answer = httpx.get(f"{shop.url}/api/users/@me/", headers=headers)
    assert answer.status_code == status


PAGE = {"Origin": "https://shop.example"}


def test_web_pages_may_send_events_and_nothing_else(shop):
    ask = {
        **PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    allowed = httpx.options(f"{shop.url}/e/?ip=1", headers=ask)
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE["Origin"]
    assert allowed.headers["Access-Control-Allow-Headers"] == "content-type"
    assert allowed.headers["Access-Control-Allow-Private-Network"] == "true"
    event = {"api_key": shop.project_key, **said("by a page", "ann")}
    sent = httpx.post(f"{shop.url}/e", json=event, headers=PAGE)
    assert (sent.status_code, sent.headers["Access-Control-Allow-Origin"]) == (200, PAGE["Origin"])
    refused = httpx.options(f"{shop.url}/api/users/@me/", headers=ask)
    assert refused.status_code == 405
    read = httpx.get(f"{shop.url}/api/users/@me/", headers=PAGE)
    assert not [name for name in read.headers if name.lower().startswith("access-control")]


def test_many_are_answered_at_once(shop):
    def one(number):
        if number % 2:
            event = {"api_key": shop.project_key, **said("at once", f"p{number}")}
            return httpx.post(f"{shop.url}/batch/", json=event, timeout=60).status_code
        return len(shop.ask("SELECT count() FROM events")) + 199

    with ThreadPoolExecutor(64) as pool:
        assert list(pool.map(one, range(128))) == [200] * 128
    assert shop.ask("SELECT count() FROM events WHERE event = 'at once'") == [[64]]


def test_a_project_is_not_served_twice(shop, project):
    out, err = start(project).communicate(timeout=60)
    said_so = f"The project shop is served at {shop.url} already: use that, or stop it.\n"
    assert (out, err) == ("", said_so)


def test_a_port_that_is_taken_is_told(shop, project):
    port = shop.url.rpartition(":")[2]
    process = start(project, "--port", port)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (5, "")
    assert err.startswith(f"Port {port} on 127.0.0.1 can't be used (")
    assert err.endswith("): pick another with --port, or 0 for any that is free.\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "255.255.255.255"])
def test_other_computers_are_let_in_only_when_that_is_wanted(project, host):
    process = start(project, "--host", host)
    out, err = process.communicate(timeout=60)
    wanted = "is reachable from other computers: add --allow-remote if that is wanted."
    assert (process.returncode, out, err) == (5, "", f"{host} {wanted}\n")


def test_an_address_that_is_none_is_told(project):
    process = start(project, "--host", "1.2.3.4.5.6 ")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (5, "")
    assert err.startswith("1.2.3.4.5.6  is no address to serve on: ")


def test_a_worker_makes_way_and_comes_back(new_project):
    project = new_project()
    send(project, said("before", "ann"))
    worker = health(project)["pid"]
    with served(project, "--host", "0.0.0.0", "--allow-remote") as running:
        assert health(project)["pid"] == running.process.pid != worker
        for name, status in ((socket.gethostname(), 200), ("10.0.0.1", 200), ("evil.test", 403)):
            headers = {"Host": name, "Authorization": f"Bearer {running.personal_key}"}
            answer = httpx.get(f"{running.url}/api/users/@me/", headers=headers)
            assert answer.status_code == status
        assert running.ask("SELECT event FROM events") == [["before"]]
    assert running.process.returncode == 0
    assert rows(project, "SELECT event FROM events") == [["before"]]


def test_a_served_project_can_be_stopped_from_elsewhere(new_project):
    project = new_project()
    with served(project) as running:
        stop_worker(project)
        assert running.process.wait(timeout=30) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(running.url)


def test_a_served_project_outlives_the_time_after_which_workers_leave(new_project):
    project = new_project()
    with served(project) as running:
        time.sleep(1.5)
        assert running.process.poll() is None
        assert running.ask("SELECT 1") == [[1]]
