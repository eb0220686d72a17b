"""What a request puts around a HogQL query, through the query route."""

import pytest

from tests.local_fixtures import client, new_key


@pytest.fixture
def ask(shop):
    """The answer to one query, with the project's own key or another."""

    def send(query, key=None, **more):
        with client(shop, key) as http:
            asked = {"query": {"kind": "HogQLQuery", "query": query, **more}}
            return http.post("/api/projects/@current/query/", json=asked)

    return send


FLAGS = "SELECT count() FROM system.feature_flags"


def test_only_a_key_that_may_read_flags_finds_them_in_queries(ask, shop):
    some, none = new_key(shop, "query:read", "feature_flag:write"), new_key(shop, "query:read")
    assert ask(FLAGS).json()["results"] == [[0]]
    assert ask(FLAGS, some).json()["results"] == [[0]]
    refused = ask(FLAGS, none)
    assert refused.status_code == 400
    assert refused.json()["detail"] == "You don't have access to table `system.feature_flags`."
    assert ask("SELECT count() FROM system.cohorts", none).json()["results"] == [[0]]


def test_the_schema_has_the_tables_that_a_key_may_read(shop):
    def tables(*scopes):
        with client(shop, new_key(shop, *scopes)) as http:
            asked = {"query": {"kind": "DatabaseSchemaQuery"}}
            return http.post("/api/projects/@current/query/", json=asked).json()["tables"]

    assert "system.feature_flags" in tables("query:read", "feature_flag:read")
    assert "system.feature_flags" not in tables("query:read")


def test_filters_and_variables_of_a_request_are_put_into_the_query(ask):
    paid = {"key": "plan", "value": ["pro"], "operator": "exact", "type": "event"}
    query = "SELECT count() FROM events WHERE {filters}"
    assert ask(query).json()["results"] == [[100]]
    assert ask(query, filters={"properties": [paid]}).json()["results"] == [[50]]
    dates = {"date_from": "2026-03-01", "date_to": "2026-03-02"}
    assert ask(query, filters={"dateRange": dates}).json()["results"] == [[4]]
    plan = {"1": {"variableId": "1", "code_name": "plan", "value": "free"}}
    query = "SELECT count() FROM events WHERE properties.plan = {variables.plan}"
    assert ask(query, variables=plan).json()["results"] == [[50]]


def test_a_field_of_filters_we_do_not_know_is_refused_by_name(ask):
    refused = ask("SELECT 1 FROM events WHERE {filters}", filters={"sampling": 0.1})
    assert (refused.status_code, "sampling" in refused.json()["detail"]) == (400, True)


MODES = (
    "disabled",
    "person_id_no_override_properties_on_events",
    "person_id_override_properties_joined",
    "person_id_override_properties_on_events",
)


@pytest.mark.parametrize("mode", MODES)
def test_a_way_to_find_persons_is_honoured_and_named_in_the_answer(ask, mode):
    query = "SELECT count(), uniq(person_id) FROM events"
    body = ask(query, modifiers={"personsOnEventsMode": mode}).json()
    assert (body["results"], body["modifiers"]["personsOnEventsMode"]) == ([[100, 10]], mode)


def test_a_modifier_that_would_change_rows_is_refused_and_one_that_would_not_is_taken(ask):
    taken = {"inCohortVia": "leftjoin", "debug": False, "convertToProjectTimezone": True}
    assert ask("SELECT 1", modifiers=taken).json()["results"] == [[1]]
    for refused in ({"convertToProjectTimezone": False}, {"customChannelTypeRules": []}):
        answer = ask("SELECT 1", modifiers=refused)
        assert answer.status_code == 400
        assert next(iter(refused)) in answer.json()["detail"]


def test_the_project_names_its_way_to_find_persons(shop):
    with client(shop) as http:
        body = http.get("/api/projects/@current/").json()
    mode = "person_id_override_properties_on_events"
    assert body["default_modifiers"]["personsOnEventsMode"] == mode
