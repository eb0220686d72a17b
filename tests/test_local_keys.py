import pytest

from tests.local_fixtures import client, new_key
from tools.local.folder import open_meta
from tools.local.keys import list_keys, revoke_key

HOGQL = {"query": {"kind": "HogQLQuery", "query": "SELECT 1"}}
UNKNOWN = "Personal API key found in request Authorization header is invalid."
ROUTES = [
    ("GET", "/api/personal_api_keys/@current/", None),
    ("GET", "/api/users/@me/", "user:read"),
    ("GET", "/api/organizations/@current/", "organization:read"),
    ("GET", "/api/projects/", "project:read"),
    ("GET", "/api/projects/@current/", "project:read"),
    ("POST", "/api/projects/@current/query/", "query:read"),
    ("GET", "/api/projects/@current/event_definitions/", "event_definition:read"),
    ("GET", "/api/projects/@current/property_definitions/", "property_definition:read"),
]


def refusal(kind, code, detail):
    return {"type": kind, "code": code, "detail": detail, "attr": None}


@pytest.fixture
def ask(shop):
    """One request with a key of these scopes."""

    def send(method, path, *scopes, teams=()):
        with client(shop, new_key(shop, *scopes, teams=teams)) as http:
            return http.request(method, path, json=HOGQL if method == "POST" else None)

    return send


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_route_wants_its_scope_and_no_other(ask, method, path, scope):
    others = {other for _, _, other in ROUTES} - {scope, None}
    refused = ask(method, path, *others)
    if scope is None:
        assert refused.status_code == 200
        return
    assert refused.status_code == 403
    assert refused.json() == refusal(
        "authentication_error",
        "permission_denied",
        f"API key missing required scope '{scope}'",
    )
    assert ask(method, path, scope).status_code == 200
    assert ask(method, path, scope.replace(":read", ":write")).status_code == 200
    assert ask(method, path, "*").status_code == 200


@pytest.mark.parametrize("key", ["", "pha_unknown"])
def test_a_request_without_a_key_is_not_answered(shop, key):
    with client(shop, key) as http:
        answer = http.get("/api/users/@me/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json() == refusal(
        "authentication_error",
        "not_authenticated",
        "Authentication credentials were not provided.",
    )


@pytest.mark.parametrize("key", ["phx_unknown", "phc_public", "phs_secret"])
def test_a_key_of_no_kind_we_know_is_invalid(shop, key):
    with client(shop, key) as http:
        answer = http.get("/api/users/@me/")
    assert answer.status_code == 401
    assert answer.json() == refusal("authentication_error", "authentication_failed", UNKNOWN)


def test_a_key_is_also_read_from_the_body_and_the_query_string(shop):
    with client(shop, "") as http:
        path = "/api/projects/@current/query/"
        assert http.post(path, json=HOGQL | {"personal_api_key": shop.key}).status_code == 200
        assert http.get("/api/users/@me/", params={"personal_api_key": shop.key}).status_code == 200
        wrong = http.get("/api/users/@me/", params={"personal_api_key": "phx_x"})
    assert wrong.json()["detail"] == "Personal API key found in request query string is invalid."


def test_a_revoked_key_is_invalid(shop):
    key = new_key(shop, "*")
    with client(shop, key) as http:
        current = http.get("/api/personal_api_keys/@current/")
        with open_meta(shop) as meta:
            assert revoke_key(meta, current.json()["id"])
            assert not revoke_key(meta, current.json()["id"])
        assert http.get("/api/personal_api_keys/@current/").json()["detail"] == UNKNOWN


def test_a_key_bound_to_another_project_is_refused(shop, ask):
    elsewhere = (shop.project_id + 1,)
    refused = ask("GET", "/api/projects/@current/", "*", teams=elsewhere)
    assert refused.status_code == 403
    assert refused.json()["detail"] == (
        f"API key does not have access to the requested project: ID {shop.project_id}."
    )
    bound = ask("GET", "/api/projects/", "*", teams=(shop.project_id,))
    assert bound.status_code == 403
    assert bound.json()["detail"] == (
        "API keys with scoped projects are only supported on project-based endpoints."
    )
    assert ask("GET", "/api/users/@me/", "*", teams=elsewhere).status_code == 200
    assert ask("GET", "/api/projects/@current/", "*", teams=(shop.project_id,)).status_code == 200


@pytest.mark.parametrize("name", ["999999", "nonsense"])
def test_an_unknown_project_is_not_found(shop, name):
    with client(shop) as http:
        answer = http.get(f"/api/projects/{name}/")
    assert answer.status_code == 404
    assert answer.json() == refusal("invalid_request", "not_found", "Project not found.")


def test_unknown_routes_and_methods_answer_in_posthogs_shape(shop):
    with client(shop) as http:
        missing = http.get("/api/projects/@current/nonsense/")
        wrong = http.delete("/api/projects/@current/")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert wrong.status_code == 405
    assert wrong.json() == refusal(
        "invalid_request", "method_not_allowed", 'Method "DELETE" not allowed.'
    )


def test_a_key_describes_itself_without_its_value(shop):
    key = new_key(shop, "query:read", teams=(shop.project_id,))
    with client(shop, key) as http:
        said = http.get("/api/personal_api_keys/@current/").json()
    assert said["scopes"] == ["query:read"]
    assert said["scoped_teams"] == [shop.project_id]
    assert said["value"] is None
    assert key not in str(said)


def test_no_value_of_a_key_is_stored(shop):
    key = new_key(shop, "*")
    with open_meta(shop) as meta:
        assert key not in str([tuple(row) for row in meta.rows("SELECT * FROM keys")])
        assert {found.scopes for found in list_keys(meta)} >= {("*",)}
    for secret in ("secrets.json",):
        assert (shop.folder / secret).stat().st_mode & 0o777 == 0o600


def test_the_old_name_of_projects_and_a_missing_slash_still_work(shop):
    with client(shop) as http:
        new = http.get("/api/projects/@current/event_definitions/")
        assert http.get("/api/environments/@current/event_definitions").json() == new.json()


def test_the_owners_routes_are_closed_to_api_keys(shop):
    with client(shop) as http:
        assert http.get("/_local/health").status_code == 404
        assert http.post("/_local/shutdown", json={}).status_code == 404
    with client(shop, shop.owner) as http:
        assert http.get("/_local/health").json()["rows"] == 100
        assert http.get("/api/users/@me/").status_code == 401


def test_the_project_says_what_answers_depend_on(shop):
    with client(shop) as http:
        said = http.get("/api/projects/@current/").json()
        assert http.get("/api/projects/").json()["results"] == [said]
        assert http.get("/api/users/@me/").json()["team"] == said
    assert said["id"] == shop.project_id
    assert (said["timezone"], said["week_start_day"], said["now"]) == ("UTC", 1, None)
