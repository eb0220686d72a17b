"""When workflows run: at the times of their zone, once after a sleep, and as systemd has it."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import SettingsError
from agent.workflows.schedule import Scheduler
from agent.workflows.times import Times

ROOT = Path(__file__).parent.parent
STEP = '[[step]]\nname = "signups"\nask = "how many signups?"\n'


def test_times_are_those_of_the_zone_across_a_change_of_clocks():
    times = Times("0 9 * * mon", "Europe/Berlin")
    winter = times.after(datetime(2026, 3, 22, tzinfo=UTC))
    summer = times.after(winter)
    assert winter.astimezone(UTC) == datetime(2026, 3, 23, 8, tzinfo=UTC)
    assert summer.astimezone(UTC) == datetime(2026, 3, 30, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0 9 * *", "0 0 9 * * mon", "61 * * * *", "0 9 31 2 *", "0 9 L * *", "0 9 * * 5L"),
        *("0 9 * * fri#1", "@daily", "0 9 * * mon; rm x", "0 9 * * someday"),
    ],
)
def test_what_is_no_schedule_is_refused(text):
    with pytest.raises(SettingsError, match="schedule can't be used"):
        Times(text, "UTC")


def test_an_unknown_zone_is_refused():
    for zone in ("Mars/Base", "../etc/passwd", ""):
        with pytest.raises(SettingsError, match="zone is unknown"):
            Times("0 9 * * *", zone)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("0 9 * * mon", ["Mon *-*-* 09:00:00 UTC"]),
        ("*/30 * 1 1,7 *", ["*-01,07-01 *:00,30:00 UTC"]),
        ("5 4 * * 0-1", ["Sun,Mon *-*-* 04:05:00 UTC"]),
        ("5 4 * * 7", ["Sun *-*-* 04:05:00 UTC"]),
        ("0 9 13 * 5", ["*-*-13 09:00:00 UTC", "Fri *-*-* 09:00:00 UTC"]),
    ],
)
def test_systemd_gets_the_same_times(text, lines):
    assert list(Times(text, "UTC").calendar) == lines


class Clock:
    """A clock that moves only by sleeping, and now and then far more than was asked for."""

    def __init__(self):
        self.now = datetime(2026, 11, 28, 8, 59, 50, tzinfo=UTC)
        self.more = timedelta()

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds) + self.more
        self.more = timedelta()


@pytest.fixture
def hourly(tmp_path):
    path = tmp_path / "flow.toml"
    path.write_text(f'schedule = "0 * * * *"\n{STEP}')
    return path


def scheduled(path, run):
    clock = Clock()
    return clock, Scheduler([path], run, now=clock, sleep=clock.sleep)


def test_it_runs_when_it_is_due_and_not_before(hourly):
    ran = []
    clock, scheduler = scheduled(hourly, lambda path: ran.append(f"{clock.now:%H:%M:%S}"))
    for _ in range(400):
        scheduler.step()
    assert ran == ["09:00:00", "10:00:00", "11:00:00"]


def test_after_a_sleep_it_catches_up_once(hourly):
    ran = []
    clock, scheduler = scheduled(hourly, lambda path: ran.append(f"{clock.now:%d %H:%M}"))
    clock.more = timedelta(hours=15, minutes=20)
    for _ in range(180):
        scheduler.step()
    assert ran == ["29 00:20", "29 01:00"]


def test_a_failure_is_told_and_the_next_time_comes(hourly, capsys):
    ran = []

    def fail(path):
        ran.append(path)
        raise SettingsError("No project.")

    _, scheduler = scheduled(hourly, fail)
    for _ in range(200):
        scheduler.step()
    assert len(ran) == 2
    assert "flow.toml: No project." in capsys.readouterr().err


def test_a_file_that_broke_meanwhile_is_told_and_does_not_end_the_process(hourly, capsys):
    _, scheduler = scheduled(hourly, lambda path: hourly.write_text("schedule = 3"))
    for _ in range(200):
        scheduler.step()
    assert "looked at again within an hour" in capsys.readouterr().err


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_a_workflow_without_a_schedule_says_what_to_add(tmp_path):
    path = tmp_path / "flow.toml"
    path.write_text(STEP)
    result = run("schedule", str(path))
    assert result.exit_code == 2
    assert "has no schedule: add" in result.stderr


def test_units_name_the_file_with_its_odd_letters(tmp_path):
    path = tmp_path / 'a 100% $x "q".toml'
    path.write_text(f'schedule = "0 9 * * mon"\nzone = "Europe/Berlin"\n{STEP}')
    unit = run("schedule", str(path), "--print", "systemd", "--yes").stdout
    assert f'"run" "{tmp_path}/a 100%% $$x \\"q\\".toml" "--yes"\n' in unit
    assert "OnCalendar=Mon *-*-* 09:00:00 Europe/Berlin\nPersistent=true" in unit
    lines = run("schedule", str(path), "--print", "cron").stdout.splitlines()
    assert lines[-2] == "CRON_TZ=Europe/Berlin"
    assert lines[-1].startswith("0 9 * * mon ")
    assert lines[-1].endswith(f"run '{tmp_path}/a 100\\% $x \"q\".toml'")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(hourly, tmp_path, stop):
    hourly.write_text(f'schedule = "0 0 1 1 *"\n{STEP}')
    command = [sys.executable, "-c", "from agent.cli import main; main()", "schedule", str(hourly)]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOGLOOP_HOME": str(tmp_path)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
    assert "-01-01 00:00 (UTC)" in process.stderr.readline()
    process.send_signal(stop)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "Stopped.\n")
