"""`python -m bench [NAME…]`: each benchmark in a process of its own."""

import argparse
import subprocess
import sys

NAMES = ("startup", "compiling", "asking", "queries", "insights", "importing", "exporting")


def main() -> int:
    """Run the named benchmarks, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    names = parser.parse_args().names or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"there is no {', '.join(unknown)}: name some of {', '.join(NAMES)}.")
    codes = [
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
        for name in names
    ]
    return max(codes, key=abs)


if __name__ == "__main__":
    sys.exit(main())
