"""What `hogloop --help` costs over `python -c pass`."""

import resource
import subprocess
import sys
from functools import partial

from bench.measure import Times, in_turns, line, load, note, title
from bench.projects import HOGLOOP

ROUNDS = 30
TARGET = 150


def main() -> None:
    """Print the times and their difference, also that of a machine that does nothing else."""
    bare, full = "python -c pass", "hogloop --help"
    commands = {bare: [sys.executable, "-c", "pass"], full: [*HOGLOOP, "--help"]}
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL)
    times = in_turns({name: partial(run, commands[name]) for name in commands}, rounds=ROUNDS)
    spent = {name: Times(tuple(_spent(commands[name]) for _ in range(ROUNDS))) for name in commands}
    title("Start of the program")
    line(bare, times[bare])
    line(full, times[full], times[bare])
    line(f"{bare}, processor time", spent[bare])
    line(f"{full}, processor time", spent[full], spent[bare])
    over = (times[full].median - times[bare].median, spent[full].median - spent[bare].median)
    cells = " ".join(f"{seconds * 1000:9.2f}" for seconds in over)
    note("difference: of medians, of processor time", f"{cells} ms (target: below {TARGET})")
    load()


def _spent(command: list[str]) -> float:
    """The processor time of one run, which depends little on what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
