"""What `hogloop --help` costs over `python -c pass`: interleaved runs, medians."""

import os
import statistics
import subprocess
import sys
import time

RUNS = 40
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "hogloop --help": [sys.executable, "-c", "from agent.cli import main; main()", "--help"],
}


def seconds(command: list[str]) -> float:
    """How long one run takes."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print the medians, their difference and their ratio."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        seconds(command)
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    bare, full = (statistics.median(found) * 1000 for found in times.values())
    spread = statistics.quantiles(times["hogloop --help"], n=10)
    print(f"python -c pass   {bare:6.1f} ms (median of {RUNS})")
    print(f"hogloop --help   {full:6.1f} ms ({spread[0] * 1000:.0f} to {spread[8] * 1000:.0f})")
    print(f"difference       {full - bare:6.1f} ms, ratio {full / bare:.2f}")
    print(f"load average     {os.getloadavg()[0]:6.1f}")


if __name__ == "__main__":
    main()
