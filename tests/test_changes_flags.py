"""Changes of flags from the call of a tool to what the project then holds."""

import json

import httpx
import pytest

from agent.writing.approval import Choice
from tests.flags_fixtures import EVERYBODY
from tests.writing_fixtures import changes_something, desk
from tools.changes.change import Change, Outcome, Risk
from tools.errors import ChangeRefused, InvalidArguments
from tools.toolbox import TOOLS

IOS = {"property": "$os", "of": "person", "values": ["iOS"]}


@pytest.fixture
def at(tmp_path):
    with desk(tmp_path) as at:
        yield at


def thirty(at, key="new-page", **more):
    groups = [{"properties": [], "rollout_percentage": 30}]
    return at.project.made(key, {"groups": groups, "payloads": {"true": "1"}}, **more)


def last(at):
    return at.wire.sent[-1]


def sent(at):
    request = last(at)
    return (
        request.method,
        request.url.path.rpartition("/feature_flags/")[2],
        json.loads(request.content),
    )


def test_a_rollout_is_sent_by_the_route_that_carries_no_targeting(at):
    flag = thirty(at)
    done = at.do("set_flag_rollout", key="new-page", percent=40)
    assert (done.outcome, done.sentence) == (Outcome.APPLIED, "Made, and read back as approved.")
    assert sent(at) == (
        "POST",
        f"{flag['id']}/set_release_condition_rollout/",
        {"condition_index": 0, "rollout_percentage": 40, "version": 1},
    )
    after = at.flag(flag["id"])
    assert after["filters"]["groups"][0]["rollout_percentage"] == 40
    assert after["filters"]["payloads"] == {"true": "1"}
    (card,) = at.person.cards
    assert card.headline == "Roll new-page out to 40%"
    assert card.rows[0] == ("rollout of condition 1", "30%", "40%")
    assert card.exactly == ("filters.groups[0].rollout_percentage: 30 → 40",)


@pytest.mark.parametrize("status", [404, 405])
def test_a_posthog_without_the_narrow_route_gets_the_filters_whole_and_guarded(at, status):
    flag = thirty(at)

    def older(request, served):
        if request.url.path.endswith("_rollout/"):
            return httpx.Response(status, json={"detail": "Not found."})
        return served()

    at.wire.fault = older
    assert at.do("set_flag_rollout", key="new-page", percent=40).outcome is Outcome.APPLIED
    method, path, body = sent(at)
    assert (method, path) == ("PATCH", f"{flag['id']}/")
    assert (body["version"], body["original_flag"]["key"]) == (1, "new-page")
    assert body["filters"]["payloads"] == {"true": "1"}


@pytest.mark.parametrize(("on", "action"), [(True, "enable"), (False, "disable")])
def test_a_flag_is_switched_by_its_own_route(at, on, action):
    flag = thirty(at, active=not on)
    assert at.do("switch_flag", key="new-page", on=on).outcome is Outcome.APPLIED
    assert sent(at) == ("POST", f"{flag['id']}/{action}/", {})
    assert at.flag(flag["id"])["active"] is on


def test_a_new_flag_reaches_nobody_unless_it_is_told_to(at):
    done = at.do("create_flag", key="fresh", where=[IOS])
    flag = at.flag(done.object_id)
    assert flag["active"] is True
    assert [one["rollout_percentage"] for one in flag["filters"]["groups"]] == [0]
    assert flag["filters"]["groups"][0]["properties"] == [
        {"key": "$os", "type": "person", "operator": "exact", "value": ["iOS"]}
    ]
    with pytest.raises(ChangeRefused, match="is there already"):
        at.do("create_flag", key="fresh")


def test_conditions_come_and_go(at):
    flag = thirty(at)
    at.do("set_flag_condition", key="new-page", where=[IOS], percent=50)
    at.do("set_flag_condition", key="new-page", condition=1, percent=10)
    groups = at.flag(flag["id"])["filters"]["groups"]
    assert [(len(g["properties"]), g["rollout_percentage"]) for g in groups] == [(0, 10), (1, 50)]
    at.do("remove_flag_condition", key="new-page", condition=1)
    assert len(at.flag(flag["id"])["filters"]["groups"]) == 1
    with pytest.raises(ChangeRefused, match="the only condition"):
        at.do("remove_flag_condition", key="new-page", condition=1)
    with pytest.raises(InvalidArguments, match="There is no condition 4: the flag has 1"):
        at.do("set_flag_rollout", key="new-page", percent=1, condition=4)


def test_variants_and_payloads(at):
    flag = thirty(at)
    split = [{"key": "a", "percent": 60}, {"key": "b", "percent": 40}]
    at.do("set_flag_variants", key="new-page", variants=split)
    at.do("set_flag_payload", key="new-page", variant="b", payload='{"color": "red"}')
    filters = at.flag(flag["id"])["filters"]
    assert [v["rollout_percentage"] for v in filters["multivariate"]["variants"]] == [60, 40]
    assert filters["payloads"] == {"b": '{"color": "red"}'}
    with pytest.raises(InvalidArguments, match="make 90, not 100"):
        at.do("set_flag_variants", key="new-page", variants=[{"key": "a", "percent": 90}])
    with pytest.raises(InvalidArguments, match="payloads for a, b only"):
        at.do("set_flag_payload", key="new-page", payload="1")
    with pytest.raises(InvalidArguments, match="A payload is JSON"):
        at.do("set_flag_payload", key="new-page", variant="a", payload="red")


def test_a_flag_is_put_away_deleted_and_brought_back(at):
    flag = thirty(at)
    at.do("archive_flag", key="new-page")
    assert (at.flag(flag["id"])["archived"], at.flag(flag["id"])["active"]) == (True, False)
    at.do("archive_flag", key="new-page", archived=False)
    deleted = at.do("delete_flag", key="new-page")
    assert at.flag(flag["id"])["deleted"] is True
    assert at.gate.undo(deleted.change.id).outcome is Outcome.APPLIED
    assert at.flag(flag["id"])["deleted"] is False


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("set_flag_rollout", {"percent": 40}),
        ("switch_flag", {"on": False}),
        ("set_flag_condition", {"where": [IOS]}),
        ("set_flag_variants", {"variants": [{"key": "a", "percent": 100}]}),
        ("set_flag_payload", {"payload": "2"}),
        ("archive_flag", {}),
        ("delete_flag", {}),
    ],
)
def test_every_change_of_a_flag_can_be_undone(at, tool, arguments):
    flag = thirty(at)
    before = at.flag(flag["id"])
    done = at.do(tool, key="new-page", **arguments)
    assert at.flag(flag["id"])["version"] == 2
    assert at.gate.undo(done.change.id).outcome is Outcome.APPLIED
    after = at.flag(flag["id"])
    for name in ("filters", "active", "archived", "deleted", "key", "name"):
        assert after[name] == before[name], name


def test_taking_back_is_weighed_by_whom_it_reaches(at):
    at.project.made("new-page", {"groups": [{"properties": [], "rollout_percentage": 100}]})
    done = at.do("set_flag_rollout", key="new-page", percent=10)
    undone = at.gate.undo(done.change.id)
    assert (undone.outcome, undone.change.risk) == (Outcome.APPLIED, Risk.HIGH)
    assert at.person.cards[-1].typed == "new-page"


def test_what_somebody_changed_since_is_not_undone(at):
    flag = thirty(at)
    done = at.do("set_flag_rollout", key="new-page", percent=40)
    at.project.patch(flag["id"], {"name": "theirs"})
    with pytest.raises(ChangeRefused, match="Somebody changed name and version of new-page"):
        at.gate.undo(done.change.id)


def test_nothing_is_proposed_where_nothing_would_change(at):
    thirty(at)
    with pytest.raises(ChangeRefused, match="roll new-page out to 30% is so already"):
        at.do("set_flag_rollout", key="new-page", percent=30)
    assert at.person.cards == []


def test_a_flag_with_rules_of_the_newer_kind_is_not_touched(at):
    flag = thirty(at)
    body = {
        **at.project.home.meta.document("feature_flag", str(flag["id"])),
        "filters": {"version": 2},
    }
    at.project.home.meta.put_documents({"feature_flag": [body]})
    with pytest.raises(ChangeRefused, match="rules of a newer kind"):
        at.do("set_flag_rollout", key="new-page", percent=40)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"property": "plan", "of": "event", "values": ["pro"]}, "about people, not about events"),
        ({"property": "plan", "of": "person", "operator": "starts", "values": ["p"]}, "contains"),
        ({"property": "plan", "of": "company", "values": ["pro"]}, "no group type 'company'"),
    ],
)
def test_a_condition_that_flags_can_not_have_is_refused(at, wrong, said):
    thirty(at)
    with pytest.raises(InvalidArguments, match=said):
        at.do("set_flag_condition", key="new-page", where=[wrong])


@pytest.mark.parametrize("percent", [-1, 100.1, float("inf"), float("nan")])
def test_a_rollout_is_between_nothing_and_all(at, percent):
    thirty(at)
    with pytest.raises(InvalidArguments, match="between 0 and 100"):
        at.do("set_flag_rollout", key="new-page", percent=percent)


def people(at, count):
    for number in range(count):
        at.project.add_person(f"p{number}", {"$os": "iOS" if number % 10 == 0 else "Android"})


@pytest.mark.parametrize(
    ("tool", "arguments", "risk", "why"),
    [
        ("set_flag_rollout", {"percent": 31}, Risk.SMALL, "nobody asked for the flag"),
        ("set_flag_rollout", {"percent": 51}, Risk.HIGH, "moves by 21 points"),
        ("set_flag_rollout", {"percent": 50}, Risk.HIGH, "about 20% of all"),
        ("set_flag_rollout", {"percent": 20}, Risk.SMALL, "nobody asked for the flag"),
        ("switch_flag", {"on": False}, Risk.HIGH, "about 30% of all"),
        ("delete_flag", {}, Risk.HIGH, "about 30% of all"),
    ],
)
def test_risk_follows_from_how_many_get_another_value(at, tool, arguments, risk, why):
    people(at, 100)
    thirty(at)
    at.person.choice = Choice.NO
    change = at.do(tool, key="new-page", **arguments).change
    assert (change.risk, why in change.reason) == (risk, True)
    assert change.notes[0].startswith("About 30 of 100 persons get it now, about ")


def test_turning_a_flag_on_for_everyone_is_risky_and_wants_its_name(at):
    people(at, 20)
    flag = at.project.made("all", EVERYBODY, active=False)
    at.person.types = False
    with pytest.raises(ChangeRefused, match="type all to approve it"):
        at.do("switch_flag", key="all", on=True)
    assert at.flag(flag["id"])["active"] is False
    at.person.types = True
    assert at.do("switch_flag", key="all", on=True).outcome is Outcome.APPLIED


def test_a_running_experiment_makes_any_change_risky(at):
    variants = [
        {"key": "control", "rollout_percentage": 50},
        {"key": "test", "rollout_percentage": 50},
    ]
    flag = at.project.made("tested", {**EVERYBODY, "multivariate": {"variants": variants}})
    running = {
        "id": 1,
        "name": "New page",
        "feature_flag_key": "tested",
        "start_date": "2026-01-01",
    }
    at.project.home.meta.put_documents({"experiment": [running]})
    at.person.choice = Choice.NO
    change = at.do("set_flag_rollout", key=flag["key"], percent=99).change
    assert (change.risk, change.reason) == (Risk.HIGH, "an experiment runs on it")


def test_a_change_survives_being_written_down(at):
    thirty(at)
    at.person.choice = Choice.LATER
    change = at.do("set_flag_rollout", key="new-page", percent=40).change
    kept = at.gate.ledger.change(change.id)
    assert kept == change
    assert (kept.hash, kept.id) == (change.hash, change.id)
    assert Change.of_json(json.loads(json.dumps(change.as_json()))) == change


def test_no_tool_that_changes_something_takes_a_route_or_a_body():
    """A model names objects and values; which request follows is for code to say."""
    words = {"path", "route", "url", "body", "method", "request", "filters", "version"}
    for tool in TOOLS:
        if tool.writes:
            assert not words & set(tool.schema()["parameters"]["properties"]), tool.name


@pytest.mark.parametrize("tool", ["create_flag", "set_flag_rollout"])
def test_a_conflict_that_nothing_explains_is_told_and_nothing_is_said_to_be_done(at, tool):
    if tool == "set_flag_rollout":
        thirty(at)
    refused = {"type": "server_error", "code": "conflict", "detail": "no", "attr": None}
    at.wire.fault = lambda request, served: (
        httpx.Response(409, json=refused) if changes_something(request) else served()
    )
    done = at.do(tool, key="new-page", percent=40)
    assert done.outcome is Outcome.STALE
    assert done.sentence.startswith("Not changed: ")
