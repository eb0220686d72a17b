"""Workflows: what runs, what is judged by code, what is sent where, and what is kept of it."""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import SettingsError
from agent.journal import Journal
from agent.workflows.file import read_workflow
from agent.workflows.history import History
from agent.workflows.lock import alone
from agent.workflows.plan import Plan, drift, flat
from tests.fakes import KEY, FakeOpenAI, FakePostHog, calls, rows, says
from tests.flag_world import FlagWorld
from tests.loopback import serving

README = Path(__file__).parent.parent / "README.md"
QUERY = "SELECT count() AS people FROM events WHERE event = 'signed_up'"
OTHER = "SELECT count() AS people FROM events WHERE event = 'account_created'"
ONE = '[[step]]\nname = "signups"\nask = "how many signups?"\n'


class Desk:
    """A PostHog, a model, a folder of workflows, and hogloop run in it."""

    def __init__(self, folder, host, model, **environ):
        self.folder, self.model = folder, model
        self.environ = {
            "HOGLOOP_HOME": str(folder / "home"),
            "POSTHOG_HOST": host,
            "POSTHOG_PERSONAL_API_KEY": KEY,
            "OPENAI_BASE_URL": model.base_url,
            "HOGLOOP_MODEL": "tiny",
            "COLUMNS": "100",
            **environ,
        }

    def script(self, *lines):
        self.model._lines += lines

    def counts(self, number=182, query=QUERY):
        self.script(calls("run_hogql", query=query), says(f"{number} people signed up."))

    def write(self, text):
        path = self.folder / "flow.toml"
        path.write_text(text)
        return str(path)

    def run(self, *arguments, **environ):
        return CliRunner().invoke(app, arguments, env=self.environ | environ)


@pytest.fixture
def desk(tmp_path):
    posthog = FakePostHog(answers={"count()": rows(["people"], [182])})
    with FakeOpenAI().serving() as model, serving(posthog) as host:
        found = Desk(tmp_path, host, model)
        found.posthog = posthog
        yield found


@contextmanager
def hook(*statuses):
    """A Slack webhook on loopback that answers with these statuses, then with 200."""
    left, got = list(statuses), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(left.pop(0) if left else 200)
            self.send_header("retry-after", "0")
            self.end_headers()

        def log_message(self, format, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/services/T0/B0/secretpart", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "step: Field required"),
        ("[[step]]\nnaem = 'x'\nask = 'y'", "step.1.name: Field required"),
        ("[[step]]\nname = 'x'\nakk = 'y'", "step.1.akk is unknown; the nearest is ask"),
        ("[[step]]\nname = 'x'\nzzzz = 'y'", "step.1.zzzz is unknown; known are name, ask,"),
        (f"retry = 3\n{ONE}", "retry is unknown; the nearest is retries"),
        (f"{ONE}change = 'x'", "needs one of ask, export and change"),
        (f"{ONE}if = 'signups look bad'", "“signups look bad” is no condition: write"),
        (f"{ONE}if = 'signup fell more than 2 %'", "no question: the nearest is signups"),
        (f"{ONE}to = 'slack:https://hooks.slack.com/x'", "never the address itself"),
        (f"{ONE}to = 'mailto:ann@example.com'", "add [mail]"),
        (f"{ONE}to = 'https://example.com'", "`to` is a file"),
        (f"{ONE}to = 'report.exe'", "end it in one of"),
        (f"{ONE}{ONE}", "two steps are called signups"),
        ("[[step]]\nname = 'x'\nexport = 'y'", "needs one file"),
        ("not toml", "can't be read"),
    ],
)
def test_what_a_workflow_may_not_say_is_told_in_one_sentence(tmp_path, text, told):
    path = tmp_path / "flow.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_workflow(path)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_answer_goes_to_every_place_that_is_named(desk):
    desk.counts()
    path = desk.write(f'{ONE}to = ["-", "a.md", "a.csv", "a.json", "slack:TEAM_HOOK"]\n')
    with hook() as (address, got):
        result = desk.run("run", path, TEAM_HOOK=address)
    assert result.exit_code == 0, result.stderr
    assert "182 people signed up." in result.stdout
    assert "**182 people signed up.**" in (desk.folder / "a.md").read_text()
    assert (desk.folder / "a.csv").read_text() == "people\n182\n"
    assert json.loads((desk.folder / "a.json").read_text())["outcome"] == "answered"
    assert "182 people signed up." in json.dumps(got[0]["blocks"])
    assert "button" not in json.dumps(got), "a webhook's message has nobody behind its buttons"
    assert re.search(r"Receipt r_\w{8}", json.dumps(got))


def test_slack_is_tried_again_and_gets_a_simpler_form_where_it_refuses_one(desk):
    desk.counts()
    path = desk.write(f'{ONE}to = "slack:TEAM_HOOK"\n')
    with hook(503, 400, 400) as (address, got):
        assert desk.run("run", path, TEAM_HOOK=address).exit_code == 0
    assert len(got) == 4
    assert got[0] == got[1] != got[2]


def test_what_cant_be_delivered_is_told_without_the_address(desk):
    desk.counts()
    path = desk.write(f'{ONE}to = "slack:TEAM_HOOK"\n')
    with hook(404) as (address, _):
        result = desk.run("run", path, TEAM_HOOK=address)
    assert result.exit_code == 1
    assert "Slack refused the message with 404" in result.stderr
    assert "secretpart" not in result.output
    desk.counts()
    result = desk.run("run", path)
    assert "The variable TEAM_HOOK is not set" in result.stderr
    desk.counts()
    result = desk.run("run", path, TEAM_HOOK="http://hooks.example.com/secretpart")
    assert "TEAM_HOOK holds no address of a webhook" in result.stderr
    assert "secretpart" not in result.output + desk.run("runs", "--json").output


def test_a_step_that_fails_leaves_the_others_going_or_stops_them(desk):
    two = f'{ONE}[[step]]\nname = "more"\nask = "how many more?"\n'
    desk.script(says("Which event do you mean?"))
    desk.counts()
    result = desk.run("run", desk.write(two))
    assert result.exit_code == 1
    assert re.search(r"signups: failed, .*\nmore: measured, 182 people signed up", result.stderr)
    desk.script(says("Which event do you mean?"))
    result = desk.run("run", desk.write(f'on_failure = "stop"\n{two}'))
    assert "more:" not in result.stderr


def test_a_condition_decides_by_the_rows_whatever_the_words_say(desk):
    two = (
        f'{ONE}[[step]]\nname = "alarm"\nask = "how many signups?"\n'
        'if = "signups is above 200"\nto = "-"\n'
    )
    desk.script(calls("run_hogql", query=QUERY), says("That is far above what was hoped."))
    result = desk.run("run", desk.write(two))
    assert "alarm: skipped, “signups is above 200” does not hold: it is 182" in result.stderr
    assert (result.exit_code, result.stdout) == (0, "")
    desk.posthog.answers = {"count()": rows(["people"], [201])}
    desk.counts(201)
    desk.counts(201)
    assert "201 people signed up." in desk.run("run", desk.write(two)).stdout


def test_what_is_not_new_is_not_sent_again(desk):
    path = desk.write(f'{ONE}if = "signups is new"\nto = "-"\n')
    said = []
    for number in (182, 182, 183):
        desk.posthog.answers = {"count()": rows(["people"], [number])}
        desk.counts(number)
        said.append(desk.run("run", path).stdout[:3])
    assert said == ["182", "", "183"]


def test_a_result_that_was_not_delivered_is_new_the_next_time(desk):
    path = desk.write(f'{ONE}if = "signups is new"\nto = "slack:TEAM_HOOK"\n')
    desk.counts()
    assert desk.run("run", path).exit_code == 1
    desk.counts()
    with hook() as (address, got):
        desk.run("run", path, TEAM_HOOK=address)
    assert len(got) == 1


def test_an_answer_that_counts_something_else_than_approved_says_so(desk):
    path = desk.write(f'{ONE}to = "-"\n')
    desk.counts()
    assert desk.run("run", path).exit_code == 0
    desk.counts()
    assert desk.run("run", path).exit_code == 0
    desk.counts(query=OTHER)
    result = desk.run("run", path)
    assert result.exit_code == 1
    assert "Not as it was approved: run_hogql: query was" in result.stdout
    assert "account_created" in result.stderr
    assert "not as it was approved" in desk.run("runs").stdout
    desk.counts(query=OTHER)
    assert desk.run("run", path, "--approve").exit_code == 0
    desk.counts(query=OTHER)
    assert desk.run("run", path).exit_code == 0


def test_other_dates_are_no_other_plan(desk):
    path = desk.write(f'{ONE}to = "-"\n')
    for day in ("2026-11-02", "2026-11-09 00:00:00"):
        desk.counts(query=f"{QUERY} AND timestamp >= '{day}'")
        assert desk.run("run", path).exit_code == 0


def test_a_workflow_never_runs_twice_at_once(desk):
    path = desk.write(ONE)
    with alone(desk.folder / "home", path):
        result = desk.run("run", path)
        assert (result.exit_code, desk.model.requests) == (6, [])
        assert "is running already: nothing was done" in result.stderr
    desk.counts()
    assert desk.run("run", path).exit_code == 0


def test_the_history_tells_what_came_of_each_step(desk):
    path = desk.write(ONE)
    desk.counts()
    desk.run("run", path)
    listed = desk.run("runs", path).stdout
    assert re.search(r"UTC  \S+flow\.toml\n  signups: measured, 182 people .* \(r_\w{8}\)", listed)
    (body,) = json.loads(desk.run("runs", "--json").stdout)
    assert body["steps"][0]["state"] == "measured"
    History(Journal(desk.folder / "home" / "journal.db")).begin(path)
    assert "flow.toml  runs still, or was interrupted\n" in desk.run("runs").stdout
    assert "No workflow ran yet" in desk.run("runs", str(desk.folder / "other.toml")).stderr


def test_a_run_that_can_not_even_begin_is_in_the_history(desk):
    path = desk.write(ONE)
    result = desk.run("run", path, POSTHOG_PERSONAL_API_KEY="phc_public")
    assert result.exit_code != 0
    assert "all: failed" in desk.run("runs").stdout


@pytest.fixture
def flags(tmp_path):
    world = FlagWorld()
    world.add("new-page")
    with FakeOpenAI().serving() as model, serving(world) as host:
        found = Desk(tmp_path, host, model, POSTHOG_PROJECT_ID="7")
        found.world = world
        yield found


CHANGE = '[[step]]\nname = "roll"\nchange = "Roll new-page out to 40 %"\n'


def share(desk):
    return desk.world.flags[1]["filters"]["groups"][0]["rollout_percentage"]


def rolls(desk, percent):
    desk.script(calls("set_flag_rollout", key="new-page", percent=percent), says("Done as asked."))


def test_a_change_waits_until_a_person_approves_it(flags):
    flags.run("login", "--write")
    rolls(flags, 40)
    result = flags.run("run", flags.write(CHANGE))
    assert (result.exit_code, share(flags)) == (1, 30)
    assert re.search(r"roll: waits, .*`hogloop approve c_\w{8}`", result.stderr)


def test_without_write_mode_a_change_fails(flags):
    flags.script(says("I can't change that."))
    result = flags.run("run", flags.write(CHANGE), "--yes")
    assert (result.exit_code, share(flags)) == (1, 30)


def test_unattended_only_the_change_it_was_approved_with_is_made(flags):
    (flags.folder / "home").mkdir()
    (flags.folder / "home" / "policy.toml").write_text('[[allow]]\ntool = "set_flag_rollout"\n')
    flags.run("login", "--write")
    path = flags.write(CHANGE)
    rolls(flags, 31)
    assert flags.run("run", path, "--yes").exit_code == 1
    assert share(flags) == 30, "no run of it was approved yet"
    rolls(flags, 31)
    assert flags.run("run", path, "--yes", "--approve").exit_code == 0
    assert share(flags) == 31
    rolls(flags, 32)
    assert flags.run("run", path, "--yes").exit_code == 1
    assert share(flags) == 31, "another change than was approved"
    flags.world.flags[1]["filters"]["groups"][0]["rollout_percentage"] = 29
    rolls(flags, 31)
    assert flags.run("run", path, "--yes").exit_code == 0
    assert share(flags) == 31


def test_a_change_that_the_policy_does_not_allow_is_not_made_by_approving_the_workflow(flags):
    flags.run("login", "--write")
    rolls(flags, 31)
    assert flags.run("run", flags.write(CHANGE), "--yes", "--approve").exit_code == 1
    assert share(flags) == 30


def test_a_question_changes_nothing_whatever_the_model_calls(flags):
    (flags.folder / "home").mkdir()
    (flags.folder / "home" / "policy.toml").write_text('[[allow]]\ntool = "set_flag_rollout"\n')
    flags.run("login", "--write")
    rolls(flags, 31)
    result = flags.run("run", flags.write(f'{ONE}to = "-"\n'), "--yes", "--approve")
    assert (result.exit_code, result.stdout, share(flags)) == (1, "", 30)
    assert "signups: failed, It would change something" in result.stderr


def test_nothing_is_changed_on_a_figure_that_is_not_as_it_was_approved(flags):
    flags.run("login", "--write")
    path = flags.write(f'{ONE}{CHANGE}if = "signups is new"\n')
    flags.script(calls("list_flags"), says("One flag."))
    rolls(flags, 31)
    assert "roll: waits" in flags.run("run", path).stderr
    flags.script(calls("list_flags", search="new"), says("One flag."))
    result = flags.run("run", path)
    assert "signups: Not as it was approved: list_flags: search was nothing" in result.stderr
    assert "roll: failed, signups is not as it was approved: nothing is changed" in result.stderr


def test_the_workflow_of_the_readme_runs_as_it_stands(tmp_path, studio_project):
    text = re.search(r"## Workflows\n.*?```toml\n(.*?)```", README.read_text(), re.S)[1]
    path = tmp_path / "monday.toml"
    path.write_text(text)
    home = {"HOGLOOP_HOME": str(studio_project.folder.parents[1])}
    chosen = {"POSTHOG_PROJECT_ID": "studio", "COLUMNS": "100"}
    with hook() as (address, got):
        env = home | chosen | {"TEAM_WEBHOOK": address}
        result = CliRunner().invoke(app, ["run", str(path)], env=env)
    assert result.exit_code == 0, result.output
    assert len(got) == 1
    assert "34 signed_up events" in (tmp_path / "signups.html").read_text()
    rows = (tmp_path / "bookings.csv").read_text().splitlines()
    assert f"bookings: sent, {len(rows) - 1} rows" in result.stderr
    assert len(rows) > 5


def test_what_a_cohort_means_and_what_a_call_asks_are_part_of_the_plan():
    before = Plan((("run_trends", flat({"series": [{"events": ["a"]}]})),), {"cohort Fans": "1"})
    same = Plan.of_json(json.loads(json.dumps(before.as_json())))
    assert drift(before, same) == ()
    other = Plan((("run_trends", flat({"series": [{"events": ["b"]}]})),), {"cohort Fans": "2"})
    assert drift(before, other) == (
        "run_trends: series.1.events.1 was a and is b",
        "the cohort Fans means something else or is gone",
    )
    assert drift(before, Plan((), {"cohort Fans": "1"})) == (
        "it asked run_trends, and asks now nothing",
    )
