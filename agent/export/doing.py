"""An export for a person: what is said before, during and after it."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from agent.bars import watch_export
from agent.cells import safe
from agent.errors import SettingsError
from agent.export.folder import Folder, manifest_of, refuse_taken
from agent.export.formats import format_of, refuse_too_long, writer
from agent.export.run import Finished, export, order
from agent.front import say
from agent.journal import Journal
from tools.client import PostHog
from tools.exports.choices import personal
from tools.exports.what import What


def begin(
    posthog: PostHog,
    folder: Folder,
    what: Callable[[], What],
    form: str | None,
    *,
    overwrite: bool = False,
) -> None:
    """Write the order down; the rows are asked for only once the file can be written."""
    if not folder.output.parent.is_dir():
        raise SettingsError(f"The folder {folder.output.parent} is not there.")
    if folder.is_there and not overwrite:
        raise SettingsError(
            f"{folder.output} was begun and not finished: --resume goes on, "
            "--overwrite begins anew."
        )
    for path in (folder.output, manifest_of(folder.output)):
        refuse_taken(path, overwrite=overwrite)
    chosen, asked = format_of(form, folder.output), what()
    if found := personal(asked):
        say(f"These columns may tell who somebody is: {', '.join(found)}.")
    if asked.held:
        say(
            f"Left out unless --columns names them, as they may tell who somebody is: "
            f"{', '.join(asked.held)}."
        )
    made = order(posthog, asked, chosen)
    writer(chosen, made.shape)
    refuse_too_long(chosen, made.rows)
    folder.begin(made)


def carry_out(
    posthog: PostHog,
    folder: Folder,
    journal: Journal,
    *,
    overwrite: bool = False,
    printed: bool = False,
) -> Finished:
    """The export to its end, with a bar on a terminal; what is left of one that ends early."""
    try:
        steps = export(posthog, folder, journal, overwrite=overwrite)
        return watch_export(steps, folder.output.name)
    except BaseException:
        if folder.is_there and not printed:
            rows, done = folder.order().rows, sum(part.rows for part in folder.done().values())
            say(
                f"{done:,} of {rows:,} rows are in {folder.path}: `hogloop export --resume -o "
                f"{folder.output}` goes on."
            )
        raise


def print_file(path: Path) -> None:
    """Print a file as it is; to a terminal without what would steer it."""
    with path.open("rb") as file:
        if not sys.stdout.isatty():
            shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)
            return
        for line in file:
            sys.stdout.write(safe(line.decode("utf-8", "replace")) + "\n")


def told(finished: Finished, *, printed: bool = False) -> str:
    """What to say of a file that is whole."""
    late = (
        f" {finished.late:,} rows of the period came while it ran and are not in it."
        if finished.late
        else ""
    )
    where = "" if printed else f" to {finished.path}"
    receipt = f" Receipt {finished.manifest['receipt']}."
    return f"{finished.rows:,} rows{where}, as many as PostHog counts.{late}{receipt}"
