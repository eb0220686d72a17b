"""The command that writes rows to a file, whole or not at all."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

if TYPE_CHECKING:
    from agent.settings import Settings
    from tools.client import PostHog
    from tools.exports.what import What


def export(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORDS", help="Which events, as in “orders of last month”; or verify FILE."
        ),
    ] = None,
    events: Annotated[
        list[str] | None, typer.Option("--events", metavar="NAME", help="An event; repeatable.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day or moment.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day, or moment before.")
    ] = None,
    persons: Annotated[bool, typer.Option("--persons", help="Persons.")] = False,
    cohort: Annotated[
        str | None, typer.Option("--cohort", metavar="NAME", help="Persons of a cohort.")
    ] = None,
    query: Annotated[
        Path | None, typer.Option("--query", metavar="FILE", help="The rows of a HogQL query.")
    ] = None,
    key: Annotated[
        str, typer.Option(metavar="COLUMN", help="A unique column of a large query.")
    ] = "",
    columns: Annotated[
        str, typer.Option(metavar="A,B,…", help="Columns, also properties.NAME.")
    ] = "",
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="csv, jsonl, parquet or xlsx.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The file; - for stdout.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what was begun.")] = False,
    project: Annotated[
        str | None, typer.Option(metavar="PROJECT", help="Project id, or an embedded project.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Write events, persons or the rows of a query to a file that is complete."""
    with front_door(debug=debug):
        from agent.export.asking import is_verifying

        if words and is_verifying(words):
            _verify(Path(words[1]))
            return
        from agent.settings import load_settings

        settings = load_settings(project=project)
        chosen = [name.strip() for name in columns.split(",") if name.strip()]
        asked = _Asked(words or (), events or (), since, until, persons, cohort, query, key, chosen)
        _export(settings, asked, output, form, overwrite=overwrite, resume=resume)


class _Asked:
    """The options that say which rows."""

    def __init__(
        self,
        words: "list[str] | tuple[()]",
        events: "list[str] | tuple[()]",
        since: str | None,
        until: str | None,
        persons: bool,
        cohort: str | None,
        query: Path | None,
        key: str,
        columns: list[str],
    ) -> None:
        self.words, self.events, self.since, self.until = words, events, since, until
        self.persons, self.cohort, self.query, self.key = persons, cohort, query, key
        self.columns = columns

    def refuse_with(self, begun: str, form: str | None) -> None:
        """Refuse options that would change an export that is gone on with."""
        from agent.errors import SettingsError
        from agent.export.formats import format_of

        rows = (self.words, self.events, self.since, self.until, self.persons, self.cohort)
        if any((*rows, self.query, self.key, self.columns)):
            raise SettingsError("--resume goes on with the rows that were ordered: name none now.")
        if form and format_of(form, None) != begun:
            raise SettingsError(f"The export was begun as {begun}: leave --format out.")

    def what(self, settings: "Settings", posthog: "PostHog") -> "What":
        """What they ask for; exactly one kind of rows."""
        from zoneinfo import ZoneInfo

        from agent.errors import SettingsError
        from agent.export.asking import read_time
        from tools.exports import choices

        kinds = [self.words, self.events or self.since, self.persons or self.cohort, self.query]
        if sum(map(bool, kinds)) != 1:
            raise SettingsError(
                "Say which rows: some words, --events or --from, --persons or --cohort, or --query."
            )
        if self.words:
            return self._in_words(settings)
        if self.query:
            return choices.rows(self._query_text(self.query), self.key)
        if self.persons or self.cohort:
            return choices.persons(posthog, self.cohort or "", self.columns)
        zone = ZoneInfo(posthog.project.timezone)
        start = read_time(self.since or "2000-01-01", zone)
        end = read_time(self.until or "2100-01-01", zone, whole=True)
        return choices.events(posthog, self.events, start, end, columns=self.columns)

    def _query_text(self, path: Path) -> str:
        from agent.errors import SettingsError

        if self.columns:
            raise SettingsError("A query has its own columns: name them in it, not by --columns.")
        try:
            return path.read_text("utf-8")
        except UnicodeDecodeError:
            raise SettingsError(f"{path} is no text in UTF-8.") from None

    def _in_words(self, settings: "Settings") -> "What":
        from agent.assemble import build_agent
        from agent.export.asking import asked_for
        from agent.start import show_creation

        with build_agent(settings, follow=show_creation) as agent:
            found, answer = asked_for(agent, " ".join(self.words), self.columns)
            say(f"Exporting the events behind this: {answer.headline}")
            return found


def _export(
    settings: "Settings",
    asked: _Asked,
    output: Path | None,
    form: str | None,
    *,
    overwrite: bool,
    resume: bool,
) -> None:
    import tempfile

    from agent.assemble import open_posthog
    from agent.export.doing import begin, carry_out, print_file, told
    from agent.export.folder import Folder
    from agent.export.formats import format_of
    from agent.journal import Journal
    from agent.start import show_creation

    journal = Journal(settings.home / "journal.db")
    with (
        closing(open_posthog(settings, follow=show_creation)) as posthog,
        tempfile.TemporaryDirectory(prefix="hogloop-export-") as scratch,
    ):
        printed = output is None or str(output) == "-"
        if printed:
            _refuse_printing(format_of(form, None), resume=resume)
        folder = Folder(Path(scratch) / "export" if printed else Path(output or "").absolute())
        if resume:
            asked.refuse_with(folder.order().form, form)
        else:
            begin(posthog, folder, lambda: asked.what(settings, posthog), form, overwrite=overwrite)
        finished = carry_out(posthog, folder, journal, overwrite=overwrite, printed=printed)
        if printed:
            print_file(finished.path)
        say(told(finished, printed=printed))


def _refuse_printing(form: str, *, resume: bool) -> None:
    """Refuse what can't be printed."""
    from agent.errors import SettingsError

    if resume:
        raise SettingsError("Name the file that was begun: --resume -o FILE.")
    if form in ("parquet", "xlsx") and sys.stdout.isatty():
        raise SettingsError(f"{form} is nothing to read in a terminal: name a file with -o.")


def _verify(path: Path) -> None:
    from agent.export.run import verify

    rows = verify(path)
    typer.echo(f"{path} is as it was exported: {rows:,} rows, the hash of its manifest.")
