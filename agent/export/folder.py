"""An export that is not finished: a folder beside the file to be, from which it can go on."""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.errors import SettingsError
from agent.export.formats import Shape
from tools.exports.pages import Slice
from tools.exports.what import Bounds, What

OWN = re.compile(r"\.?(\d{6}|order\.json|parts\.jsonl|whole)(\.tmp)?")
"""Names of the files of an export that is not finished."""


@dataclass(frozen=True)
class Part:
    """One slice that is on the disk."""

    number: int
    rows: int
    sha256: str


@dataclass(frozen=True)
class Order:
    """What was ordered: written down once, before the first row."""

    what: What
    form: str
    shape: Shape
    slices: tuple[Slice, ...]
    place: Mapping[str, Any]
    """Project, host and id of the key."""

    started: str
    receipt: str
    """The id in the journal under which it is kept once it is finished."""

    @property
    def rows(self) -> int:
        """How many rows there have to be."""
        return sum(one.rows for one in self.slices)


class Folder:
    """`FILE.partial`: the order, the parts, and a line for each part that is whole."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.path = output.with_name(f"{output.name}.partial")
        self._log = self.path / "parts.jsonl"

    @property
    def is_there(self) -> bool:
        """Whether an export was begun and not finished."""
        return (self.path / "order.json").exists()

    def begin(self, order: Order) -> None:
        """Write the order down, in the place of one that was begun before."""
        if self.path.is_dir():
            with self.alone():
                self._empty()
        self.path.mkdir(mode=0o700)
        body = {
            "what": order.what.as_json(),
            "form": order.form,
            "shape": asdict(order.shape),
            "slices": [asdict(one) for one in order.slices],
            "place": dict(order.place),
            "started": order.started,
            "receipt": order.receipt,
        }
        write_whole(self.path / "order.json", json.dumps(body).encode())

    def order(self) -> Order:
        """The order that was written down."""
        try:
            body = json.loads((self.path / "order.json").read_text("utf-8"))
            shape = Shape(tuple(body["shape"]["names"]), tuple(body["shape"]["types"]))
            found = [
                Slice(Bounds(**one["bounds"]) if one["bounds"] else None, one["rows"])
                for one in body["slices"]
            ]
            what, started, receipt = What.of_json(body["what"]), body["started"], body["receipt"]
            return Order(what, body["form"], shape, tuple(found), body["place"], started, receipt)
        except FileNotFoundError:
            raise SettingsError(
                f"There is no {self.path} to go on with: export again without --resume."
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SettingsError(
                f"{self.path} can't be read ({error}): export again without --resume."
            ) from None

    def file(self, number: int) -> Path:
        """Where a part is."""
        return self.path / f"{number:06}"

    def done(self) -> dict[int, Part]:
        """The parts that are whole and unchanged; a line that was cut off counts for nothing."""
        found = {}
        with suppress(FileNotFoundError):
            for line in self._log.read_bytes().split(b"\n"):
                with suppress(ValueError, TypeError):
                    part = Part(**json.loads(line))
                    if sha256(self.file(part.number)) == part.sha256:
                        found[part.number] = part
        return found

    def keep(self, number: int, temporary: Path, rows: int) -> Part:
        """A part that was written becomes one that counts."""
        flush(temporary)
        part = Part(number, rows, sha256(temporary) or "")
        temporary.replace(self.file(number))
        flush(self.path)
        with self._log.open("ab") as log:
            # A line that a crash cut off must not swallow this one.
            log.write(b"\n" + json.dumps(asdict(part)).encode() + b"\n")
            log.flush()
            os.fsync(log.fileno())
        return part

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other process writes this export; refused while one does."""
        number = os.open(self.path, os.O_RDONLY)
        try:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SettingsError(f"Another hogloop is exporting to {self.output} now.") from None
            yield
        finally:
            os.close(number)

    def finish(self, temporary: Path, *, overwrite: bool) -> None:
        """Give the whole file its name, unless a file of that name came meanwhile."""
        flush(temporary)
        if overwrite:
            temporary.replace(self.output)
        else:
            _name(temporary, self.output)
        flush(self.output.parent)

    def clear(self) -> None:
        """Remove what is not needed any more."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _empty(self) -> None:
        """Remove an export that was begun, and nothing else that has its name."""
        if not all(OWN.fullmatch(one.name) for one in self.path.iterdir()):
            raise SettingsError(f"{self.path} holds other files than an export's: move it away.")
        shutil.rmtree(self.path)


def _name(temporary: Path, path: Path) -> None:
    """Give a file a name that nobody has yet."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise taken(path) from None
    except OSError:
        # A file system without links, as on most memory sticks.
        if os.path.lexists(path):
            raise taken(path) from None
        temporary.replace(path)
    else:
        temporary.unlink()


def refuse_taken(path: Path, *, overwrite: bool) -> None:
    """Refuse a name that has a file unless it may be replaced, and what is no file always."""
    if not os.path.lexists(path):
        return
    if not overwrite:
        raise taken(path)
    if path.is_symlink() or not path.is_file():
        raise SettingsError(f"{path} is no plain file, so it is not replaced: choose another name.")


def taken(path: Path) -> SettingsError:
    """What to say of a file that is there already."""
    return SettingsError(f"{path} is there already: choose another name, or --overwrite it.")


def manifest_of(output: Path) -> Path:
    """Where the manifest of a file is."""
    return output.with_name(f"{output.name}.manifest.json")


def sha256(path: Path) -> str | None:
    """The hash of a file, None when it is not there."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def flush(path: Path) -> None:
    """Have the disk hold a file or a folder."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    flush(temporary)
    temporary.replace(path)
    flush(path.parent)


def total(parts: Sequence[Part]) -> int:
    """The rows of some parts."""
    return sum(part.rows for part in parts)
