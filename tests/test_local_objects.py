import pytest

from tests.objects_fixtures import NOW, Event, api

QUERY = {"kind": "HogQLQuery", "query": "SELECT 1"}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with api(tmp_path_factory.mktemp("objects")) as made:
        made.project.load([Event("a", 1, NOW, properties={"plan": "x"}), Event("b", 1, NOW)])
        with made.home.meta.transaction() as db:
            db.executemany(
                "INSERT INTO event_definitions VALUES (?, ?, ?)",
                [(name, "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z") for name in "ab"],
            )
        yield made


def test_an_annotation_is_kept_with_its_instant_in_utc(ask):
    made = ask.post(
        "annotations/",
        {"content": "Launch", "date_marker": "2026-03-01T00:00:00+02:00", "scope": "project"},
    )
    assert (made["date_marker"], made["scope"]) == ("2026-02-28T22:00:00Z", "project")
    assert made["creation_type"] == "USR"
    changed = ask.patch(f"annotations/{made['id']}/", {"content": "Relaunch"})
    assert (changed["content"], changed["date_marker"]) == ("Relaunch", made["date_marker"])
    later = ask.post("annotations/", {"content": "B", "date_marker": NOW.isoformat()})
    found = ask.get("annotations/")["results"]
    assert [one["id"] for one in found] == [later["id"], made["id"]]
    assert [one["id"] for one in ask.get("annotations/?search=RELA")["results"]] == [made["id"]]
    ask.patch(f"annotations/{made['id']}/", {"deleted": True})
    assert [one["id"] for one in ask.get("annotations/")["results"]] == [later["id"]]
    assert ask.refused("DELETE", f"annotations/{later['id']}/")[0] == 405


def test_an_annotation_names_its_insight(ask):
    insight = ask.post("insights/", {"name": "Count", "query": QUERY})
    made = ask.post("annotations/", {"content": "Look", "dashboard_item": insight["id"]})
    assert (made["insight_short_id"], made["insight_name"]) == (insight["short_id"], "Count")
    said = ask.refused("POST", "annotations/", {"content": "Look", "dashboard_item": 99})
    assert said == (400, 'Invalid pk "99" - object does not exist.')
    said = ask.refused("POST", "annotations/", {"content": "Look", "scope": "dashboard"})
    assert said == (400, "An annotation of the scope dashboard needs a dashboard_id.")


def test_an_action_is_found_by_matches_action(ask):
    steps = [{"event": "a", "properties": [{"key": "plan", "type": "event", "value": ["x"]}]}]
    made = ask.post("actions/", {"name": "Did a", "steps": steps})
    assert made["steps"][0]["event"] == "a"
    assert made["steps"][0]["url"] is None
    query = "SELECT event FROM events WHERE matchesAction('Did a')"
    body = ask.post("query/", {"query": {"kind": "HogQLQuery", "query": query}})
    assert body["results"] == [["a"]]
    said = ask.refused("POST", "actions/", {"name": "Did a"})
    expected = f"This project already has an action with this name, ID {made['id']}"
    assert said == (400, expected)
    assert ask.patch(f"actions/{made['id']}/", {"name": "Did it"})["name"] == "Did it"


def test_a_variable_has_a_name_for_queries(ask):
    sent = {"name": "My Country!", "type": "String", "default_value": "FR"}
    made = ask.post("insight_variables/", sent)
    assert (made["code_name"], made["default_value"]) == ("my_country", "FR")
    said = ask.refused("POST", "insight_variables/", {"name": "my country", "type": "Date"})
    assert said == (400, "Variable with this code name already exists.")
    changed = ask.patch(f"insight_variables/{made['id']}/", {"default_value": "DE"})
    assert (changed["default_value"], changed["name"]) == ("DE", "My Country!")
    assert ask("DELETE", f"insight_variables/{made['id']}/").status == 204
    assert ask.refused("GET", f"insight_variables/{made['id']}/") == (404, "Not found.")


NOT_TAKEN = {
    "actions": (
        {"name": "x", "post_to_slack": True},
        "The embedded project does not take post_to_slack: it has no Slack to post to.",
    ),
    "insights": (
        {"query": QUERY, "_create_in_folder": "a/b"},
        "The embedded project does not take _create_in_folder: it has no folders.",
    ),
    "dashboards": (
        {"use_template": "x"},
        "The embedded project does not take use_template: it has no templates.",
    ),
}


@pytest.mark.parametrize("path", NOT_TAKEN)
def test_a_field_that_would_do_nothing_is_refused_by_name(ask, path):
    body, sentence = NOT_TAKEN[path]
    assert ask.refused("POST", f"{path}/", body) == (400, sentence)


def test_what_only_reads_of_an_object_may_be_sent_back(ask):
    made = ask.post("actions/", {"name": "Whole"})
    assert ask.patch(f"actions/{made['id']}/", made) == made


@pytest.mark.parametrize("number", ["99", "x", "-1"])
def test_an_object_that_is_not_there_is_not_found(ask, number):
    assert ask.refused("GET", f"actions/{number}/") == (404, "Not found.")


def test_lists_come_in_pages(ask):
    for number in range(3):
        ask.post("dashboards/", {"name": f"Page {number}"})
    first = ask.get("dashboards/?search=page&limit=2")
    assert (first["count"], first["previous"]) == (3, None)
    assert [one["name"] for one in first["results"]] == ["Page 0", "Page 1"]
    second = ask.get(first["next"].removeprefix("http://localhost"))
    assert [one["name"] for one in second["results"]] == ["Page 2"]
    assert second["next"] is None
    path = "http://localhost/api/projects/@current/dashboards/?search=page&limit=2"
    assert second["previous"] == path
    third = ask.get("dashboards/?search=page&limit=1&offset=2")
    assert third["previous"] == path.replace("limit=2", "limit=1&offset=1")


def test_who_asks_made_it(ask):
    me = ask.get("/api/users/@me/")
    made = ask.post("actions/", {"name": "Mine"})
    assert made["created_by"]["uuid"] == me["uuid"]
    (entry,) = ask.get(f"actions/{made['id']}/activity/")["results"]
    assert (entry["activity"], entry["user"]["uuid"]) == ("created", me["uuid"])


def test_the_settings_of_the_project_can_be_changed(ask):
    path = "/api/projects/@current/"
    filters = [{"key": "email", "type": "person", "value": "@us", "operator": "not_icontains"}]
    sent = {"name": "Shop", "week_start_day": 0, "test_account_filters": filters}
    changed = ask.patch(path, {**sent, "timezone": "Asia/Kathmandu"})
    assert {name: changed[name] for name in sent} == sent
    assert ask.get(path)["timezone"] == "Asia/Kathmandu"
    query = {"kind": "HogQLQuery", "query": "SELECT toDateTime('2026-01-01 00:00:00')"}
    assert ask.post("query/", {"query": query})["results"] == [["2026-01-01T00:00:00+05:45"]]
    ask.patch(path, {"timezone": "UTC", "test_account_filters": []})
    said = ask.refused("PATCH", path, {"timezone": "Mars/Base"})
    assert said == (400, '"Mars/Base" is not a valid choice.')
    assert ask.refused("PATCH", path, {"colour": "red"})[0] == 400
    said = ask.refused("PATCH", path, {}, scopes=("project:read",))
    assert said == (403, "API key missing required scope 'project:write'")


def test_the_organization_is_found_in_each_of_its_places(ask):
    (one,) = ask.get("/api/organizations/")["results"]
    assert ask.get(f"/api/organizations/{one['id']}/")["name"] == one["name"]
    (project,) = ask.get(f"/api/organizations/{one['id']}/projects/")["results"]
    assert project["id"] == ask.get("/api/projects/@current/")["id"]
    assert ask.refused("GET", "/api/organizations/other/") == (404, "Organization not found.")


def test_an_event_is_described(ask):
    first = ask.get("event_definitions/")["results"][0]
    path = f"event_definitions/{first['id']}/"
    said = {"description": "The first letter", "tags": ["core"], "verified": True}
    changed = ask.patch(path, said)
    assert {name: changed[name] for name in said} == said
    assert ask.get(path) == changed
    assert ask.get("event_definitions/")["results"][0]["description"] == "The first letter"
    said = ask.refused("PATCH", path, {"hidden": True, "verified": True})
    assert said == (400, "An event cannot be both hidden and verified")


def test_a_property_is_described(ask):
    found = ask.get("property_definitions/?type=event&search=vip")["results"]
    path = f"property_definitions/{found[0]['id']}/"
    assert ask.patch(path, {"description": "Pays more"})["description"] == "Pays more"
    again = ask.get("property_definitions/?type=event&search=vip")["results"]
    assert again[0]["description"] == "Pays more"
    assert ask.get("property_definitions/?type=event&search=amount")["results"][0]["tags"] == []
