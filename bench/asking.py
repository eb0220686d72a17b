"""A question from the keyboard to the answer, against a script that knows the SQL already."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.measure import Times, in_turns, line, load, timed, title
from bench.projects import HOGLOOP, demo, scratch_home, stopped
from tools.local.connect import DEMO, open_project

QUESTION = "How many people signed up last week?"
SQL = """
SELECT count(DISTINCT if(o.distinct_id = '', e.person_id, o.person_id))
FROM events AS e LEFT JOIN person_distinct_id_overrides AS o ON o.distinct_id = e.distinct_id
WHERE e.event = 'signed_up' AND e.timestamp >= '2026-11-02' AND e.timestamp < '2026-11-09'"""
ROUNDS = 7


def main() -> None:
    """Print seconds for the first question ever, for one that starts the worker, and for more."""
    with scratch_home() as home:
        first = Times((timed(lambda: _ask(home)),))
        project = stopped(demo(home))
        copy = home / "copy"
        shutil.copytree(project.folder / "clickhouse", copy, symlinks=True)
        by_hand, cold, warm = "by hand: a script with the SQL", "cold: starts the worker", "warm"
        found = {_by_hand(copy), _ask(home)}
        if len(found) > 1:
            raise SystemExit(f"not the same answer: {found}")
        times = in_turns(
            {
                by_hand: lambda: _by_hand(copy),
                warm: lambda: _ask(home),
                "": lambda: stopped(open_project(home, DEMO)),
                cold: lambda: _ask(home),
            },
            rounds=ROUNDS,
        )
        title(f"“{QUESTION}”")
        line(by_hand, times[by_hand], unit="s")
        line(warm, times[warm], times[by_hand], unit="s")
        line(cold, times[cold], times[by_hand], unit="s")
        line("the first ever: creates the demo", first, times[by_hand], unit="s")
        load()


def _ask(home: Path) -> int:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "HOGLOOP_HOME": str(home)}
    answer = json.loads(_printed([*HOGLOOP, "ask", QUESTION, "--json"], environ))
    return _only(answer["tables"][0]["rows"])


def _by_hand(folder: Path) -> int:
    command = [sys.executable, "-m", "bench.by_hand", str(folder), SQL]
    return _only([json.loads(_printed(command, dict(os.environ)))])


def _printed(command: list[str], environ: dict[str, str]) -> bytes:
    done = subprocess.run(command, check=False, env=environ, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    return done.stdout


def _only(rows: list[list[Any]]) -> int:
    [[value]] = rows
    return int(value)


if __name__ == "__main__":
    main()
