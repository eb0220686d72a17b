"""Every kind of change with foreign edits, lost answers and deaths: nothing is sent or done twice,
nothing of theirs is lost unseen, and nothing is noted otherwise than it is."""

import contextlib
import json
from collections import Counter
from itertools import product

import pytest

from tests.change_faults import FAULTS, LOSSES, MOMENTS, STEPS, Killed, Race, dying
from tests.change_scenes import BACK, SCENES, world
from tools.changes import apply as applying
from tools.changes import propose as proposing
from tools.changes.change import Outcome
from tools.errors import ChangeRefused
from tools.toolbox import TOOLS

UNTOLD = {
    *("save_insight", "create_dashboard", "annotate", "schedule_flag_change"),
    *("add_to_cohort", "remove_from_cohort"),
}
"""Where what is not there may have been made and changed since: a person has to look."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with world(tmp_path_factory.mktemp("kinds")) as one:
        yield one


@pytest.fixture
def stages(opened):
    opened.clear()
    return opened


@pytest.fixture
def whole(request):
    return request.config.getoption("--whole")


def chosen(orders, number, whole):
    """All of them, or every seventh, another one for each kind."""
    return orders if whole else orders[number % 7 :: 7]


def orders_of(scene):
    """An edit of others at a moment, or none, each with every loss."""
    edits = [[], *([pair] for pair in product(MOMENTS, scene.edits))]
    return [(edit, loss) for edit in edits for loss in LOSSES]


def kept(body):
    """What people set, without what the server keeps for itself."""
    own = {"version", "pending_version", "is_calculating", "last_calculation", "count"}
    own |= {"updated_at", "last_modified_at", "last_modified_by", "errors_calculating"}
    return {k: v for k, v in body.items() if k not in own and not k.startswith(("_", "last_"))}


def raced(scene, tool, stage, edits, loss):
    """Run one order; what it came to, and whether a person was told that something is odd."""
    at = stage.world.at
    race = Race(at, edits, loss, lambda which: scene.edit(stage, which), f"/{scene.route}")
    before = json.loads(json.dumps(kept(scene.object(stage) or {})))
    try:
        done = at.do(tool, **stage.arguments)
        outcome, told = done.outcome, bool(done.moved) or done.outcome is not Outcome.APPLIED
    except ChangeRefused:
        outcome, told = Outcome.REFUSED, True
    at.wire.fault, at.wire.before = None, lambda request: None
    return race, before, outcome, told


def judge(scene, stage, race, before, outcome, told):
    """What must hold however the steps fell."""
    assert len(stage.world.at.wire.sent) <= 1, "sent twice"
    assert race.arrived <= 1, "done twice"
    if outcome in (Outcome.STALE, Outcome.REFUSED):
        assert race.arrived == 0, "said to be undone and was done"
    if outcome is Outcome.APPLIED:
        assert race.arrived == 1, "said to be made and was not"
    if outcome is Outcome.APPLIED and not told:
        assert scene.is_done(stage), "not as approved, and nobody was told"
        assert not race.theirs, f"they did {race.theirs}, and nobody was told"
        moved = {k for k, v in kept(scene.object(stage)).items() if before.get(k, v) != v}
        assert len(moved) <= 1, f"{moved} moved"


@pytest.mark.parametrize("tool", SCENES)
def test_no_order_of_their_edits_and_our_losses_does_harm(stages, tool, whole, tally):
    scene, outcomes = SCENES[tool], Counter()
    alone, among = orders_of(scene)[: len(LOSSES)], orders_of(scene)[len(LOSSES) :]
    orders = alone + chosen(among, list(SCENES).index(tool), whole)
    for number, (edits, loss) in enumerate(orders):
        stage = scene.stage(stages, f"raced-{tool}-{number}x")
        found = raced(scene, tool, stage, edits, loss)
        try:
            judge(scene, stage, *found)
        except AssertionError as error:
            raise AssertionError(f"{edits} {loss}: {error}, {found[2]}") from error
        outcomes[str(found[2])] += 1
    tally(f"{len(orders)} orders of {tool}: {dict(outcomes)}")
    assert outcomes["applied"]


@pytest.mark.parametrize("tool", SCENES)
def test_death_at_any_step_with_any_fault_is_settled_at_the_next_start(stages, tool, whole, tally):
    scene, outcomes, at = SCENES[tool], Counter(), stages.at
    runs = chosen(list(product(STEPS, FAULTS)), list(SCENES).index(tool), whole)
    for number, (step, name) in enumerate(runs):
        stage = scene.stage(stages, f"killed-{tool}-{number}x")
        at.person.first = lambda: None
        desk = at.again()
        at.wire.fault = FAULTS[name]
        at.wire.sent.clear()
        dying(desk, step)
        case = f"{step}, {name}"
        with contextlib.suppress(Killed):
            desk.do(tool, **stage.arguments)
        at.wire.fault = None
        change = desk.person.cards[0].id
        at.again().gate.settle_open()
        assert len(at.wire.sent) <= 1, f"{case}: sent twice"
        done, noted = scene.is_done(stage), at.gate.ledger.last(change).step
        if noted is Outcome.UNKNOWN:
            assert not done, f"{case}: not found although it is there"
            assert tool in UNTOLD, f"{case}: not found out"
        else:
            assert noted.ended, f"{case}: left at {noted}"
            assert (noted is Outcome.APPLIED) is done, f"{case}: noted {noted}, done {done}"
            assert at.again().gate.settle_open() == [], f"{case}: settled again"
        outcomes[str(noted)] += 1
    tally(f"{len(runs)} deaths and faults of {tool}: {dict(outcomes)}")
    at.gate.ledger.verify()


def test_every_change_has_a_scene_or_is_one_of_a_kind_that_has(stages):
    like = {
        "switch_flag": "set_flag_rollout",
        "set_flag_condition": "set_flag_rollout",
        "remove_flag_condition": "set_flag_rollout",
        "set_flag_variants": "set_flag_rollout",
        "set_flag_payload": "set_flag_rollout",
        "restore_flag": "delete_flag",
        "restore_cohort": "delete_cohort",
    }
    elsewhere = {
        *("copy_flag", "create_batch_export", "pause_batch_export", "backfill_batch_export")
    }
    assert {tool.name for tool in TOOLS if tool.writes} == {*SCENES, *like, *elsewhere}
    assert set(like.values()) <= set(SCENES)


def test_a_key_that_can_not_read_the_log_does_not_see_what_was_set_back(stages, monkeypatch):
    """The negative control: without the log the harness sees what the log prevents."""
    scene, order = SCENES["update_cohort"], ([("deciding", BACK)], "none")
    with monkeypatch.context() as patch:
        for module in (applying, proposing):
            patch.setattr(module, "edits", lambda *asked: None)
        stage = scene.stage(stages, "unseen")
        blind = raced(scene, "update_cohort", stage, *order)
        with pytest.raises(AssertionError, match="nobody was told"):
            judge(scene, stage, *blind)
    seen = raced(scene, "update_cohort", scene.stage(stages, "seen"), *order)
    assert seen[2] is Outcome.STALE
