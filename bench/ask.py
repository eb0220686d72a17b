"""How long a question takes from the keyboard to the answer: creating the demo, cold, warm."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

QUESTION = "How many people signed up last week?"
HOGLOOP = [sys.executable, "-c", "from agent.cli import main; main()"]
WARM = 10
SETTLING = 10


def seconds(home: str, *arguments: str) -> float:
    """How long one command takes."""
    started = time.perf_counter()
    environ = os.environ | {"HOGLOOP_HOME": home}
    subprocess.run([*HOGLOOP, *arguments], check=True, capture_output=True, env=environ)
    return time.perf_counter() - started


def main() -> None:
    """Print each duration."""
    with tempfile.TemporaryDirectory() as home:
        print(f"first question, demo created   {seconds(home, 'ask', QUESTION):6.2f} s")
        # Its process makes columns of frequent properties first.
        time.sleep(SETTLING)
        warm = [seconds(home, "ask", QUESTION) for _ in range(WARM)]
        print(f"warm, median of {WARM}             {statistics.median(warm):6.2f} s")
        seconds(home, "local", "stop", "demo")
        time.sleep(SETTLING)
        print(f"cold, the worker is started    {seconds(home, 'ask', QUESTION):6.2f} s")
        seconds(home, "local", "stop", "demo")
    print(f"load average                   {os.getloadavg()[0]:6.2f}")


if __name__ == "__main__":
    main()
