"""Where files that were made are kept: in the project's folder, by a name of ours."""

import contextlib
import os
from pathlib import Path

from tools.local.home import Home

NAME = "exports"


def keep(home: Home, name: str, content: bytes) -> Path:
    """Write a file whole or not at all; only its owner may read it."""
    folder = home.folder / NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    path, draft = folder / name, folder / f"{name}.part"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return draft.replace(path)


def content(home: Home, name: str) -> bytes | None:
    """What is in a file, None when it is gone."""
    try:
        return (home.folder / NAME / name).read_bytes()
    except FileNotFoundError:
        return None


def drop(home: Home, name: str) -> None:
    """Remove a file if it is there."""
    with contextlib.suppress(FileNotFoundError):
        (home.folder / NAME / name).unlink()
