"""A process that dies at any step, with any fault: nothing is done twice, nothing is noted wrongly,
and the next start settles what was left open."""

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from agent.writing.ledger import Ledger
from tests.change_faults import FAULTS, STEPS, Killed, dying
from tests.writing_fixtures import desk
from tools.changes.change import Outcome

GROUP = {"properties": [], "rollout_percentage": 30}


CALLS = {
    "set_flag_rollout": {"percent": 40},
    "set_flag_condition": {"percent": 40, "condition": 1},
    "create_flag": {"percent": 40},
}


def effects(at, key):
    """How often the server did what was asked, by its own record."""
    flags = at.project.get(f"?search={key}")[1]["results"]
    flags = [flag for flag in flags if flag["key"] == key]
    if not flags:
        return 0
    hit = flags[0]["filters"]["groups"][0]["rollout_percentage"] == 40
    made = 1 if key.startswith("create") else 0
    return flags[0]["version"] - 1 + made if hit else 0


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    with desk(tmp_path_factory.mktemp("killed")) as at:
        yield at


def test_death_at_any_step_with_any_fault_is_settled_at_the_next_start(at, tally):
    outcomes, runs = Counter(), 0
    for runs, (tool, step, name) in enumerate(product(CALLS, STEPS, FAULTS), 1):
        key = f"{tool.split('_')[0]}-{runs}"
        if tool != "create_flag":
            at.project.made(key, {"groups": [GROUP], "payloads": {}})
        desk_now = at.again()
        at.wire.fault = FAULTS[name]
        at.wire.sent.clear()
        dying(desk_now, step)
        case = f"{tool}, {step}, {name}"
        with contextlib.suppress(Killed):
            desk_now.do(tool, key=key, **CALLS[tool])
        at.wire.fault = None
        change = desk_now.person.cards[0].id
        settled = at.again().gate.settle_open()
        assert len(at.wire.sent) <= 1, f"{case}: sent twice"
        done, noted = effects(at, key), at.gate.ledger.last(change).step
        assert done <= 1, f"{case}: done twice"
        assert noted.ended, f"{case}: left at {noted}"
        assert (noted is Outcome.APPLIED) is bool(done), f"{case}: noted {noted}, done {done}"
        assert at.again().gate.settle_open() == [], f"{case}: settled again"
        outcomes[str(noted)] += 1
        del settled
    tally(f"{runs} deaths and faults while changing a flag: {dict(outcomes)}")
    assert runs == len(CALLS) * len(STEPS) * len(FAULTS)
    assert outcomes["applied"] > 50
    assert outcomes["refused"] > 50
    at.gate.ledger.verify()


PROGRAM = """
import os, signal, sys
from pathlib import Path
from agent.writing.ledger import Ledger
from tools.changes.change import Change, Outcome
ledger, step = Ledger(Path(sys.argv[1])), int(sys.argv[2])
import json
change = Change.of_json(json.loads(sys.argv[3]))
steps = [lambda: ledger.propose(change, "ann")]
pairs = [("proposed", "approved"), ("approved", "sending"), ("sending", "applied")]
for a, b in pairs:
    steps.append(lambda a=a, b=b: ledger.advance(change.id, Outcome(a), Outcome(b), "ann", {}))
for one in steps[:step]:
    one()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("step", [0, 1, 2, 3, 4])
def test_what_was_noted_before_a_kill_is_on_the_disk(at, tmp_path, step):
    import json

    at.project.made(f"killed-{step}", {"groups": [GROUP], "payloads": {}})
    done = at.again().do("set_flag_rollout", key=f"killed-{step}", percent=31)
    path = tmp_path / "journal.db"
    body = json.dumps(done.change.as_json())
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(step), body],
        cwd=Path(__file__).parent.parent,
        env={**os.environ},
    )
    assert ended.returncode == -signal.SIGKILL
    ledger = Ledger(path)
    seen = [entry.step for entry in ledger.steps(done.change.id)]
    assert seen == ["proposed", "approved", "sending", "applied"][:step]
    ledger.verify()
