"""What `hogloop --help` costs over `python -c pass`."""

import subprocess
import sys
from functools import partial

from bench.measure import in_turns, line, load, note, title
from bench.projects import HOGLOOP

ROUNDS = 30
TARGET = 150


def main() -> None:
    """Print the times and their difference."""
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL)
    bare, full = "python -c pass", "hogloop --help"
    commands = {bare: [sys.executable, "-c", "pass"], full: [*HOGLOOP, "--help"]}
    times = in_turns(
        {name: partial(run, command) for name, command in commands.items()}, rounds=ROUNDS
    )
    title("Start of the program")
    line(bare, times[bare])
    line(full, times[full], times[bare])
    over = (times[full].median - times[bare].median) * 1000
    note("difference of the medians", f"{over:9.2f} ms (target: below {TARGET})")
    load()


if __name__ == "__main__":
    main()
