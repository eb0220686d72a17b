"""Files into an embedded project, with its making, its clock and its progress."""

import json
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.assemble import require_local
from agent.bars import summary, watch_import
from agent.errors import SettingsError
from agent.front import say
from agent.start import read_time
from tools.errors import LocalProjectError
from tools.local.connect import DEMO, LocalProject, import_file, open_project, set_clock
from tools.local.folder import ensure_project, open_meta

REQUIRED = ("event", "distinct_id", "timestamp")
COLUMNS = 20


def import_all(
    home: Path,
    name: str,
    files: Sequence[Path],
    *,
    mapping: Sequence[str] = (),
    timezone: str | None = None,
    as_of: str | None = None,
) -> None:
    """Import each file and tell what became of it; the project is made when it is new."""
    require_local()
    fields = dict(map(_pair, mapping))
    for file in files:
        if not file.is_file():
            raise SettingsError(f"{file} is not a file: check the path.")
    project = _project(home, name, timezone, as_of)
    try:
        for file in files:
            _import(project, file, fields)
    except KeyboardInterrupt:
        say("What is stored stays; importing the same file again completes it.")
        raise


def _import(project: LocalProject, file: Path, fields: dict[str, str]) -> None:
    done = watch_import(import_file(project, file, mapping=fields), file.name)
    if done.rejected and not (done.stored or done.duplicates):
        raise _none_read(file.name, Path(done.rejects or ""))
    say(summary(file.name, done))


def _none_read(name: str, rejects: Path) -> LocalProjectError:
    """Why nothing of a file was stored, by its first row, and what to try."""
    with rejects.open(encoding="utf-8") as file:
        first = json.loads(file.readline())
    said = f"No row of {name} could be read (line {first['line']}: {first['reason']})"
    field = first["reason"].split()[-1]
    if field not in REQUIRED:
        return LocalProjectError(f"{said}: {rejects} lists them all.")
    return LocalProjectError(
        f"{said}: name the right column with --map {field}=COLUMN{_one_of(first['text'])}; "
        f"{rejects} lists all rows."
    )


def _one_of(line: str) -> str:
    """The columns of a row to choose from, unless it was too long to be kept whole."""
    try:
        columns = list(json.loads(line))[:COLUMNS]
    except ValueError:
        return ""
    return f", one of {', '.join(columns)}" if columns else ""


def _project(home: Path, name: str, timezone: str | None, as_of: str | None) -> LocalProject:
    if name == DEMO:
        raise LocalProjectError("The demo project takes no imports: name another with --project.")
    found = ensure_project(home, name, timezone=timezone or "UTC")
    project = open_project(home, name)
    with open_meta(found) as meta:
        zone = meta.project.timezone
    if timezone not in (None, zone):
        raise SettingsError(f"The project {name} has the time zone {zone}, which stays as it is.")
    if time := read_time(as_of):
        set_clock(project, time if time.tzinfo else time.replace(tzinfo=ZoneInfo(zone)))
    return project


def _pair(text: str) -> tuple[str, str]:
    """A field and its column, from FIELD=COLUMN."""
    field, equals, column = text.partition("=")
    if not (field and equals and column):
        raise SettingsError(f"--map {text} is no FIELD=COLUMN: write --map timestamp=date, say.")
    return field, column
