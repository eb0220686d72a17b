"""Changes on the command line, against flags behind a port and a scripted model."""

import json
import os
import pty
import re
import selectors
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.writing.ledger import Ledger
from tests.fakes import KEY, FakeOpenAI, calls, says
from tests.flag_world import FlagWorld
from tests.loopback import serving

QUESTION = "Roll new-page out to 40 %"


class Place:
    """A PostHog of flags, a model, a home, and hogloop run against them."""

    def __init__(self, home, world, host, model):
        self.home, self.world, self.model = home, world, model
        self.environ = {
            "HOGLOOP_HOME": str(home),
            "POSTHOG_HOST": host,
            "POSTHOG_PROJECT_ID": "7",
            "POSTHOG_PERSONAL_API_KEY": KEY,
            "OPENAI_BASE_URL": model.base_url,
            "HOGLOOP_MODEL": "tiny",
            "COLUMNS": "100",
        }

    def run(self, *arguments):
        return CliRunner().invoke(app, arguments, env=self.environ)

    def script(self, percent=40):
        self.model._lines += [
            calls("set_flag_rollout", key="new-page", percent=percent),
            says("Done as asked."),
        ]


@pytest.fixture
def place(tmp_path):
    world = FlagWorld()
    world.add("new-page")
    with FakeOpenAI().serving() as model, serving(world) as host:
        yield Place(tmp_path / "home", world, host, model)


def share(place):
    return place.world.flags[1]["filters"]["groups"][0]["rollout_percentage"]


def test_nothing_is_offered_until_a_person_lets_it(place):
    place.model._lines += [says("I can't change that.")]
    place.run("ask", QUESTION)
    assert "set_flag_rollout" not in json.dumps(place.model.requests[-1])
    result = place.run("login", "--write")
    assert "Changes of Shop can be proposed for 30 minutes" in result.stderr
    place.script()
    place.run("ask", QUESTION)
    assert share(place) == 30, "nobody approved it"


def test_a_proposal_waits_is_listed_and_needs_a_terminal_to_be_approved(place):
    assert place.run("changes").stderr == "No change was proposed yet.\n"
    place.run("login", "--write")
    place.script()
    place.run("ask", QUESTION)
    listed = place.run("changes").stdout
    assert re.match(r"c_[2-9a-z]{8}  .*  proposed  roll new-page out to 40%\n", listed), listed
    result = place.run("approve", listed.split()[0])
    assert (result.exit_code, share(place)) == (2, 30)
    assert "approving needs a terminal" in result.stderr


def test_what_the_policy_allows_is_made_unattended_and_can_be_undone(place):
    place.home.mkdir()
    (place.home / "policy.toml").write_text('[[allow]]\ntool = "set_flag_rollout"\n')
    place.run("login", "--write")
    place.script(31)
    place.run("ask", "--yes", QUESTION)
    assert share(place) == 31
    first = place.run("changes").stdout.split()[0]
    place.script(90)
    place.run("ask", "--yes", QUESTION)
    assert share(place) == 31, "its risk is high"
    result = place.run("undo", first)
    assert result.stdout.startswith("Proposed, nothing is changed. It waits: `hogloop approve c_")
    assert "The ledger is whole. Its head is " in place.run("audit", "verify").stdout


def test_the_policy_explains_itself(place):
    place.home.mkdir()
    (place.home / "policy.toml").write_text('protected = ["billing-*"]\nmax_step = 25\n')
    said = [
        place.run("policy", "explain", "set_flag_rollout", *more).stdout
        for more in (["billing-gate"], ["new-page", "--step", "30"], ["new-page"])
    ]
    assert said == [
        "deny: billing-gate is protected (billing-*).\n",
        "deny: the rollout would move by 30 points, and the policy allows 25 at once.\n",
        "ask: no rule speaks against it.\n",
    ]
    result = place.run("policy", "explain", "drop_table", "x")
    assert result.exit_code == 2
    assert "There is no change 'drop_table'" in result.stderr


def test_scopes_name_the_least_that_would_do(place):
    shown = place.run("scopes").stdout
    assert "has feature_flag:write" in shown
    assert "lacks query:read" in shown


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("approve", "c_22222222"), "There is no change c_22222222"),
        (("undo", "c_22222222"), "There is no change c_22222222"),
    ],
)
def test_a_change_that_is_not_there_is_one_sentence(place, command, said):
    result = place.run(*command)
    assert result.exit_code != 0
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_policy_stops_the_start(place):
    place.home.mkdir()
    (place.home / "policy.toml").write_text("protect = []\n")
    result = place.run("ask", QUESTION)
    assert result.exit_code == 2
    assert "the rule protect can't be used" in result.stderr


def typed(place, command, answer):
    """What a terminal shows of a command whose prompt is answered."""
    main, side = pty.openpty()
    code = "from agent.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *command],
        stdin=side, stdout=side, stderr=side, env={**os.environ, **place.environ}, close_fds=True,
    )  # fmt: skip
    os.close(side)
    # Not select(), which can't wait for files beyond the 1,024th: chDB opens that many.
    waiting = selectors.DefaultSelector()
    waiting.register(main, selectors.EVENT_READ)
    shown, answered, deadline = "", False, time.monotonic() + 60
    while time.monotonic() < deadline:
        if waiting.select(0.1):
            try:
                shown += os.read(main, 65536).decode()
            except OSError:
                break
        elif process.poll() is not None:
            break
        if not answered and re.search(r"(\[y/N\]|leave it:) $", shown):
            os.write(main, f"{answer}\n".encode())
            answered = True
    process.wait(10)
    waiting.close()
    os.close(main)
    return shown


@pytest.mark.parametrize(("answer", "after"), [("y", 40), ("n", 30), ("", 30), ("yes please", 30)])
def test_a_person_at_the_terminal_decides(place, answer, after):
    place.run("login", "--write")
    place.script()
    shown = typed(place, ["ask", QUESTION], answer)
    assert "Roll new-page out to 40%" in shown
    assert "filters.groups[0].rollout_percentage: 30 → 40" in shown
    assert share(place) == after


def test_a_proposal_is_approved_later_by_its_id(place):
    place.run("login", "--write")
    place.script()
    place.run("ask", QUESTION)
    name = place.run("changes").stdout.split()[0]
    shown = typed(place, ["approve", name], "y")
    assert "Made, and read back as approved." in shown
    assert share(place) == 40
    again = typed(place, ["approve", name], "y")
    assert f"The change {name} is applied already" in again
    assert len(place.world.effects) == 1


def test_a_proposal_that_is_too_old_is_listed_and_refused_as_such(place):
    place.run("login", "--write")
    place.script()
    place.run("ask", QUESTION)
    ledger = Ledger(place.home / "journal.db")
    (proposed,) = ledger.latest()
    old = replace(ledger.change(proposed.change), made_at=time.time() - 3600)
    ledger.propose(old, "ann")
    assert f"{old.id}  " in place.run("changes").stdout
    (line,) = [one for one in place.run("changes").stdout.splitlines() if old.id in one]
    assert "  expired  " in line
    result = place.run("approve", old.id)
    assert "is older than ten minutes: ask for it again." in result.stderr
    assert (result.exit_code, share(place)) == (5, 30)
