from dataclasses import replace

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.doctor import examine
from agent.settings import load_settings
from tests.fakes import KEY, FakeOpenAI, FakePostHog, Line, says
from tests.loopback import serving
from tools.scopes import OBJECTS

SCOPES = "project:read", "query:read", "event_definition:read", "property_definition:read"


@pytest.fixture
def environ(tmp_path):
    return {"HOGLOOP_HOME": str(tmp_path), "POSTHOG_PERSONAL_API_KEY": KEY}


def lines(environ, posthog):
    checks = examine(load_settings(environ), connect=lambda settings: posthog.client())
    marks = {(True, True): "ok", (True, False): "ok", (False, True): "FIX", (False, False): "off"}
    told = [(marks[c.ok, c.needed], c.text, "" if c.ok else f" - {c.fix}") for c in checks]
    return [f"{mark} {text}{fix}" for mark, text, fix in told][2:]


def test_a_key_with_all_scopes_needs_nothing(environ):
    found = lines(environ, FakePostHog(scopes=SCOPES))
    assert [line for line in found if not line.startswith("off ")] == [
        "ok personal API key on https://us.posthog.com: "
        "event_definition:read, project:read, property_definition:read, query:read",
        "ok project Shop (id 1, UTC)",
        "ok describe_project: project:read and query:read",
        "ok list_events: event_definition:read",
        "ok list_properties: property_definition:read",
        "ok property_values: query:read",
        "ok find_values: query:read",
        "ok run_trends: query:read",
        "ok run_funnel: query:read",
        "ok run_retention: query:read",
        "ok run_lifecycle: query:read",
        "ok run_stickiness: query:read",
        "ok run_paths: query:read",
        "ok run_hogql: query:read",
        "ok changes: none, this key only reads",
        "ok model: built-in planner, which needs no key",
    ]
    assert (
        "off flag_changes: feature_flag:read and activity_log:read - "
        "Make a key with feature_flag:read and activity_log:read under Settings → "
        "Personal API keys."
    ) in found


def test_a_key_for_objects_too_leaves_nothing_out(environ):
    found = lines(environ, FakePostHog(scopes=(*SCOPES, *OBJECTS)))
    assert [line for line in found if not line.startswith("ok ")] == []


def test_a_missing_scope_is_named_where_it_is_needed(environ):
    found = lines(environ, FakePostHog(scopes=SCOPES[:2]))
    assert [line for line in found if line.startswith("FIX")] == [
        "FIX list_events: event_definition:read - "
        "Make a key with event_definition:read under Settings → Personal API keys.",
        "FIX list_properties: property_definition:read - "
        "Make a key with property_definition:read under Settings → Personal API keys.",
    ]


def test_a_wrong_key_ends_the_look_at_posthog(environ):
    posthog = FakePostHog()
    checks = list(
        examine(load_settings(environ), connect=lambda _: posthog.client(key="phx_" + "w" * 20))
    )
    bad = [check for check in checks if not check.ok]
    assert [check.text for check in bad] == ["personal API key on https://us.posthog.com"]
    assert bad[0].fix.startswith("https://us.posthog.com rejects this API key: ")
    assert len(checks) == 4


def test_a_model_is_asked_one_word(environ):
    with FakeOpenAI(says("ok")).serving() as model:
        environ |= {"OPENAI_BASE_URL": model.base_url, "HOGLOOP_MODEL": "tiny"}
        (found,) = [line for line in lines(environ, FakePostHog()) if " model " in line]
        assert found.startswith(f"ok model tiny at {model.base_url}, answers in ")
        assert model.requests[0]["messages"] == [{"role": "user", "content": "Say ok."}]


def test_a_model_that_fails_is_told_with_its_fix(environ):
    line = Line(b'{"error": {"message": "no such model"}}', 404, "application/json")
    with FakeOpenAI(line).serving() as model:
        environ |= {"OPENAI_BASE_URL": model.base_url, "HOGLOOP_MODEL": "tiny"}
        (found,) = [line for line in lines(environ, FakePostHog()) if " model " in line]
    assert found.startswith(f"FIX model tiny at {model.base_url} - ")


def test_a_folder_that_cannot_be_written_is_told(environ, tmp_path):
    (tmp_path / "file").write_text("")
    settings = replace(load_settings(environ), home=tmp_path / "file" / "home")
    check = next(iter(examine(settings, connect=lambda _: FakePostHog().client())))
    assert (check.ok, check.fix) == (False, "It can't be written: set HOGLOOP_HOME to another.")


@pytest.mark.parametrize(("scopes", "code"), [(SCOPES, 0), (SCOPES[1:], 1)])
def test_the_command_ends_with_1_when_something_needs_fixing(environ, scopes, code):
    with serving(FakePostHog(scopes=scopes)) as host:
        result = CliRunner().invoke(app, ["doctor"], env=environ | {"POSTHOG_HOST": host})
    assert result.exit_code == code
    assert ("✗ describe_project: project:read and query:read - Make a" in result.stdout) == bool(
        code
    )
    assert "✓ model: built-in planner, which needs no key\n" in result.stdout


def test_a_key_that_reaches_too_far_is_said_to_only_read(environ):
    found = lines(environ, FakePostHog(scopes=("*",)))
    assert "ok changes: none with this key, because it has all scopes (hogloop scopes)" in found
    found = lines(environ, FakePostHog(scopes=(*SCOPES, "feature_flag:write"), scoped_teams=(1,)))
    assert "ok changes: feature_flag:write" in found
