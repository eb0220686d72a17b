"""Project folders: making, finding and describing them, without opening ClickHouse."""

import json
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tools.errors import LocalProjectError
from tools.local.keys import create_key
from tools.local.meta import Meta, ProjectRow, utc_now

ADDRESS = "worker.json"
SECRETS = "secrets.json"
LAYOUT = 1
"""How a folder is laid out: one more whenever an older hogloop could not use it any longer."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Project:
    """An embedded project on disk."""

    name: str
    """Its folder's name, by which people pick it."""

    folder: Path
    project_id: int
    key: str
    """A personal API key with all scopes."""

    owner: str
    """What the worker's own routes ask for; never leaves this computer."""


def list_projects(home: Path) -> tuple[str, ...]:
    """The names of the embedded projects."""
    return tuple(sorted(path.parent.name for path in (home / "projects").glob(f"[!.]*/{SECRETS}")))


def find_project(home: Path, name: str) -> Project | None:
    """The project of this name, None when there is none."""
    folder = _folder(home, name)
    return _read(folder) if (folder / SECRETS).exists() else None


def create_project(
    home: Path,
    name: str,
    *,
    timezone: str = "UTC",
    week_start: int = 1,
    now: datetime | None = None,
    clickhouse: str | None = None,
) -> Project:
    """Make an empty project; all of its folder appears at once.

    `clickhouse` is the address of the server that is to hold its rows, in place of the folder.
    """
    folder = _folder(home, name)
    _check_zone(timezone)
    if folder.exists():
        raise LocalProjectError(f"The project {name} exists already: pick another name.")
    draft = folder.with_name(f".{name}.{secrets.token_hex(4)}")
    draft.mkdir(mode=0o700, parents=True)
    taken = [_read(folder.with_name(other)).project_id for other in list_projects(home)]
    row = ProjectRow(max(taken, default=0) + 1, name, timezone, week_start, now, (), utc_now())
    try:
        _fill(draft, row, clickhouse)
        draft.rename(folder)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(draft)
        said = f"The project {name} can't be made ({error}): check the disk and HOGLOOP_HOME."
        raise LocalProjectError(said) from error
    return _read(folder)


def ensure_project(home: Path, name: str, *, timezone: str = "UTC") -> Project:
    """The project of this name; of several processes that miss it, one makes it for all."""
    if found := find_project(home, name):
        return found
    try:
        return create_project(home, name, timezone=timezone)
    except LocalProjectError:
        if found := find_project(home, name):
            return found
        raise


@contextmanager
def open_meta(project: Project) -> Iterator[Meta]:
    """What the project knows of itself, for a moment."""
    try:
        with closing(Meta(project.folder)) as meta:
            check_layout(meta, project.name)
            yield meta
    except sqlite3.Error as error:
        raise LocalProjectError(
            f"The project {project.name} can't be used ({error}): check the disk and the folder."
        ) from error


def check_layout(meta: Meta, name: str) -> None:
    """Refuse a folder that a newer hogloop has laid out."""
    found: int = meta.fact("layout") or LAYOUT
    if found > LAYOUT:
        raise LocalProjectError(
            f"The project {name} was made by a newer hogloop (layout {found}, not {LAYOUT}): "
            "update hogloop."
        )


def check_owner(folder: Path, user: int) -> None:
    """Refuse the folder of somebody else, whose files would become unreadable for them."""
    if folder.stat().st_uid != user:
        raise LocalProjectError(
            f"{folder} belongs to another user of this computer: set HOGLOOP_HOME to a folder "
            "of your own."
        )


def server_address(folder: Path) -> str | None:
    """The ClickHouse server that holds a project's rows, None when its folder does."""
    known = json.loads((folder / SECRETS).read_text())
    address: str | None = known.get("clickhouse")
    return address


def _fill(folder: Path, row: ProjectRow, clickhouse: str | None) -> None:
    meta = Meta(folder)
    try:
        meta.save_project(row)
        meta.remember("layout", LAYOUT)
        key = create_key(meta, ("*",), "hogloop")
    finally:
        meta.close()
    path = folder / SECRETS
    path.touch(mode=0o600)
    known = {"project_id": row.id, "key": key, "owner": secrets.token_urlsafe(32)}
    known |= {"clickhouse": clickhouse} if clickhouse else {}
    path.write_text(json.dumps(known))


def _read(folder: Path) -> Project:
    check_owner(folder, os.getuid())
    try:
        known = json.loads((folder / SECRETS).read_text())
        return Project(folder.name, folder, known["project_id"], known["key"], known["owner"])
    except (OSError, ValueError, KeyError) as error:
        raise LocalProjectError(f"{folder / SECRETS} can't be read: {error}.") from error


def _folder(home: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise LocalProjectError(
            f"{name!r} is no name for a project: use letters, digits, dot, dash and underscore."
        )
    return home.absolute() / "projects" / name


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise LocalProjectError(
            f"{timezone} is no time zone: write one like Europe/Berlin."
        ) from error
