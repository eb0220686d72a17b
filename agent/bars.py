"""Progress of long work on an embedded project: a bar on a terminal, one line elsewhere."""

import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from agent.cells import one_line
from agent.export.run import Finished
from agent.export.run import Progress as Exported
from agent.front import say
from agent.render import Terminal
from tools.local.demo import EVENTS
from tools.local.progress import Creation
from tools.local.progress import Progress as Imported


def watch_creation(steps: Iterator[Creation]) -> None:
    """Follow the creation of the demo project to its end."""
    console = Terminal(sys.stderr)
    if not console.is_terminal:
        say("Creating the demo project, once; this takes about half a minute.")
    with _bar(console) as bar:
        task = bar.add_task("Creating the demo project, once", total=EVENTS, said="")
        for step in steps:
            if step.done:
                return
            said = f"{step.rows:,} events"
            bar.update(task, completed=min(step.rows, EVENTS), said=said)


def watch_import(steps: Iterator[Imported], name: str) -> Imported:
    """Follow the import of one file, and return how it ended."""
    last = Imported()
    with _bar(Terminal(sys.stderr)) as bar:
        task = bar.add_task(one_line(name), total=None, said="")
        for last in steps:
            said = f"{last.rows:,} rows"
            bar.update(task, completed=last.bytes_read, total=last.bytes_total, said=said)
    return last


def watch_export(steps: "Iterator[Exported | Finished]", name: str) -> "Finished":
    """Follow an export to its end, with rows, rate and time left."""
    last: Exported | Finished | None = None
    with _bar(Terminal(sys.stderr)) as bar:
        task = bar.add_task(one_line(name), total=None, said="")
        began, first = time.monotonic(), None
        for last in steps:
            if isinstance(last, Finished):
                continue
            first = last.rows if first is None else first
            rate = (last.rows - first) / max(time.monotonic() - began, 1e-3)
            left = f", {(last.of - last.rows) / rate:,.0f} s left" if rate else ""
            said = f"{last.rows:,} of {last.of:,} rows, {rate:,.0f} a second{left}"
            bar.update(task, completed=last.rows, total=last.of, said=said)
    assert isinstance(last, Finished)
    return last


def _bar(console: Console) -> Progress:
    """A bar that leaves no trace, and shows nothing where there is no terminal."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[said]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def summary(name: str, imported: Imported) -> str:
    """What became of a file's rows, in one line."""
    if not imported.rows:
        return one_line(f"{name}: there are no rows in it.")
    parts = [f"{imported.stored:,} event{'s' * (imported.stored != 1)} stored"]
    if imported.duplicates:
        parts.append(f"{imported.duplicates:,} known already")
    if imported.rejected:
        parts.append(f"{imported.rejected:,} rejected, see {imported.rejects}")
    return one_line(f"{name}: {', '.join(parts)}.")
