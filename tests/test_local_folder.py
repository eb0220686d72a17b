"""What a project's folder may be refused for, in one sentence each."""

import logging
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.capture_fixtures import said, send
from tests.local_fixtures import rows
from tools.errors import LocalProjectError
from tools.local.connect import set_clock
from tools.local.folder import LAYOUT, check_owner, create_project, open_meta
from tools.local.ingest_clock import Clock


def test_the_folder_of_another_user_is_refused(tmp_path):
    project = create_project(tmp_path, "shop")
    check_owner(project.folder, os.getuid())
    with pytest.raises(LocalProjectError) as refused:
        check_owner(project.folder, os.getuid() + 1)
    assert str(refused.value) == (
        f"{project.folder} belongs to another user of this computer: "
        "set HOGLOOP_HOME to a folder of your own."
    )


def test_a_folder_that_a_newer_version_made_is_refused(new_project):
    project = new_project()
    with open_meta(project) as meta:
        meta.remember("layout", LAYOUT + 1)
    said_so = (
        f"The project {project.name} was made by a newer hogloop "
        f"(layout {LAYOUT + 1}, not {LAYOUT}): update hogloop."
    )
    with pytest.raises(LocalProjectError) as refused, open_meta(project):
        pass
    assert str(refused.value) == said_so
    with pytest.raises(LocalProjectError) as refused:
        project.socket()
    assert str(refused.value) == (
        f"The embedded project in {project.folder} can't be opened: {said_so}"
    )


def test_a_folder_of_before_layouts_had_numbers_is_used(new_project):
    project = new_project()
    with open_meta(project) as meta, meta.transaction() as db:
        db.execute("DELETE FROM facts WHERE name IN ('layout', 'api_token')")
    send(project, said("seen", "ann"))
    assert rows(project, "SELECT event FROM events") == [["seen"]]


HOLD = (
    "import sys; from chdb.session import Session; held = Session(sys.argv[1]); "
    "print('held', flush=True); sys.stdin.read()"
)


def test_rows_that_another_program_has_open_are_told(new_project):
    project = new_project()
    folder = project.folder / "clickhouse"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLD, folder], **pipes) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LocalProjectError) as refused:
            project.socket()
        holder.stdin.close()
    assert str(refused.value) == (
        f"The embedded project in {project.folder} can't be opened: another program has its rows "
        "open, or they are damaged: end that program and run the command again."
    )
    assert rows(project, "SELECT count() FROM events") == [[0]]


def test_a_clock_that_jumps_is_told_once(caplog):
    now = {"wall": 1000.0, "steady": 5.0}
    clock = Clock(lambda: now["wall"], lambda: now["steady"])
    log = logging.getLogger("test")
    now.update(wall=1500.0, steady=505.0)
    clock.look(log)
    assert caplog.messages == []
    now.update(wall=900.0, steady=510.0)
    clock.look(log)
    clock.look(log)
    assert caplog.messages == [
        "The clock of this computer jumped by -605 seconds: "
        "events sent without a time of their own get the new time."
    ]


def test_what_is_set_last_counts_when_the_clock_goes_back(new_project):
    project = new_project()
    told = {"$group_type": "company", "$group_key": "acme"}
    for year, n in ((2030, 1), (2020, 2), (2025, 3)):
        set_clock(project, datetime(year, 1, 1, tzinfo=UTC))
        send(project, said("$groupidentify", "ann", **told, **{"$group_set": {"n": n}}))
        send(project, said("$set", "ann", **{"$set": {"n": n}}))
    assert rows(project, "SELECT properties.n FROM groups") == [[3]]
    assert rows(project, "SELECT properties.n FROM persons") == [[3]]
