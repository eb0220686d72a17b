import json
import re

import pytest
from typer.testing import CliRunner

from agent.cli import app
from tools.local.connect import stop_worker
from tools.local.folder import find_project, list_projects

EVENTS = [
    {"event": "signup", "distinct_id": "a", "timestamp": "2026-01-01T00:00:00Z"},
    {"event": "signup", "distinct_id": "b", "timestamp": "2026-01-02T00:00:00Z"},
]
BAD = {"event": "signup", "distinct_id": "c", "timestamp": "some day"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    yield home
    for name in list_projects(home):
        stop_worker(find_project(home, name))


@pytest.fixture
def run(home):
    return lambda *arguments, **options: CliRunner().invoke(
        app, arguments, env={"HOGLOOP_HOME": str(home)}, **options
    )


@pytest.fixture
def shop(home, tmp_path):
    file = tmp_path / "Web Shop.events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in [*EVENTS, BAD]))
    return file


def test_an_import_tells_what_became_of_each_row_and_how_to_ask(run, shop, home):
    first, again = run("import", str(shop)), run("import", str(shop), "--project", "web-shop")
    rejects = f"{home}/projects/web-shop/rejects/{shop.name}.rejected.jsonl"
    ask = 'Now ask: hogloop ask --project web-shop "what do you track?"\n'
    assert first.stderr == (f"{shop.name}: 2 events stored, 1 rejected, see {rejects}.\n{ask}")
    assert again.stderr == (
        f"{shop.name}: 0 events stored, 2 known already, 1 rejected, see {rejects}.\n{ask}"
    )
    assert (first.stdout, first.exit_code, again.exit_code) == ("", 0, 0)


def test_columns_of_other_names_are_mapped(run, tmp_path):
    file = tmp_path / "log.jsonl"
    file.write_text('{"what": "hit", "who": "a", "when": "2026-01-01"}\n')
    refused = run("import", str(file))
    assert refused.exit_code == 5
    assert refused.stderr.startswith(
        "No row of log.jsonl could be read (line 1: no event): "
        "name the right column with --map event=COLUMN, one of what, who, when; /"
    )
    assert refused.stderr.endswith("/rejects/log.jsonl.rejected.jsonl lists all rows.\n")
    columns = [f"--map={pair}" for pair in ("event=what", "distinct_id=who", "timestamp=when")]
    assert run("import", str(file), *columns).stderr.startswith("log.jsonl: 1 event stored.\n")


@pytest.mark.parametrize(("name", "text"), [("empty.jsonl", ""), ("header.csv", "a,b\n")])
def test_a_file_without_rows_is_told(run, tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text)
    result = run("import", str(file))
    assert result.stderr.startswith(f"{name}: there are no rows in it.\n")
    assert result.exit_code == 0


def test_a_file_of_no_rows_at_all_names_the_first(run, tmp_path):
    file = tmp_path / "noise.jsonl"
    file.write_bytes(b"\x1f\x8b\x00\n")
    result = run("import", str(file))
    said = "No row of noise.jsonl could be read (line 1: not a JSON object): /"
    assert result.stderr.startswith(said)
    assert result.exit_code == 5


REFUSED = {
    "no file": (["/nowhere.jsonl"], 2, "/nowhere.jsonl is not a file: check the path.\n"),
    "no pair": (
        ["--map", "x"],
        2,
        "--map x is no FIELD=COLUMN: write --map timestamp=date, say.\n",
    ),
    "no date": (
        ["--as-of", "noon"],
        2,
        "--as-of is not a date: 'noon'; write 2026-11-15 or 2026-11-15T12:00.\n",
    ),
    "the demo": (
        ["--project", "demo"],
        5,
        "The demo project takes no imports: name another with --project.\n",
    ),
}


@pytest.mark.parametrize(("arguments", "code", "sentence"), REFUSED.values(), ids=REFUSED)
def test_an_import_that_makes_no_sense_is_refused(run, shop, arguments, code, sentence):
    result = run("import", str(shop), *arguments)
    assert (result.stderr, result.exit_code) == (sentence, code)


def test_a_project_keeps_its_time_zone(run, shop):
    run("import", str(shop), "--project", "berlin", "--timezone", "Europe/Berlin")
    result = run("import", str(shop), "--project", "berlin", "--timezone", "UTC")
    assert result.stderr == (
        "The project berlin has the time zone Europe/Berlin, which stays as it is.\n"
    )


def test_a_key_is_made_listed_and_revoked(run, shop):
    run("import", str(shop), "--project", "keyed")
    made = run("local", "key", "create", "--project", "keyed", "--scope", "query:read")
    assert made.stdout.startswith("phx_")
    listed = run("local", "key", "list", "--project", "keyed").stdout.splitlines()
    (line,) = [line for line in listed if "query:read" in line]
    assert made.stdout.strip() not in line
    key_id = line.split()[0]
    assert run("local", "key", "revoke", key_id, "--project", "keyed").exit_code == 0
    assert run("local", "key", "revoke", key_id, "--project", "keyed").exit_code == 2


def test_a_scope_of_no_known_form_is_refused(run):
    result = run("local", "key", "create", "--scope", "everything")
    assert result.stderr == "everything is no scope: write query:read, say.\n"


def test_an_unknown_project_is_told_with_those_there_are(run, shop):
    run("import", str(shop), "--project", "web-shop")
    for command in (["ask", "--project", "nope", "x"], ["local", "stop", "nope"]):
        result = run(*command)
        assert result.exit_code == 5
        assert result.stderr.startswith("There is no embedded project nope, only ")
        assert " and web-shop" in result.stderr


def test_a_deleted_project_is_gone(run, shop, home):
    run("import", str(shop), "--project", "doomed")
    assert run("local", "delete", "doomed", input="n\n").exit_code == 1
    assert "doomed" in run("local", "list").stdout
    assert run("local", "delete", "doomed", input="y\n").stderr.endswith("doomed is deleted.\n")
    assert "doomed" not in run("local", "list").stdout
    assert not list((home / "projects").glob("*doomed*"))


def test_doctor_says_what_an_embedded_project_holds(run, shop):
    run("import", str(shop), "--project", "web-shop")
    result = run("doctor", "--project", "web-shop")
    assert (
        "✓ POSTHOG_PERSONAL_API_KEY: none, the embedded project web-shop answers\n" in result.stdout
    )
    assert re.search(r"✓ embedded project web-shop: 2 events, \d+ MB, process \d+\n", result.stdout)
    assert result.exit_code == 0
    assert "✓ demo project: made at the first question" in run("doctor").stdout
