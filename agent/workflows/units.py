"""A workflow's times in the words of systemd and of cron."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from agent.workflows.times import Times


def systemd(name: str, command: Sequence[str], times: Times) -> str:
    """A service and its timer, which catches up once on what it slept through."""
    quoted = " ".join(_quoted(word) for word in command)
    calendar = "\n".join(f"OnCalendar={line}" for line in times.calendar)
    unit = f"hogloop-{name}"
    return (
        f"# ~/.config/systemd/user/{unit}.service\n[Unit]\nDescription=hogloop workflow {name}\n\n"
        f"[Service]\nType=oneshot\nExecStart={quoted}\n\n"
        f"# ~/.config/systemd/user/{unit}.timer; then: systemctl --user enable --now {unit}.timer\n"
        f"[Unit]\nDescription=hogloop workflow {name}\n\n[Timer]\n{calendar}\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )


def crontab(name: str, command: Sequence[str], times: Times) -> str:
    """Lines for `crontab -e`."""
    quoted = shlex.join(command).replace("%", "\\%")
    return (
        f"# hogloop workflow {name}. CRON_TZ is known to cronie (Fedora, Arch); where cron\n"
        "# does not know it, as on Debian, the times are those of the machine.\n"
        f"CRON_TZ={times.zone}\n{' '.join(times.text.split())} {quoted}\n"
    )


def unit_name(path: Path) -> str:
    """The name of a workflow's units: that of its file, in letters every system takes."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in path.stem)


def _quoted(word: str) -> str:
    """A word of ExecStart, in which systemd reads nothing."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
