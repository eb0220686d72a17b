import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.doctor import examine
from agent.settings import load_settings
from tests.fakes import KEY, FakeOpenAI, FakePostHog, Line, says
from tests.local_fixtures import new_key
from tests.loopback import serving
from tools.client import PostHog, unix_socket
from tools.local.folder import open_meta
from tools.local.keys import create_key, list_keys, revoke_key
from tools.scopes import OBJECTS

SCOPES = "project:read", "query:read", "event_definition:read", "property_definition:read"


@pytest.fixture
def environ(tmp_path):
    return {"HOGLOOP_HOME": str(tmp_path), "POSTHOG_PERSONAL_API_KEY": KEY}


def lines(environ, posthog):
    checks = examine(load_settings(environ), connect=lambda settings: posthog.client())
    marks = {(True, True): "ok", (True, False): "ok", (False, True): "FIX", (False, False): "off"}
    told = [(marks[c.ok, c.needed], c.text, "" if c.ok else f" - {c.fix}") for c in checks]
    lines = [f"{mark} {text}{fix}" for mark, text, fix in told][2:]
    assert lines[:1] == ["ok key from POSTHOG_PERSONAL_API_KEY"]
    return lines[1:]


def test_a_key_with_all_scopes_needs_nothing(environ):
    found = lines(environ, FakePostHog(scopes=SCOPES))
    assert [line for line in found if not line.startswith("off ")] == [
        "ok personal API key on https://us.posthog.com: "
        "event_definition:read, project:read, property_definition:read, query:read",
        "ok clock: PostHog does not say what time it is",
        "ok project Shop (id 1, UTC)",
        "ok describe_project: project:read and query:read",
        "ok find_names: event_definition:read and property_definition:read and query:read",
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
        "FIX find_names: event_definition:read and property_definition:read and query:read - "
        "Make a key with event_definition:read and property_definition:read under Settings → "
        "Personal API keys.",
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
    assert len(checks) == 5


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


def test_json_holds_every_check(environ):
    with serving(FakePostHog(scopes=SCOPES[1:])) as host:
        result = CliRunner().invoke(app, ["doctor", "--json"], env=environ | {"POSTHOG_HOST": host})
    body = json.loads(result.stdout)
    assert (result.exit_code, body["ok"]) == (1, False)
    (bad, *_) = [one for one in body["checks"] if one["needed"] and not one["ok"]]
    assert bad["fix"].startswith("Make a key with project:read under Settings")
    assert not [one for one in body["checks"] if "Make a key with  " in one["fix"]]


def test_a_key_of_the_other_region_is_recognised(environ):
    posthog = FakePostHog(scopes=SCOPES)

    def connect(settings):
        return posthog.client(key=KEY if "eu." in settings.host else "phx_" + "w" * 12)

    bad = [one for one in examine(load_settings(environ), connect=connect) if not one.ok]
    assert [one.fix for one in bad] == [
        "The key is one of https://eu.posthog.com: set POSTHOG_HOST=https://eu.posthog.com, "
        "or hogloop login again."
    ]


@pytest.mark.parametrize(("hours", "ok"), [(0, True), (3, False)])
def test_a_clock_that_is_wrong_is_told(environ, hours, ok):
    date = format_datetime(datetime.now(UTC) - timedelta(hours=hours), usegmt=True)
    posthog = FakePostHog(scopes=SCOPES)

    def answer(request):
        if request.url.path != "/api/personal_api_keys/@current/":
            return None
        body = {"id": "k1", "scopes": list(SCOPES), "scoped_teams": []}
        return httpx.Response(200, json=body, headers={"date": date})

    posthog.instead = answer
    (found,) = [line for line in lines(environ, posthog) if "clock: " in line]
    assert found.startswith("ok clock: " if ok else "FIX clock: 108")


@pytest.fixture
def sick(shop, environ):
    """What doctor says of the shop's worker, where some route answers something else."""

    def looked(key=None, project=None, route=None, answer=None):
        inner = unix_socket(shop.socket)

        def pass_on(request):
            if route and request.url.path == route:
                if isinstance(answer, Exception):
                    raise answer
                return answer
            return inner.handle_request(request)

        class Between(httpx.BaseTransport):
            def handle_request(self, request):
                return pass_on(request)

        def connect(settings):
            return PostHog(
                host="http://embedded", key=key or shop.key, project_id=project,
                transport=Between(), sleep=lambda seconds: None,
            )  # fmt: skip

        settings = load_settings(environ | {"POSTHOG_HOST": "http://posthog.example"})
        checks = list(examine(settings, connect=connect))
        inner.close()
        return [f"{one.text}: {one.fix}" for one in checks if not one.ok and one.needed]

    return looked


CURRENT, PROJECT = "/api/personal_api_keys/@current/", "/api/projects/@current/"
WITHIN = "personal API key on http://posthog.example: "
PAGE = "Settings → Personal API keys"
SAID = (
    (CURRENT, 401, "Authentication credentials were not provided.", "got no API key: a proxy"),
    (CURRENT, 401, "Personal API key found in request Authorization header is invalid.",
     "rejects this API key: it is of the wrong kind, was revoked, or belongs to another region"),
    (CURRENT, 401, "Access token has expired.", "says that this token has expired"),
    (CURRENT, 403, "This action does not support personal API key access",
     "No API key may do this"),
    (CURRENT, 403, "OAuth token has no scopes and cannot access this resource",
     f"Make a personal API key with scopes under {PAGE}"),
    (CURRENT, 403, "Organization 'Acme' does not allow using personal API keys. Contact an admin "
     "or owner.", "Contact an admin"),
    (CURRENT, 403, "API key does not have access to the requested organization: ID 0.",
     f"Widen the key's list of organizations under {PAGE}"),
    (CURRENT, 404, "Not found.", "older than such keys; check the host, or update PostHog"),
    (CURRENT, 407, "Proxy Authentication Required", "put them into HTTPS_PROXY"),
    (CURRENT, 429, "Request was throttled.", "limits how often this key may ask: try again"),
    (CURRENT, 500, "A server error occurred.", "PostHog failed (500)"),
    (CURRENT, 503, "", "PostHog failed (503)"),
    (CURRENT, 504, "Query has hit the max execution time before completing.", "Narrow the period"),
    (PROJECT, 402, "Your organization has reached its API query usage limit.", "usage limit"),
    (PROJECT, 404, "Project not found.", "`hogloop projects` lists those of the key"),
)  # fmt: skip


@pytest.mark.parametrize(("route", "status", "said", "told"), SAID)
def test_what_posthog_refuses_is_a_sentence_with_the_fix(sick, route, status, said, told):
    body = {"type": "x", "code": "y", "detail": said, "attr": None}
    (found,) = sick(route=route, answer=httpx.Response(status, json=body))
    assert told in found
    assert found.rstrip().endswith((".", ".)"))


UNHEARD = (
    (httpx.ConnectError("[Errno -2] Name or service not known"), "is a name that nobody knows"),
    (httpx.ConnectError("[Errno 111] Connection refused"), "can't be reached: check the host"),
    (httpx.ConnectTimeout("timed out"), "does not take the connection"),
    (httpx.ReadTimeout("timed out"), "did not answer in time: try again"),
    (httpx.ProxyError("403 Forbidden"), "The proxy does not let"),
    (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version"), "speaks no TLS"),
    (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate "
                        "is not yet valid"), "check this machine's clock"),
    (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname "
                        "mismatch, certificate is not valid for 'x'"), "is another host's"),
    (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
     "give the file of your own authority in SSL_CERT_FILE"),
    (httpx.RemoteProtocolError("Server disconnected"), "broke off its answer: try again"),
)  # fmt: skip


@pytest.mark.parametrize(("error", "told"), UNHEARD)
def test_no_answer_is_a_sentence_with_the_fix(sick, error, told):
    (found,) = sick(route=CURRENT, answer=error)
    assert told in found


def test_a_page_instead_of_an_api_is_told(sick):
    (found,) = sick(route=CURRENT, answer=httpx.Response(200, text="<html>Sign in</html>"))
    assert "does not answer like PostHog's API (status 200): check the host." in found


def test_the_embedded_projects_own_refusals_are_told(sick, shop):
    assert "rejects this API key" in sick(key="phx_" + "u" * 20)[0]
    with open_meta(shop) as meta:
        gone = create_key(meta, ("*",), "gone")
        (row,) = [one for one in list_keys(meta) if one.label == "gone"]
        revoke_key(meta, row.id)
    assert "was revoked" in sick(key=gone)[0]
    assert any("Make a key with query:read" in one for one in sick(key=new_key(shop, "user:read")))
    narrow = new_key(shop, *SCOPES, teams=(77,))
    told = sick(key=narrow, project=shop.project_id)
    assert any("Choose a project of the key's list" in one for one in told), told
    assert any("lists those of the key" in one for one in sick(project=4711))
    assert "can only send events" in sick(key="phc_" + "p" * 20)[0]
    assert "can't run queries" in sick(key="phs_" + "p" * 20)[0]


@pytest.mark.parametrize(
    "said",
    ["You don't have access to the project.", "You do not have viewer access to this resource."],
)
def test_a_role_that_is_missing_is_told_where_the_project_is_read(sick, said):
    body = {"type": "authentication_error", "code": "permission_denied", "detail": said}
    answer = httpx.Response(403, json=body)
    told = sick(route=PROJECT, answer=answer)
    assert any("Ask an admin" in one for one in told), told
