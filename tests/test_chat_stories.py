import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOVING = ((r"\d+\.\d s", "N s"), (r"r_[2-9a-z]{8}", "r_id"), (r"[ ]+$", ""))
PATIENCE = 20

pytestmark = pytest.mark.skipif(
    not shutil.which("tmux"), reason="tmux is not installed: no chat was tried on a terminal"
)


class Screen:
    """A terminal of tmux with a conversation in it."""

    def __init__(self, home, *, width=80, options=(), environment=()):
        self._socket = f"hogloop-{home.name}"
        command = [
            "env",
            "-u",
            "COLUMNS",
            "-u",
            "LINES",
            f"PYTHONPATH={ROOT}",
            "LC_ALL=C.UTF-8",
            *environment,
        ]
        command += [sys.executable, "-m", "tests.chat_stage", str(home), *options]
        size = ("-x", str(width), "-y", "45")
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", "chat", *size, *command)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True)

    def type(self, *keys, until):
        """Press keys, then wait until the screen ends with what is expected."""
        for key in keys:
            self._tmux("send-keys", "-t", "chat", key)
        return self.wait(until)

    def wait(self, until):
        deadline = time.monotonic() + PATIENCE
        while until not in (seen := self.text()):
            assert time.monotonic() < deadline, f"{until!r} never came:\n{seen}"
            time.sleep(0.05)
        return seen

    def text(self):
        seen = self._tmux("capture-pane", "-p", "-t", "chat").stdout
        for moving, still in MOVING:
            seen = re.sub(moving, still, seen, flags=re.MULTILINE)
        return re.sub(r"\n{3,}", "\n\n", seen).strip() + "\n"

    def _tmux(self, *words):
        told = ["tmux", "-L", self._socket, *words]
        return subprocess.run(told, check=True, capture_output=True, text=True, cwd=ROOT)


READY = "only reads\n"
PROMPT = "> a question, or"
STORIES = {
    "first": [("Type a number", ())],
    "table": [("r_id", ("plans?", "Enter"))],
    "choice": [("2. paid", ("which?", "Enter")), ("People paid.", ("2", "Enter"))],
    "funnel": [("r_id", ("funnel?", "Enter")), ("34.4 %", ("/chart", "Enter"))],
    "lines": [("r_id", ("weeks?", "Enter"))],
    "stacked": [("r_id", ("weeks?", "Enter")), ("is not over", ("/chart stacked", "Enter"))],
    "retention": [("r_id", ("back?", "Enter"))],
    "hostile": [("r_id", ("evil?", "Enter"))],
    "stopped": [
        ("Let me think", ("slow?", "Enter")),
        ("Stopped.", ("C-c",)),
        ("Still here.", ("and now?", "Enter")),
    ],
    "help": [("Ctrl-D leaves.", ("/help", "Enter"))],
}


@pytest.mark.parametrize("story", STORIES)
def test_a_story_looks_as_it_was_reviewed(story, tmp_path, golden):
    with Screen(tmp_path) as screen:
        screen.wait(READY)
        for until, keys in STORIES[story]:
            if keys != ("C-c",):
                screen.wait(READY)
            screen.type(*keys, until=until)
        seen = screen.wait(READY)
        assert PROMPT in seen
        golden(f"chat_{story}.txt", seen)


def test_a_narrow_terminal_has_all_of_it(tmp_path, golden):
    with Screen(tmp_path, width=40) as screen:
        screen.wait(READY)
        screen.type("plans?", "Enter", until="r_id")
        golden("chat_narrow.txt", screen.wait(READY))


def test_plain_is_lines_of_words(tmp_path, golden):
    with Screen(tmp_path, options=("--plain",)) as screen:
        screen.wait("here.\n>\n")
        screen.type("plans?", "Enter", until="r_id\n\n>\n")
        screen.type("/cost", "Enter", until="nothing\n>\n")
        golden("chat_plain.txt", screen.text())
