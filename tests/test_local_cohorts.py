import threading
import time
from datetime import timedelta

import pytest

from tests.objects_fixtures import (
    NOW,
    Event,
    api,
    behavior,
    filters,
    ids,
    people,
    person_id,
    static_cohort,
)

STREAM = [
    Event("a", 1, NOW - timedelta(days=1)),
    Event("a", 2, NOW - timedelta(days=2)),
    Event("b", 2, NOW - timedelta(days=1)),
    Event("b", 3, NOW - timedelta(days=3)),
]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with api(tmp_path_factory.mktemp("cohorts")) as made:
        made.project.load(STREAM, persons=people(1, 2, 3), person_distinct_ids=ids(1, 2, 3))
        yield made


@pytest.fixture
def number(ask):
    """Of a cohort of those who did a."""
    return ask.post("cohorts/", {"name": "A", "filters": filters(behavior())})["id"]


def test_a_new_cohort_is_calculated_in_the_background(ask):
    sent = {"name": "Did a", "description": "lately", "filters": filters(behavior())}
    made = ask.post("cohorts/", sent)
    assert (made["is_calculating"], made["count"], made["version"]) == (True, None, None)
    done = ask.cohort(made["id"])
    assert (done["count"], done["version"], done["errors_calculating"]) == (2, 1, 0)
    assert done["last_calculation"] == done["created_at"] == "2026-04-02T12:30:00Z"
    assert (done["cohort_type"], done["is_static"]) == ("behavioral", False)
    assert done["created_by"]["email"] == "you@localhost"
    assert ask.members(made["id"]) == {1, 2}


def test_an_edited_cohort_is_calculated_again(ask, number):
    ask.cohort(number)
    changed = ask.patch(f"cohorts/{number}/", {"filters": filters(behavior(key="b"))})
    assert changed["is_calculating"] is True
    assert ask.members(number) == {2, 3}
    done = ask.cohort(number)
    assert (done["version"], done["count"]) == (2, 2)
    history = ask.get(f"cohorts/{number}/calculation_history/")
    assert [(one["count"], one["error"]) for one in history["results"]] == [(2, None), (2, None)]
    assert history["results"][0]["filters"]["properties"]["values"][0]["key"] == "b"


def test_a_cohort_is_calculated_again_after_a_day(ask, number):
    ask.cohort(number)
    meta = ask.home.meta
    try:
        meta.set_clock(NOW + timedelta(hours=23))
        assert ask.cohort(number)["version"] == 1
        meta.set_clock(NOW + timedelta(days=6))
        assert ask.members(number) == {1}
        assert ask.cohort(number)["version"] == 2
    finally:
        meta.set_clock(NOW)


def test_a_cohort_made_of_another_follows_it(ask, number):
    member = {"type": "cohort", "key": "id", "value": number}
    made = ask.post("cohorts/", {"filters": filters(member, behavior(key="b"))})["id"]
    assert ask.members(made) == {2}
    ask.patch(f"cohorts/{number}/", {"filters": filters(behavior(key="b"))})
    assert ask.members(made) == {2, 3}
    without = ask.post(
        "cohorts/", {"filters": filters(behavior(key="b"), {**member, "negation": True})}
    )
    assert ask.members(without["id"]) == set()


def test_others_write_while_long_criteria_are_looked_into(ask, number):
    one = {"type": "person", "value": ["x"], "operator": "exact"}
    many = [{**one, "key": f"k{at}"} for at in range(3000)]
    started, waits = time.monotonic(), []
    change = {"filters": filters(*many)}
    edit = threading.Thread(target=ask.patch, args=(f"cohorts/{number}/", change))
    edit.start()
    while edit.is_alive():
        asked = time.monotonic()
        ask.home.meta.remember("test", asked)
        waits.append(time.monotonic() - asked)
        time.sleep(0.005)
    assert max(waits) < (time.monotonic() - started) / 2


def test_cohorts_that_refer_to_each_other_in_a_loop_are_refused(ask, number):
    member = {"type": "cohort", "key": "id", "value": number}
    other = ask.post("cohorts/", {"filters": filters(member)})["id"]
    loop = filters({"type": "cohort", "key": "id", "value": other})
    said = ask.refused("PATCH", f"cohorts/{number}/", {"filters": loop})
    assert said == (400, "Cohorts cannot reference other cohorts in a loop.")
    nobody = filters({"type": "cohort", "key": "id", "value": 999})
    said = ask.refused("POST", "cohorts/", {"filters": nobody})
    assert said[0] == 400


def test_members_are_listed_newest_first_without_a_count(ask):
    number = static_cohort(ask, 1, 2, 3)
    page = ask.get(f"cohorts/{number}/persons/?limit=2")
    assert [one["distinct_ids"] for one in page["results"]] == [["p3"], ["p2"]]
    assert set(page) == {"results", "next", "previous"}
    assert page["previous"] is None
    assert "offset=2" in page["next"]
    rest = ask.get(f"cohorts/{number}/persons/?limit=2&offset=2")
    assert [one["name"] for one in rest["results"]] == ["p1@example.com"]
    assert rest["next"] is None
    found = ask.get(f"cohorts/{number}/persons/?search=p2@")
    assert [one["uuid"] for one in found["results"]] == [person_id(2)]


def test_members_come_as_csv_too(ask):
    number = static_cohort(ask, 2)
    lines = ask.get(f"cohorts/{number}/persons/?format=csv").decode().splitlines()
    assert lines[0] == "id,email,name,created_at,properties,distinct_ids"
    assert lines[1].startswith(f"{person_id(2)},p2@example.com,p2@example.com,2026-01-02")


def test_members_need_both_scopes(ask, number):
    path = f"cohorts/{number}/persons/"
    said = ask.refused("GET", path, scopes=("cohort:read",))
    assert said == (403, "API key missing required scope 'person:read'")
    assert ask("GET", path, scopes=("cohort:read", "person:read")).status == 200
    said = ask.refused("POST", "cohorts/", {}, scopes=("cohort:read",))
    assert said == (403, "API key missing required scope 'cohort:write'")


REFUSED = {
    "no criteria": ({"name": "x"}, "A dynamic cohort needs filters: send its criteria."),
    "no properties": (
        {"filters": {"x": 1}},
        "Must contain a 'properties' key with type and values",
    ),
    "no time": (
        {"filters": filters(behavior(time_value=None))},
        "time_value must be greater than 0, got None",
    ),
    "minutes": (
        {"filters": filters(behavior(time_interval="minute"))},
        "Invalid interval: minute; it is one of hour, day, week, month, year.",
    ),
    "no event type": (
        {"filters": filters({"type": "behavioral", "key": "a", "value": "performed_event"})},
        "Missing required keys for behavioral filter: event_type",
    ),
    "no value": (
        {"filters": filters({"type": "person", "key": "plan", "operator": "exact"})},
        "Missing required keys for person filter: value",
    ),
    "unknown behavior": (
        {"filters": filters(behavior("slept"))},
        "Invalid behavioral property value for Cohort: slept",
    ),
    "nothing but negation": (
        {"filters": filters(behavior(negation=True))},
        "Top level condition cannot be negated",
    ),
    "an odd field": (
        {"filters": filters(behavior(colour="red"))},
        "A cohort's criteria have no field colour: leave it out.",
    ),
    "a dynamic query": (
        {"query": {"kind": "HogQLQuery", "query": "SELECT 1"}},
        "Cannot create a dynamic cohort with a query. Set is_static to true.",
    ),
    "a query without persons": (
        {"is_static": True, "query": {"kind": "HogQLQuery", "query": "SELECT 1 AS x"}},
        "Could not find a person_id, actor_id, or id column in the query",
    ),
    "a static one of nobody": (
        {"is_static": True},
        "Invalid source for static cohort. "
        "Requires criteria, a csv, feature flag, existing cohort or query.",
    ),
    "old groups": (
        {"groups": [{"days": 1}]},
        "The embedded project does not take groups: send the criteria as filters.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_cohort_that_can_not_be_computed_is_refused(ask, name):
    body, sentence = REFUSED[name]
    assert ask.refused("POST", "cohorts/", body) == (400, sentence)


def test_what_relies_on_a_cohort_is_named_and_forbids_its_deletion(ask, number):
    path, gone = f"cohorts/{number}/", {"deleted": True}
    uses = {"key": "id", "type": "cohort", "value": number}
    groups = {"groups": [{"properties": [{**uses, "operator": "in"}], "rollout_percentage": 5}]}
    flag = {"key": "beta", "name": "Beta", "active": True, "deleted": False, "filters": groups}
    kept = ask.home.meta.add_document("feature_flag", flag)
    said = ask.refused("PATCH", path, gone)
    assert said[1].startswith("This cohort is used in 1 active feature flag(s): Beta. ")
    said = ask.refused("PATCH", path, {"filters": filters(behavior(key="b"))})
    assert said[1] == "Behavioral filters cannot be added to cohorts used in feature flags."
    ask.home.meta.put_documents({"feature_flag": [{**kept, "active": False}]})
    other = ask.post("cohorts/", {"name": "Other", "filters": filters(uses)})
    said = ask.refused("PATCH", path, gone)
    assert said[1].startswith("This cohort is used as criteria in 1 other cohort(s): Other. ")
    found = ask.get(f"{path}used_in/")
    assert found["feature_flags"]["results"] == [{"id": kept["id"], "key": "beta", "name": "Beta"}]
    assert found["cohorts"]["results"] == [{"id": other["id"], "name": "Other"}]
    assert found["insights"] == {"results": [], "total": 0, "has_more": False}
    ask.patch(f"cohorts/{other['id']}/", gone)
    ask.home.meta.remove_document("feature_flag", kept["id"])
    assert ask.patch(path, gone)["deleted"] is True
    assert number not in [one["id"] for one in ask.get("cohorts/")["results"]]
    assert ask.get(path)["deleted"] is True
    assert ask.patch(path, {"deleted": False})["deleted"] is False
    assert ask.members(number) == {1, 2}


def test_cohorts_are_not_destroyed(ask, number):
    said = ask.refused("DELETE", f"cohorts/{number}/")
    assert said == (405, 'Method "DELETE" not allowed.')


def test_a_list_is_searched_and_filtered(ask, number):
    kept = static_cohort(ask, 1, name="Kept by hand")
    found = ask.get("cohorts/?search=by%20HAND")["results"]
    assert [(one["id"], one["search_match_type"]) for one in found] == [(kept, "exact")]
    assert number in [one["id"] for one in ask.get("cohorts/?type=dynamic")["results"]]
    assert number not in [one["id"] for one in ask.get("cohorts/?type=static")["results"]]
    hidden = ask.get("cohorts/?hide_behavioral_cohorts=true")["results"]
    assert number not in [one["id"] for one in hidden]
    assert "filters" not in ask.get("cohorts/?basic=true")["results"][0]


def test_a_static_copy_is_made_of_a_cohort(ask, number):
    copy = ask.get(f"cohorts/{number}/duplicate_as_static_cohort/")
    assert (copy["name"], copy["is_static"], copy["count"]) == ("A (static copy)", True, 2)
    assert ask.members(copy["id"]) == {1, 2}


def test_what_was_changed_is_in_the_activity_log(ask, number):
    ask.patch(f"cohorts/{number}/", {"name": "B"})
    log = ask.get(f"cohorts/{number}/activity/")["results"]
    assert [one["activity"] for one in log] == ["updated", "created"]
    (change,) = log[0]["detail"]["changes"]
    assert (change["field"], change["before"], change["after"]) == ("name", "A", "B")


def test_a_calculation_that_fails_says_why(ask, number):
    ask.cohort(number)
    wrong = {"type": "person", "key": "email", "operator": "regex", "value": "("}
    ask.patch(f"cohorts/{number}/", {"filters": filters(wrong)})
    failed = ask.cohort(number)
    assert failed["errors_calculating"] == 1
    assert failed["last_error_message"].endswith("error: missing ): (.")
    assert failed["version"] == 1
