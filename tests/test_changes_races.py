"""Foreign edits and lost answers, in every order: nothing of theirs is overwritten, nothing is sent
twice, and whatever is not as approved is said."""

import json
from collections import Counter
from itertools import product

import pytest

from tests.change_faults import LOSSES, MOMENTS, Race
from tests.writing_fixtures import desk
from tools.changes.change import Outcome
from tools.errors import ChangeRefused

GROUP = {"properties": [], "rollout_percentage": 30}
EDITS = {
    "nothing": None,
    "renamed": {"name": "theirs"},
    "same": {"filters": {"groups": [{**GROUP, "rollout_percentage": 40}], "payloads": {}}},
    "other": {"filters": {"groups": [{**GROUP, "rollout_percentage": 77}], "payloads": {}}},
    "off": {"active": False},
    "added": {"filters": {"groups": [GROUP, {**GROUP, "rollout_percentage": 5}], "payloads": {}}},
}
"""What somebody else may do to the flag."""

CALLS = {
    "set_flag_rollout": {"percent": 40},
    "set_flag_condition": {"percent": 40, "condition": 1},
    "switch_flag": {"on": False},
}
CASES = [
    (tool, moment, edit, loss)
    for tool, moment, edit, loss in product(CALLS, MOMENTS, EDITS, LOSSES)
    if edit != "nothing" or moment == MOMENTS[0]
]
PAIRS = [
    (first, second)
    for first, second in product(
        [(m, e) for m in MOMENTS for e in EDITS if e != "nothing"], repeat=2
    )
    if MOMENTS.index(first[0]) <= MOMENTS.index(second[0])
]
"""Two edits, one after the other."""


def run(at, tool, edits, loss, number):
    key = f"race-{number}"
    flag = at.project.made(key, {"groups": [GROUP], "payloads": {}})

    def edit(which):
        status, body = at.project.patch(flag["id"], EDITS[which])
        assert status == 200, body

    race = Race(at, edits, loss, edit, "/feature_flags/")
    before = at.flag(flag["id"])
    try:
        done = at.do(tool, key=key, **CALLS[tool])
        outcome, told = done.outcome, bool(done.moved) or done.outcome is not Outcome.APPLIED
    except ChangeRefused:
        outcome, told = Outcome.REFUSED, True
    at.wire.fault, at.wire.before = None, lambda request: None
    return race, before, at.flag(flag["id"]), outcome, told


def judge(at, tool, race, before, after, outcome, told):
    """What must hold however the steps fell."""
    sent = len(at.wire.sent)
    assert sent <= 1, "sent twice"
    assert race.arrived <= 1, "done twice"
    if race.theirs and "renamed" in race.theirs:
        assert after["name"] == "theirs", "their name was overwritten"
    if outcome in (Outcome.STALE, Outcome.REFUSED):
        assert race.arrived == 0, "said to be undone and was done"
    if outcome is Outcome.APPLIED and not told:
        wished = json.loads(json.dumps(before))
        if tool == "switch_flag":
            wished["active"] = False
        else:
            wished["filters"]["groups"][0]["rollout_percentage"] = 40
        for name in ("filters", "active", "name"):
            same = full(after[name]) == full(wished[name])
            assert same, f"{name} is not as approved, and nobody was told"


def full(value):
    """A value without what is empty in it."""
    if isinstance(value, dict):
        return {k: full(v) for k, v in value.items() if v is not None}
    return [full(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    with desk(tmp_path_factory.mktemp("races")) as at:
        yield at


def test_no_order_of_their_edits_and_our_losses_does_harm(at, tally):
    outcomes = Counter()
    runs = [
        (tool, [(moment, edit)] if edit != "nothing" else [], loss)
        for tool, moment, edit, loss in CASES
    ]
    runs += [("set_flag_rollout", pair, loss) for pair in PAIRS for loss in ("none", "after")]
    for number, (tool, edits, loss) in enumerate(runs):
        race, before, after, outcome, told = run(at, tool, edits, loss, number)
        try:
            judge(at, tool, race, before, after, outcome, told)
        except AssertionError as error:
            raise AssertionError(f"{tool} {edits} {loss}: {error}") from error
        outcomes[str(outcome)] += 1
    tally(f"{len(runs)} orders of foreign edits and lost answers: {dict(outcomes)}")
    assert len(runs) > 482
    assert outcomes["applied"] > 100
    assert outcomes["stale"] > 100
    assert outcomes["unknown"] < len(runs) / 8


def test_their_targeting_is_not_overwritten(at):
    """The edit that a version without `original_flag` would have lost."""
    for moment in ("deciding", "reading", "sending"):
        for edit in ("other", "added"):
            race, _, after, outcome, _ = run(
                at, "set_flag_condition", [(moment, edit)], "none", f"{moment}-{edit}"
            )
            assert race.theirs == [edit]
            assert outcome is Outcome.STALE, (moment, edit)
            theirs = [g["rollout_percentage"] for g in EDITS[edit]["filters"]["groups"]]
            assert [g["rollout_percentage"] for g in after["filters"]["groups"]] == theirs


def test_a_client_that_sends_no_original_overwrites_them(at, monkeypatch):
    """The negative control: the harness sees the harm that the guard prevents."""
    send = type(at.posthog).change

    def careless(self, method, path, body, scopes):
        body = {k: v for k, v in body.items() if k not in ("version", "original_flag")}
        return send(self, method, path, body, scopes)

    monkeypatch.setattr(type(at.posthog), "change", careless)
    _race, _before, after, outcome, _told = run(
        at, "set_flag_condition", [("sending", "added")], "none", "careless"
    )
    assert outcome is Outcome.APPLIED
    assert [g["rollout_percentage"] for g in after["filters"]["groups"]] == [40]
