import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.__main__ import NAMES
from bench.measure import Times, in_turns

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_has_a_module_of_its_name(name):
    assert find_spec(f"bench.{name}")


def test_an_unknown_benchmark_is_refused_by_name():
    command = [sys.executable, "-m", "bench", "startup", "nonsense"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"there is no nonsense: name some of {', '.join(NAMES)}." in done.stderr


def test_what_is_compared_takes_turns_and_the_first_round_does_not_count():
    done = []
    times = in_turns({"ours": lambda: done.append("o"), "peer": lambda: done.append("p")}, rounds=2)
    assert "".join(done) == "opopop"
    assert {name: len(found.seconds) for name, found in times.items()} == {"ours": 2, "peer": 2}


def test_a_time_is_told_by_its_median_and_its_least():
    times = Times((3.0, 1.0, 8.0))
    assert (times.median, times.least) == (3.0, 1.0)
    assert times.each(2) == Times((1.5, 0.5, 4.0))
