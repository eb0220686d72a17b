"""Requests that nobody means: whatever they say, they are refused in words."""

import itertools
import json
import random
import re
from urllib.parse import quote, urlencode

import pytest

from tests.flags_fixtures import opened
from tools.local import demo
from tools.local.server import PUBLIC

ROUNDS = 8
IDS = ("1", "2", "0", "-1", "²", "9" * 5000, "abc", "p1")
VALUES = (
    *(None, True, -1, 2, 10**30, 1.5, "", "²", "9" * 5000, "a\nb", "\x00", "-1d", [], {}, ["x"]),
    *([[]], [{}], {"id": []}, {"id": 1}, {"groups": 5}, {"values": ["x"]}, "2026-01-01T00:00:00"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", {"kind": "HogQLQuery", "query": "select 1"}),
)
FIELDS = (
    *("name", "key", "filters", "query", "tags", "ids", "action", "payload", "condition", "groups"),
    *("distinct_id", "person_id", "metrics", "start_date", "end_date", "start_at", "end_at"),
    *("interval", "destination", "model", "file", "export_format", "export_context", "insight"),
    *("dashboards", "tiles", "tile_order", "variables", "steps", "content", "date_marker", "type"),
    *("value", "types", "person_ids", "timezone", "test_account_filters", "deleted", "is_static"),
)
ARGUMENTS = (
    *("limit", "offset", "page", "search", "order", "type", "key", "tags", "created_by_id"),
    *("after", "before", "properties", "group_type_index", "dashboards", "date_from", "groups"),
    *("distinct_id", "event_names", "orderBy", "refresh", "format", "excluded_tags", "flag_keys"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("odd")) as made:
        made.home.meta.put_documents(demo.documents())
        made.add_person("p1", {"email": "a@example.com"})
        yield made


def text(value):
    return value if isinstance(value, str) else json.dumps(value)


def odd(pick, names):
    return {pick.choice(names): pick.choice(VALUES) for _ in range(pick.randint(0, 5))}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_request_makes_a_route_fail(project, seed):
    pick = random.Random(seed)
    for route, number in itertools.product(PUBLIC, IDS):
        path = re.sub("<(project|organization)>", "@current", route.path)
        path = re.sub("<[a-z_]+>", quote(number), path)
        given = urlencode({name: text(value) for name, value in odd(pick, ARGUMENTS).items()})
        body = odd(pick, FIELDS)
        answer = project.client.open(
            f"{path}?{given}",
            method=route.method,
            headers={"Authorization": f"Bearer {project.key}"},
            json={**body, "token": project.token},
        )
        assert answer.status_code != 500, (route.method, path[:99], given[:500], body)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400"])
def test_a_number_that_json_does_not_have_is_never_kept(project, number):
    sent = f'{{"name": "x", "filters": {{"groups": [], "share": {number}}}}}'
    status, said = project.ask("POST", "", data=sent, headers={"Content-Type": "application/json"})
    refused = f"JSON parse error - Out of range float values are not JSON compliant: '{number}'"
    assert (status, said["code"], said["detail"]) == (400, "parse_error", refused)


ODD = {
    "the reach of no list": (
        *("POST", "user_blast_radius/", {"condition": {"properties": "x"}}),
        "condition__properties",
    ),
    "criteria that are no list": (
        *("PATCH", "/api/projects/@current/cohorts/1/", {"filters": {"properties": {"values": 2}}}),
        "filters",
    ),
    "columns that are no names": (
        *("POST", "/api/projects/@current/exports/"),
        {"export_format": "text/csv", "export_context": {"source": {}, "columns": [{}]}},
        "export_context__columns__0",
    ),
    "exposures of another shape": (
        *("PATCH", "/api/projects/@current/experiments/1/"),
        {"exposure_criteria": {"filterTestAccounts": 1.5}},
        "exposure_criteria__filterTestAccounts",
    ),
    "a tile without a number": (
        *("PATCH", "/api/projects/@current/dashboards/1/", {"tiles": [{"id": []}]}),
        "tiles__0__id",
    ),
}


@pytest.mark.parametrize(("method", "path", "body", "attr"), ODD.values(), ids=ODD)
def test_a_body_of_another_shape_is_refused_where_it_is_wrong(project, method, path, body, attr):
    status, said = project.ask(method, path, body)
    assert (status, said["attr"]) == (400, attr)


@pytest.mark.parametrize("path", ["feature_flags/..%2f/enable/", "persons//activity/", "//"])
def test_a_path_with_a_slash_too_many_is_no_endpoint(project, path):
    for method in ("GET", "POST"):
        status, said = project.ask(method, f"/api/projects/@current/{path}")
        assert (status, said["code"]) == (404, "not_found")


def test_an_experiment_keeps_a_name_that_flags_are_found_by(project):
    for name, code in ((None, "null"), ("", "blank")):
        sent = {"name": name}
        status, said = project.ask("PATCH", "/api/projects/@current/experiments/1/", sent)
        assert (status, said["attr"], said["code"]) == (400, "name", code)
    assert project.get("?search=x")[0] == 200


def test_half_a_body_and_one_without_end_are_refused_in_words(project):
    headers = {"Content-Type": "application/json"}
    for sent in (b'{"key":', b"[" * 100_000):
        status, body = project.ask("POST", "", data=sent, headers=headers)
        assert (status, body["code"]) == (400, "parse_error")
    status, body = project.ask("POST", "", data=b'{"key":', headers=headers)
    assert body["detail"] == "JSON parse error - Expecting value: line 1 column 8 (char 7)"


NOTES, ACTIONS, BOARDS = (
    f"/api/projects/@current/{name}/" for name in ("annotations", "actions", "dashboards")
)
SAID = {
    "nothing": (ACTIONS, {}, ("name", "required", "This field is required.")),
    "null": (ACTIONS, {"name": None}, ("name", "null", "This field may not be null.")),
    "no text": (ACTIONS, {"name": [1]}, ("name", "invalid_input", "Not a valid string.")),
    "no choice": (
        NOTES,
        {"content": "x", "scope": "galaxy"},
        ("scope", "invalid_choice", '"galaxy" is not a valid choice.'),
    ),
    "no boolean": (
        BOARDS,
        {"name": "x", "pinned": "maybe"},
        ("pinned", "invalid_input", "Must be a valid boolean."),
    ),
    "no list": (
        BOARDS,
        {"name": "x", "tags": "one"},
        ("tags", "not_a_list", 'Expected a list of items but got type "str".'),
    ),
}


@pytest.mark.parametrize(("path", "body", "told"), SAID.values(), ids=SAID)
def test_a_wrong_field_is_told_in_the_words_of_django_rest_framework(project, path, body, told):
    status, said = project.ask("POST", path, body)
    assert (status, said["type"]) == (400, "validation_error")
    assert (said["attr"], said["code"], said["detail"]) == told


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "HogQLQuery/"), ("POST", "upgrade/"), ("GET", "draft_sql/"), ("GET", "1/log/")],
)
def test_what_posthog_keeps_for_its_screens_is_closed_to_keys(project, method, path):
    status, body = project.ask(method, f"/api/projects/@current/query/{path}", {})
    said = "This action does not support personal API key access"
    assert (status, body["code"], body["detail"]) == (403, "permission_denied", said)
