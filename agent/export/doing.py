"""An export for a person: what is said before, during and after it."""

from collections.abc import Callable

from agent.bars import watch_export
from agent.errors import SettingsError
from agent.export.folder import Folder, taken
from agent.export.formats import format_of, writer
from agent.export.run import Finished, export, order
from agent.front import say
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
    if folder.output.exists() and not overwrite:
        raise taken(folder.output)
    if folder.is_there and not overwrite:
        raise SettingsError(
            f"{folder.output} was begun and not finished: --resume goes on, "
            "--overwrite begins anew."
        )
    chosen, asked = format_of(form, folder.output), what()
    if found := personal(asked):
        say(f"These columns may tell who somebody is: {', '.join(found)}.")
    made = order(posthog, asked, chosen)
    writer(chosen, made.shape)
    folder.begin(made)


def carry_out(posthog: PostHog, folder: Folder, *, overwrite: bool = False) -> Finished:
    """The export to its end, with a bar on a terminal; what is left of one that ends early."""
    try:
        return watch_export(export(posthog, folder, overwrite=overwrite), folder.output.name)
    except BaseException:
        if folder.is_there:
            rows, done = folder.order().rows, sum(part.rows for part in folder.done().values())
            say(
                f"{done:,} of {rows:,} rows are in {folder.path}: `hogloop export --resume -o "
                f"{folder.output}` goes on."
            )
        raise


def told(finished: Finished, *, printed: bool = False) -> str:
    """What to say of a file that is whole."""
    late = (
        f" {finished.late:,} rows of the period came while it ran and are not in it."
        if finished.late
        else ""
    )
    where = "" if printed else f" to {finished.path}"
    return f"{finished.rows:,} rows{where}, as many as PostHog counts.{late}"
