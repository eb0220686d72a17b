"""The tools that read flags, cohorts, experiments, saved things and persons, on the demo."""

import json

import httpx
import pytest

from tests.demo_fixtures import run, toolbox
from tests.fakes import FakePostHog
from tools.errors import InvalidArguments, ScopeDenied
from tools.experiments import ExperimentFacts, chance_of
from tools.flag_words import condition_said, read_flag, said
from tools.toolbox import Toolbox

MAYA = "maya.okafor@example.com"


def flag_body(**filters):
    return {"id": 1, "key": "x", "active": True, "filters": filters}


def everybody(rollout, *properties, **more):
    return {"properties": list(properties), "rollout_percentage": rollout, **more}


def test_flags_are_listed_with_their_conditions_in_words(demo_tools):
    flags = {flag.key: flag for flag in run(demo_tools, "list_flags").rows}
    assert len(flags) == 8
    assert not flags["dark-mode"].on
    assert flags["kill-switch-push"].widest == 0
    assert said(flags["ios-apple-pay"]) == "25% of persons where the person’s $os is iOS"
    assert said(flags["team-dashboard"]) == "every company where the company’s plan is enterprise"
    assert flags["studio-insights-beta"].cohorts == ("Beta testers",)
    assert [v.share for v in flags["smart-recommendations"].variants] == [34, 33, 33]
    assert flags["ios-apple-pay"].changed_by == "Dana Ortiz"


def test_a_flag_tells_how_many_meet_each_condition(demo_tools):
    (condition,) = run(demo_tools, "get_flag", key="IOS-apple-pay").flag.conditions
    persons = run(demo_tools, "run_hogql", query="SELECT count() FROM persons").rows[0][0]
    assert condition.total == persons
    assert 0 < condition.meeting < persons


def test_a_flag_tells_what_one_person_gets_and_why(demo_tools):
    facts = run(demo_tools, "get_flag", key="dark-mode", person=MAYA)
    assert (facts.person, facts.value, facts.reason) == (MAYA, "false", "disabled")


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("dark-mod", "There is no 'dark-mod': did you mean 'dark-mode'?"),
        ("zzzzzz", "There is no 'zzzzzz', only smart-recommendations, ios-apple-pay, "),
    ],
)
def test_an_unknown_flag_is_refused_with_the_nearest(demo_tools, key, hint):
    with pytest.raises(InvalidArguments) as refused:
        run(demo_tools, "get_flag", key=key)
    assert str(refused.value).startswith(hint)


def test_no_rollout_means_all_and_a_set_variant_is_told():
    flag = read_flag(flag_body(groups=[everybody(None, variant="test")]))
    assert condition_said(flag.conditions[0], flag) == "everyone, all of them test"
    nobody = read_flag(flag_body(groups=[]))
    assert said(nobody) == "nobody"


def test_a_flag_of_the_newer_kind_is_not_explained():
    flag = read_flag(flag_body(version=2, rules=[]))
    assert said(flag) == "rules of a newer kind, which hogloop does not read"


def test_changes_of_a_flag_are_told_in_words():
    before, after = {"groups": [everybody(10)]}, {"groups": [everybody(20)]}
    entry = {
        "user": {"first_name": "Ana", "email": "ana@example.com"},
        "activity": "updated",
        "created_at": "2026-03-01T10:00:00Z",
        "detail": {
            "changes": [
                {"field": "active", "before": False, "after": True},
                {"field": "filters", "before": before, "after": after},
                {"field": "version", "before": 1, "after": 2},
            ]
        },
    }

    def instead(request):
        if request.url.path.endswith("/activity/"):
            return httpx.Response(200, json={"results": [entry], "next": None})
        if request.url.path.endswith("/groups_types/"):
            return httpx.Response(200, json=[])
        if request.url.path.endswith("/feature_flags/"):
            page = {"results": [flag_body(**before)], "next": None}
            return httpx.Response(200, json=page)
        return None

    box = Toolbox(FakePostHog(instead=instead).client())
    (change,) = run(box, "flag_changes", key="x").rows
    assert (change.by, change.at) == ("Ana", "2026-03-01T10:00:00Z")
    assert change.what == ("turned on; from “10% of persons” to “20% of persons”")


def test_cohorts_are_explained_with_size_and_use(demo_tools):
    cohorts = {cohort.name: cohort for cohort in run(demo_tools, "list_cohorts").rows}
    assert cohorts["Power bookers"].criteria == (
        "did booking_completed at least 8 times in the last 30 days"
    )
    beta = run(demo_tools, "get_cohort", name="beta testers")
    assert (beta.cohort.static, beta.used_by_flags) == (True, ("studio-insights-beta",))
    people = "SELECT count() FROM persons WHERE id IN COHORT 'Beta testers'"
    assert run(demo_tools, "run_hogql", query=people).rows[0][0] == beta.cohort.people


def test_an_experiment_comes_with_results_and_cautions(demo_tools):
    facts = run(demo_tools, "get_experiment", name="smart recommendations")
    assert facts.experiment.status == "running"
    assert facts.experiment.split == {"control": 34, "collab": 33, "llm": 33}
    assert sum(facts.exposures.values()) == sum(v.exposures for v in facts.results[0].variants)
    assert any(caution.startswith("fewer than 100 exposures") for caution in facts.cautions)
    json.loads(facts.for_model().split("\n")[1])


def test_a_finished_experiment_compares_each_variant_with_the_control(demo_tools):
    facts = run(demo_tools, "get_experiment", name="New booking flow")
    booked, cancelled = facts.results
    control, test = booked.variants
    assert (facts.days, booked.unit, cancelled.goal) == (42.0, "%", "decrease")
    assert test.difference_percent == pytest.approx(
        100 * (test.value / control.value - 1), abs=0.01
    )
    assert control.difference_percent is None


def test_an_experiment_that_has_not_begun_has_no_results():
    body = {"id": 4, "name": "Later", "start_date": None, "feature_flag_key": "later"}

    def instead(request):
        if request.url.path.endswith("/experiments/"):
            return httpx.Response(200, json={"results": [body], "next": None})
        return None

    facts = run(Toolbox(FakePostHog(instead=instead).client()), "get_experiment", name="later")
    assert isinstance(facts, ExperimentFacts)
    assert (facts.experiment.status, facts.problem) == ("draft", "it has not been started")


@pytest.mark.parametrize(
    ("seen", "split", "chance"),
    [
        ({"a": 500, "b": 500}, {"a": 50, "b": 50}, 1.0),
        ({"a": 531, "b": 469}, {"a": 50, "b": 50}, 0.0499),
        ({"a": 70, "b": 30}, {"a": 70, "b": 30}, 1.0),
        ({"a": 178, "b": 182, "c": 71}, {"a": 34, "b": 33, "c": 33}, 2.4e-12),
        ({"a": 100}, {"a": 50, "b": 50}, 1.5e-23),
        ({}, {"a": 50, "b": 50}, None),
    ],
)
def test_the_chance_of_a_split_is_that_of_the_chi_squared_test(seen, split, chance):
    found = chance_of(seen, split)
    assert found == chance if chance is None else found == pytest.approx(chance, rel=0.05)


def test_saved_things_say_what_they_show_and_when_they_changed(demo_tools):
    found = {(one.kind, one.name): one for one in run(demo_tools, "list_saved").rows}
    revenue = found["insight", "Revenue by plan"]
    assert revenue.shows == "trend of sum of amount_usd of payment_succeeded per month by plan"
    assert (revenue.id, revenue.changed_at) == (5, "2026-11-02T09:15:00Z")
    assert found["dashboard", "Activation"].description == "From sign-up to the first bookings"
    only = run(demo_tools, "list_saved", search="retention").rows
    assert [one.name for one in only] == ["Weekly retention of bookers"]


def test_annotations_are_listed_by_their_days(demo_tools):
    found = run(demo_tools, "list_annotations", since="2026-05-01", until="2026-11-01").rows
    assert [(one.date[:10], one.text) for one in found] == [("2026-09-01", "AI plans launched")]


def test_actions_say_what_they_stand_for(demo_tools):
    means = {one.name: one.means for one in run(demo_tools, "list_actions").rows}
    assert means["Booked a class"] == "booked_class or booking_completed"


def test_a_person_is_found_by_e_mail_and_by_distinct_id(demo_tools):
    (maya,) = run(demo_tools, "get_person", name=MAYA).rows
    (again,) = run(demo_tools, "get_person", name=maya.known_as).rows
    (by_id,) = run(demo_tools, "get_person", name=maya.id).rows
    assert maya == again == by_id
    assert maya.properties["email"] == MAYA
    assert maya.cohorts is not None
    assert maya.flags is not None
    assert maya.flags["dark-mode"] == "false"
    assert run(demo_tools, "get_person", name="nobody@example.com").rows == ()


def test_a_timeline_is_of_that_person_and_in_order(demo_tools):
    table = run(demo_tools, "person_timeline", name=MAYA, limit=10_000)
    (maya,) = run(demo_tools, "get_person", name=MAYA).rows
    ids = ", ".join(f"'{one}'" for one in maya.distinct_ids)
    count = f"SELECT count() FROM events WHERE distinct_id IN ({ids})"
    assert len(table.rows) == run(demo_tools, "run_hogql", query=count).rows[0][0]
    times = [row[0] for row in table.rows]
    assert times == sorted(times)
    latest = run(demo_tools, "person_timeline", name=MAYA, latest=True, limit=3)
    assert [row[0] for row in latest.rows] == times[-3:]
    assert not latest.whole


def test_hostile_names_are_only_looked_up(demo_tools):
    said = "x' OR 1=1 --"
    assert run(demo_tools, "get_person", name=said).rows == ()
    with pytest.raises(InvalidArguments, match="No person has"):
        run(demo_tools, "person_timeline", name=said)


def test_a_key_without_the_scope_is_not_offered_the_tool(stretchwell):
    box = toolbox(stretchwell, "project:read", "query:read", "cohort:read")
    offered = {tool.name for tool in box.offered()}
    assert {"list_cohorts", "get_cohort"} <= offered
    assert not offered & {"list_flags", "flag_changes", "get_experiment", "person_timeline"}
    with pytest.raises(ScopeDenied, match="feature_flag:read"):
        run(box, "list_flags")
    box.posthog.close()


def test_a_person_is_told_without_flags_when_the_key_may_not_read_them(stretchwell):
    box = toolbox(stretchwell, "person:read")
    (maya,) = run(box, "get_person", name=MAYA).rows
    assert maya.flags is None
    assert maya.cohorts is not None
    box.posthog.close()
