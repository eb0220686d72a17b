import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.local_fixtures import EVENTS, client, imported, write_lines
from tools.errors import LocalProjectError
from tools.local.connect import (
    ensure_worker,
    health,
    import_file,
    open_project,
    stop_worker,
)
from tools.local.folder import create_project, list_projects, open_meta


def until(true, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_is_started_once_and_found_again(shop):
    first, second = health(shop), health(shop)
    assert first["pid"] == second["pid"] != os.getpid()
    assert shop.socket() == shop.socket()
    assert len(bytes(shop.socket())) < 100


def test_the_socket_is_private(shop):
    assert shop.socket().stat().st_mode & 0o777 == 0o600
    assert shop.socket().parent.stat().st_mode & 0o777 == 0o700


def test_two_processes_that_start_at_once_share_one_worker(new_project):
    project = new_project()
    code = (
        "import sys; from pathlib import Path; from tools.local.connect import *; "
        "p = open_project(Path(sys.argv[1]), sys.argv[2]); print(health(p)['pid'])"
    )
    command = [sys.executable, "-c", code, project.folder.parents[1], project.name]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate(timeout=60)[0] for each in both]
    assert said[0] == said[1] != ""


def test_two_processes_that_make_the_same_project_at_once_share_it(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tools.local.folder import *; "
        "sys.stdin.read(1); print(ensure_project(Path(sys.argv[1]), 'shop').key)"
    )
    command = [sys.executable, "-c", code, tmp_path]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **pipes) for _ in range(4)]
    for each in both:
        each.stdin.write("x")
        each.stdin.flush()
    said = {each.communicate(timeout=60)[0] for each in both}
    assert len(said) == 1
    assert "phx_" in said.pop()


def test_a_project_that_cannot_be_read_is_told_in_one_sentence(tmp_path):
    project = create_project(tmp_path, "one")
    (project.folder / "meta.db").write_bytes(b"this is no database" * 100)
    said = r"^The project one can't be used \(file is not a database\): check the disk"
    with pytest.raises(LocalProjectError, match=said), open_meta(project):
        pass


def test_after_a_crash_the_next_request_is_answered_and_nothing_is_lost(new_project, tmp_path):
    project = new_project()
    imported(project, write_lines(tmp_path / "events.jsonl", EVENTS))
    before = health(project)
    os.kill(before["pid"], signal.SIGKILL)
    until(lambda: not alive(before["pid"]))
    left = project.folder / "worker.json"
    stale = Path(json.loads(left.read_text())["socket"])
    assert stale.exists()
    after = health(project)
    assert not stale.exists()
    assert (after["rows"], before["rows"]) == (100, 100)
    assert after["pid"] != before["pid"]


def test_a_request_under_way_fails_in_one_sentence_when_the_worker_dies(new_project, tmp_path):
    project = new_project()
    events = [EVENTS[0] | {"uuid": str(n), "properties": {"x": "y" * 900}} for n in range(60_000)]
    path = write_lines(tmp_path / "long.jsonl", events)
    pid = health(project)["pid"]
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(imported, project, path)
        time.sleep(0.2)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(LocalProjectError) as failed:
            running.result(timeout=30)
    assert str(failed.value) == (
        "The embedded project stopped while it was working: run the command again."
    )
    assert imported(project, path).rows == 60_000


def test_a_worker_that_dies_between_two_slices_is_no_end_of_an_import(new_project, tmp_path):
    project = new_project()
    events = [EVENTS[0] | {"uuid": str(n), "properties": {"x": "y" * 900}} for n in range(60_000)]
    steps = import_file(project, write_lines(tmp_path / "long.jsonl", events))
    assert 0 < next(steps).rows < 60_000
    pid = health(project)["pid"]
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(LocalProjectError, match="stopped while it was working"):
        list(steps)
    until(lambda: not alive(pid))


def test_a_worker_nobody_asks_goes_away_and_comes_back(new_project):
    project = new_project()
    ensure_worker(project.folder, idle=0.5)
    pid = health(project)["pid"]
    until(lambda: not alive(pid))
    assert not (project.folder / "worker.json").exists()
    assert health(project)["pid"] != pid


def test_a_worker_that_is_told_to_stop_is_gone_and_leaves_no_socket(new_project):
    project = new_project()
    path, pid = project.socket(), health(project)["pid"]
    stop_worker(project)
    until(lambda: not alive(pid))
    assert not path.exists()
    stop_worker(project)


def test_clients_are_answered_at_the_same_time(shop):
    def ask(_):
        with client(shop) as http:
            return [http.get("/api/users/@me/").status_code for _ in range(10)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [[200] * 10] * 4


def test_a_broken_folder_is_told_in_one_sentence(new_project):
    project = new_project()
    (project.folder / "meta.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(LocalProjectError) as failed:
        project.socket()
    assert str(failed.value).startswith(f"The embedded project in {project.folder} can't be opened")
    assert "\n" not in str(failed.value)


def test_a_body_that_is_too_large_is_refused(shop):
    with client(shop) as http:
        answer = http.post("/api/projects/@current/query/", content=b"x" * (21 * 1024 * 1024))
    assert answer.status_code == 413


def test_projects_are_found_by_name(tmp_path):
    assert list_projects(tmp_path) == ()
    made = create_project(tmp_path, "one", timezone="Europe/Berlin")
    second = create_project(tmp_path, "two")
    assert list_projects(tmp_path) == ("one", "two")
    assert vars(open_project(tmp_path, "one")) == vars(made)
    assert made.project_id != second.project_id
    assert made.folder.stat().st_mode & 0o777 == 0o700


REFUSED = {
    "unknown": ("three", "There is no project three: "),
    "path": ("../one", "'../one' is no name for a project: "),
    "hidden": (".one", "'.one' is no name for a project: "),
}


@pytest.mark.parametrize(("name", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_name_that_is_no_project_is_refused(tmp_path, name, sentence):
    with pytest.raises(LocalProjectError) as refused:
        open_project(tmp_path, name)
    assert str(refused.value).startswith(sentence)


def test_a_project_is_not_made_twice_nor_in_a_zone_that_is_none(tmp_path):
    create_project(tmp_path, "one")
    with pytest.raises(LocalProjectError, match="exists already"):
        create_project(tmp_path, "one")
    with pytest.raises(LocalProjectError, match="Mars/Base is no time zone"):
        create_project(tmp_path, "two", timezone="Mars/Base")
    assert list_projects(tmp_path) == ("one",)


def test_the_log_holds_no_secret(shop):
    with client(shop) as http:
        http.post("/api/projects/@current/query/", content=b"nonsense")
    log = (shop.folder / "worker.log").read_text()
    assert "serving" in log
    assert shop.key not in log
    assert shop.owner not in log


def test_a_folder_is_held_until_the_process_ends(new_project):
    folder = new_project().folder
    code = (
        "import sys; from pathlib import Path; from tools.local.worker import owned\n"
        "with owned(Path(sys.argv[1])): pass\n"
        "print('left', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"left\n"
        with (folder / "worker.lock").open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        process.stdin.close()
    with (folder / "worker.lock").open() as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
