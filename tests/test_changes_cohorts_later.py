"""Changes of cohorts that are undone, overtaken, or whose answer is lost."""

import json

import httpx
import pytest

from agent.writing.approval import Choice
from tests.cohorts_fixtures import PRO, club, where
from tests.writing_fixtures import changes_something
from tools.changes.change import Change, Outcome
from tools.errors import ChangeRefused

MADE = "Made, and read back as approved."


@pytest.fixture(scope="module")
def everybody(tmp_path_factory):
    with club(tmp_path_factory.mktemp("club")) as at:
        yield at


@pytest.fixture
def at(everybody):
    everybody.clear()
    return everybody


CHANGES = {
    "rules": ("update_cohort", {"name": "Pros", "any_of": [{"where": [where("plan", "free")]}]}),
    "name": ("update_cohort", {"name": "Pros", "new_name": "Others", "description": "new"}),
    "in": ("add_to_cohort", {"name": "Named", "people": ["p5"]}),
    "out": ("remove_from_cohort", {"name": "Named", "person": "p1"}),
    "deleted": ("delete_cohort", {"name": "Named"}),
    "restored": ("restore_cohort", {}),
}


@pytest.fixture
def three(at):
    """A static and a dynamic cohort and a deleted one; how they all are; and a change of one."""
    ids = [one["id"] for one in (at.static("Named", 1, 2), at.dynamic("Pros", PRO))]
    ids.append(at.static("Gone", 7)["id"])
    at.edit(ids[2], deleted=True)

    def state():
        fields = ("name", "description", "filters", "deleted")
        found = [{name: at.cohort(n)[name] for name in fields} for n in ids]
        return found, [at.members(n) for n in ids]

    def change(which):
        tool, arguments = (CHANGES | NEW)[which]
        return at.do(tool, **(arguments or {"id": ids[2]}))

    def number(which):
        _, arguments = CHANGES[which]
        return ids[("Named", "Pros", None).index(arguments.get("name"))]

    return at, state, change, number


@pytest.mark.parametrize("which", CHANGES)
def test_every_change_of_a_cohort_can_be_undone(three, which):
    at, state, change, _ = three
    before = state()
    done = change(which)
    assert (done.sentence, state() != before) == (MADE, True)
    assert at.at.gate.undo(done.change.id).sentence == MADE
    assert state() == before


def test_new_cohorts_are_deleted_when_that_is_undone(at):
    for tool, more in (
        ("create_cohort", {"any_of": [{"where": [where("plan", "pro")]}]}),
        ("create_static_cohort", {"people": ["p1"]}),
        ("create_static_cohort", {"query": "SELECT id FROM persons"}),
    ):
        done = at.do(tool, name="New", **more)
        at.cohort(done.object_id)
        assert at.at.gate.undo(done.change.id).sentence == MADE
        assert at.cohort(done.object_id)["deleted"] is True


def test_people_who_came_together_go_one_at_a_time(at):
    made = at.static("Named", 1)
    done = at.do("add_to_cohort", name="Named", people=["p3", "p4"])
    for left in (2, 1):
        assert at.at.gate.undo(done.change.id).sentence == MADE
        assert len(at.members(made["id"])) == left
    assert at.members(made["id"]) == {1}
    with pytest.raises(ChangeRefused, match="taken back already"):
        at.at.gate.undo(done.change.id)


def test_a_new_cohort_that_came_into_use_is_not_undone(at):
    done = at.do("create_cohort", name="Pros", any_of=[{"where": [where("plan", "pro")]}])
    at.flagged("new-page", done.object_id)
    with pytest.raises(ChangeRefused, match="The flag new-page uses the cohort Pros"):
        at.at.gate.undo(done.change.id)


def test_an_undo_of_what_a_flag_uses_is_as_risky_as_the_change(at):
    made = at.static("Named", 1)
    done = at.do("add_to_cohort", name="Named", people=["p3"])
    at.flagged("new-page", made["id"])
    at.at.gate.undo(done.change.id)
    assert at.card.risk == "high: others get the flag new-page"


@pytest.mark.parametrize("which", CHANGES)
def test_what_somebody_changed_since_is_not_undone(three, which):
    at, _, change, _ = three
    done = change(which)
    number = done.change.target.id
    if at.cohort(number)["deleted"]:
        at.edit(number, deleted=False)
    else:
        at.edit(number, description="theirs")
    with pytest.raises(ChangeRefused, match="Somebody changed"):
        at.at.gate.undo(done.change.id)


@pytest.mark.parametrize("which", CHANGES)
def test_a_cohort_that_moved_since_it_was_proposed_is_left_alone(three, which):
    at, _, change, number = three
    at.at.person.first = lambda: at.edit(number(which), description="theirs")
    done = change(which)
    assert (done.outcome, done.moved) == (Outcome.STALE, ("description",))
    assert at.at.wire.sent == []


def test_a_person_who_came_in_meanwhile_is_not_added_again(at):
    made = at.static("Named", 1)
    body = {"person_ids": [at.ids[5]]}
    path = f"/api/projects/@current/cohorts/{made['id']}/add_persons_to_static_cohort/"
    at.at.person.first = lambda: at.at.project.patch(path, body)
    done = at.do("add_to_cohort", name="Named", people=["p5"])
    assert (done.outcome, done.moved) == (Outcome.STALE, (f"members.{at.ids[5]}",))


def test_a_name_that_was_taken_meanwhile_is_not_taken_twice(at):
    at.at.person.first = lambda: at.static("New", 1)
    done = at.do("create_cohort", name="New", any_of=[{"where": [where("plan", "pro")]}])
    assert (done.outcome, at.at.wire.sent) == (Outcome.STALE, [])


NEW = {
    "dynamic": ("create_cohort", {"name": "New", "any_of": [{"where": [where("plan", "pro")]}]}),
    "static": ("create_static_cohort", {"name": "New", "people": ["p1", "p2"]}),
}
LOST = {
    "dynamic": (Outcome.APPLIED, Outcome.REFUSED),
    "static": (Outcome.APPLIED, Outcome.REFUSED),
    "rules": (Outcome.APPLIED, Outcome.REFUSED),
    "in": (Outcome.APPLIED, Outcome.UNKNOWN),
    "out": (Outcome.APPLIED, Outcome.UNKNOWN),
    "deleted": (Outcome.APPLIED, Outcome.REFUSED),
}
"""What reading tells of a lost answer: where it was taken, and where it was not.

Members may take a moment to show, so that their not being there proves nothing."""


@pytest.mark.parametrize("which", LOST)
@pytest.mark.parametrize("taken", [True, False])
def test_a_lost_answer_is_settled_by_reading(three, which, taken):
    at, _, change, _ = three

    def lost(request, served):
        if not changes_something(request):
            return served()
        if taken:
            served()
        raise httpx.ReadError("lost")

    at.at.wire.fault = lost
    done = change(which)
    assert done.outcome is LOST[which][not taken]
    assert len(at.at.wire.sent) == 1
    if taken:
        assert done.sentence == MADE


@pytest.mark.parametrize(
    ("late", "said"), [(3, MADE), (99, "Made, but members.{} reads otherwise than was approved")]
)
def test_members_that_show_late_are_waited_for(at, late, said):
    """PostHog takes people out without waiting until every copy of its data knows."""
    at.static("Named", 1)
    reads = []

    def slow(request, served):
        answer = served()
        if at.at.wire.sent and b"static_cohort_people" in request.content:
            reads.append(request)
            if len(reads) < late:
                body = answer.json() | {"results": [[at.ids[1]]]}
                return httpx.Response(200, json=body)
        return answer

    at.at.wire.fault = slow
    done = at.do("remove_from_cohort", name="Named", person="p1")
    assert done.sentence.startswith(said.format(at.ids[1]))
    assert 3 <= len(reads) < 10


def test_what_posthog_adds_to_the_criteria_it_keeps_is_no_change(at):
    made = at.dynamic("Pros", PRO)

    def adding(request, served):
        answer = served()
        if not request.url.path.endswith(f"/cohorts/{made['id']}/"):
            return answer
        body = answer.json()
        for one in body["filters"]["properties"]["values"]:
            for leaf in one.get("values", [one]):
                leaf |= {"bytecode": ["_H", 1], "conditionHash": "4f2a"}
        return httpx.Response(answer.status_code, json=body)

    at.at.wire.fault = adding
    done = at.do("update_cohort", name="Pros", any_of=[{"where": [where("plan", "free")]}])
    assert done.sentence == MADE
    assert at.at.gate.undo(done.change.id).sentence == MADE
    assert "bytecode" not in json.dumps(at.sent()[2])


def test_a_change_of_members_survives_being_written_down(at):
    named = at.static("Named", 1)
    at.at.person.choice = Choice.LATER
    change = at.do("add_to_cohort", name="Named", people=["p2", "p3"]).change
    kept = at.at.gate.ledger.change(change.id)
    assert (kept, kept.hash) == (change, change.hash)
    assert Change.of_json(json.loads(json.dumps(change.as_json()))) == change
    decided = at.at.person
    decided.choice = Choice.YES
    assert at.at.gate.approve(kept, decided.decide(at.card)).sentence == MADE
    assert at.members(named["id"]) == {1, 2, 3}
