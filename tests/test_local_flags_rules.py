"""Lists of flags, and the rules between flags, experiments and their dependents."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.flags_fixtures import EVERYBODY, opened

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.fixture
def project(tmp_path):
    with opened(tmp_path, now=NOW) as project:
        yield project


def experiment(number, key, **more):
    return {
        "id": number,
        "name": f"Experiment {number}",
        "feature_flag_key": key,
        "start_date": "2026-03-01T00:00:00Z",
        "end_date": None,
        **more,
    }


def asks(*numbers):
    wanted = [
        {"key": str(number), "type": "flag", "operator": "flag_evaluates_to", "value": True}
        for number in numbers
    ]
    return {"groups": [{"properties": wanted, "rollout_percentage": 100}]}


def keys(project, query):
    status, body = project.get(f"?{query}")
    assert status == 200, body
    return [flag["key"] for flag in body["results"]]


def variants(*names):
    listed = [{"key": name, "rollout_percentage": 100 / len(names)} for name in names]
    return {**EVERYBODY, "multivariate": {"variants": listed}}


def test_a_list_is_narrowed_ordered_and_paged(project):
    project.made("new-flow", name="Booking, new", tags=["web"])
    project.made("many", variants("a", "b"), tags=["web", "ios"])
    project.made("limits", is_remote_configuration=True, evaluation_runtime="server")
    project.made("off", active=False, evaluation_contexts=["app"])
    project.made("archive", active=False, archived=True)
    project.home.meta.put_documents({"experiment": [experiment(1, "many", name="Colours")]})
    wanted = {
        "": ["off", "limits", "many", "new-flow"],
        "order=key": ["limits", "many", "new-flow", "off"],
        "order=-name": ["new-flow", "off", "limits", "many"],
        "active=true": ["limits", "many", "new-flow"],
        "active=false": ["off"],
        "active=STALE": [],
        "archived=true": ["archive"],
        "search=new flow": ["new-flow"],
        "search=booking": ["new-flow"],
        "search=colours": ["many"],
        "type=boolean": ["off", "limits", "new-flow"],
        "type=multivariant": ["many"],
        "type=experiment": ["many"],
        "type=remote_config": ["limits"],
        "created_by_id=1": ["off", "limits", "many", "new-flow"],
        "created_by_id=2": [],
        'tags=["ios"]': ["many"],
        'excluded_tags=["ios"]': ["off", "limits", "new-flow"],
        'excluded_properties=["off"]': ["limits", "many", "new-flow"],
        "evaluation_runtime=server": ["limits"],
        "has_evaluation_contexts=true": ["off"],
        "limit=1&offset=1": ["limits"],
    }
    assert {query: keys(project, query) for query in wanted} == wanted
    page = project.get("?limit=2")[1]
    assert (page["count"], page["previous"]) == (4, None)
    assert page["next"].endswith("?limit=2&offset=2")
    assert project.get("?order=rollout")[1]["attr"] == "order"
    assert project.get(f"?search={'x' * 201}")[0] == 400


def called(project, key, days):
    at = (NOW - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")
    project.home.store.write(
        "INSERT INTO events (uuid, event, properties, timestamp, distinct_id, person_id) VALUES "
        "(generateUUIDv4(), '$feature_flag_called', "
        f"'{{\"$feature_flag\": \"{key}\"}}', '{at}', 'ann', generateUUIDv4())"
    )


def test_a_flag_that_nobody_asks_for_is_stale(project):
    old = {"created_at": "2026-01-01T00:00:00Z"}
    shares = {"fresh": 100, "full": 100, "half": 50, "asked": 100, "left": 50}
    for key, share in shares.items():
        flag = project.made(key, {"groups": [{"rollout_percentage": share}]})
        if key != "fresh":
            body = project.home.meta.document("feature_flag", flag["id"])
            project.home.meta.put_documents({"feature_flag": [{**body, **old}]})
    called(project, "asked", 3)
    called(project, "asked", 40)
    called(project, "left", 45)
    numbers = {flag["key"]: flag["id"] for flag in project.get("")[1]["results"]}
    said = {key: project.get(f"{number}/status/")[1] for key, number in numbers.items()}
    assert {key: (one["status"], one["reason"]) for key, one in said.items()} == {
        "fresh": ("active", "Flag is not fully rolled out and may still be active"),
        "full": ("stale", "Flag is fully rolled out and is at least 30 days old"),
        "half": ("active", "Flag is not fully rolled out and may still be active"),
        "asked": ("active", "Flag was last called 3 days ago"),
        "left": ("stale", "Flag has not been called in 45 days"),
    }
    assert said["full"]["reason_states_rollout"] is True
    assert said["half"]["rollout"] == {
        "effectively_full_rollout": False,
        "has_targeting_conditions": False,
        "max_rollout_percentage": 50,
        "is_multivariate": False,
    }
    assert keys(project, "active=STALE&order=key") == ["full", "left"]
    assert project.get(f"{numbers['left']}/")[1]["last_called_at"] == "2026-02-14T12:00:00Z"


def test_the_last_call_follows_the_events_that_come_in(project):
    numbers = [project.made(key)["id"] for key in ("early", "late")]

    def last():
        return [project.get(f"{number}/")[1]["last_called_at"] for number in numbers]

    assert last() == [None, None]
    called(project, "early", 5)
    assert last() == ["2026-03-26T12:00:00Z", None]
    called(project, "early", 9)
    called(project, "late", 100)
    assert last() == ["2026-03-26T12:00:00Z", "2025-12-21T12:00:00Z"]
    called(project, "early", 1)
    assert last()[0] == "2026-03-30T12:00:00Z"
    project.home.store.write("TRUNCATE TABLE events")
    assert last() == [None, None]


def test_a_flag_that_others_depend_on_stays(project):
    base = project.made("base")["id"]
    first = project.made("first", asks(base))["id"]
    status, found = project.get(f"{base}/dependent_flags/")
    assert (status, found) == (200, [{"id": first, "key": "first", "name": ""}])
    said = f"because other flags depend on it: first (ID: {first}). Please update or"
    for change, word in (({"active": False}, "disable"), ({"deleted": True}, "delete")):
        status, body = project.patch(base, change)
        assert (status, body["detail"]) == (
            400,
            f"Cannot {word} this feature flag {said} {word} the dependent flags first.",
        )
    project.patch(first, {"active": False})
    assert project.patch(base, {"active": False})[0] == 200
    assert project.patch(first, {"active": True})[1]["detail"] == (
        "Cannot enable this feature flag because it depends on disabled flags: "
        f"base (ID: {base}). Please enable the dependency flags first."
    )
    assert project.post("", {"key": "late", "filters": asks(base)})[1]["detail"] == (
        f"Cannot create dependency on disabled flag 'base' (ID: {base}). "
        "Flag dependencies must reference active flags only."
    )


def test_flags_may_not_ask_in_a_circle(project):
    first = project.made("one")["id"]
    second = project.made("two", asks(first))["id"]
    third = project.made("three", asks(second))["id"]
    assert project.patch(first, {"filters": asks(first)})[1]["detail"] == (
        "Feature flag 'one' cannot depend on itself"
    )
    assert project.patch(first, {"filters": asks(third)})[1]["detail"] == (
        "Circular dependency detected: one → three → two → one"
    )


def test_flags_that_share_what_they_ask_about_are_followed_once(project):
    """Two flags on each level ask about both below: 2³⁰ paths, 60 flags."""
    below = [project.made("top-0")["id"]]
    for level in range(30):
        below = [project.made(f"{side}-{level}", asks(*below))["id"] for side in ("left", "right")]
    circle = project.patch(1, {"filters": asks(*below)})[1]["detail"]
    assert circle.startswith("Circular dependency detected: top-0 → left-29 → left-28 → ")
    flags = project.get("/flags/definitions")[1]["flags"]
    last = next(flag for flag in flags if flag["key"] == "left-29")
    first, second = last["filters"]["groups"][0]["properties"]
    assert first["dependency_chain"][:3] == ["top-0", "left-0", "right-0"]
    assert (len(first["dependency_chain"]), second["dependency_chain"][-1]) == (58, "right-28")
    assert project.values("ann")["left-29"]["enabled"] is True


def test_a_running_experiment_keeps_its_flag_and_its_variants(project):
    number = project.made("tested", variants("control", "test"))["id"]
    put = project.home.meta.put_documents
    put({"experiment": [experiment(1, "tested")]})
    shown = project.get(f"{number}/")[1]
    assert shown["experiment_set_metadata"] == [
        {"id": 1, "name": "Experiment 1", "is_running": True}
    ]
    assert project.patch(number, {"deleted": True})[1]["detail"] == (
        'Cannot delete a feature flag that is linked to running experiment(s): "Experiment 1" '
        "(ID: 1). Please stop the experiment(s) before deleting the flag."
    )
    fewer = variants("control", "new")
    assert project.patch(number, {"filters": fewer})[1]["detail"] == (
        "Cannot remove variant(s) 'test' from a feature flag that is linked to running "
        'experiment(s): "Experiment 1" (ID: 1). Please stop the experiment(s) before removing '
        "variants."
    )
    put({"experiment": [experiment(1, "tested", end_date="2026-03-30T00:00:00Z")]})
    gone = project.patch(number, {"deleted": True})[1]
    assert gone["key"] == f"tested:deleted:{number}"
    assert gone["experiment_set"] == [1]
    # The key is free again; who comes back finds it taken.
    other = project.made("tested")["id"]
    assert project.patch(number, {"deleted": False})[1]["key"] == "tested-2"
    assert project.get(f"{other}/")[1]["experiment_set"] == []


def test_a_deleted_flag_of_an_experiment_gives_its_key_only_if_it_may(project):
    number = project.made("held")["id"]
    project.patch(number, {"deleted": True})
    put = project.home.meta.put_documents
    put({"experiment": [experiment(5, "held", start_date=None)]})
    assert project.post("", {"key": "held", "filters": EVERYBODY})[1]["detail"] == (
        "Cannot reuse key 'held': a soft-deleted flag with this key is still referenced by active "
        "experiment(s) with ID(s): 5. Please contact support."
    )
    put({"experiment": [experiment(5, "held", deleted=True)]})
    assert project.post("", {"key": "held", "filters": EVERYBODY})[0] == 201
    assert project.get(f"{number}/")[1]["key"] == f"held:deleted:{number}"


def test_a_flag_of_another_config_version_is_left_alone(project):
    number = project.made("v2")["id"]
    body = project.home.meta.document("feature_flag", number)
    rules = {"version": 2, "return_type": "boolean", "default_value": False, "rules": []}
    project.home.meta.put_documents({"feature_flag": [{**body, "filters": rules}]})
    status, answer = project.patch(number, {"name": "x"})
    assert (status, answer["code"], answer["attr"]) == (
        400,
        "unsupported_config_version",
        "filters",
    )
