"""Changes of experiments, and changes of flags that are made later or taken back late."""

import json

import pytest

from agent.writing.approval import Choice
from tests.flags_fixtures import EVERYBODY
from tests.writing_fixtures import desk
from tools.changes.change import Outcome, Risk
from tools.errors import ChangeRefused, InvalidArguments

VARIANTS = [{"key": key, "rollout_percentage": 50} for key in ("control", "test")]
IOS = {"property": "$os", "of": "person", "values": ["iOS"]}
METRIC = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "name": "orders",
    "source": {"kind": "EventsNode", "event": "ordered"},
}
AHEAD = "2036-11-14"


@pytest.fixture
def at(tmp_path):
    with desk(tmp_path) as at:
        ios = {"key": "$os", "type": "person", "value": ["iOS"], "operator": "exact"}
        groups = [{"properties": [ios], "rollout_percentage": 40}]
        filters = {"groups": groups, "multivariate": {"variants": VARIANTS}}
        at.project.made("tested", filters)
        yield at


def experiment(at, **fields):
    """An experiment in one of its states."""
    at.project.home.meta.put_documents(
        {"experiment": [{"id": 1, "name": "New page", "feature_flag_key": "tested", **fields}]}
    )


def kept(at):
    return at.project.home.meta.document("experiment", "1")


RUNNING = {"start_date": "2026-01-01T00:00:00Z", "metrics": [METRIC]}
ENDED = {**RUNNING, "end_date": "2026-02-01T00:00:00Z"}


def test_an_experiment_is_launched_and_made_a_draft_again(at):
    experiment(at)
    done = at.do("launch_experiment", experiment="New page")
    assert done.sentence == "Made, and read back as approved."
    assert kept(at)["start_date"] == done.change.after["start_date"]
    (card,) = at.person.cards
    assert (card.typed, card.rows[0]) == ("New page", ("state", "draft", "running"))
    assert "It has no metric yet." in card.notes
    with pytest.raises(ChangeRefused, match="was launched already and is running"):
        at.do("launch_experiment", experiment="New page")
    undone = at.gate.undo(done.change.id)
    assert (undone.outcome, undone.change.risk) == (Outcome.APPLIED, Risk.HIGH)
    assert kept(at)["start_date"] is None


def test_an_experiment_is_ended_with_what_its_results_can_not_carry(at):
    experiment(at, **RUNNING)
    done = at.do("end_experiment", experiment="1", conclusion="inconclusive", comment="too few")
    assert done.sentence == "Made, and read back as approved."
    assert (kept(at)["conclusion"], kept(at)["conclusion_comment"]) == ("inconclusive", "too few")
    (card,) = at.person.cards
    assert card.typed == "New page"
    few = "Caution: fewer than 100 exposures of control and test: too few to decide anything."
    assert few in card.notes
    assert "The flag tested goes on giving variants: ship one, or turn it off." in card.notes
    at.gate.undo(done.change.id)
    assert (kept(at)["end_date"], kept(at)["conclusion"]) == (None, None)


def test_an_experiment_that_somebody_ended_meanwhile_is_not_ended_again(at):
    experiment(at, **RUNNING)
    at.person.first = lambda: experiment(at, **ENDED)
    done = at.do("end_experiment", experiment="New page")
    assert (done.outcome, done.moved) == (Outcome.STALE, ("end_date",))
    assert kept(at)["end_date"] == ENDED["end_date"]


@pytest.mark.parametrize(("state", "said"), [({}, "is draft"), (RUNNING, "is running")])
def test_a_variant_is_shipped_once_the_experiment_has_ended(at, state, said):
    experiment(at, **state)
    with pytest.raises(ChangeRefused, match=f"{said}: end it first"):
        at.do("ship_variant", experiment="New page", variant="test")


def test_a_shipped_variant_reaches_everybody_and_the_card_says_what_speaks_against_it(at):
    experiment(at, **ENDED)
    before = at.flag(1)["filters"]
    done = at.do("ship_variant", experiment="New page", variant="test")
    assert done.sentence == "Made, and read back as approved."
    filters = at.flag(1)["filters"]
    shares = {one["key"]: one["rollout_percentage"] for one in filters["multivariate"]["variants"]}
    assert shares == {"control": 0, "test": 100}
    assert (filters["groups"][0]["properties"], len(filters["groups"])) == ([], 2)
    assert at.project.values("anybody")["tested"]["variant"] == "test"
    (card,) = at.person.cards
    assert card.typed == "tested"
    assert "Caution: by no metric is test significantly the best." in card.notes
    assert card.rows[:2] == (("variant control", "50%", "0%"), ("variant test", "50%", "100%"))
    assert at.gate.undo(done.change.id).outcome is Outcome.APPLIED
    assert at.flag(1)["filters"] == before
    with pytest.raises(InvalidArguments, match="no variant 'other', only control and test"):
        at.do("ship_variant", experiment="New page", variant="other")


def test_a_deleted_flag_is_restored_by_its_id(at):
    flag = at.project.made("gone", EVERYBODY)
    at.project.patch(flag["id"], {"deleted": True})
    done = at.do("restore_flag", id=flag["id"])
    assert done.sentence == "Made, and read back as approved."
    assert at.flag(flag["id"])["deleted"] is False
    assert at.person.cards[-1].rows[0] == ("flag", "deleted", "is there, on")
    assert at.person.cards[-1].rows[1][1] == "nobody"
    with pytest.raises(ChangeRefused, match="is so already"):
        at.do("restore_flag", id=flag["id"])
    assert at.gate.undo(done.change.id).outcome is Outcome.APPLIED
    assert at.flag(flag["id"])["deleted"] is True


def test_a_flag_whose_key_is_taken_or_that_never_was_is_not_restored(at):
    flag = at.project.made("gone", EVERYBODY)
    document = {**at.project.home.meta.document("feature_flag", str(flag["id"])), "id": 77}
    at.project.home.meta.put_documents({"feature_flag": [{**document, "deleted": True}]})
    with pytest.raises(ChangeRefused, match=f"belongs to another flag now .id {flag['id']}"):
        at.do("restore_flag", id=77)
    with pytest.raises(InvalidArguments, match="never was a flag with the id 99"):
        at.do("restore_flag", id=99)


def scheduled(at):
    return at.project.home.meta.documents("scheduled_change")


def test_a_flag_is_turned_off_at_a_later_hour(at):
    done = at.do("schedule_flag_change", key="tested", at=f"{AHEAD}T09:30", on=False)
    assert done.sentence == "Made, and read back as approved."
    (one,) = scheduled(at)
    assert one["payload"] == {"operation": "update_status", "value": False}
    assert (one["scheduled_at"], one["record_id"]) == (f"{AHEAD}T09:30:00Z", "1")
    assert at.flag(1)["active"] is True
    (card,) = at.person.cards
    assert card.headline == f"Turn tested off on Friday {AHEAD} 09:30 (UTC)"
    assert card.rows[1] == ("switched", "on", "off")
    with pytest.raises(ChangeRefused, match="scheduled for that hour already"):
        at.do("schedule_flag_change", key="tested", at=f"{AHEAD}T09:30", on=False)
    undone = at.gate.undo(done.change.id)
    assert undone.sentence == "Made, and read back as approved."
    assert (scheduled(at), at.wire.sent[-1].method) == ([], "DELETE")
    with pytest.raises(ChangeRefused, match="gone for good"):
        at.gate.undo(undone.change.id)


def test_a_condition_is_added_at_a_later_hour(at):
    at.do("schedule_flag_change", key="tested", at=AHEAD, on=True)
    done = at.do("schedule_flag_change", key="tested", at=AHEAD, where=[IOS], percent=5)
    assert done.sentence == "Made, and read back as approved."
    payload = scheduled(at)[-1]["payload"]
    assert payload["operation"] == "add_release_condition"
    (group,) = payload["value"]["groups"]
    assert (group["rollout_percentage"], group["properties"][0]["key"]) == (5, "$os")
    note = f"Scheduled for it besides: update status on Friday {AHEAD} 00:00 (UTC)."
    assert note in at.person.cards[-1].notes
    assert "tested is on now; it is set to that whatever" in str(at.person.cards[0].notes)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"at": "2020-01-01", "on": True}, "is past"),
        ({"at": AHEAD}, "give `on`, or the `percent`"),
        ({"at": AHEAD, "on": True, "percent": 5}, "give `on`, or the `percent`"),
        ({"at": "Friday", "on": True}, "is no day and no moment"),
        ({"at": AHEAD, "percent": 101}, "between 0 and 100"),
    ],
)
def test_what_can_not_be_scheduled_is_refused(at, arguments, said):
    with pytest.raises(InvalidArguments, match=said):
        at.do("schedule_flag_change", key="tested", **arguments)
    assert scheduled(at) == []


def test_the_scheduled_hour_is_one_of_the_project(tmp_path):
    with desk(tmp_path, timezone="Asia/Tokyo") as at:
        at.project.made("tested", EVERYBODY)
        at.do("schedule_flag_change", key="tested", at=f"{AHEAD}T09:30", on=False)
        assert scheduled(at)[0]["scheduled_at"] == f"{AHEAD}T00:30:00Z"


def test_hostile_names_are_shown_as_what_they_are(at):
    at.person.choice = Choice.NO
    experiment(at, **RUNNING)
    at.project.home.meta.put_documents(
        {"experiment": [{**kept(at), "name": "N\u0435w \u202epage\x1b[31m"}]}
    )
    at.do("end_experiment", experiment="1", comment="\u200bdone\x07")
    (card,) = at.person.cards
    shown = json.dumps([card.headline, card.rows, card.notes, card.exactly], ensure_ascii=False)
    assert not {"\u0435", "\u202e", "\x1b", "\u200b", "\x07"} & set(shown)
    assert "\\u{202e}" in card.headline
